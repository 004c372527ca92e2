// SPDX-License-Identifier: Apache-2.0

extension Dataset {
    /// The first elements, so many of them at most.
    public func prefix(_ maximum: Int) -> Dataset {
        strided("prefix(\(maximum))", from: 0, by: 1, limit: maximum)
    }

    /// All elements but the first, so many of them.
    public func dropFirst(_ number: Int) -> Dataset {
        strided("dropFirst(\(number))", from: number, by: 1, limit: nil)
    }

    /// The part of one of several workers: every `count`th element from the `index`th on. The parts of all indices are
    /// the whole. Shard before `shuffled` and before what takes time.
    ///
    /// - Parameters:
    ///   - index: Which part, from 0 on.
    ///   - count: How many parts there are.
    public func shard(_ index: Int, of count: Int) -> Dataset {
        strided(
            "shard(\(index), of: \(count))", from: index, by: count, limit: nil,
            unless: count > 0 && index >= 0 && index < count
                ? nil : "there is no part \(index) of \(count); parts count from 0")
    }

    private func strided(
        _ name: String, from start: Int, by stride: Int, limit: Int?, unless fault: String? = nil
    ) -> Dataset {
        let negative = [start, limit ?? 0].first { $0 < 0 }
        let fault =
            fault ?? negative.map { "\($0) elements cannot be counted; give 0 or more" }
        let some = count.map {
            fault == nil ? IndexOrder($0).strided(from: start, by: stride, limit: limit).count : 0
        }
        // Of an endless dataset the limit is known.
        let endless = isEndless ? limit : nil
        var result = reordered(
            name, count: some ?? endless, unless: fault,
            { $0.strided(from: start, by: stride, limit: limit) },
            { StridedCursor($0, start: start, stride: stride, limit: limit) })
        result.isEndless = isEndless && limit == nil
        return result
    }
}

private final class StridedCursor<Element: Sendable>: Cursor {
    private let upstream: any Cursor<Element>
    private let start: Int
    private let stride: Int
    private let limit: Int
    private var handed = 0
    /// Whether what lies before the next element has been passed over.
    private var isPlaced = false

    init(_ upstream: any Cursor<Element>, start: Int, stride: Int, limit: Int?) {
        self.upstream = upstream
        self.start = start
        self.stride = stride
        self.limit = limit ?? .max
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        (handed, isPlaced) = (0, false)
    }

    private func place() throws {
        if isPlaced { return }
        _ = try upstream.skip(handed == 0 ? start : stride - 1)
        isPlaced = true
    }

    func next() throws -> Element? {
        guard handed < limit else { return nil }
        try place()
        guard let element = try upstream.next() else { return nil }
        handed += 1
        isPlaced = false
        return element
    }

    func skip(_ count: Int) throws -> Int {
        guard stride == 1, count > 0, handed < limit else { return try skipOneByOne(count) }
        try place()
        let skipped = try upstream.skip(min(count, limit - handed))
        handed += skipped
        isPlaced = skipped == 0
        return skipped
    }

    var position: Position {
        Position(numbers: [handed, isPlaced ? 1 : 0], parts: [upstream.position])
    }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2, parts: 1)
        try upstream.seek(to: position.parts[0])
        (handed, isPlaced) = (numbers[0], numbers[1] > 0)
    }

    var origin: Origin? { upstream.origin }
}
