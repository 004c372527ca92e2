// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Synchronization
import WeftArrays
import WeftFormats
import WeftProtos

/// Writes a file of events, which TensorBoard shows while it grows: scalars, histograms, images, audio, text, graphs,
/// hyperparameters and more.
///
/// ```swift
/// let writer = try EventWriter("logs/run1")
/// for step in 0..<1000 {
///     …
///     try writer.addScalar("loss", loss, step: step)
/// }
/// try writer.close()
/// ```
///
/// `tensorboard --logdir logs` shows each folder below `logs` as a run: give the training and the validation, and each
/// trial, a writer of its own (`logs/run1/train`, `logs/run1/validation`). Tags with slashes are shown in groups:
/// `loss/total`.
///
/// A writer may be used from many threads. What is added is kept in memory and written in the background; `flush()` waits
/// for it, `close()` writes the rest and ends the file. Where the disk is full, what could not be written is kept and
/// tried again by the next call, which throws if it still cannot be; what was written before stays readable.
public final class EventWriter: Sendable {
    /// The folder, a run in TensorBoard's words.
    public let folder: String
    /// The file.
    public var path: String { output.path }
    private let output: EventOutput
    /// What `record` could not write.
    private let held = Guarded<(any Error)?>(nil)
    /// Of the last graph, an operation for each scope that profiles are shown at.
    let shownNodes = Guarded<[String: String]>([:])

    private static let fileCount = Atomic<Int>(0)

    /// Begins a file of events in a folder, which is made where it is missing. That it can be written to is tried at
    /// once.
    ///
    /// - Parameters:
    ///   - folder: Where the file is; its name is `events.out.tfevents.` with the time, the host and the process.
    ///   - suffix: What the file's name ends with.
    ///   - firstStep: For a training that is resumed: what earlier files of the folder say of this and later steps is
    ///     not shown any more.
    ///   - interval: After how long at most what was added is written.
    /// - Throws: `FileError` when the folder or the file cannot be made or written.
    public init(
        _ folder: String, suffix: String = "", resumingAt firstStep: Int? = nil,
        flushingEvery interval: Duration = .seconds(10)
    ) throws {
        self.folder = folder
        try Folder.make(folder)
        let seconds = Int(Date().timeIntervalSince1970)
        let digits = String(seconds)
        let time = String(repeating: "0", count: max(10 - digits.count, 0)) + digits
        let process = ProcessInfo.processInfo
        let host = Self.fileName(process.hostName)
        // Readers take files in the order of their names, so that numbers are of one width.
        let count = String(Self.fileCount.wrappingAdd(1, ordering: .relaxed).oldValue)
        let number = String(repeating: "0", count: max(6 - count.count, 0)) + count
        let name =
            "events.out.tfevents.\(time).\(host).\(process.processIdentifier).\(number)"
            + Self.fileName(suffix)
        output = EventOutput(try AppendedFile("\(folder)/\(name)"), flushingEvery: interval)
        var first = TFEvent()
        first.fileVersion = "brain.Event:2"
        first.sourceMetadata.writer = "weft"
        try add(first)
        if let firstStep {
            var start = TFEvent()
            start.step = Int64(firstStep)
            start.sessionLog.status = .start
            try add(start)
        }
        try output.flush()
    }

    deinit { try? output.close() }

    /// Waits until all that was added is in the file.
    ///
    /// - Throws: `FileError` when the system does not take it; what could not be written is kept, for the next call.
    public func flush() throws {
        try output.flush()
        try throwHeld()
    }

    /// Writes what is left and ends the file; a second call does nothing.
    ///
    /// - Throws: `FileError` when the system does not take it: the file ends behind the last event that is whole.
    public func close() throws {
        try output.close()
        try throwHeld()
    }

    // MARK: For the parts of this library

    /// Adds an event, at the time now unless it has one.
    func add(_ event: TFEvent) throws {
        try throwHeld()
        var event = event
        if event.wallTime == 0 { event.wallTime = Date().timeIntervalSince1970 }
        try output.add(event.serializedBytes())
    }

    /// Adds values of a step.
    func add(_ values: [TFSummary.Value], step: Int, time: Date? = nil) throws {
        var event = TFEvent()
        event.step = Int64(step)
        event.wallTime = time?.timeIntervalSince1970 ?? 0
        event.summary.value = values
        try add(event)
    }

    /// Keeps an error for the next call that may throw.
    func hold(_ error: any Error) { held.withLock { $0 = $0 ?? error } }

    private func throwHeld() throws {
        let error = held.withLock { error in
            defer { error = nil }
            return error
        }
        if let error { throw error }
    }

    /// What a file may be called anywhere.
    private static func fileName(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" })
    }
}
