// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sparse arrays whose elements are looked for among those of others. The host finds the places; what becomes
/// of values at them is computed in the graph.
enum SparseMerging {
    static let all: [OperationDefinition] = merging + gradients + filling

    // MARK: Two arrays

    private static let merging: [OperationDefinition] = [
        OperationDefinition(
            "SparseAdd", outputs: ["sum_indices", "sum_values", "sum_shape"],
            tensors: { call in
                let merged = try Merged(call)
                let sums = concatenated([merged.a.values, merged.b.values])
                    .segmentSums(merged.places, count: merged.count)
                let least = try call.tensor(6)
                if least.knownNumbers == [0] { return [merged.indices, sums, merged.a.sizes] }
                // What one array alone has stays, however small it is.
                let counts = AnyTensor.ones(like: merged.places, dtype: .int64)
                    .segmentSums(merged.places, count: merged.count)
                let isKept = (abs(sums) .>= least) .| (counts .== .scalar(1, .int64))
                return [
                    merged.indices.masked(by: isKept), sums.masked(by: isKept), merged.a.sizes,
                ]
            }),
        extreme("SparseSparseMaximum") { maximum($0, $1) },
        extreme("SparseSparseMinimum") { minimum($0, $1) },
    ]

    /// Elements that only one array has meet 0.
    private static func extreme(
        _ name: String, _ combine: @escaping @Sendable (AnyTensor, AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["output_indices", "output_values"],
            tensors: { call in
                let merged = try Merged(call)
                let first = merged.a.values.size(ofAxis: 0)
                let ofFirst = merged.places.sliced(
                    startingAt: AnyTensor.numbers([0]), sizes: first.reshaped(to: [1]))
                let ofSecond = merged.places.sliced(
                    startingAt: first.reshaped(to: [1]),
                    sizes: merged.b.values.size(ofAxis: 0).reshaped(to: [1]))
                return [
                    merged.indices,
                    combine(
                        merged.a.values.segmentSums(ofFirst, count: merged.count),
                        merged.b.values.segmentSums(ofSecond, count: merged.count)),
                ]
            })
    }

    /// Two arrays' places in order, each once, and where among them each element is, those of the first array
    /// before those of the second.
    private struct Merged {
        let a: SparseElements
        let b: SparseElements
        let indices: AnyTensor
        let places: AnyTensor
        var count: AnyTensor { indices.size(ofAxis: 0) }

        init(_ call: NodeCall) throws {
            a = try SparseElements(call, from: 0)
            b = try SparseElements(call, from: 3)
            guard a.rank == b.rank else {
                throw call.error(.malformed, "the arrays have \(a.rank) and \(b.rank) axes")
            }
            let found = call.measured(
                [(.int64, 2), (.int64, 1)], [a.indices, b.indices, a.sizes, b.sizes]
            ) { inputs in
                guard try inputs[2].integers == inputs[3].integers else {
                    throw HostProblem("the arrays are of different shapes")
                }
                let rows = try inputs[0].rows + inputs[1].rows
                let order = rows.indices.sorted {
                    rows[$0].lexicographicallyPrecedes(rows[$1])
                        || rows[$0] == rows[$1] && $0 < $1
                }
                var places = Array(repeating: 0, count: rows.count)
                var different: [[Int]] = []
                for row in order {
                    if different.last != rows[row] { different.append(rows[row]) }
                    places[row] = different.count - 1
                }
                let rank = inputs[0].shape[1]
                return [
                    try .longs(different.flatMap { $0 }, shape: [different.count, rank]),
                    .longs(places),
                ]
            }
            indices = found[0]
            places = found.count == 2 ? found[1] : found[0]
        }
    }

    // MARK: Gradients

