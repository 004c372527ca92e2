// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import WeftFormats
import WeftProtos

/// Reads a file of events, one after the other.
///
/// ```swift
/// let reader = try EventReader(path)
/// while let event = try reader.next() { print(event.step, event.content) }
/// ```
public final class EventReader {
    /// The file.
    public let path: String
    private var records: RecordReader
    private var hasFailed = false
    /// Why the file ends before its last byte: the record there is not whole, since it is being written or its writer was
    /// ended; nil while there are more, and for a file that ends behind a record.
    public private(set) var tornEnd: FileError?

    /// - Throws: `FileError` when the file cannot be opened.
    public init(_ path: String) throws {
        self.path = path
        records = try RecordReader(path)
    }

    /// The next event; nil behind the last one that is whole, as for TensorBoard.
    ///
    /// - Throws: `FileError` when a record is damaged: what follows cannot be found, from then on there is nothing; or
    ///   when it is whole and no event: the next call goes on behind it.
    public func next() throws -> Event? {
        guard !hasFailed else { return nil }
        let start = records.position
        do {
            guard let record = try records.next() else { return nil }
            return try Event(TFEvent(serializedBytes: record))
        } catch let error as FileError where error.kind == .truncated {
            hasFailed = true
            tornEnd = error
            return nil
        } catch let error as FileError {
            hasFailed = true
            throw error
        } catch {
            throw FileError(.malformed, path, at: start, "the record is no event: \(error)")
        }
    }
}
