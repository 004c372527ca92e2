// SPDX-License-Identifier: Apache-2.0

/// The elements of two datasets in pairs, up to the end of the shorter one. Where both have their elements by index,
/// so have the pairs.
public func zip<A, B>(_ first: Dataset<A>, _ second: Dataset<B>) -> Dataset<(A, B)> {
    let description = "zip(\(first.description), \(second.description))"
    let fault = first.fault ?? second.fault
    if let a = first.ordered, let b = second.ordered {
        let count = min(a.order.count, b.order.count)
        return Dataset(
            description,
            Ordered(order: IndexOrder(count)) { order in
                ZippedCursor(
                    try a.cursor(a.order.picked(by: order)), try b.cursor(b.order.picked(by: order))
                )
            }, fault: fault)
    }
    // One that does not end is as long as the other.
    let counts = [first.count, second.count].compactMap(\.self)
    let isKnown = counts.count == 2 || first.isEndless || second.isEndless
    return Dataset(
        source: description, count: isKnown ? counts.min() : nil, fault: fault
    ) {
        ZippedCursor(try first.makeCursor(), try second.makeCursor())
    }
}

private final class ZippedCursor<A: Sendable, B: Sendable>: Cursor {
    private let first: any Cursor<A>
    private let second: any Cursor<B>

    init(_ first: any Cursor<A>, _ second: any Cursor<B>) {
        self.first = first
        self.second = second
    }

    func begin(pass: Int) throws {
        try first.begin(pass: pass)
        try second.begin(pass: pass)
    }

    func next() throws -> (A, B)? {
        // Both go on, also where one has no element to give: pairs stay together.
        let pair = (Result { try first.next() }, Result { try second.next() })
        guard let a = try pair.0.get(), let b = try pair.1.get() else { return nil }
        return (a, b)
    }

    func skip(_ count: Int) throws -> Int {
        min(try first.skip(count), try second.skip(count))
    }

    var position: Position {
        Position(numbers: [], parts: [first.position, second.position])
    }

    func seek(to position: Position) throws {
        _ = try position.numbers(0, parts: 2)
        try first.seek(to: position.parts[0])
        try second.seek(to: position.parts[1])
    }

    var origin: Origin? { first.origin }
}

extension Dataset {
    /// The elements of the datasets that a function makes of each element, such as the records of files: so many
    /// of them are open at a time, and give some elements each in turn.
    ///
    /// ```swift
    /// let records = Dataset(paths).shuffled(seed: 1).interleaved(4) { Dataset(tfRecord: $0) }
    /// ```
    ///
    /// - Parameters:
    ///   - cycle: How many datasets are open at a time, from 1 to 10,000; with 1 they come one after the other.
    ///   - block: How many elements one gives in its turn; at least 1.
    ///   - dataset: The dataset of an element. What it throws is told with the record and the file.
    public func interleaved<Result: Sendable>(
        _ cycle: Int, block: Int = 1,
        _ dataset: @escaping @Sendable (Element) throws -> Dataset<Result>
    ) -> Dataset<Result> {
        var fault: String?
        if !(1...10_000).contains(cycle) {
            fault = "\(cycle) datasets at a time; give from 1 to 10000"
        } else if block < 1 {
            fault = "\(block) elements in a turn; give 1 or more"
        }
        return stage("interleaved(\(cycle), block: \(block))", count: nil, unless: fault) {
            InterleavedCursor($0, cycle: cycle, block: block, dataset)
        }
    }
}

private final class InterleavedCursor<Input: Sendable, Element: Sendable>: Cursor {
    /// A dataset that is open, and where the cursor stood before the element that it is made of.
    private struct Open {
        let start: Position
        let cursor: any Cursor<Element>
    }

    private let upstream: any Cursor<Input>
    private let block: Int
    private let make: (Input) throws -> Dataset<Element>
    private var slots: [Open?]
    private var current = 0
    /// How many elements the current dataset has given in its turn.
    private var given = 0
    private var pass = 0
    private(set) var origin: Origin?

    init(
        _ upstream: any Cursor<Input>, cycle: Int, block: Int,
        _ make: @escaping (Input) throws -> Dataset<Element>
    ) {
        self.upstream = upstream
        self.block = block
        self.make = make
        slots = Array(repeating: nil, count: cycle)
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        clear()
        self.pass = pass
    }

    private func clear() {
        slots = Array(repeating: nil, count: slots.count)
        (current, given) = (0, 0)
    }

    func next() throws -> Element? {
        var withoutAny = 0
        while withoutAny < slots.count {
            guard let open = try slots[current] ?? opened() else {
                withoutAny += 1
                advance()
                continue
            }
            slots[current] = open
            let element = try open.cursor.next()
            guard let element else {
                // The next dataset takes its place and its turn.
                slots[current] = nil
                given = 0
                continue
            }
            origin = open.cursor.origin
            given += 1
            if given >= block { advance() }
            return element
        }
        return nil
    }

    private func advance() {
        current = (current + 1) % slots.count
        given = 0
    }

    /// The dataset of the next element; nil when there is none.
    private func opened() throws -> Open? {
        let start = upstream.position
        guard let cursor = try nextDataset() else { return nil }
        try cursor.begin(pass: pass)
        return Open(start: start, cursor: cursor)
    }

    private func nextDataset() throws -> (any Cursor<Element>)? {
        guard let element = try upstream.next() else { return nil }
        do {
            return try make(element).makeCursor()
        } catch {
            throw DataError("interleaved", of: upstream.origin, error)
        }
    }

    var position: Position {
        Position(
            numbers: [pass, current, given] + slots.map { $0 == nil ? 0 : 1 },
            parts: [upstream.position]
                + slots.compactMap(\.self).flatMap { [$0.start, $0.cursor.position] })
    }

    func seek(to position: Position) throws {
        let isOpen = position.numbers.dropFirst(3).map { $0 == 1 }
        let numbers = try position.numbers(
            3 + slots.count, parts: 1 + 2 * isOpen.count { $0 })
        guard numbers[1] < slots.count else { throw Position.mismatch }
        clear()
        var parts = position.parts[...]
        let end = parts.removeFirst()
        for slot in slots.indices where isOpen[slot] {
            let (start, place) = (parts.removeFirst(), parts.removeFirst())
            try upstream.seek(to: start)
            guard let cursor = try nextDataset() else { throw Position.mismatch }
            try cursor.seek(to: place)
            slots[slot] = Open(start: start, cursor: cursor)
        }
        try upstream.seek(to: end)
        (pass, current, given) = (numbers[0], numbers[1], numbers[2])
    }
}
