// SPDX-License-Identifier: Apache-2.0
import Weft

/// Functions of tensors whose element types are known at run time only, called with tensors of all
/// types: what the compiler holds against typed ones is held against these when they are called.
let untypedCalls: [Call] = {
    let functions: [(String, @Sendable (AnyTensor) -> AnyTensor)] = [
        ("selu", { selu($0) }), ("softplus", { softplus($0) }), ("softsign", { softsign($0) }),
        ("gelu", { gelu($0) }), ("gelu", { gelu($0, isApproximate: true) }),
        ("trunc", { trunc($0) }), ("abs", { abs($0) }), ("sign", { sign($0) }),
        ("relu6", { relu6($0) }), ("isNaN", { $0.isNaN }), ("isInfinite", { $0.isInfinite }),
        ("populationCount", { $0.populationCount }), (".!", { .!$0 }), ("~", { ~$0 }),
        ("countNonZero", { $0.countNonZero() }), ("countTrue", { $0.countTrue() }),
        ("all", { $0.all() }), ("any", { $0.any() }), ("variance", { $0.variance() }),
        ("norm", { $0.norm() }), ("logSumExp", { $0.logSumExp() }), ("trace", { $0.trace() }),
        ("diagonalPart", { $0.diagonalPart() }), ("diagonalMatrix", { $0.diagonalMatrix() }),
        ("flattened", { $0.flattened() }), ("reversed", { $0.reversed() }),
        ("argSorted", { $0.argSorted() }), ("sorted", { $0.sorted() }),
        ("l2Normalized", { l2Normalized($0) }), ("layerNormalized", { layerNormalized($0) }),
        ("rmsNormalized", { rmsNormalized($0) }), ("checkFinite", { checkFinite($0) }),
        ("globalMaxPool", { globalMaxPool($0) }), ("globalAveragePool", { globalAveragePool($0) }),
    ]
    let pairs: [(String, @Sendable (AnyTensor, AnyTensor) -> AnyTensor)] = [
        ("%", { $0 % $1 }), ("&", { $0 & $1 }), ("<<", { $0 << $1 }), (">>", { $0 >> $1 }),
        (".==", { $0 .== $1 }), (".<", { $0 .< $1 }), (".&", { $0 .& $1 }),
        ("pow", { pow($0, $1) }),
        ("atan2", { atan2($0, $1) }), ("xlogy", { xlogy($0, $1) }),
        ("divideNoNaN", { divideNoNaN($0, $1) }), ("isClose", { isClose($0, $1) }),
        ("squaredDifference", { squaredDifference($0, $1) }), ("dot", { dot($0, $1) }),
        ("outer", { outer($0, $1) }), ("conv2D", { conv2D($0, filter: $1) }),
        ("depthwiseConv2D", { depthwiseConv2D($0, filter: $1) }),
        ("transposedConv1D", { transposedConv1D($0, filter: $1) }),
        ("softmaxCrossEntropy", { softmaxCrossEntropy(logits: $0, labels: $1) }),
        ("sigmoidCrossEntropy", { sigmoidCrossEntropy(logits: $0, labels: $1) }),
        ("meanSquaredError", { meanSquaredError($0, $1) }),
        ("kullbackLeiblerDivergence", { kullbackLeiblerDivergence($0, $1) }),
        ("batchNormalized", { batchNormalized($0, mean: $1, variance: $1, epsilon: 0.1) }),
        ("gathered", { $0.gathered(at: $1) }), ("gatheredND", { $0.gatheredND(at: $1) }),
        ("gathered", { $0.gathered(along: 0, at: $1) }),
        ("scattering", { $0.scattering($0, at: $1, combining: .add) }),
        ("segmentSums", { $0.segmentSums($1, count: 3) }),
        ("segmentMeans", { $0.segmentMeans($1, count: 2) }),
        ("segmentMax", { $0.segmentMax($1, count: $1) }),
        ("segmentMin", { $0.segmentMin($1, count: 3) }),
        ("logAddExp", { logAddExp($0, $1) }),
        ("reversedSequences", { $0.reversedSequences(lengths: $1) }),
        ("reversedSequences", { $0.reversedSequences(lengths: $1, axis: 0, batchAxis: 1) }),
        ("segmentSums", { $0.segmentSums($1, count: $1) }), ("topK", { $0.topK($1).values }),
        ("repeated", { $0.repeated($1, axis: 0) }),
        ("transposedConv2D", { transposedConv2D($0, filter: $0, outputSizes: $1) }),
        ("embeddingLookup", { embeddingLookup($0, at: $1) }),
        ("replacing", { $0.replacing(startingAt: $1, with: $0) }),
        ("padded", { $0.padded(with: $1, sizes: [(1, 1)]) }),
        ("padded", { $0.padded(with: .scalar(1, $0.dtype), sizes: $1) }),
        ("reshaped", { $0.reshaped(to: $1) }), ("broadcasted", { $0.broadcasted(to: $1) }),
        ("tiled", { $0.tiled(by: $1) }), ("split", { $0.split(sizes: $1).first ?? $0 }),
        ("sliced", { $0.sliced(startingAt: $1, sizes: $1) }),
        ("reshaped", { $0.reshaped(like: $1) }), ("broadcasted", { $0.broadcasted(like: $1) }),
        ("clipped", { $0.clipped(from: $1, to: $1) }), ("check", { check($0, that: $1, "holds") }),
        ("dropout", { dropout($0, keepProbability: $1, stream: "d") }),
    ]
    let sources: [Call] = [
        Call("zeros") { $0.keep(AnyTensor.zeros($0.dtype(), shape: $0.shape())) },
        Call("ones") { $0.keep(AnyTensor.ones(like: $0.any(), dtype: $0.maybe($0.dtype()))) },
        Call("filled") { $0.keep(AnyTensor.filled($0.dtype(), $0.number(), shape: $0.shape())) },
        Call("iota") { $0.keep(AnyTensor.iota($0.dtype(), shape: $0.shape(), axis: $0.axis())) },
        Call("iota") {
            $0.keep(AnyTensor.iota(like: $0.any(), axis: $0.axis(), dtype: $0.maybe($0.dtype())))
        },
        Call("range") {
            $0.keep(
                AnyTensor.range($0.dtype(), from: $0.number(), to: $0.number(), by: $0.number()))
        },
        Call("identity") { $0.keep(AnyTensor.identity($0.dtype(), $0.int(), columns: $0.int())) },
        Call("oneHot") {
            $0.keep(
                AnyTensor.oneHot(
                    $0.dtype(), $0.any(), depth: $0.int(), on: $0.number(), axis: $0.axis()))
        },
        Call("zeros") { $0.keep(AnyTensor.zeros($0.dtype(), shape: $0.any())) },
        Call("ones") { $0.keep(AnyTensor.ones($0.dtype(), shape: $0.any().sizes)) },
        Call("filled") { $0.keep(AnyTensor.filled($0.dtype(), $0.number(), shape: $0.any())) },
        Call("range") { $0.keep(AnyTensor.range(from: $0.any(), to: $0.any(), by: $0.any())) },
        Call("oneHot") {
            $0.keep(AnyTensor.oneHot($0.dtype(), $0.any(), depth: $0.any(), axis: $0.axis()))
        },
        Call("linspace") {
            $0.keep(
                AnyTensor.linspace(
                    $0.dtype(), from: $0.number(), to: $0.number(), count: $0.int()))
        },
        Call("randomUniform") {
            $0.keep(
                AnyTensor.randomUniform(
                    $0.dtype(), shape: $0.shape(), from: $0.number(), to: $0.number(), stream: "u"))
        },
        Call("randomIntegers") {
            $0.keep(
                AnyTensor.randomIntegers(
                    like: $0.any(), in: $0.span(), stream: "i", dtype: $0.dtype()))
        },
        Call("randomUniform") {
            $0.keep(AnyTensor.randomUniform($0.dtype(), shape: $0.numbers(), stream: "u"))
        },
        Call("randomTruncatedNormal") {
            $0.keep(AnyTensor.randomTruncatedNormal($0.dtype(), shape: $0.numbers(), stream: "t"))
        },
        Call("randomIntegers") {
            $0.keep(
                AnyTensor.randomIntegers(
                    $0.dtype(), shape: $0.numbers(), in: $0.span(), stream: "i"))
        },
        Call("randomBernoulli") {
            $0.keep(AnyTensor.randomBernoulli(shape: $0.any(), stream: "b"))
        },
        Call("randomNormal") { $0.keep(AnyTensor.randomNormal(like: $0.any(), stream: "n")) },
        Call("randomCategorical") { $0.keep(randomCategorical(logits: $0.any(), stream: "c")) },
        Call("cond") { c in
            let (a, b) = (c.any(), c.any())
            c.keep(cond(c.any(), then: { a }, else: { b }))
        },
        Call("meshgrid") { $0.keep(meshgrid([$0.any(), $0.any()])) },
        Call("cumulativeMax") {
            $0.keep($0.any().cumulativeMax(axis: $0.axis(), isExclusive: $0.yes()))
        },
        Call("cumulativeMin") {
            $0.keep($0.any().cumulativeMin(axis: $0.axis(), isReversed: $0.yes()))
        },
        Call("cumulativeLogSumExp") {
            $0.keep($0.any().cumulativeLogSumExp(axis: $0.axis(), isExclusive: $0.yes()))
        },
        Call("split") { $0.keep($0.any().split(into: $0.int(), axis: $0.axis())) },
        Call("topK") { $0.keep($0.any().topK($0.int()).values) },
        Call("einsum") { $0.keep(einsum("ij,jk", $0.any(), $0.any())) },
        Call("quantizedMatmul") { c in
            c.keep(
                quantizedMatmul(
                    c.any(), c.any(), scales: (c.any(), c.any()),
                    firstZeroPoint: c.maybe(c.any()), secondZeroPoint: c.maybe(c.any())))
        },
        Call("conv accumulatingIn") { c in
            let dtype = c.choice(DType.allCases)
            c.keep(conv1D(c.any(), filter: c.any(), accumulatingIn: dtype, groups: c.int()))
            c.keep(conv2D(c.any(), filter: c.any(), accumulatingIn: dtype, strides: c.ints()))
            c.keep(conv3D(c.any(), filter: c.any(), accumulatingIn: dtype, dilations: c.ints()))
            c.keep(depthwiseConv2D(c.any(), filter: c.any(), accumulatingIn: dtype))
        },
        Call("matmul accumulatingIn") {
            $0.keep(
                matmul(
                    $0.any(), $0.any(), accumulatingIn: $0.choice(DType.allCases),
                    transposingFirst: $0.yes(), transposingSecond: $0.yes()))
        },
        Call("dot accumulatingIn") {
            $0.keep(dot($0.any(), $0.any(), accumulatingIn: $0.choice(DType.allCases)))
        },
        Call("tensorDot accumulatingIn") {
            $0.keep(
                tensorDot(
                    $0.any(), $0.any(), axes: (first: $0.ints(), second: $0.ints()),
                    accumulatingIn: $0.choice(DType.allCases)))
        },
        Call("einsum accumulatingIn") {
            $0.keep(
                einsum("ij,jk", $0.any(), $0.any(), accumulatingIn: $0.choice(DType.allCases)))
        },
    ]
    return functions.map { name, f in Call(name) { $0.keep(f($0.any())) } }
        + pairs.map { name, f in Call(name) { $0.keep(f($0.any(), $0.any())) } } + sources
}()
