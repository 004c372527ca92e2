// SPDX-License-Identifier: Apache-2.0

/// Records one behind the other, as TensorFlow's files have them: the length (8 bytes), its masked checksum (4), the
/// bytes, their masked checksum (4). Numbers begin with the lowest byte.
package enum RecordFraming {
    /// How many bytes a record takes besides its own.
    package static let overhead = 16

    /// The record with what is around it.
    package static func framed(_ record: [UInt8]) -> [UInt8] {
        let length = bytes(UInt64(record.count), 8)
        var result: [UInt8] = []
        result.reserveCapacity(record.count + overhead)
        result += length
        result += bytes(UInt64(CRC32C(of: length).masked), 4)
        result += record
        result += bytes(UInt64(CRC32C(of: record).masked), 4)
        return result
    }

    private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
}

/// Reads the records of a file from the first one on.
package struct RecordReader {
    private let file: ReadableFile
    /// Where the next record begins.
    package private(set) var position = 0

    /// - Throws: `FileError` when the file cannot be opened.
    package init(_ path: String) throws { file = try ReadableFile(path) }

    /// The file.
    package var path: String { file.path }
    /// Whether nothing follows.
    package var isAtEnd: Bool { position >= file.size }

    /// The next record; nil behind the last one.
    ///
    /// - Throws: `FileError` when a checksum differs (`.malformed`), or the file ends in the midst of the record
    ///   (`.truncated`). The position stays where the record begins.
    package mutating func next() throws -> [UInt8]? {
        if isAtEnd { return nil }
        let rest = file.size - position
        guard rest >= RecordFraming.overhead else { throw cutOff() }
        let length = try file.bytes(at: position, count: 12)
        guard Self.number(length[8..<12]) == UInt64(CRC32C(of: Array(length[..<8])).masked) else {
            throw damage("length")
        }
        guard let count = Int(exactly: Self.number(length[..<8])),
            count <= rest - RecordFraming.overhead
        else { throw cutOff() }
        let record = try file.bytes(at: position + 12, count: count)
        let sum = try file.bytes(at: position + 12 + count, count: 4)
        guard Self.number(sum[...]) == UInt64(CRC32C(of: record).masked) else {
            throw damage("bytes")
        }
        position += count + RecordFraming.overhead
        return record
    }

    private func cutOff() -> FileError {
        file.error(
            .truncated, at: position,
            "the file ends in the midst of the record that begins here: it is being written, or it was cut off"
        )
    }

    private func damage(_ what: String) -> FileError {
        file.error(
            at: position,
            "the checksum of the record's \(what) differs: this is no file of records, or it is damaged; copy it "
                + "again")
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
