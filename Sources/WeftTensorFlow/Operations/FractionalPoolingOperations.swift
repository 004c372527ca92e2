// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// Windows of nearly equal sizes that are drawn (Graham 2015), so that images become smaller by factors that are
/// no whole numbers.
enum FractionalPoolingOperations {
    static let all: [OperationDefinition] =
        [
            pooling("FractionalMaxPool", isMaximum: true),
            pooling("FractionalAvgPool", isMaximum: false),
        ] + [
            OperationDefinition("FractionalMaxPoolGrad", defaults: ["overlapping": false]) { call in
                let windows = try FractionalWindows(
                    call, rows: try call.tensor(3), columns: try call.tensor(4),
                    sizes: try call.dimensions(of: try call.tensor(0), "the images"))
                return try call.gradient(at: try call.tensor(0), from: try call.tensor(2)) {
                    windows.pooled($0, isMaximum: true)
                }
            },
            OperationDefinition("FractionalAvgPoolGrad", defaults: ["overlapping": false]) { call in
                let sizes = try call.integers(0)
                let windows = try FractionalWindows(
                    call, rows: try call.tensor(2), columns: try call.tensor(3), sizes: sizes)
                let seed = try call.tensor(1)
                return try call.gradient(at: .zeros(seed.dtype, shape: sizes), from: seed) {
                    windows.pooled($0, isMaximum: false)
                }
            },
        ]

    private static func pooling(_ name: String, isMaximum: Bool) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["output", "row_pooling_sequence", "col_pooling_sequence"],
            defaults: [
                "pseudo_random": false, "overlapping": false, "deterministic": false, "seed": 0,
                "seed2": 0,
            ],
            tensors: { call in
                let x = try call.tensor(0)
                let sizes = try call.dimensions(of: x, "the images")
                let ratios = try call.floats("pooling_ratio")
                guard sizes.count == 4, ratios.count == 4, ratios[0] == 1, ratios[3] == 1,
                    ratios.allSatisfy({ $0 >= 1 && $0 < 1e9 })
                else { throw call.error(.malformed, "the ratios \(ratios) of images \(x.type)") }
                let sequences = try [1, 2].map { axis in
                    try sequence(
                        call, sizes[axis], Int(Double(sizes[axis]) / ratios[axis]),
                        stream: "\(call.stream)/\(axis)")
                }
                let windows = try FractionalWindows(
                    call, rows: sequences[0], columns: sequences[1], sizes: sizes)
                return [windows.pooled(x, isMaximum: isMaximum)] + sequences
            })
    }

    /// Where windows begin along an axis, and its end: i64[count + 1].
    private static func sequence(
        _ call: NodeCall, _ size: Int, _ count: Int, stream: String
    ) throws -> AnyTensor {
        guard count > 0 else {
            throw call.error(.malformed, "\(size) pixels are too few for the ratio")
        }
        let (ratio, least) = (Double(size) / Double(count), size / count)
        if try call.bool("pseudo_random") {
            let most = min(
                Double(least + 2) / ratio - 1,
                Double(size + 1 - least) / ratio - Double(count - 1))
            let u =
                AnyTensor.randomUniform(.float64, shape: AnyTensor.numbers([]), stream: stream)
                * .scalar(most, .float64)
            let inner = ceil(
                (AnyTensor.iota(.float64, shape: [count - 1]) + .scalar(1, .float64) + u)
                    * .scalar(ratio, .float64))
            return concatenated([
                .numbers([0]), inner.cast(to: .int64) - .scalar(1, .int64), .numbers([size]),
            ])
        }
        let more = size % count
        let lengths = AnyTensor.numbers(
            Array(repeating: least + 1, count: more) + Array(repeating: least, count: count - more))
        let ends = lengths.shuffled(axis: 0, stream: stream).cumulativeSum(axis: 0)
        return concatenated([.numbers([0]), ends])
    }
}

/// Windows between the numbers of two sequences.
private struct FractionalWindows {
    /// Of each axis the pixels of each window, [windows, most], and which of them count.
    private let axes: [(places: AnyTensor, isInside: AnyTensor, most: Int)]

    init(_ call: NodeCall, rows: AnyTensor, columns: AnyTensor, sizes: [Int]) throws {
        let overlaps = try call.bool("overlapping") ? 1 : 0
        guard sizes.count == 4 else { throw call.error(.malformed, "images of sizes \(sizes)") }
        axes = try zip([rows, columns], sizes[1...2]).map { sequence, size in
            guard let count = sequence.shape[0].map({ $0 - 1 }), count > 0 else {
                throw call.error(.malformed, "\(sequence.type) begins no windows")
            }
            let numbers = sequence.cast(to: .int64)
            let starts = numbers.sliced(axis: 0, 0, count)
            // The last pixel of a window is the first of the next where they overlap, but at the end.
            let ends = minimum(
                numbers.sliced(axis: 0, 1, nil) + .scalar(Double(overlaps), .int64),
                .scalar(Double(size), .int64))
            let most = size / count + 2 + overlaps
            let checked = check(
                starts,
                that: (ends - starts .<= AnyTensor.scalar(Double(most), .int64)).all()
                    .& (ends .> starts).all() .& (starts .>= AnyTensor.scalar(0, .int64)).all(),
                "\(call.node.name): the windows are not of nearly equal sizes",
                showing: ["sequence": sequence])
            let places =
                checked.expandingDimension(at: 1) + AnyTensor.iota(.int64, shape: [most])
            return (places, places .< ends.expandingDimension(at: 1), most)
        }
    }

    /// The greatest elements or the means of all windows.
    func pooled(_ x: AnyTensor, isMaximum: Bool) -> AnyTensor {
        let (rows, columns) = (axes[0], axes[1])
        let windows = x.gathered(at: rows.places, axis: 1, outOfBounds: .clamped)
            .gathered(at: columns.places, axis: 3, outOfBounds: .clamped)
            .transposed(permutation: [0, 1, 3, 2, 4, 5])
        let isInside =
            rows.isInside.expandingDimensions(at: [1, 3, 4])
            .& columns.isInside.expandingDimensions(at: [0, 2, 4])
        let other = AnyTensor.scalar(isMaximum ? -.infinity : 0, x.dtype)
        if isMaximum {
            // Whole numbers are computed as others, which have a number below all.
            let wide = x.dtype.isInteger ? windows.cast(to: .float64) : windows
            let inside = select(isInside, wide, other.cast(to: wide.dtype))
                .flattened(from: 3, through: 4)
            let place = stopGradient(inside).argMax(axis: 3, keepingDimensions: true)
            return inside.gathered(along: 3, at: place).squeezed(axes: [3]).cast(to: x.dtype)
        }
        let counts = isInside.cast(to: x.dtype).sum(axes: [2, 3])
        return select(isInside, windows, other).sum(axes: [3, 4]) / counts
    }
}
