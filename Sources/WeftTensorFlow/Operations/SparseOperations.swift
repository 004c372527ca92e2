// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sparse arrays as indices, values and sizes: put in order, joined, cut and reduced.
///
/// What becomes of values is made of gathers and sums, so that gradients flow to them.
enum SparseOperations {
    static let all: [OperationDefinition] = shapes + parts + sums + withDense

    private static let sparse = ["output_indices", "output_values", "output_shape"]

    // MARK: Shapes

    private static let shapes: [OperationDefinition] = [
        OperationDefinition(
            "SparseReorder", outputs: ["output_indices", "output_values"],
            tensors: { Array(try SparseElements($0).ordered.tensors.prefix(2)) }),
        OperationDefinition(
            "SparseReshape", outputs: ["output_indices", "output_shape"],
            tensors: { call in
                let indices = try call.tensor(0)
                // The values do not count.
                let x = try SparseElements(
                    call, indices, .zeros(like: indices.element(0, axis: 1)), try call.tensor(1))
                let wanted = try call.tensor(2).cast(to: .int64)
                let (none, one) = (AnyTensor.scalar(-1, .int64), AnyTensor.scalar(1, .int64))
                let isOpen = AnyTensor.compare(.equal, wanted, none)
                let others = select(isOpen, one, wanted).product()
                let axes = Array(0..<x.rank)
                let rest = x.count(over: axes).floorDivided(by: maximum(others, one))
                let sizes = select(isOpen, rest, wanted)
                let rank = try call.length(2)
                return [
                    SparseElements.unraveled(
                        x.numbers(over: axes), sizes: (0..<rank).map { sizes.element($0, axis: 0) }),
                    sizes,
                ]
            }),
        OperationDefinition(
            "SparseConcat", outputs: sparse,
            tensors: { call in
                let count = call.count / 3
                guard count > 0, call.count == 3 * count else {
                    throw call.error(.malformed, "there are \(call.count) inputs")
                }
                let all = try (0..<count).map {
                    try SparseElements(call, at: ($0, count + $0, 2 * count + $0))
                }
                let axis = try call.axis(try call.int("concat_dim"), rank: all[0].rank)
                var offset = AnyTensor.scalar(0, .int64)
                let indices = all.map { part in
                    let moved = shifted(part, axis, by: offset)
                    offset = offset + part.size(axis)
                    return moved
                }
                let sizes = replaced(all[0], axis, with: offset)
                return try SparseElements(
                    call, concatenated(indices), concatenated(all.map(\.values)), sizes
                ).ordered.tensors
            }),
    ]

    /// The indices, those along an axis moved.
    private static func shifted(
        _ x: SparseElements, _ axis: Int, by offset: AnyTensor
    ) -> AnyTensor {
        stacked(
            (0..<x.rank).map { $0 == axis ? x.index($0) + offset : x.index($0) }, axis: 1)
    }

    /// The sizes, that of an axis another.
    private static func replaced(
        _ x: SparseElements, _ axis: Int, with size: AnyTensor
    ) -> AnyTensor {
        stacked((0..<x.rank).map { $0 == axis ? size.reshaped(to: []) : x.size($0) })
    }

    // MARK: Parts

    private static let parts: [OperationDefinition] = [
        // First the indices of all parts, then their values, then their sizes.
        OperationDefinition(
            "SparseSplit", outputs: sparse,
            tensors: { call in
                let x = try SparseElements(call, from: 1)
                let axis = try call.axis(try call.integer(0), rank: x.rank)
                let count = try call.int("num_split")
                guard (1...4096).contains(count) else {
                    throw call.error(.malformed, "it has \(count) parts")
                }
                let number = AnyTensor.scalar(Double(count), .int64)
                // The first parts are longer by one, as many as remain.
                let least = x.size(axis).floorDivided(by: number)
                let more = x.size(axis) - least * number
                let parts = (0..<count).map { part -> SparseElements in
                    let position = AnyTensor.scalar(Double(part), .int64)
                    let start = position * least + minimum(position, more)
                    let size =
                        least
                        + select(position .< more, .scalar(1, .int64), .scalar(0, .int64))
                    let isInside = (x.index(axis) .>= start) .& (x.index(axis) .< start + size)
                    let own = x.masked(by: isInside)
                    return own.moved(
                        to: shifted(own, axis, by: -start), sizes: replaced(x, axis, with: size))
                }
                return parts.map(\.indices) + parts.map(\.values) + parts.map(\.sizes)
            }
        ).listing(["num_split", "num_split", "num_split"]),
        OperationDefinition(
            "SparseSlice", outputs: sparse,
            tensors: { call in
                let x = try SparseElements(call)
                let start = try call.tensor(3).cast(to: .int64)
                let zero = AnyTensor.scalar(0, .int64)
                let sizes = maximum(
                    minimum(try call.tensor(4).cast(to: .int64), x.sizes - start), zero)
                let isInside =
                    ((x.indices .>= start) .& (x.indices .< start + sizes)).all(axes: [1])
                let part = x.masked(by: isInside)
                return part.moved(to: part.indices - start, sizes: sizes).tensors
            }),
    ]

