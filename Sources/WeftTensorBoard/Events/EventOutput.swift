// SPDX-License-Identifier: Apache-2.0
import Dispatch
import WeftArrays
import WeftFormats

/// The records of one file on their way to the disk: taken at once, written in the background.
///
/// `@unchecked Sendable`: `file`, `unwritten` and `ends` are touched on `queue` only.
final class EventOutput: @unchecked Sendable {
    private struct Waiting {
        var bytes: [UInt8] = []
        /// Where records end, counted from the beginning of the file.
        var ends: [Int] = []
        var total = 0
        var isScheduled = false
        /// Whether the last attempt to write has failed.
        var hasFailed = false
        var isClosed = false
    }

    /// As many bytes are written at once, whatever the clock says.
    private static let usualBytes = 1 << 18
    /// With more, adding waits for the disk.
    private static let mostBytes = 1 << 24

    let path: String
    private let interval: DispatchTimeInterval
    private let queue = DispatchQueue(label: "weft.tensorboard")
    private let waiting = Guarded(Waiting())
    private let file: AppendedFile
    private var unwritten: [UInt8] = []
    private var ends: [Int] = []

    init(_ file: AppendedFile, flushingEvery interval: Duration) {
        self.file = file
        path = file.path
        let (seconds, rest) = interval.components
        let milliseconds =
            min(max(seconds, 0), 1 << 20) * 1000 + max(rest, 0) / 1_000_000_000_000_000
        self.interval = .milliseconds(Int(milliseconds))
    }

    /// Takes a record. Where an earlier one could not be written, that is tried again first.
    ///
    /// - Throws: `FileError` when it still cannot: this record is not taken then; `SummaryError` when closed.
    func add(_ record: [UInt8]) throws {
        if waiting.withLock({ $0.hasFailed }) { try flush() }
        let framed = RecordFraming.framed(record)
        let (count, schedules) = try waiting.withLock { waiting in
            guard !waiting.isClosed else {
                throw SummaryError(
                    .closed, nil, "the writer of '\(path)' has been closed; make another")
            }
            waiting.bytes += framed
            waiting.total += framed.count
            waiting.ends.append(waiting.total)
            defer { waiting.isScheduled = true }
            return (waiting.bytes.count, !waiting.isScheduled)
        }
        if count >= Self.mostBytes {
            try flush()
        } else if count >= Self.usualBytes {
            queue.async { try? self.write() }
        } else if schedules {
            queue.asyncAfter(deadline: .now() + interval) { try? self.write() }
        }
    }

    /// Writes all that was taken.
    ///
    /// - Throws: `FileError` when the system does not take it. What could not be written is kept, and tried again.
    func flush() throws { try queue.sync { try write() } }

    /// Writes all that was taken, and ends the file behind the last whole record.
    func close() throws {
        guard
            waiting.withLock({ waiting in
                defer { waiting.isClosed = true }
                return !waiting.isClosed
            })
        else { return }
        try queue.sync {
            do {
                try write()
            } catch {
                try? file.truncate(to: ends.last { $0 <= file.position } ?? 0)
                try? file.close()
                unwritten = []
                throw error
            }
            try file.close()
        }
    }

    /// On the queue: a failure is noted, for the next call to try again and to throw.
    private func write() throws {
        waiting.withLock { waiting in
            unwritten += waiting.bytes
            ends += waiting.ends
            waiting.bytes.removeAll(keepingCapacity: waiting.bytes.count <= Self.usualBytes)
            waiting.ends.removeAll(keepingCapacity: true)
            waiting.isScheduled = false
        }
        guard !unwritten.isEmpty else { return }
        let before = file.position
        do {
            try unwritten.withUnsafeBytes { try file.append($0) }
            unwritten.removeAll(keepingCapacity: unwritten.count <= Self.usualBytes)
            // The last end is where a file that fails later is cut.
            ends = Array(ends.suffix(1))
            waiting.withLock { $0.hasFailed = false }
        } catch {
            unwritten.removeFirst(file.position - before)
            ends.removeFirst(max((ends.firstIndex { $0 > file.position } ?? ends.count) - 1, 0))
            waiting.withLock { $0.hasFailed = true }
            throw error
        }
    }
}
