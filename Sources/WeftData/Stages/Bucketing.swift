// SPDX-License-Identifier: Apache-2.0
import WeftArrays

extension Dataset where Element: Batchable {
    /// Padded batches of elements of similar lengths, so that little is padding: elements wait in buckets, one for
    /// each range of lengths, and a bucket that is full becomes a batch. At the end of the epoch the rest of each bucket
    /// comes, the shortest first.
    ///
    /// ```swift
    /// sentences.bucketed(boundaries: [8, 16, 32], batchSizes: [64, 32, 16, 8]) { $0.words.count }
    /// ```
    ///
    /// A stream that goes on from a checkpoint reads the elements of the epoch again up to where it stands.
    ///
    /// - Parameters:
    ///   - boundaries: Lengths, each larger than the one before; the first bucket takes those below the first.
    ///   - batchSizes: The elements of a batch for each bucket: one more than boundaries.
    ///   - padding: As of ``paddedBatch(_:padding:droppingRemainder:)``.
    ///   - droppingRemainder: Whether the rest of each bucket is left out.
    ///   - length: The length of an element.
    public func bucketed(
        boundaries: [Int], batchSizes: [Int], padding: BatchPadding = BatchPadding(),
        droppingRemainder: Bool = false, by length: @escaping @Sendable (Element) throws -> Int
    ) -> Dataset<Element.Batch> {
        bucketed(boundaries, batchSizes, padding, droppingRemainder, length) {
            try Element.batch($0, padding: padding)
        }
    }
}

extension Dataset {
    /// Pairs of similar lengths put together, as of
    /// ``bucketed(boundaries:batchSizes:padding:droppingRemainder:by:)``.
    public func bucketed<A: Batchable, B: Batchable>(
        boundaries: [Int], batchSizes: [Int], padding: BatchPadding = BatchPadding(),
        droppingRemainder: Bool = false, by length: @escaping @Sendable (Element) throws -> Int
    ) -> Dataset<(A.Batch, B.Batch)> where Element == (A, B) {
        bucketed(boundaries, batchSizes, padding, droppingRemainder, length) {
            (
                try A.batch($0.map(\.0), padding: padding),
                try B.batch($0.map(\.1), padding: padding)
            )
        }
    }

    private func bucketed<Output: Sendable>(
        _ boundaries: [Int], _ sizes: [Int], _ padding: BatchPadding, _ dropsRemainder: Bool,
        _ length: @escaping @Sendable (Element) throws -> Int,
        _ assemble: @escaping @Sendable ([Element]) throws -> Output
    ) -> Dataset<Output> {
        var fault = padding.fault
        if zip(boundaries, boundaries.dropFirst()).contains(where: { $0 >= $1 }) {
            fault = "the boundaries \(boundaries) must each be larger than the one before"
        } else if sizes.count != boundaries.count + 1 {
            fault =
                "\(boundaries.count) boundaries make \(boundaries.count + 1) buckets, and there are "
                + "\(sizes.count) sizes of batches"
        } else if let size = sizes.first(where: { $0 < 1 }) {
            fault = Self.noBatch(size)
        }
        return stage(
            "bucketed(\(boundaries), \(sizes)\(dropsRemainder ? ", without remainder" : ""))",
            count: nil, unless: fault
        ) {
            BucketCursor(
                $0, boundaries, sizes, dropsRemainder: dropsRemainder, length, assemble)
        }
    }
}

private final class BucketCursor<Input: Sendable, Element: Sendable>: Cursor {
    private let upstream: any Cursor<Input>
    private let boundaries: [Int]
    private let sizes: [Int]
    private let dropsRemainder: Bool
    private let length: (Input) throws -> Int
    private let assemble: ([Input]) throws -> Element
    private var buckets: [[Input]]
    private var pass = 0
    private var handed = 0

    init(
        _ upstream: any Cursor<Input>, _ boundaries: [Int], _ sizes: [Int], dropsRemainder: Bool,
        _ length: @escaping (Input) throws -> Int, _ assemble: @escaping ([Input]) throws -> Element
    ) {
        self.upstream = upstream
        self.boundaries = boundaries
        self.sizes = sizes
        self.dropsRemainder = dropsRemainder
        self.length = length
        self.assemble = assemble
        buckets = Array(repeating: [], count: sizes.count)
    }

    func begin(pass: Int) throws {
        try upstream.begin(pass: pass)
        buckets = Array(repeating: [], count: sizes.count)
        (self.pass, handed) = (pass, 0)
    }

    /// The elements of the next batch; nil at the end.
    private func collected() throws -> [Input]? {
        while let element = try upstream.next() {
            let bucket = try bucket(of: element)
            do {
                try buckets[bucket].makeRoom(for: 1)
            } catch {
                throw DataError("bucketed", "\(error)")
            }
            buckets[bucket].append(element)
            if buckets[bucket].count == sizes[bucket] { return taken(bucket) }
        }
        guard !dropsRemainder, let rest = buckets.firstIndex(where: { !$0.isEmpty }) else {
            return nil
        }
        return taken(rest)
    }

    private func taken(_ bucket: Int) -> [Input] {
        defer { buckets[bucket] = [] }
        return buckets[bucket]
    }

    private func bucket(of element: Input) throws -> Int {
        do {
            let length = try length(element)
            return boundaries.firstIndex { length < $0 } ?? boundaries.count
        } catch {
            throw DataError("bucketed", of: upstream.origin, error)
        }
    }

    func next() throws -> Element? {
        guard let elements = try collected() else { return nil }
        handed += 1
        do {
            return try assemble(elements)
        } catch {
            throw DataError("bucketed", of: nil, error)
        }
    }

    func skip(_ count: Int) throws -> Int {
        var skipped = 0
        while skipped < count, try collected() != nil { skipped += 1 }
        handed += skipped
        return skipped
    }

    var position: Position { Position(numbers: [pass, handed]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(2)
        try begin(pass: numbers[0])
        guard try skip(numbers[1]) == numbers[1] else { throw Position.mismatch }
    }

    /// Of the last element; a batch has many.
    var origin: Origin? { upstream.origin }
}
