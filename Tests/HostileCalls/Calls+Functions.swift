// SPDX-License-Identifier: Apache-2.0
import Weft

/// Reductions, products, windows, normalisation, losses and draws, of floating-point types.
func floatingFunctions<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    [
        Call("softmax") { $0.keep(softmax($0.t(s), axis: $0.axis())) },
        Call("logSoftmax") { $0.keep(logSoftmax($0.t(s), axis: $0.axis())) },
        Call("mean") { $0.keep($0.t(s).mean(axes: $0.axes(), keepingDimensions: $0.yes())) },
        Call("variance") {
            $0.keep(
                $0.t(s).variance(
                    axes: $0.axes(), keepingDimensions: $0.yes(), isUnbiased: $0.yes()))
        },
        Call("standardDeviation") {
            $0.keep(
                $0.t(s).standardDeviation(
                    axes: $0.axes(), keepingDimensions: $0.yes(), isUnbiased: $0.yes()))
        },
        Call("moments") {
            let (mean, variance) = $0.t(s).moments(
                axes: $0.axes(), keepingDimensions: $0.yes())
            $0.keep(mean)
            $0.keep(variance)
        },
        Call("norm") {
            $0.keep(
                $0.t(s).norm(
                    $0.choice(NormOrder.allCases), axes: $0.axes(), keepingDimensions: $0.yes()))
        },
        Call("logSumExp") {
            $0.keep($0.t(s).logSumExp(axes: $0.axes(), keepingDimensions: $0.yes()))
        },
        Call("cholesky") { $0.keep($0.t(s).cholesky()) },
        Call("triangularSolve") {
            $0.keep(
                triangularSolve(
                    $0.t(s), $0.t(s), isLower: $0.yes(), transposing: $0.yes(),
                    isUnitDiagonal: $0.yes()))
        },
        Call("lu") { $0.keep($0.t(s).lu().factors) },
        Call("inverse") { $0.keep($0.t(s).inverse()) },
        Call("determinant") { $0.keep($0.t(s).determinant()) },
        Call("logDeterminant") { $0.keep($0.t(s).logDeterminant().logMagnitude) },
        Call("qr") { $0.keep($0.t(s).qr().q) },
        Call("svd") { $0.keep($0.t(s).svd().u) },
        Call("singularValues") { $0.keep($0.t(s).singularValues()) },
        Call("selfAdjointEigen") { $0.keep($0.t(s).selfAdjointEigen().vectors) },
        Call("selfAdjointEigenvalues") { $0.keep($0.t(s).selfAdjointEigenvalues()) },
        Call("leastSquares") { $0.keep(leastSquares($0.t(s), $0.t(s))) },
        Call("solve") { $0.keep(solve($0.t(s), $0.t(s), transposing: $0.yes())) },
        Call("linspace") {
            $0.keep(Tensor<T>.linspace(from: $0.number(), to: $0.number(), count: $0.int()))
        },
        Call("batchNormalized") {
            $0.keep(
                batchNormalized(
                    $0.t(s), mean: $0.t(s), variance: $0.t(s), offset: $0.maybe($0.t(s)),
                    scale: $0.maybe($0.t(s)), epsilon: $0.number()))
        },
        Call("layerNormalized") {
            $0.keep(
                layerNormalized(
                    $0.t(s), axes: $0.ints(), scale: $0.maybe($0.t(s)), offset: $0.maybe($0.t(s)),
                    epsilon: $0.number()))
        },
        Call("rmsNormalized") {
            $0.keep(
                rmsNormalized(
                    $0.t(s), axes: $0.ints(), scale: $0.maybe($0.t(s)), epsilon: $0.number()))
        },
        Call("groupNormalized") {
            $0.keep(
                groupNormalized(
                    $0.t(s), groups: $0.int(), scale: $0.maybe($0.t(s)),
                    offset: $0.maybe($0.t(s)), epsilon: $0.number()))
        },
        Call("l2Normalized") {
            $0.keep(l2Normalized($0.t(s), axes: $0.axes(), epsilon: $0.number()))
        },
        Call("randomUniform") {
            $0.keep(
                Tensor<T>.randomUniform(
                    shape: $0.shape(), from: $0.number(), to: $0.number(), stream: $0.name()))
        },
        Call("randomUniform") {
            $0.keep(
                Tensor<T>.randomUniform(
                    like: $0.t(s), from: $0.number(), to: $0.number(), stream: $0.name()))
        },
        Call("randomNormal") {
            $0.keep(
                Tensor<T>.randomNormal(
                    shape: $0.shape(), mean: $0.number(), standardDeviation: $0.number(),
                    stream: $0.name()))
        },
        Call("randomNormal") {
            $0.keep(
                Tensor<T>.randomNormal(
                    like: $0.t(s), mean: $0.number(), standardDeviation: $0.number(),
                    stream: $0.name()))
        },
        Call("randomTruncatedNormal") {
            $0.keep(
                Tensor<T>.randomTruncatedNormal(
                    shape: $0.shape(), mean: $0.number(), standardDeviation: $0.number(),
                    stream: $0.name()))
        },
        Call("randomTruncatedNormal") {
            $0.keep(
                Tensor<T>.randomTruncatedNormal(
                    like: $0.t(s), mean: $0.number(), standardDeviation: $0.number(),
                    stream: $0.name()))
        },
        Call("randomCategorical") {
            $0.keep(randomCategorical(logits: $0.t(s), stream: $0.name()))
        },
        Call("dropout") { $0.keep(dropout($0.t(s), rate: $0.number(), stream: $0.name())) },
        Call("dropout") {
            $0.keep(dropout($0.t(s), keepProbability: $0.t(s, rank: 0), stream: $0.name()))
        },
    ]
}

