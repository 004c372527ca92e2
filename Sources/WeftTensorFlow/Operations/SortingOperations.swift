// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sorting and searching.
enum SortingOperations {
    static let all: [OperationDefinition] = greatest + searching + membership

    private static let greatest: [OperationDefinition] = [
        OperationDefinition(
            "TopK", outputs: ["values", "indices"],
            tensors: { call in
                let top = try call.tensor(0).topK(try call.int("k"))
                return [top.values, top.positions]
            }),
        OperationDefinition(
            "TopKV2", outputs: ["values", "indices"], defaults: ["index_type": .type(.int32)],
            tensors: { call in
                let top = try call.tensor(0).topK(try call.tensor(1))
                return [top.values, top.positions.cast(to: try call.dtype("index_type"))]
            }),
        OperationDefinition("NthElement", defaults: ["reverse": false]) { call in
            try call.tensor(0).sorted(isDescending: call.bool("reverse"))
                .gathered(at: call.tensor(1), axis: -1)
        },
        OperationDefinition("InTopK") { call in
            isInTop(
                try call.tensor(0), try call.tensor(1),
                .constant(NDArray(Int64(try call.int("k")))))
        },
        OperationDefinition("InTopKV2") { call in
            isInTop(try call.tensor(0), try call.tensor(1), try call.tensor(2).cast(to: .int64))
        },
    ]

    /// Whether fewer than k classes have a higher score than the target has; of scores that are not finite,
    /// and of no class, it is false.
    private static func isInTop(
        _ scores: AnyTensor, _ targets: AnyTensor, _ k: AnyTensor
    ) -> AnyTensor {
        let classes = targets.cast(to: .int64)
        let isClass = (classes .>= .scalar(0, .int64)) .& (classes .< scores.size(ofAxis: 1))
        let own = scores.gathered(
            along: 1, at: classes.expandingDimension(at: 1), outOfBounds: .clamped)
        let higher = (scores .> own).countTrue(axes: [1])
        return isClass .& scores.isFinite.all(axes: [1]) .& (higher .< k)
    }

    // MARK: Places

    private static let searching: [OperationDefinition] =
        [("LowerBound", SearchSide.left), ("UpperBound", .right)].map { name, side in
            OperationDefinition(name, defaults: ["out_type": .type(.int32)]) { call in
                searchSorted(try call.tensor(0), try call.tensor(1), side: side)
                    .cast(to: try call.dtype("out_type"))
            }
        } + [
            OperationDefinition("Bucketize", bucket),
            .unary("Where") { $0.nonZero() },
        ]

    /// How many of the boundaries, which ascend, are not greater. NaN is behind all.
    private static func bucket(_ call: NodeCall) throws -> AnyTensor {
        let boundaries = try call.floats("boundaries")
        let x = try call.tensor(0)
        let numbers = x.cast(to: .float64)
        let known = select(numbers.isNaN, .scalar(.infinity, .float64), numbers)
        return searchSorted(.constant(NDArray(boundaries)), known, side: .right).cast(to: .int32)
    }

    // MARK: Different elements

    private static let membership: [OperationDefinition] =
        [
            ("Unique", false, false), ("UniqueV2", false, true), ("UniqueWithCounts", true, false),
            ("UniqueWithCountsV2", true, true),
        ].map { name, hasCounts, hasAxis in
            OperationDefinition(
                name, outputs: hasCounts ? ["y", "idx", "count"] : ["y", "idx"],
                defaults: ["out_idx": .type(.int32)],
                tensors: { call in
                    let axes = hasAxis ? try call.integers(1) : []
                    let parts = try different(call, try call.tensor(0), axis: axes.first ?? 0)
                    let type = try call.dtype("out_idx")
                    let numbers = parts.dropFirst().map { $0.cast(to: type) }
                    return Array(parts[..<1] + numbers.prefix(hasCounts ? 2 : 1))
                })
        }
        + ["ListDiff", "SetDiff1D"].map { name in
            OperationDefinition(
                name, outputs: ["out", "idx"], defaults: ["out_idx": .type(.int32)],
                tensors: { call in
                    let (x, isLeft) = try left(call)
                    let places = isLeft.nonZero().squeezed(axes: [1])
                    return [x.masked(by: isLeft), places.cast(to: try call.dtype("out_idx"))]
                })
        }

    /// The different sub-tensors along an axis, where each is among them, and how often each occurs.
    private static func different(
        _ call: NodeCall, _ x: AnyTensor, axis: Int
    ) throws -> [AnyTensor] {
        if x.dtype == .bool {
            let parts = try different(call, x.cast(to: .uint8), axis: axis)
            return [parts[0].cast(to: .bool)] + parts[1...]
        }
        guard let rank = x.shape.rank, rank > 1 else {
            let unique = x.unique()
            return [unique.values, unique.places, unique.counts]
        }
        guard axis >= -rank, axis < rank else {
            throw call.error(.invalidRequest, "\(x.type) has no axis \(axis)")
        }
        let moved = x.movingAxis(from: axis, to: 0)
        let sizes = Array((moved.shape.dims ?? []).dropFirst())
        let most = 4096
        // One more than the most stands for all that are more.
        let width = sizes.reduce(1) { min(max($0, 0) * min($1, most + 1), most + 1) }
        guard width > 0, width <= most else {
            throw call.error(
                .unsupported,
                "different sub-tensors of \(x.type) along axis \(axis), of which each must have 1 to "
                    + "\(most) elements, a number that is known before the graph runs")
        }
        let rows = moved.flattened(from: 1)
        // Rows are told apart by one column after the other: each makes finer what those before it say.
        var places = rows.element(0, axis: 1).unique().places
        for column in 1..<width {
            let own = rows.element(column, axis: 1).unique().places
            places = (places * places.size(ofAxis: 0) + own).unique().places
        }
        let unique = places.unique()
        let count = unique.values.size(ofAxis: 0)
        let firsts = AnyTensor.iota(like: unique.places, dtype: .int64)
            .segmentMin(unique.places, count: count)
        let values = moved.gathered(at: firsts).movingAxis(
            from: 0, to: axis < 0 ? axis + rank : axis)
        return [values, unique.places, unique.counts]
    }

    /// The first input, and where its elements are none of the second's.
    private static func left(_ call: NodeCall) throws -> (x: AnyTensor, isLeft: AnyTensor) {
        let (x, y) = (try call.tensor(0), try call.tensor(1))
        let places = concatenated([y, x]).unique().places
        let count = y.size(ofAxis: 0)
        let own = AnyTensor.iota(like: places, dtype: .int64)
        let isOfSecond = (own .< count).cast(to: .int64)
        let found = isOfSecond.segmentSums(places, count: places.size(ofAxis: 0))
        let ofFirst = places.sliced(
            startingAt: count.reshaped(to: [1]), sizes: x.size(ofAxis: 0).reshaped(to: [1]))
        return (x, found.gathered(at: ofFirst, outOfBounds: .clamped) .== .scalar(0, .int64))
    }
}
