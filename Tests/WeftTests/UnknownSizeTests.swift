// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

private typealias D = Tensor<Double>
private typealias N = Tensor<Int64>

/// A function of a tensor, whose sizes may be known when the graph is built or only when it runs.
private struct SizedCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let shapes: [[Int]]
    let function: @Sendable (D) -> [D]

    init(
        _ name: String, _ shapes: [[Int]], _ function: @escaping @Sendable (D) -> [D]
    ) {
        testDescription = name
        self.shapes = shapes
        self.function = function
    }

    static let all: [SizedCase] = [
        SizedCase("repeat", [[2, 3], [0, 3]]) {
            [$0.repeated(2, axis: 0), $0.repeated(0, axis: 1)]
        },
        SizedCase("repeat by a number", [[2, 3], [0, 3]]) { x in
            [x.repeated(x.size(ofAxis: 1) - 1, axis: 0), x.repeated(N(2), axis: -1)]
        },
        SizedCase("repeat by counts", [[3, 2], [3, 0]]) { x in
            [x.repeated(N([2, 0, 1]), axis: 0), x.repeated(N([0, 0, 0]), axis: 0)]
        },
        SizedCase("repeat by counts from shapes", [[3, 2], [0, 2]]) { x in
            [x.repeated(N.range(from: N(0), to: x.size(ofAxis: 0), by: N(1)), axis: 0)]
        },
        SizedCase("segment sums", [[4, 3], [4, 0]]) { x in
            let segments = Tensor<Int32>([2, 0, 2, -1])
            return [
                x.segmentSums(segments, count: 3),
                x.segmentSums(segments, count: x.size(ofAxis: 0) + 1),
            ]
        },
        SizedCase("diagonals", [[3, 5], [5, 3], [4, 4], [0, 3]]) { x in
            [x.diagonalPart(), x.diagonalMatrix(), x.diagonalMatrix().diagonalPart(), x.trace()]
        },
        SizedCase("batched diagonals", [[2, 2, 3], [0, 2, 2]]) { x in
            [x.diagonalPart(), x.diagonalMatrix()]
        },
        SizedCase("split", [[4, 6], [0, 6], [2, 0]]) { x in
            x.split(into: 3, axis: 1) + x.split(into: 2, axis: 0)
        },
        SizedCase("split by sizes", [[6, 2], [6, 0]]) { x in x.split(sizes: [1, 0, 5]) },
        SizedCase("unstack", [[3, 2], [3, 0]]) { x in x.unstacked(count: 3) },
        SizedCase("unstack another axis", [[2, 2], [0, 2]]) { x in
            x.unstacked(axis: 1, count: 2)
        },
        SizedCase("replacing", [[4, 3], [2, 3]]) { x in
            let part = x.sliced(startingAt: N([1, 0]), sizes: N([1, -1]))
            return [
                (x * x).replacing(startingAt: N([0, 0]), with: part * 3),
                x.replacing(startingAt: x.sum(axes: [1]).argMax(axis: 0).spread, with: part),
            ]
        },
        SizedCase("slices from computed positions", [[4, 3]]) { x in
            [x.sliced(startingAt: x.sum(axes: [1]).argMax(axis: 0).spread, sizes: [2, -1])]
        },
        SizedCase("space to depth and back", [[1, 4, 6, 2], [0, 2, 2, 1], [1, 0, 2, 3]]) { x in
            [x.spaceToDepth(blockSize: 2), x.spaceToDepth(blockSize: 2).depthToSpace(blockSize: 2)]
        },
        SizedCase("depth to space", [[2, 1, 2, 8], [2, 1, 0, 4]]) { x in
            [x.depthToSpace(blockSize: 2)]
        },
        SizedCase("group normalisation", [[2, 3, 4], [2, 1, 6]]) { x in
            [groupNormalized(x, groups: 2)]
        },
        SizedCase("top k", [[2, 4], [0, 4], [3, 1]]) { x in
            let some = x.topK(x.size(ofAxis: 1) / 2)
            return [some.values, some.positions.cast(to: Double.self), x.topK(N(1)).values]
        },
        SizedCase("one-hot", [[2, 3]]) { x in
            [D.oneHot(N([0, 2]), depth: x.size(ofAxis: 1)) * x]
        },
        SizedCase("transposed convolution", [[1, 3, 3, 1], [2, 2, 4, 1]]) { x in
            let filter = D.ones(shape: [3, 3, 2, 1])
            let sizes = x.sizes[1..<3] * 2
            return [
                transposedConv2D(
                    x, filter: filter, strides: [2], padding: .same, outputSizes: sizes - 1),
                transposedConv2D(
                    x, filter: filter, strides: [2], padding: .same, outputSizes: sizes),
            ]
        },
        SizedCase("paddings by its own elements", [[3, 4]]) { x in
            PaddingMode.allCases.map { x.padded($0, sizes: [(2, 1), (0, 3)]) }
        },
        SizedCase("roll", [[3, 4], [0, 4]]) { x in
            [x.rolled(by: 5, axis: 0), x.rolled(by: -1, axis: 1), x.rolled(by: 3, axis: 0)]
        },
        SizedCase("segment means and extremes", [[4, 3], [4, 0]]) { x in
            let segments = Tensor<Int32>([1, 0, 1, 5])
            let count = N(2)
            return [
                x.segmentMeans(segments, count: 3), x.segmentMeans(segments, count: count),
                x.segmentMax(segments, count: count), x.segmentMin(segments, count: 2),
            ]
        },
        SizedCase("reversed sequences", [[2, 4, 3], [2, 1, 0]]) { x in
            [
                x.reversedSequences(lengths: Tensor<Int32>([1, 0])),
                x.reversedSequences(lengths: x.size(ofAxis: 1) - N([1, 0])),
            ]
        },
        SizedCase("cumulative extremes and log-sum-exp", [[2, 4], [0, 3], [2, 0]]) { x in
            [
                x.cumulativeMax(axis: 1), x.cumulativeMin(axis: 0, isReversed: true),
                x.cumulativeLogSumExp(axis: 1), x.cumulativeLogSumExp(axis: 0, isReversed: true),
            ]
        },
        SizedCase("roll several axes", [[3, 4], [2, 0]]) { x in
            [x.rolled(by: [1, -6], axes: [0, 1]), x.rolled(by: [1, 1], axes: [1, -1])]
        },
    ]
}

