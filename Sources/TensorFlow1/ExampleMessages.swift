// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData

extension tf.train {
    /// A list of strings of bytes.
    public struct BytesList: Sendable, Hashable {
        /// The strings.
        public var value: [[UInt8]]
        /// A list of strings of bytes.
        public init(value: [[UInt8]]) { self.value = value }
        /// A list of strings of bytes, such as `Data`.
        public init(value: [some Sequence<UInt8>]) { self.value = value.map { [UInt8]($0) } }
        /// A list of texts, as UTF-8.
        public init(value: [String]) { self.value = value.map { [UInt8]($0.utf8) } }
    }
    /// A list of numbers of single precision.
    public struct FloatList: Sendable, Hashable {
        /// The numbers.
        public var value: [Float]
        /// A list of numbers.
        public init(value: [Float]) { self.value = value }
        /// A list of numbers.
        public init(value: [Double]) { self.value = value.map { Float($0) } }
    }
    /// A list of integers.
    public struct Int64List: Sendable, Hashable {
        /// The integers.
        public var value: [Int64]
        /// A list of integers.
        public init(value: [Int64]) { self.value = value }
        /// A list of integers.
        public init(value: [some BinaryInteger]) { self.value = value.map { Int64(clamping: $0) } }
    }

    /// A list of one of three kinds; those of the other kinds are empty.
    public struct Feature: Sendable, Hashable {
        fileprivate var feature: TensorFlowExample.Feature

        /// A list of strings of bytes.
        public init(bytes_list: BytesList) { feature = .bytes(bytes_list.value) }
        /// A list of numbers.
        public init(float_list: FloatList) { feature = .floats(float_list.value) }
        /// A list of integers.
        public init(int64_list: Int64List) { feature = .integers(int64_list.value) }
        fileprivate init(_ feature: TensorFlowExample.Feature) { self.feature = feature }

        /// The strings of bytes.
        public var bytes_list: BytesList {
            if case .bytes(let value) = feature { return BytesList(value: value) }
            return BytesList(value: [[UInt8]]())
        }
        /// The numbers.
        public var float_list: FloatList {
            if case .floats(let value) = feature { return FloatList(value: value) }
            return FloatList(value: [Float]())
        }
        /// The integers.
        public var int64_list: Int64List {
            if case .integers(let value) = feature { return Int64List(value: value) }
            return Int64List(value: [Int64]())
        }
    }

    /// Lists by name.
    public struct Features: Sendable, Hashable {
        /// The lists.
        public var feature: [String: Feature]
        /// Lists by name.
        public init(feature: [String: Feature] = [:]) { self.feature = feature }
    }

    /// Lists by name, as the records of files of data hold them.
    public struct Example: Sendable, Hashable {
        /// The lists.
        public var features: Features

        /// An example of these lists.
        public init(features: Features = Features()) { self.features = features }

        /// An example that a record holds.
        ///
        /// - Throws: `DataError` when the bytes are none of an example.
        public static func FromString(_ serialized: some Sequence<UInt8>) throws -> Example {
            let example = try TensorFlowExample(serialized: [UInt8](serialized))
            return Example(
                features: Features(feature: example.features.mapValues { Feature($0) }))
        }
        /// Takes the lists of a record.
        ///
        /// - Throws: `DataError` when the bytes are none of an example.
        public mutating func ParseFromString(_ serialized: some Sequence<UInt8>) throws {
            self = try Self.FromString(serialized)
        }
        /// The example as a record. Equal examples make equal records.
        ///
        /// - Throws: `DataError` when it is larger than the format's 2 GiB.
        public func SerializeToString() throws -> [UInt8] {
            let lists = features.feature.mapValues(\.feature)
            return try TensorFlowExample(features: lists).serialized()
        }
    }
}

extension tf {
    /// Files of records, outside of graphs.
    public enum python_io {
        /// Writes a file of records, which is there when it is closed.
        public final class TFRecordWriter {
            private let writer: WeftData.TFRecordWriter

            /// Begins a file.
            ///
            /// - Throws: `FileError` when none can be made there.
            public init(_ path: String) throws { writer = try WeftData.TFRecordWriter(path) }

            /// Adds a record.
            ///
            /// - Throws: `FileError` when the disk is full, `DataError` after `close`.
            public func write(_ record: some Sequence<UInt8>) throws {
                try writer.write([UInt8](record))
            }
            /// Nothing to do: what is written is in the file when it is closed.
            public func flush() {}
            /// Puts the file into its place.
            ///
            /// - Throws: `FileError` when it cannot be written, `DataError` when it was closed before.
            public func close() throws { try writer.finish() }
        }

        /// Gives the records of a file one by one.
        public struct RecordIterator: Sendable {
            fileprivate let stream: DataStream<[UInt8]>
            /// The next record; nil behind the last.
            ///
            /// - Throws: `DataError` when a record is damaged.
            public func next() throws -> [UInt8]? { try stream.next() }
        }

        /// The records of a file: `while let record = try records.next() { … }`. That it cannot be read is told by
        /// the first one.
        public static func tf_record_iterator(_ path: String) -> RecordIterator {
            RecordIterator(stream: Dataset(tfRecord: path).stream())
        }
        /// The records of a file, the path labelled.
        public static func tf_record_iterator(path: String) -> RecordIterator {
            tf_record_iterator(path)
        }
    }
}
