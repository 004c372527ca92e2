// SPDX-License-Identifier: Apache-2.0

/// The elements of a source with indices, in an order.
final class IndexedCursor<Element: Sendable>: Cursor {
    private let order: IndexOrder
    private let element: (Int) throws -> Element
    private let together: ((PassIndices, Range<Int>) throws -> Element)?
    private let stage: String
    private var pass = 0
    private var indices = PassIndices.listed([])
    private var place = 0

    /// - Parameters:
    ///   - element: The element of an index.
    ///   - together: The elements at a range of places in the order, as one.
    init(
        _ order: IndexOrder, stage: String, _ element: @escaping (Int) throws -> Element,
        together: ((PassIndices, Range<Int>) throws -> Element)? = nil
    ) {
        self.order = order
        self.element = element
        self.together = together
        self.stage = stage
    }

    func begin(pass: Int) throws {
        indices = try order.indices(pass: pass)
        (self.pass, place) = (pass, 0)
    }

    func next() throws -> Element? {
        guard place < indices.count else { return nil }
        defer { place += 1 }
        do {
            return try element(indices[place])
        } catch {
            throw DataError(stage, of: Origin(record: indices[place]), error)
        }
    }

    func skip(_ count: Int) throws -> Int {
        let skipped = min(count, indices.count - place)
        place += skipped
        return skipped
    }

    var position: Position { Position(numbers: [pass, place]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2)
        guard numbers[1] <= order.count else { throw Position.mismatch }
        try begin(pass: numbers[0])
        place = numbers[1]
    }

    var origin: Origin? {
        place > 0 && place <= indices.count ? Origin(record: indices[place - 1]) : nil
    }

    func nextTogether(_ most: Int) throws -> Together<Element> {
        guard let together else { return .unsupported }
        let range = place..<place + min(most, indices.count - place)
        if range.isEmpty { return .end }
        // Beyond an error the next call goes on, as behind an element.
        place = range.upperBound
        return .batch(try together(indices, range), count: range.count)
    }
}
