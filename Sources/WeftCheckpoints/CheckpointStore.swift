// SPDX-License-Identifier: Apache-2.0
public import Weft
public import WeftFormats

/// A folder of checkpoints of one training, of which the newest and the best are kept.
///
/// ```swift
/// let store = try CheckpointStore("run1")
/// try store.restoreNewest(into: session, with: ["position": position])
/// for epoch in position.epoch..<30 {
///     …
///     try store.save(session, with: ["position": position], score: accuracy)
/// }
/// try store.finish()
/// ```
///
/// Saving takes a copy of the state, which costs no memory until variables change, and writes it in the background
/// while training goes on: one file at a time. A process that is killed while it writes leaves the earlier files as
/// they were. A file goes only when a newer one is on the disk. At the end of a training `finish()` waits for the last
/// one, and says whether it could be written.
public final class CheckpointStore: Sendable {
    /// A checkpoint of the folder.
    public struct Entry: Sendable, Hashable {
        /// Where it is.
        public let path: String
        /// Its number, which counts up from 1.
        public let number: Int
        /// The number of runs that the session had done.
        public let step: UInt64
        /// How good it is, if that was said.
        public let score: Double?
    }

    /// Which scores are good ones.
    public enum Order: Sendable {
        /// The best score is the highest one: of an accuracy.
        case highest
        /// The best score is the lowest one: of a loss.
        case lowest
    }

    /// Where the checkpoints are.
    public let folder: String
    private let newestKept: Int
    private let bestKept: Int
    private let order: Order
    private let writer: BackgroundWriter
    private let lock: FileLock
    private let listing: Guarded<CheckpointListing>

    /// Opens a folder for a training, and makes it where there is none.
    ///
    /// That it can be written to is tried at once. What earlier processes left incomplete is removed. One store at
    /// a time may have a folder open.
    ///
    /// - Parameters:
    ///   - folder: Where the checkpoints are.
    ///   - newest: How many of the newest are kept, at least 1.
    ///   - best: How many of those with the best scores are kept besides.
    ///   - order: Which scores are good ones.
    ///   - inBackground: Whether `save` returns before the file is written.
    /// - Throws: `FileError` when the folder cannot be made, read or written to, or another store has it open.
    public init(
        _ folder: String, keeping newest: Int = 3, best: Int = 1, by order: Order = .highest,
        inBackground: Bool = true
    ) throws {
        self.folder = folder
        newestKept = max(newest, 1)
        bestKept = max(best, 0)
        self.order = order
        writer = BackgroundWriter(isConcurrent: inBackground)
        try Folder.make(folder)
        lock = try FileLock(
            "\(folder)/.weft-lock",
            busy: "another training writes its checkpoints here; end it or give another folder")
        for name in try Folder.names(in: folder) where name.hasPrefix(AtomicFile.partialPrefix) {
            try Folder.removeFile("\(folder)/\(name)")
        }
        let probe = try AtomicFile("\(folder)/probe")
        try probe.write([UInt8](repeating: 0, count: 1 << 16))
        try probe.complete()
        listing = Guarded(try CheckpointListing(folder))
    }

    /// The checkpoints whose headers can be read, the oldest first. One that is being written is not among them.
    public var entries: [Entry] { listing.withLock(\.entries) }

    /// The strings that were saved with a checkpoint.
    ///
    /// - Throws: `FileError` when its header cannot be read.
    public func notes(of entry: Entry) throws -> [String: String] {
        try CheckpointFormat.Header(SafetensorsFile(entry.path)).notes
    }

