// SPDX-License-Identifier: Apache-2.0
import WeftFormats

extension Dataset<[UInt8]> {
    /// The records of a TFRecord file, which TensorFlow writes and reads, also where gzip has compressed it. Both
    /// checksums of each record are compared.
    ///
    /// ```swift
    /// let examples = Dataset(tfRecord: "train.tfrecord").map { try TensorFlowExample(serialized: $0) }
    /// ```
    ///
    /// - Parameter path: Where the file is. That it cannot be read is told when a stream begins.
    public init(tfRecord path: String) {
        self.init(source: "tfRecord") { try TFRecordCursor(path) }
    }
}

/// Writes a TFRecord file, which takes the place of an earlier one when it is whole.
public final class TFRecordWriter {
    private let file: AtomicFile
    private var isFinished = false

    /// Begins a file.
    ///
    /// - Throws: `FileError` when none can be made there.
    public init(_ path: String) throws { file = try AtomicFile(path) }

    /// Adds a record.
    ///
    /// - Throws: `FileError` when the disk is full, `DataError` after ``finish()``.
    public func write(_ record: [UInt8]) throws {
        try requireUnfinished()
        try file.write(RecordFraming.framed(record))
    }

    /// Puts the file into its place. A file that is not finished leaves nothing.
    ///
    /// - Throws: `FileError` when it cannot be written, `DataError` when it was finished before.
    public func finish() throws {
        try requireUnfinished()
        try file.commit()
        isFinished = true
    }

    private func requireUnfinished() throws {
        if isFinished {
            throw DataError(
                "tfRecord", file: file.path, "the file is finished; begin another one to write more"
            )
        }
    }
}

private final class TFRecordCursor: Cursor {
    private let stream: ByteStream
    private var pass = 0
    private var record = 0
    private(set) var origin: Origin?

    init(_ path: String) throws { stream = try ByteStream(path) }

    func begin(pass: Int) throws {
        try stream.seek(to: 0)
        (self.pass, record) = (pass, 0)
    }

    func next() throws -> [UInt8]? {
        guard try stream.peek() != nil else { return nil }
        origin = Origin(file: stream.path, record: record)
        record += 1
        let length: Int
        do {
            let bytes = try checked(8, "length")
            length =
                Int(exactly: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) ?? .max
        } catch {
            // Without its length nothing says where the next record begins.
            stream.giveUp()
            throw DataError("tfRecord", of: origin, error)
        }
        let end = stream.position &+ length &+ 4
        do {
            return try checked(length, "data")
        } catch {
            if stream.position != end { stream.giveUp() }
            throw DataError("tfRecord", of: origin, error)
        }
    }

    /// Bytes that their checksum follows.
    private func checked(_ count: Int, _ what: String) throws -> [UInt8] {
        let start = stream.position
        let bytes = try stream.bytes(count)
        let sum = try stream.bytes(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard sum == CRC32C(of: bytes).masked else {
            throw stream.error(
                at: start,
                "the checksum of the record's \(what) differs: this is no TFRecord file, or it is damaged; write or "
                    + "copy it again")
        }
        return bytes
    }

    func skip(_ count: Int) throws -> Int { try skipOneByOne(count) }

    var position: Position { Position(numbers: [pass, stream.position, record]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(3)
        try stream.seek(to: numbers[1])
        (pass, record) = (numbers[0], numbers[2])
    }
}