extension Tensor where Scalar == Int64 {
    /// A row's number as the position of the row's first element.
    fileprivate var spread: Tensor { stacked([self, 0]) }
}

/// What needs sizes has them when a plan is made.
@Suite("Functions of unknown sizes") struct UnknownSizeTests {
    @Test(
        "give what they give when sizes are known, and so do their gradients",
        arguments: TestedEngine.allCases, SizedCase.all)
    fileprivate func cases(_ engine: TestedEngine, _ item: SizedCase) throws {
        let session = engine.session()
        for shape in item.shapes {
            let count = shape.reduce(1, *)
            let array = try NDArray(
                (0..<count).map { Double(($0 * 7 + 3) % 11) / 4 - 1 }, shape: shape)
            var results: [[NDArray]] = []
            let known = Shape(shape.map { $0 })
            for type in [known, Shape(shape.map { _ in nil })] {
                let x = D.placeholder(shape: type)
                let ys = item.function(x)
                let sum = ys.map { ($0 * $0 * $0).sum() }.reduce(D(0), +)
                let slope = try #require(try gradient(of: sum, withRespectTo: x))
                let curve = try gradient(of: (slope * slope).sum(), withRespectTo: x)
                let all = ys + [slope] + (curve.map { [$0] } ?? [])
                results.append(try session.run(all, feeding: [x: array]))
            }
            #expect(results[0].map(\.shape) == results[1].map(\.shape), "\(shape)")
            for (a, b) in zip(results[0], results[1]) {
                let close = zip(a.doubles, b.doubles).allSatisfy {
                    $0 == $1 || abs($0 - $1) <= 1e-9 * max(1, abs($0))
                }
                #expect(close, "\(shape): \(a) and \(b)")
            }
        }
    }

