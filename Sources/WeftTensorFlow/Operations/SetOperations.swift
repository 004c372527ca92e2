// SPDX-License-Identifier: Apache-2.0
import Weft

/// Sets, which are the rows of arrays along the last axis, and distances of sequences. The host computes them.
enum SetOperations {
    static let all: [OperationDefinition] =
        combinations + [
            OperationDefinition("SetSize", defaults: ["validate_indices": true]) { call in
                let x = try SparseElements(call)
                return call.measured([(.int32, x.rank - 1)], x.tensors) { inputs in
                    let sets = try RowSets(sparse: inputs)
                    let sizes = try sets.groupSizes()
                    let counts = try sets.rows.map { Int32(clamping: Set($0).count) }
                    return [try NDArray(counts, shape: sizes)]
                }[0]
            },
            OperationDefinition("EditDistance", defaults: ["normalize": true]) { call in
                let (a, b) = (try SparseElements(call), try SparseElements(call, from: 3))
                let isNormalized = try call.bool("normalize")
                guard a.rank == b.rank, a.rank > 1 else {
                    throw call.error(.malformed, "the arrays have \(a.rank) and \(b.rank) axes")
                }
                return call.measured([(.float32, a.rank - 1)], a.tensors + b.tensors) { inputs in
                    try distances(
                        Array(inputs[..<3]), Array(inputs[3...]), isNormalized: isNormalized)
                }[0]
            },
        ]

    // MARK: Two sets

    private static let names = ["result_indices", "result_values", "result_shape"]

    private static let combinations: [OperationDefinition] = [
        OperationDefinition(
            "DenseToDenseSetOperation", outputs: names, defaults: ["validate_indices": true],
            tensors: { call in
                try combined(call, try call.tensors(to: 2), split: 1, rank: try call.rank(0))
            }),
        OperationDefinition(
            "DenseToSparseSetOperation", outputs: names, defaults: ["validate_indices": true],
            tensors: { call in
                let second = try SparseElements(call, from: 1)
                return try combined(
                    call, [try call.tensor(0)] + second.tensors, split: 1, rank: second.rank)
            }),
        OperationDefinition(
            "SparseToSparseSetOperation", outputs: names, defaults: ["validate_indices": true],
            tensors: { call in
                let (a, b) = (try SparseElements(call), try SparseElements(call, from: 3))
                return try combined(call, a.tensors + b.tensors, split: 3, rank: a.rank)
            }),
    ]

    private static func combined(
        _ call: NodeCall, _ inputs: [AnyTensor], split: Int, rank: Int
    ) throws -> [AnyTensor] {
        guard rank > 0 else { throw call.error(.malformed, "a scalar has no sets") }
        let combine: @Sendable (Set<RowSets.Element>, Set<RowSets.Element>) -> Set<RowSets.Element>
        switch try call.string("set_operation") {
        case "a-b": combine = { $0.subtracting($1) }
        case "b-a": combine = { $1.subtracting($0) }
        case "intersection": combine = { $0.intersection($1) }
        case "union": combine = { $0.union($1) }
        case let other: throw call.error(.malformed, "the operation '\(other)' is none of sets")
        }
        let dtype = inputs[split == 1 ? 0 : 1].dtype
        return call.measured([(.int64, 2), (dtype, 1), (.int64, 1)], inputs) { inputs in
            let parts = [Array(inputs[..<split]), Array(inputs[split...])]
            let sets = try parts.map { part in
                try part.count == 1 ? RowSets(dense: part[0]) : RowSets(sparse: part)
            }
            guard Array(sets[0].sizes.dropLast()) == Array(sets[1].sizes.dropLast()) else {
                throw HostProblem("the sets are of arrays \(sets[0].sizes) and \(sets[1].sizes)")
            }
            let results = try zip(sets[0].rows, sets[1].rows).map {
                combine(Set($0), Set($1)).sorted()
            }
            return try sets[0].sparse(results, dtype)
        }
    }

    // MARK: Distances

    private static func distances(
        _ hypothesis: [NDArray], _ truth: [NDArray], isNormalized: Bool
    ) throws -> [NDArray] {
        let (a, b) = (try RowSets(sparse: hypothesis), try RowSets(sparse: truth))
        let sizes = zip(a.sizes.dropLast(), b.sizes.dropLast()).map { max($0, $1) }
        guard ArraySize.fits(sizes, .float32), let count = ArraySize.count(sizes) else {
            throw HostProblem("\(sizes) is no shape of an array that fits memory")
        }
        let (rowsOfA, rowsOfB) = (a.rowsByIndex, b.rowsByIndex)
        var result = Array(repeating: Float(0), count: count)
        for index in Set(rowsOfA.keys).union(rowsOfB.keys) {
            let (x, y) = (rowsOfA[index] ?? [], rowsOfB[index] ?? [])
            var distance = Float(Self.distance(x, y))
            if isNormalized {
                distance = y.isEmpty ? (x.isEmpty ? 0 : .infinity) : distance / Float(y.count)
            }
            let place = zip(index, sizes).reduce(0) { $0 * $1.1 + $1.0 }
            if result.indices.contains(place) { result[place] = distance }
        }
        return [try NDArray(result, shape: sizes)]
    }

