// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    private static func numbers(_ numbers: [Int64]) -> AnyTensor { AnyTensor(NDArray(numbers)) }

    /// Functions whose sizes are computed from their operands' shapes.
    static let sizes: [GradientCase] = [
        GradientCase("reshape to sizes", [[2, 3, 4]]) { inputs in
            let x = inputs[0]
            return (x * x).reshaped(to: stacked([x.size(ofAxis: 2), .scalar(-1, .int64)]))
        },
        GradientCase("broadcast to sizes", [[1, 3], [4, 2, 3]]) { inputs in
            (inputs[0] * inputs[0]).broadcasted(to: inputs[1].sizes) * inputs[1]
        },
        GradientCase("slice of sizes", [[4, 5]]) { inputs in
            let x = inputs[0]
            return (x * x).sliced(
                startingAt: numbers([1, 2]), sizes: x.sizes - numbers([2, 3]))
        },
        GradientCase("slice of a whole axis", [[4, 5]]) { inputs in
            (inputs[0] * inputs[0]).sliced(startingAt: numbers([1, 2]), sizes: numbers([2, -1]))
        },
        GradientCase("slice at a computed place", [[4, 5]]) { inputs in
            let x = inputs[0]
            let start = x.sum(axes: [1]).argMax(axis: 0)
            return (x * x).sliced(
                startingAt: stacked([start, .scalar(1, .int64)]),
                sizes: x.sizes - numbers([2, 3]))
        },
        GradientCase("pad by computed sizes", [[2, 3], []]) { inputs in
            (inputs[0] * inputs[0]).padded(
                with: inputs[1] * inputs[1], sizes: numbers([1, 0, 2, 1]).reshaped(to: [2, 2]))
        },
        GradientCase("tile by counts", [[2, 3]]) { inputs in
            (inputs[0] * inputs[0]).tiled(by: inputs[0].sizes - numbers([0, 1]))
        },
        GradientCase("split by sizes", [[2, 5]]) { inputs in
            let x = inputs[0]
            let first = x.size(ofAxis: 0)
            let parts = (x * x).split(
                sizes: stacked([first, x.size(ofAxis: 1) - first]), axis: 1)
            return parts[0].sum() * parts[1]
        },
        GradientCase("range of a computed length", [[5]]) { inputs in
            let x = inputs[0]
            let zero = AnyTensor.scalar(0, .int64)
            let place = AnyTensor.range(from: zero, to: x.size(ofAxis: 0), by: zero + 1)
            return x * x * place.cast(to: .float64)
        },
        GradientCase("repeat by counts", [[3, 2]]) { inputs in
            (inputs[0] * inputs[0]).repeated(numbers([2, 0, 1]), axis: 0)
        },
        GradientCase("roll along several axes", [[3, 4]]) { inputs in
            (inputs[0] * inputs[0]).rolled(by: [1, -2], axes: [0, 1])
        },
        GradientCase("reversed sequences", [[3, 4]]) { inputs in
            (inputs[0] * inputs[0]).reversedSequences(lengths: numbers([4, 0, 3]))
        },
        GradientCase("top k of computed size", [[2, 5]]) { inputs in
            (inputs[0] * inputs[0]).topK(inputs[0].size(ofAxis: 0) + 1).values
        },
        GradientCase("log of added exponentials", [[2, 3], [3]]) { logAddExp($0[0], $0[1]) },
        GradientCase("cumulative log-sum-exp", [[2, 4]]) { inputs in
            inputs[0].cumulativeLogSumExp(axis: 1)
        },
        GradientCase("cumulative log-sum-exp, reversed and exclusive", [[3, 2]]) { inputs in
            let sums = inputs[0].cumulativeLogSumExp(axis: 0, isExclusive: true, isReversed: true)
            return sums.sliced(startingAt: numbers([0, 0]), sizes: [2, 2])
        },
        GradientCase("segment means", [[4, 2]]) { inputs in
            (inputs[0] * inputs[0]).segmentMeans(numbers([1, 0, 1, 3]), count: 3)
        },
        GradientCase("segment products", [[5, 2]]) { inputs in
            (inputs[0] + 3).segmentProducts(numbers([1, 0, 1, 3, 1]), count: 3)
        },
        GradientCase("products scattered to one place", [[2, 2], [3, 2]]) { inputs in
            inputs[0].scattering(inputs[1], at: numbers([1, 1, 0]), combining: .multiply)
        },
        GradientCase("segment extremes", [[4, 2]]) { inputs in
            let (x, segments) = (inputs[0] * inputs[0], numbers([1, 0, 1, 0]))
            return x.segmentMax(segments, count: 2) - x.segmentMin(segments, count: 2)
        },
    ]
}
