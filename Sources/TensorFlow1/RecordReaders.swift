// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftData
import WeftFormats

extension tf {
    /// Reads records of the files whose names a queue gives, one after the other.
    public class ReaderBase: @unchecked Sendable {
        /// A record with what finds it.
        struct Record: Sendable {
            var key: String
            var value: [UInt8]
        }

        private let kind: String
        private let turn = NSLock()
        private var next: (() throws -> Record?)?
        private let count = Guarded<(records: Int64, files: Int64)>((0, 0))

        init(_ kind: String) { self.kind = kind }

        /// The records of a file, until nil.
        func records(of path: String) throws -> () throws -> Record? { { nil } }

        /// The next record: its key, the file's name and the place in it, and its bytes.
        public func read(_ queue: QueueBase, name: String? = nil) -> (key: Tensor, value: Tensor) {
            let results = pulled(
                "\(kind)Read", [TensorType(.string, []), TensorType(.string, [])], [], name
            ) { _ in
                let record = try self.read(from: queue)
                return [
                    NDArray(record.key), try NDArray(byteStrings: [record.value], shape: []),
                ]
            }
            return results.count == 2 ? (results[0], results[1]) : (results[0], results[0])
        }

        /// Up to `num_records` next records of the file that is being read: keys and bytes, vectors.
        public func read_up_to(
            _ queue: QueueBase, _ num_records: Int, name: String? = nil
        ) -> (keys: Tensor, values: Tensor) {
            let vector = TensorType(.string, [nil])
            let results = pulled("\(kind)ReadUpTo", [vector, vector], [], name) { _ in
                var records = [try self.read(from: queue)]
                while records.count < num_records,
                    let record = try self.turn.withLock({ try self.next?() })
                {
                    records.append(record)
                }
                return [
                    try NDArray(
                        byteStrings: records.map { Array($0.key.utf8) }, shape: [records.count]),
                    try NDArray(byteStrings: records.map(\.value), shape: [records.count]),
                ]
            }
            return (results[0], results[1])
        }

        /// How many records were read, when it is run.
        public func num_records_produced(name: String? = nil) -> Tensor {
            number(name) { $0.records }
        }
        /// How many files were read to their ends, when it is run.
        public func num_work_units_completed(name: String? = nil) -> Tensor {
            number(name) { $0.files }
        }

        private func number(
            _ name: String?, _ body: @escaping @Sendable ((records: Int64, files: Int64)) -> Int64
        ) -> Tensor {
            pulled("\(kind)Count", [TensorType(.int64, [])], [], name) { _ in
                [NDArray(self.count.withLock { body($0) })]
            }[0]
        }

        private func read(from queue: QueueBase) throws -> Record {
            try turn.withLock {
                while true {
                    if let record = try next?() {
                        count.withLock { $0.records += 1 }
                        return record
                    }
                    if next != nil { count.withLock { $0.files += 1 } }
                    next = nil
                    let element = try queue.take(1)
                    guard let path = try element[0].first?.byteStrings().first else {
                        throw GraphError(
                            operation: kind, reason: "the queue must give names of files")
                    }
                    next = try records(of: String(decoding: path, as: UTF8.self))
                }
            }
        }
    }

    /// Reads the records of TFRecord files; a key has the record's place in bytes.
    public final class TFRecordReader: ReaderBase, @unchecked Sendable {
        /// A reader.
        public init(name: String? = nil) { super.init("TFRecordReader") }

        override func records(of path: String) throws -> () throws -> Record? {
            let stream = Dataset(tfRecord: path).stream()
            var place = 0
            return {
                guard let value = try stream.next() else { return nil }
                // A record is framed by its length and two checksums.
                defer { place += value.count + 16 }
                return Record(key: "\(path):\(place)", value: value)
            }
        }
    }

    /// Reads the lines of files without their ends; a key has the line's number from 1 on.
    public final class TextLineReader: ReaderBase, @unchecked Sendable {
        private let skipped: Int

        /// A reader.
        ///
        /// - Parameter skip_header_lines: How many lines of each file are left out.
        public init(skip_header_lines: Int = 0, name: String? = nil) {
            skipped = max(0, skip_header_lines)
            super.init("TextLineReader")
        }

        override func records(of path: String) throws -> () throws -> Record? {
            let stream = Dataset(linesOf: path).dropFirst(skipped).stream()
            var line = skipped
            return {
                guard let text = try stream.next() else { return nil }
                line += 1
                return Record(key: "\(path):\(line)", value: Array(text.utf8))
            }
        }
    }

    /// Reads whole files; a key is the file's name.
    public final class WholeFileReader: ReaderBase, @unchecked Sendable {
        /// A reader.
        public init(name: String? = nil) { super.init("WholeFileReader") }

        override func records(of path: String) throws -> () throws -> Record? {
            let file = try ReadableFile(path)
            var value: [UInt8]? = try file.bytes(at: 0, count: file.size)
            return {
                defer { value = nil }
                return value.map { Record(key: path, value: $0) }
            }
        }
    }

    /// Reads records of one length; a key has the record's number.
    public final class FixedLengthRecordReader: ReaderBase, @unchecked Sendable {
        private let (record, header, footer): (Int, Int, Int)

        /// A reader of records of `record_bytes`, between a header and a footer of the file.
        public init(
            record_bytes: Int, header_bytes: Int = 0, footer_bytes: Int = 0, name: String? = nil
        ) {
            (record, header, footer) = (record_bytes, header_bytes, footer_bytes)
            super.init("FixedLengthRecordReader")
        }

        override func records(of path: String) throws -> () throws -> Record? {
            let file = try ReadableFile(path)
            guard record > 0, header >= 0, footer >= 0, header <= file.size,
                footer <= file.size - header
            else {
                throw FileError(
                    .malformed, path,
                    "the file has \(file.size) bytes, and records of \(record) were asked for between "
                        + "\(header) and \(footer) others")
            }
            let (header, record) = (header, record)
            let count = (file.size - header - footer) / record
            var number = 0
            return {
                guard number < count else { return nil }
                defer { number += 1 }
                return Record(
                    key: "\(path):\(number)",
                    value: try file.bytes(at: header + number * record, count: record))
            }
        }
    }
}
