// SPDX-License-Identifier: Apache-2.0
public import Weft

extension Dataset where Element: Example {
    /// The rows of arrays in memory: a structure whose arrays have the examples along their first axis.
    public init(rowsOf examples: Element) {
        self.init(
            Result { try examples.requireCount() },
            row: { index in
                try Element.arrays.reduce(into: examples) {
                    $0[keyPath: $1] = try Stacking.row(of: examples[keyPath: $1], index)
                }
            },
            rows: { indices, range in
                try Element.arrays.reduce(into: examples) {
                    $0[keyPath: $1] = try Stacking.rows(of: examples[keyPath: $1], indices, range)
                }
            })
    }
}

extension Dataset<NDArray> {
    /// The parts of an array along its first axis.
    public init(rowsOf array: NDArray) {
        self.init(
            Result { try Self.requireCount([array]) },
            row: { try Stacking.row(of: array, $0) },
            rows: { try Stacking.rows(of: array, $0, $1) })
    }
}

extension Dataset<(NDArray, NDArray)> {
    /// The parts of two arrays along their first axes, which go together: images and labels.
    public init(rowsOf first: NDArray, _ second: NDArray) {
        self.init(
            Result { try Self.requireCount([first, second]) },
            row: { (try Stacking.row(of: first, $0), try Stacking.row(of: second, $0)) },
            rows: {
                (try Stacking.rows(of: first, $0, $1), try Stacking.rows(of: second, $0, $1))
            })
    }
}

extension Dataset {
    private init(
        _ count: Result<Int, any Error>, row: @escaping @Sendable (Int) throws -> Element,
        rows: @escaping @Sendable (PassIndices, Range<Int>) throws -> Element
    ) {
        var fault: DataError?
        if case .failure(let error) = count { fault = DataError("rows", of: nil, error) }
        let number = (try? count.get()) ?? 0
        self.init(
            "rows(\(number))",
            Ordered(order: IndexOrder(number)) { order in
                IndexedCursor(order, stage: "rows", row, together: rows)
            }, fault: fault)
    }

    fileprivate static func requireCount(_ arrays: [NDArray]) throws -> Int {
        guard let count = arrays.first?.shape.first else {
            throw ArrayError("examples need at least one array with a first axis")
        }
        if let other = arrays.first(where: { $0.shape.first != count }) {
            throw ArrayError(
                "the arrays' first dimensions differ: \(arrays[0].shape) and \(other.shape)")
        }
        return count
    }

    /// Elements in memory.
    public init(_ elements: [Element]) {
        self.init(
            "elements(\(elements.count))",
            Ordered(order: IndexOrder(elements.count)) { order in
                IndexedCursor(order, stage: "elements") { elements[$0] }
            })
    }

    /// Elements that a function makes of their indices, from 0 on. It must depend on the index alone.
    ///
    /// - Parameters:
    ///   - count: How many there are.
    ///   - element: The element of an index. What it throws is told with the index.
    public init(count: Int, _ element: @escaping @Sendable (Int) throws -> Element) {
        self.init(
            "generated(\(count))",
            Ordered(order: IndexOrder(max(0, count))) { order in
                IndexedCursor(order, stage: "generated", element)
            },
            fault: count < 0
                ? DataError("generated", "there are no \(count) elements; give 0 or more") : nil)
    }

    /// The elements of a sequence, which is made anew for each epoch. It must give the same elements each time
    /// that it is made for an epoch.
    ///
    /// ```swift
    /// Dataset { _ in sequence(first: 1) { 2 * $0 } }.prefix(10)
    /// ```
    ///
    /// - Parameter sequence: The sequence for an epoch, which counts from 0.
    public init<S: Sequence & SendableMetatype>(
        _ sequence: @escaping @Sendable (_ epoch: Int) throws -> S
    ) where S.Element == Element {
        self.init(source: "sequence") { SequenceCursor(sequence) }
    }
}

private final class SequenceCursor<S: Sequence>: Cursor where S.Element: Sendable {
    private let sequence: (Int) throws -> S
    private var iterator: S.Iterator?
    private var pass = 0
    private var place = 0

    init(_ sequence: @escaping (Int) throws -> S) { self.sequence = sequence }

    func begin(pass: Int) throws {
        iterator = nil
        (self.pass, place) = (pass, 0)
        do {
            iterator = try sequence(pass).makeIterator()
        } catch {
            throw DataError("sequence", of: nil, error)
        }
    }

    func next() throws -> S.Element? {
        guard let element = iterator?.next() else {
            iterator = nil
            return nil
        }
        place += 1
        return element
    }

    var position: Position { Position(numbers: [pass, place]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2)
        try begin(pass: numbers[0])
        guard try skip(numbers[1]) == numbers[1] else { throw Position.mismatch }
    }

    var origin: Origin? { place > 0 ? Origin(record: place - 1) : nil }
}
