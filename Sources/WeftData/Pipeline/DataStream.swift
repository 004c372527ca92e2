// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
public import WeftCheckpoints

/// Goes through a dataset, epoch after epoch, and knows where it stands.
///
/// Its position goes into a checkpoint, and a stream of the same dataset that takes it from there gives the very
/// elements that would have followed, also from the middle of an epoch, shuffled, and with elements that were made in
/// advance: what was not handed over counts as not read.
///
/// ```swift
/// let stream = dataset.stream()
/// try session.restore(from: path, with: ["data": stream])
/// while stream.epoch < epochs {
///     while let batch = try stream.next() { _ = try step(batch.images, batch.labels) }
///     try session.save(to: path, with: ["data": stream])
/// }
/// ```
///
/// Any thread may use it; an element goes to one of them. Threads that make elements in advance end when the stream
/// goes away, or with ``stop()``.
///
/// `@unchecked Sendable`: all that changes is only touched under the lock.
public final class DataStream<Element: Sendable>: CheckpointPart, @unchecked Sendable {
    /// What the stream goes through.
    public let dataset: Dataset<Element>
    private let lock = Lock()
    private var cursor: (any Cursor<Element>)?
    private var place = Place()

    /// Where the stream stands.
    private struct Place {
        var epoch = 0
        var count = 0
        /// Where the cursor stands, as long as there is none; nil at the beginning of the epoch.
        var position: Position?
        /// Whether the cursor is still at the end of the epoch before.
        var isAtEnd = false
    }

    init(_ dataset: Dataset<Element>) { self.dataset = dataset }

    /// How many epochs have ended, which is the number of the one that the stream is in, counted from 0.
    public var epoch: Int { lock.withLock { place.epoch } }

    /// How many elements of this epoch were handed over.
    public var count: Int { lock.withLock { place.count } }

    /// The next element; nil at the end of an epoch. The call after that begins the next epoch, in another order
    /// where the dataset is shuffled.
    ///
    /// - Throws: `DataError` when an element cannot be had, which says which one. The next call goes on
    ///   behind it.
    public func next() throws -> Element? {
        try lock.withLock {
            let cursor = try readyCursor()
            if let element = try cursor.next() {
                place.count += 1
                return element
            }
            place = Place(epoch: place.epoch &+ 1, isAtEnd: true)
            return nil
        }
    }

    /// Goes to the beginning of an epoch.
    public func begin(epoch: Int) {
        lock.withLock {
            cursor = nil
            place = Place(epoch: max(0, epoch))
        }
    }

    /// Ends the threads that make elements in advance, and gives back what they have made. The stream stays where it
    /// is; the next `next()` starts them again.
    public func stop() {
        lock.withLock {
            place.position = position
            cursor = nil
        }
    }

    private var position: Position? {
        guard let cursor else { return place.position }
        return place.count == 0 ? nil : cursor.position
    }

    private func readyCursor() throws -> any Cursor<Element> {
        let isNew = cursor == nil
        let cursor = try cursor ?? dataset.makeCursor()
        if isNew, let position = place.position {
            try cursor.seek(to: position)
        } else if isNew || place.isAtEnd {
            try cursor.begin(pass: place.epoch)
        }
        place.isAtEnd = false
        self.cursor = cursor
        return cursor
    }

    // MARK: Checkpoints

    /// The position, and what the dataset is made of.
    public func exportState() -> [String: NDArray] {
        lock.withLock {
            [
                "epoch": NDArray(Int64(place.epoch)), "count": NDArray(Int64(place.count)),
                "position": NDArray(position?.encoded ?? []),
                "pipeline": NDArray(Array(dataset.description.utf8)),
            ]
        }
    }

    /// Goes to a position that was exported by a stream of the same dataset.
    ///
    /// - Throws: `CheckpointPartError` when it is a position in another one, `DataError` when what leads there
    ///   cannot be read. The stream is where it was then.
    public func importState(_ state: [String: NDArray]) throws {
        guard let pipeline = state["pipeline"], let row = state["position"],
            let epoch = Int(exactly: try state["epoch"]?.scalar(as: Int64.self) ?? -1),
            let count = Int(exactly: try state["count"]?.scalar(as: Int64.self) ?? -1), epoch >= 0,
            count >= 0
        else {
            throw CheckpointPartError(
                "a position in data has 'epoch', 'count', 'position' and 'pipeline', and one is missing"
            )
        }
        let saved = String(decoding: try pipeline.scalars(as: UInt8.self), as: UTF8.self)
        guard saved == dataset.description else {
            throw CheckpointPartError(
                "the position is one in '\(saved)', and the data is '\(dataset.description)'")
        }
        let numbers = try row.scalars(as: Int64.self)
        let position = numbers.isEmpty ? nil : try Position(decoding: numbers)
        let cursor = try dataset.makeCursor()
        if let position { try cursor.seek(to: position) } else { try cursor.begin(pass: epoch) }
        lock.withLock {
            self.cursor = cursor
            place = Place(epoch: epoch, count: count, position: position)
        }
    }
}