    private static let gradients: [OperationDefinition] = [
        OperationDefinition(
            "SparseAddGrad", outputs: ["a_val_grad", "b_val_grad"],
            tensors: { call in
                let gradient = try call.tensor(0)
                return try [1, 2].map { position in
                    gradient.gathered(
                        at: places(call, of: try call.tensor(position), in: try call.tensor(3)),
                        outOfBounds: .ignored)
                }
            }),
        OperationDefinition("SparseSliceGrad") { call in
            let moved =
                try call.tensor(1).cast(to: .int64) - (try call.tensor(2).cast(to: .int64))
            return try call.tensor(0).gathered(
                at: places(call, of: moved, in: try call.tensor(3)), outOfBounds: .ignored)
        },
    ]

    /// Where rows of indices are among others; −1 where they are not.
    private static func places(
        _ call: NodeCall, of rows: AnyTensor, in others: AnyTensor
    ) -> AnyTensor {
        let result = HostResult.array(.int64) { Shape([$0[0][0]]) }
        return call.hosted([result], [rows.cast(to: .int64), others.cast(to: .int64)]) { inputs in
            var numbers: [[Int]: Int] = [:]
            for (number, row) in try inputs[1].rows.enumerated() { numbers[row] = number }
            return [.longs(try inputs[0].rows.map { numbers[$0] ?? -1 })]
        }[0]
    }

    // MARK: Rows without elements

    private static let filling: [OperationDefinition] = [
        OperationDefinition(
            "SparseFillEmptyRows",
            outputs: [
                "output_indices", "output_values", "empty_row_indicator", "reverse_index_map",
            ],
            tensors: { call in
                let x = try SparseElements(call)
                let fallback = try call.tensor(3).reshaped(to: [1])
                let found = call.measured(
                    [(.int64, 2), (.int64, 1), (.bool, 1), (.int64, 1)], [x.indices, x.sizes],
                    filled)
                guard found.count == 4 else { return found }
                let values = concatenated([x.values, fallback]).gathered(at: found[1])
                return [found[0], values, found[2], found[3]]
            }),
        OperationDefinition(
            "SparseFillEmptyRowsGrad", outputs: ["d_values", "d_default_value"],
            tensors: { call in
                let (places, gradient) = (try call.tensor(0), try call.tensor(1))
                let zeros = AnyTensor.zeros(gradient.dtype, shape: places.sizes)
                return [
                    gradient.gathered(at: places), gradient.scattering(zeros, at: places).sum(),
                ]
            }),
    ]

    /// The elements by rows with one where a row has none: indices, the numbers of the elements (one behind the
    /// last for those that are new), which rows were empty, and where each element went.
    @Sendable private static func filled(_ inputs: [NDArray]) throws -> [NDArray] {
        let (rows, sizes) = (try inputs[0].rows, try inputs[1].integers)
        let rank = sizes.count
        guard let count = sizes.first, (0...1 << 28).contains(count) else {
            throw HostProblem("\(sizes) is no shape of an array with rows")
        }
        if let wrong = rows.first(where: { !(0..<count).contains($0[0]) }) {
            throw HostProblem("the row \(wrong[0]) is none of \(count)")
        }
        var members: [[Int]] = Array(repeating: [], count: count)
        for (number, row) in rows.enumerated() { members[row[0]].append(number) }
        var indices: [Int] = []
        var sources: [Int] = []
        var places = Array(repeating: 0, count: rows.count)
        for (row, numbers) in members.enumerated() {
            if numbers.isEmpty {
                indices += [row] + Array(repeating: 0, count: rank - 1)
                sources.append(rows.count)
            }
            for number in numbers {
                places[number] = sources.count
                indices += rows[number]
                sources.append(number)
            }
        }
        return [
            try .longs(indices, shape: [sources.count, rank]), .longs(sources),
            NDArray(members.map(\.isEmpty)), .longs(places),
        ]
    }
}

extension NDArray {
    /// The rows of a matrix of integers.
    var rows: [[Int]] {
        get throws {
            let all = try integers
            guard shape.count == 2 else { throw HostProblem("\(shape) is no matrix") }
            let width = shape[1]
            return (0..<shape[0]).map { Array(all[$0 * width..<($0 + 1) * width]) }
        }
    }
}
