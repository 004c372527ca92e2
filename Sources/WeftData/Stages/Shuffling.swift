// SPDX-License-Identifier: Apache-2.0
import WeftArrays
import WeftGraph

extension Dataset {
    /// The elements in another order in each epoch, which follows from seed and epoch.
    ///
    /// Where elements can be had by index, as those of arrays and generators, also after `map`, `zip`, `prefix`,
    /// `dropFirst`, `shard` and `cached`, all orders are equally likely. Elsewhere, as after `filter` and for
    /// files that are read from the beginning, an element is drawn from as many as wait in a buffer.
    ///
    /// Shuffle before `batch`, and after `cached`. A stream that goes on from a checkpoint fills the buffer again
    /// by passing over what was read of the epoch.
    ///
    /// - Parameters:
    ///   - seed: The same seed gives the same orders.
    ///   - bufferSize: How many elements wait where there are no indices; at least 1.
    public func shuffled(seed: UInt64, bufferSize: Int = 10_000) -> Dataset {
        let name =
            ordered == nil
            ? "shuffled(seed: \(seed), bufferSize: \(bufferSize))"
            : "shuffled(seed: \(seed))"
        return reordered(
            name, count: count,
            unless: bufferSize > 0
                ? nil : "a buffer of \(bufferSize) elements is none; give a size of 1 or more",
            { $0.shuffled(seed: seed) }, { BufferCursor($0, seed: seed, size: bufferSize) })
    }
}

/// Draws from a buffer, which it fills up before each draw.
private final class BufferCursor<Element: Sendable>: Cursor {
    private let upstream: any Cursor<Element>
    private let seed: UInt64
    private let size: Int
    private var random: RandomStream
    private var waiting: [(element: Element, origin: Origin?)] = []
    private var pass = 0
    private var handed = 0
    private(set) var origin: Origin?

    init(_ upstream: any Cursor<Element>, seed: UInt64, size: Int) {
        self.upstream = upstream
        self.seed = seed
        self.size = size
        random = Shuffling.stream(seed: seed, pass: 0)
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        random = Shuffling.stream(seed: seed, pass: pass)
        waiting = []
        (self.pass, handed) = (pass, 0)
    }

    func next() throws -> Element? {
        while waiting.count < size, let element = try upstream.next() {
            do {
                try waiting.makeRoom(for: 1)
            } catch {
                throw DataError("shuffled", "\(error)")
            }
            waiting.append((element, upstream.origin))
        }
        guard !waiting.isEmpty else { return nil }
        waiting.swapAt(
            Shuffling.draw(below: waiting.count, from: &random), waiting.count - 1)
        handed += 1
        let drawn = waiting.removeLast()
        origin = drawn.origin
        return drawn.element
    }

    var position: Position { Position(numbers: [pass, handed]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2)
        try begin(pass: numbers[0])
        guard numbers[1] > 0 else { return }
        // Before the last draw so many had been read, or all there are.
        let (most, isTooLarge) = (size - 1).addingReportingOverflow(numbers[1])
        let read = try upstream.skip(isTooLarge ? .max : most)
        let left = try places(after: numbers[1], of: read)
        try upstream.begin(pass: pass)
        var place = 0
        var found = [(element: Element, origin: Origin?)?](repeating: nil, count: left.count)
        for (slot, next) in left.enumerated().sorted(by: { $0.element < $1.element }) {
            _ = try upstream.skip(next - place)
            guard let element = try upstream.next() else { throw Position.mismatch }
            found[slot] = (element, upstream.origin)
            place = next + 1
        }
        _ = try upstream.skip(read - place)
        waiting = found.compactMap(\.self)
        handed = numbers[1]
    }

    /// Which elements wait after so many draws, if so many were read; the draws are made.
    private func places(after draws: Int, of read: Int) throws -> [Int] {
        guard draws <= read else { throw Position.mismatch }
        var waiting: [Int] = []
        var next = 0
        for _ in 0..<draws {
            while waiting.count < size, next < read {
                waiting.append(next)
                next += 1
            }
            waiting.swapAt(
                Shuffling.draw(below: waiting.count, from: &random), waiting.count - 1)
            waiting.removeLast()
        }
        return waiting
    }
}