    /// How many elements are put in, left out or changed on the way from one sequence to the other.
    private static func distance<T: Equatable>(_ x: [T], _ y: [T]) -> Int {
        var row = Array(0...y.count)
        for (i, element) in x.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in y.enumerated() {
                let changed = diagonal + (element == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[y.count]
    }
}

/// The rows of an array along its last axis.
struct RowSets {
    /// An element, which is a whole number or a string.
    enum Element: Hashable, Comparable {
        case number(Int64)
        case string([UInt8])

        static func < (a: Element, b: Element) -> Bool {
            switch (a, b) {
            case (.number(let a), .number(let b)): a < b
            case (.string(let a), .string(let b)): a.lexicographicallyPrecedes(b)
            case (.number, .string): true
            case (.string, .number): false
            }
        }
    }

    let sizes: [Int]
    /// By the indices of the axes before the last; those without elements are left out.
    let rowsByIndex: [[Int]: [Element]]

    init(dense array: NDArray) throws {
        sizes = array.shape
        let elements = try Self.elements(array)
        let width = sizes.last ?? 0
        var found: [[Int]: [Element]] = [:]
        for number in 0..<(width > 0 ? elements.count / width : 0) {
            found[Self.index(number, sizes)] = Array(
                elements[number * width..<(number + 1) * width])
        }
        rowsByIndex = found
    }

    /// - Parameter parts: Indices, values, sizes.
    init(sparse parts: [NDArray]) throws {
        guard parts.count == 3 else { throw HostProblem("no sparse array is given") }
        let sizes = try parts[2].integers
        let (rows, elements) = (try parts[0].rows, try Self.elements(parts[1]))
        guard rows.count == elements.count, !sizes.isEmpty,
            rows.allSatisfy({ $0.count == sizes.count })
        else {
            throw HostProblem(
                "\(rows.count) indices, \(elements.count) values and the sizes \(sizes) do not go "
                    + "together")
        }
        var found: [[Int]: [Element]] = [:]
        for (row, element) in zip(rows, elements) {
            guard zip(row, sizes).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
                throw HostProblem("the index \(row) is outside of \(sizes)")
            }
            found[Array(row.dropLast()), default: []].append(element)
        }
        rowsByIndex = found
        self.sizes = sizes
    }

    /// The sizes of the axes before the last.
    func groupSizes() throws -> [Int] {
        let outer = Array(sizes.dropLast())
        guard ArraySize.fits(outer, .int64), ArraySize.count(outer) != nil else {
            throw HostProblem("\(outer) is no shape of an array that fits memory")
        }
        return outer
    }

    /// All rows, in row-major order.
    var rows: [[Element]] {
        get throws {
            let outer = try groupSizes()
            return (0..<(ArraySize.count(outer) ?? 0)).map {
                rowsByIndex[Self.index($0, outer + [1])] ?? []
            }
        }
    }

    /// Rows as a sparse array: indices, values, sizes.
    func sparse(_ rows: [[Element]], _ dtype: DType) throws -> [NDArray] {
        let outer = try groupSizes()
        var indices: [Int] = []
        var elements: [Element] = []
        for (number, row) in rows.enumerated() {
            let index = Self.index(number, outer + [1])
            for (place, element) in row.enumerated() {
                indices += index + [place]
                elements.append(element)
            }
        }
        return [
            try .longs(indices, shape: [elements.count, sizes.count]),
            try Self.array(elements, dtype), .longs(outer + [rows.map(\.count).max() ?? 0]),
        ]
    }

    /// The indices of a row, by its number among all.
    private static func index(_ number: Int, _ sizes: [Int]) -> [Int] {
        var rest = number
        return sizes.dropLast().reversed().map { size in
            defer { rest /= max(size, 1) }
            return rest % max(size, 1)
        }.reversed()
    }

    private static func elements(_ array: NDArray) throws -> [Element] {
        if array.dtype == .string { return try array.byteStrings().map { .string($0) } }
        return try array.cast(to: .int64).scalars(as: Int64.self).map { .number($0) }
    }

    private static func array(_ elements: [Element], _ dtype: DType) throws -> NDArray {
        if dtype == .string {
            return try NDArray(
                byteStrings: elements.map { if case .string(let bytes) = $0 { bytes } else { [] } },
                shape: [elements.count])
        }
        return try NDArray(
            elements.map { if case .number(let number) = $0 { number } else { Int64(0) } }
        ).cast(to: dtype)
    }
}