    // MARK: Sums

    private static let sums: [OperationDefinition] =
        [
            reduction("Sum") { $0.segmentSums($1, count: $2) },
            reduction("Max") { x, numbers, count in
                // What has no elements is 0.
                let found = AnyTensor.ones(like: numbers, dtype: .int64)
                    .segmentSums(numbers, count: count)
                return select(
                    found .> .scalar(0, .int64), x.segmentMax(numbers, count: count),
                    .scalar(0, x.dtype))
            },
        ].flatMap { $0 }

    private static func reduction(
        _ name: String,
        _ reduce:
            @escaping @Sendable (AnyTensor, _ numbers: AnyTensor, _ count: AnyTensor) ->
            AnyTensor
    ) -> [OperationDefinition] {
        [
            OperationDefinition("SparseReduce\(name)", defaults: ["keep_dims": false]) { call in
                let (x, kept, keeps) = try keptAxes(call)
                let sums = reduce(x.values, x.numbers(over: kept), x.count(over: kept))
                let sizes = keptSizes(x, kept, keeps)
                if let known = sizes.knownIntegers { return sums.reshaped(to: known) }
                return sums.reshaped(to: sizes)
            },
            OperationDefinition(
                "SparseReduce\(name)Sparse", outputs: sparse, defaults: ["keep_dims": false],
                tensors: { call in
                    let (x, kept, keeps) = try keptAxes(call)
                    let ordered = x.taking(x.numbers(over: kept).argSorted(axis: 0))
                    let groups = ordered.numbers(over: kept).unique()
                    let count = groups.values.size(ofAxis: 0)
                    let sums = reduce(ordered.values, groups.places, count)
                    let zero = AnyTensor.scalar(0, .int64)
                    let found = SparseElements.unraveled(
                        groups.values, sizes: kept.map { x.size($0) })
                    let indices =
                        keeps
                        ? stacked(
                            (0..<x.rank).map { axis in
                                kept.firstIndex(of: axis).map { found.element($0, axis: 1) }
                                    ?? zero.broadcasted(like: groups.values)
                            }, axis: 1) : found
                    return [indices, sums, keptSizes(x, kept, keeps)]
                }),
        ]
    }

    private static func keptAxes(
        _ call: NodeCall
    ) throws -> (x: SparseElements, kept: [Int], keeps: Bool) {
        let x = try SparseElements(call)
        let axes = try call.integers(3).map { try call.axis($0, rank: x.rank) }
        return (x, (0..<x.rank).filter { !axes.contains($0) }, try call.bool("keep_dims"))
    }

    private static func keptSizes(_ x: SparseElements, _ kept: [Int], _ keeps: Bool) -> AnyTensor {
        let sizes =
            keeps
            ? (0..<x.rank).map { kept.contains($0) ? x.size($0) : .scalar(1, .int64) }
            : kept.map { x.size($0) }
        return sizes.isEmpty ? AnyTensor.numbers([]) : stacked(sizes)
    }

    // MARK: With dense arrays

    private static let withDense: [OperationDefinition] =
        [
            cwise("Add") { $0 + $1 }, cwise("Mul") { $0 * $1 }, cwise("Div") { $0 / $1 },
        ] + [
            OperationDefinition("SparseTensorDenseAdd") { call in
                let x = try SparseElements(call)
                return try call.tensor(3).scatteringND(x.values, at: x.indices, combining: .add)
            },
            OperationDefinition("SparseSoftmax") { call in
                let x = try SparseElements(call)
                guard x.rank > 1 else {
                    throw call.error(.malformed, "its array has no rows; give one of two axes")
                }
                let rows = x.numbers(over: Array(0..<x.rank - 1)).unique()
                let count = rows.values.size(ofAxis: 0)
                let greatest = stopGradient(x.values.segmentMax(rows.places, count: count))
                let powers = exp(x.values - greatest.gathered(at: rows.places))
                let sums = powers.segmentSums(rows.places, count: count)
                return powers / sums.gathered(at: rows.places)
            },
        ]

    /// Values with the elements of a dense array, which is broadcast, at their places.
    private static func cwise(
        _ name: String, _ combine: @escaping @Sendable (AnyTensor, AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition("SparseDenseCwise\(name)") { call in
            let (x, dense) = (try SparseElements(call), try call.tensor(3))
            let rank = try call.rank(3)
            guard rank <= x.rank else {
                throw call.error(
                    .malformed, "\(dense.type) has more axes than an array of \(x.rank)")
            }
            if rank == 0 { return combine(x.values, dense) }
            let one = AnyTensor.scalar(1, .int64)
            let columns = (0..<rank).map { axis -> AnyTensor in
                let index = x.index(x.rank - rank + axis)
                let isRepeated = dense.size(ofAxis: axis) .== one
                return select(isRepeated, .zeros(like: index), index)
            }
            return combine(x.values, dense.gatheredND(at: stacked(columns, axis: 1)))
        }
    }
}
