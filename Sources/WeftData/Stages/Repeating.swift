// SPDX-License-Identifier: Apache-2.0
import WeftArrays

extension Dataset {
    /// The elements again and again, as one epoch; each time in another order where they are shuffled before.
    ///
    /// - Parameter count: How often, 0 or more; nil for without end, where a stream's epoch never ends and a dataset
    ///   without elements is an error.
    public func repeated(_ count: Int? = nil) -> Dataset {
        let fault = count.flatMap {
            $0 < 0 ? "nothing is repeated \($0) times; give 0 or more, or nil for without end" : nil
        }
        let total = count.flatMap { times in
            self.count.flatMap { (CheckedSize($0) * CheckedSize(times)).value }
        }
        let name = count.map { "repeated(\($0))" } ?? "repeated"
        var result = stage(name, count: fault == nil ? total : nil, unless: fault) {
            RepeatingCursor($0, count: count)
        }
        result.isEndless = isEndless || count == nil
        return result
    }

    /// The elements of the first epoch, kept in memory and given in each later one without reading them again.
    ///
    /// Shuffle and draw random numbers after it. The elements are those of a stream: each stream keeps its own, and
    /// one that goes on from a checkpoint reads them again up to where it stands.
    public func cached() -> Dataset {
        let name = "cached"
        guard let ordered else { return stage(name, count: count) { CachedCursor($0, nil) } }
        return Dataset(
            "\(description) → \(name)",
            Ordered(order: IndexOrder(ordered.order.count)) { order in
                CachedCursor(try ordered.cursor(ordered.order), order)
            }, fault: fault)
    }
}

private final class RepeatingCursor<Element: Sendable>: Cursor {
    private let upstream: any Cursor<Element>
    private let count: Int?
    private var pass = 0
    private var done = 0
    /// Whether this time there was an element.
    private var hasAny = false

    init(_ upstream: any Cursor<Element>, count: Int?) {
        self.upstream = upstream
        self.count = count
    }

    /// Each time is a pass of its own.
    private var upstreamPass: Int { pass &* (count ?? 1) &+ done }

    func begin(pass: Int) throws {
        (self.pass, done, hasAny) = (pass, 0, false)
        if count != 0 { try upstream.begin(pass: upstreamPass) }
    }

    func next() throws -> Element? {
        while count == nil || done < count ?? 0 {
            if let element = try upstream.next() {
                hasAny = true
                return element
            }
            if count == nil, !hasAny {
                throw DataError("repeated", "there are no elements to repeat without end")
            }
            done += 1
            hasAny = false
            if count == nil || done < count ?? 0 { try upstream.begin(pass: upstreamPass) }
        }
        return nil
    }

    var position: Position {
        Position(
            numbers: [pass, done, hasAny ? 1 : 0], parts: count == 0 ? [] : [upstream.position])
    }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(3, parts: count == 0 ? 0 : 1)
        if let part = position.parts.first { try upstream.seek(to: part) }
        (pass, done, hasAny) = (numbers[0], numbers[1], numbers[2] > 0)
    }

    var origin: Origin? { upstream.origin }
}

private final class CachedCursor<Element: Sendable>: Cursor {
    private let upstream: any Cursor<Element>
    private let order: IndexOrder?
    private var kept: [(element: Element, origin: Origin?)] = []
    private var hasBegun = false
    private var pass = 0
    private var place = 0
    /// The order of this pass; nil for that of the first.
    private var indices: PassIndices?
    private(set) var origin: Origin?

    init(_ upstream: any Cursor<Element>, _ order: IndexOrder?) {
        self.upstream = upstream
        self.order = order
    }

    func begin(pass: Int) throws {
        indices = try order?.indices(pass: pass)
        (self.pass, place) = (pass, 0)
    }

    func next() throws -> Element? {
        if let indices, place >= indices.count { return nil }
        let wanted = indices.map { $0[place] } ?? place
        guard try keep(wanted) else { return nil }
        place += 1
        origin = kept[wanted].origin
        return kept[wanted].element
    }

    /// Reads on until there is an element of an index.
    ///
    /// - Returns: whether there is one.
    private func keep(_ index: Int) throws -> Bool {
        if !hasBegun {
            // What is kept is the first pass, whichever is asked for first.
            try upstream.begin(pass: 0)
            hasBegun = true
        }
        while kept.count <= index {
            guard let element = try upstream.next() else { return false }
            do {
                try kept.makeRoom(for: 1)
            } catch {
                throw DataError("cached", "the elements do not fit into memory: \(error)")
            }
            kept.append((element, upstream.origin))
        }
        return true
    }

    func skip(_ count: Int) throws -> Int {
        guard let indices else { return try skipOneByOne(count) }
        let skipped = min(count, indices.count - place)
        place += skipped
        return skipped
    }

    var position: Position { Position(numbers: [pass, place]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2)
        try begin(pass: numbers[0])
        guard try skip(numbers[1]) == numbers[1] else { throw Position.mismatch }
    }
}