    /// Saves all that training goes on from. What is saved is the state now; the file is written later, if the
    /// store writes in the background.
    ///
    /// One file is written at a time: `save` waits for the one before. When that could not be written, this throws
    /// its error, and the new one is written all the same.
    ///
    /// - Parameters:
    ///   - session: Whose state is saved.
    ///   - parts: What else is to be kept, by names without a `/`.
    ///   - notes: Strings that go with it.
    ///   - score: How good it is, for keeping the best; one that is not a number is none.
    /// - Throws: `FileError` when this file, or one that was written in the background before, cannot be written; as
    ///   `Session.checkpoint(with:notes:)`.
    public func save(
        _ session: Session, with parts: [String: any CheckpointPart] = [:],
        notes: [String: String] = [:], score: Double? = nil
    ) throws {
        var checkpoint = try session.checkpoint(with: parts, notes: notes)
        let score = score.flatMap { $0.isNaN ? nil : $0 }
        checkpoint.notes[CheckpointListing.scoreKey] = score.map { "\($0)" }
        try writer.run { [checkpoint] in try self.write(checkpoint, score) }
    }

    /// Waits until all that was saved is on the disk.
    ///
    /// - Throws: `FileError` when something could not be written, once.
    public func finish() throws { if let error = writer.wait() { throw error } }

    /// Goes on from the newest checkpoint that is whole. Damaged ones are passed over, with a warning in the log, and
    /// stay where they are.
    ///
    /// What is passed is as of `Session.restore(_:with:for:resumesDraws:isPartial:)`.
    ///
    /// - Returns: what was restored; nil when there is no checkpoint.
    /// - Throws: `FileError` of the newest when all are damaged; as `finish()` and `Session.restore`.
    @discardableResult
    public func restoreNewest(
        into session: Session, with parts: [String: any CheckpointPart] = [:],
        for variables: [VariableHandle]? = nil, isPartial: Bool = false
    ) throws -> RestoredCheckpoint? {
        // One that is being written is the newest.
        try finish()
        let files = Array(listing.withLock(\.files).reversed())
        return try restore(files, session, parts, variables, isPartial)
    }

    /// Goes on from the checkpoint with the best score that is whole.
    ///
    /// What is passed is as of `Session.restore(_:with:for:resumesDraws:isPartial:)`.
    ///
    /// - Returns: what was restored; nil when none has a score.
    /// - Throws: `FileError` of the best when all are damaged; as `finish()` and `Session.restore`.
    @discardableResult
    public func restoreBest(
        into session: Session, with parts: [String: any CheckpointPart] = [:],
        for variables: [VariableHandle]? = nil, isPartial: Bool = false
    ) throws -> RestoredCheckpoint? {
        try finish()
        let best = listing.withLock { $0.best(order).map { ($0.number, $0.path) } }
        return try restore(best, session, parts, variables, isPartial)
    }

    private func restore(
        _ files: [(number: Int, path: String)], _ session: Session,
        _ parts: [String: any CheckpointPart], _ variables: [VariableHandle]?, _ isPartial: Bool
    ) throws -> RestoredCheckpoint? {
        var damaged: [FileError] = []
        for (number, path) in files {
            let checkpoint: Checkpoint
            do {
                checkpoint = try Checkpoint(contentsOf: path)
            } catch let error as FileError where error.kind != .memory {
                listing.withLock { $0.noteDamage(of: number) }
                CheckpointListing.warn("a checkpoint is damaged and passed over: \(error)")
                damaged.append(error)
                continue
            }
            let result = try session.restore(
                checkpoint, with: parts, for: variables, isPartial: isPartial)
            return RestoredCheckpoint(path: path, damaged: damaged, restore: result)
        }
        if let first = damaged.first { throw first }
        return nil
    }

    private func write(_ checkpoint: Checkpoint, _ score: Double?) throws {
        let number = listing.withLock { $0.takeNumber() }
        let path = "\(folder)/\(CheckpointListing.name(number))"
        try checkpoint.write(to: path)
        let old = listing.withLock {
            $0.add(
                Entry(path: path, number: number, step: checkpoint.state.step, score: score))
            return $0.superfluous(newest: newestKept, best: bestKept, order)
        }
        for entry in old {
            try Folder.removeFile(entry.path)
            listing.withLock { $0.remove(entry) }
        }
    }
}

/// A checkpoint that was restored.
public struct RestoredCheckpoint: Sendable {
    /// Where it is.
    public let path: String
    /// Why newer, or better, ones were passed over.
    public let damaged: [FileError]
    /// What was restored and what was left alone.
    public let restore: CheckpointRestore
}