    @Test("random draws have computed sizes", arguments: TestedEngine.allCases)
    func draws(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [nil, 3])
        let sizes = stacked([x.size(ofAxis: 1), x.size(ofAxis: 0)])
        let pairs: [(any TensorConvertible, any TensorConvertible)] = [
            (
                D.randomUniform(shape: sizes, from: 1, to: 2, stream: "a"),
                D.randomUniform(shape: [3, 5], from: 1, to: 2, stream: "a")
            ),
            (
                D.randomNormal(shape: sizes, mean: 1, stream: "b"),
                D.randomNormal(shape: [3, 5], mean: 1, stream: "b")
            ),
            (
                D.randomTruncatedNormal(shape: sizes, standardDeviation: 2, stream: "c"),
                D.randomTruncatedNormal(shape: [3, 5], standardDeviation: 2, stream: "c")
            ),
            (
                N.randomIntegers(shape: sizes, in: -4..<9, stream: "d"),
                N.randomIntegers(shape: [3, 5], in: -4..<9, stream: "d")
            ),
            (
                Tensor<Bool>.randomBernoulli(shape: sizes, probability: 0.3, stream: "e"),
                Tensor<Bool>.randomBernoulli(shape: [3, 5], probability: 0.3, stream: "e")
            ),
        ]
        for (computed, literal) in pairs {
            // Two draws of one stream in one run are different ones.
            let values = try [computed, literal].map {
                try engine.session(seed: 7).run(
                    [$0], feeding: [x: NDArray.zeros(.float64, [5, 3])])[0]
            }
            #expect(values[0].shape == [3, 5])
            #expect(values[0].doubles == values[1].doubles)
        }
    }

    @Test("say which size does not fit", arguments: TestedEngine.allCases)
    func errors(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = D.placeholder(shape: [nil, nil])
        let n = x.size(ofAxis: 0)
        let image = x.reshaped(to: [1, 5, 4, 1]) + x.sum() * 0
        let wrong: [(any TensorConvertible, String, String)] = [
            (
                x.split(into: 3)[1], "split",
                "axis 0 of f64[5, 4] cannot be divided into 3 equal parts"
            ),
            (x.unstacked(count: 4)[3], "unstack", "make 4, but axis 0 of f64[5, 4] has 5"),
            (x.split(sizes: [2, 2])[0], "split", "the parts [2, 2] make 4, but axis 0"),
            (x.repeated(n - 7, axis: 0), "repeat", "[5, -2, 4] is not the shape of an array"),
            (
                x.repeated(N([1, 2, 0, 0]) - x.size(ofAxis: 1) + 3, axis: 1), "repeat",
                "a count must be 0 or more, not -1"
            ),
            (x.repeated(N([1, 2]), axis: 0), "repeat", "(2 != 5)"),
            (x.topK(n).values, "topK", "k must be 0 to the 4 elements of the last axis"),
            (x.segmentSums(N([0, 0, 0, 0, 0]), count: -n), "segmentSums", "[-5, 4]"),
            (x.spaceToDepthOfOne, "spaceToDepth", "cannot be divided into 2 equal parts"),
            (D.randomNormal(shape: stacked([-n]), stream: "s"), "randomNormal", "[-5]"),
            (
                transposedConv2D(
                    image, filter: D.ones(shape: [2, 2, 1, 1]), strides: [2],
                    outputSizes: stacked([n * 7, n])), "transposedConv2D",
                "the convolution of f64[1, 35, 5, 1] is f64[1, 17, 2, 1], not f64[1, 5, 4, 1]"
            ),
        ]
        for (fetch, function, words) in wrong {
            let text = errorText {
                _ = try session.run(fetch, feeding: [x: NDArray.zeros(.float64, [5, 4])])
            }
            #expect(text.contains(function) && text.contains(words), "\(function): \(text)")
        }
    }
}

extension Tensor where Scalar == Double {
    /// Blocks of two of one image of an odd height.
    fileprivate var spaceToDepthOfOne: Tensor {
        expandingDimensions(at: [0, 3]).spaceToDepth(blockSize: 2)
    }
}