/// Draws of other types.
let drawCalls: [Call] = [
    Call("randomBernoulli") {
        $0.keep(
            Tensor<Bool>.randomBernoulli(
                shape: $0.shape(), probability: $0.number(), stream: $0.name()))
    },
    Call("randomBernoulli") {
        $0.keep(
            Tensor<Bool>.randomBernoulli(
                like: $0.t(Float.self), probability: $0.number(), stream: $0.name()))
    },
    Call("randomIntegers") {
        $0.keep(
            Tensor<Int8>.randomIntegers(shape: $0.shape(), in: $0.span(), stream: $0.name()))
    },
    Call("randomIntegers") {
        $0.keep(
            Tensor<UInt64>.randomIntegers(
                like: $0.t(Float.self), in: $0.span(), stream: $0.name()))
    },
    Call("randomPermutation") {
        $0.keep(Tensor<Int32>.randomPermutation(count: $0.int(), stream: $0.name()))
    },
]

extension Chain {
    func span() -> Range<Int64> {
        let (a, b) = (Int64(int()), Int64(int()))
        return min(a, b)..<max(a, b)
    }
}

/// Windows: convolutions and pools.
func windows<T: FloatingScalar>(_ s: T.Type) -> [Call] {
    typealias Convolution =
        @Sendable (
            Tensor<T>, Tensor<T>, [Int], Padding, [Int], Int
        ) -> Tensor<T>
    let convolutions: [(String, Int, Convolution)] = [
        (
            "conv1D", 1,
            { conv1D($0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5) }
        ),
        (
            "conv2D", 2,
            { conv2D($0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5) }
        ),
        (
            "conv3D", 3,
            { conv3D($0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5) }
        ),
        (
            "transposedConv1D", 1,
            {
                transposedConv1D(
                    $0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5)
            }
        ),
        (
            "transposedConv2D", 2,
            {
                transposedConv2D(
                    $0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5)
            }
        ),
        (
            "transposedConv3D", 3,
            {
                transposedConv3D(
                    $0, filter: $1, strides: $2, padding: $3, dilations: $4, groups: $5)
            }
        ),
        (
            "depthwiseConv2D", 2,
            { x, f, s, p, d, _ in
                depthwiseConv2D(x, filter: f, strides: s, padding: p, dilations: d)
            }
        ),
    ]
    typealias Pool = @Sendable (Tensor<T>, [Int], [Int]?, Padding, [Int], Bool) -> Tensor<T>
    let pools: [(String, Int, Pool)] = [
        (
            "maxPool1D", 1,
            { x, n, s, p, d, _ in maxPool1D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "minPool1D", 1,
            { x, n, s, p, d, _ in minPool1D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "maxPool2D", 2,
            { x, n, s, p, d, _ in maxPool2D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "minPool2D", 2,
            { x, n, s, p, d, _ in minPool2D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "maxPool3D", 3,
            { x, n, s, p, d, _ in maxPool3D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "minPool3D", 3,
            { x, n, s, p, d, _ in minPool3D(x, size: n, strides: s, padding: p, dilations: d) }
        ),
        (
            "averagePool1D", 1,
            {
                averagePool1D(
                    $0, size: $1, strides: $2, padding: $3, dilations: $4, countsPadding: $5)
            }
        ),
        (
            "averagePool2D", 2,
            {
                averagePool2D(
                    $0, size: $1, strides: $2, padding: $3, dilations: $4, countsPadding: $5)
            }
        ),
        (
            "averagePool3D", 3,
            {
                averagePool3D(
                    $0, size: $1, strides: $2, padding: $3, dilations: $4, countsPadding: $5)
            }
        ),
    ]
    return convolutions.map { name, rank, f in
        Call(name) { c in
            c.keep(
                f(
                    c.t(s, rank: rank + 2), c.t(s, rank: rank + 2), c.sizes(rank),
                    c.padding(rank), c.sizes(rank), c.draws.once(in: 3) ? c.int() : 1))
        }
    }
        + pools.map { name, rank, f in
            Call(name) { c in
                c.keep(
                    f(
                        c.t(s, rank: rank + 2), c.sizes(rank), c.maybe(c.sizes(rank)),
                        c.padding(rank), c.sizes(rank), c.yes()))
            }
        } + [
            Call("globalAveragePool") {
                $0.keep(globalAveragePool($0.t(s), keepingDimensions: $0.yes()))
            },
            Call("globalMaxPool") {
                $0.keep(globalMaxPool($0.t(s), keepingDimensions: $0.yes()))
            },
        ]
}
