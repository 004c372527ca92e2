// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

extension TensorFlowCheckpoint {
    /// Writes arrays as a checkpoint that TensorFlow reads, and names it in the folder's file `checkpoint` as
    /// the newest.
    ///
    /// Each file is there as a whole or not at all: that of the data first, then the index, then the file
    /// `checkpoint`. Give each checkpoint a prefix of its own, as by the step: of one that is written over,
    /// data and index do not change at one moment. Equal arrays make equal files.
    ///
    /// - Parameters:
    ///   - arrays: The arrays by name.
    ///   - prefix: What the names of the files begin with; the folder must be there.
    ///   - count: How many checkpoints the file `checkpoint` names, this one with them; those that it named
    ///     before them are removed. Nil keeps all.
    /// - Throws: `FileError` when a file cannot be written, or a name has no place in the format.
    public static func write(
        _ arrays: [String: NDArray], to prefix: String, keeping count: Int? = nil
    ) throws {
        var writer = CheckpointWriter(prefix)
        for (name, array) in arrays { try writer.add(name, array) }
        try writer.write()
        try CheckpointState.add(prefix, keeping: count)
    }
}

/// Arrays on their way into a checkpoint.
struct CheckpointWriter {
    private enum Content {
        case array(NDArray)
        /// What is said of a variable whose parts are under keys of their own.
        case whole(TFBundleEntryProto)
    }

    let prefix: String
    private var contents: [[UInt8]: Content] = [:]

    init(_ prefix: String) { self.prefix = prefix }

    /// Adds an array, or a part of one in TensorFlow's words.
    mutating func add(_ name: String, _ array: NDArray, part: String = "") throws {
        let key = Array(name.utf8)
        guard key.first != 0, !key.isEmpty else {
            throw failure(
                name, "a name must not be empty or begin with a zero byte; give it another")
        }
        guard !part.isEmpty else { return try put(.array(array), key, name) }
        guard let block = ArrayPart(part), block.partShape == array.shape else {
            throw failure(name, "'\(part)' is no part of the shape \(array.shape)")
        }
        var entry = TFBundleEntryProto()
        if case .whole(let known)? = contents[key] {
            entry = known
        } else if contents[key] != nil {
            throw failure(name, "it is written as a whole and in parts")
        }
        let shape = TFTensorShapeProto(Shape(block.shape.map { Optional($0) }))
        let type = try type(array, name)
        guard entry.slices.isEmpty || (entry.shape == shape && entry.dtype == type) else {
            throw failure(name, "its parts are of arrays of different types or shapes")
        }
        (entry.dtype, entry.shape) = (type, shape)
        entry.slices.append(TFTensorSliceProto(block))
        contents[key] = .whole(entry)
        try put(.array(array), OrderedCode.key(of: key, block.extents), name)
    }

    private mutating func put(_ content: Content, _ key: [UInt8], _ name: String) throws {
        guard contents.updateValue(content, forKey: key) == nil else {
            throw failure(name, "it is written twice")
        }
    }

    /// Writes the data and the index, the index when all of the data is there.
    func write() throws {
        let data = try AtomicFile(CheckpointReading.dataPath(prefix, 0, of: 1))
        let index = try AtomicFile(prefix + ".index")
        var table = TableWriter(index)
        try table.add([], try CheckpointIndex.header(shards: 1))
        for (key, content) in contents.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            switch content {
            case .whole(let entry): try table.add(key, try entry.serializedBytes())
            case .array(let array):
                var entry = TFBundleEntryProto()
                entry.dtype = try type(array, String(decoding: key, as: UTF8.self))
                entry.shape = TFTensorShapeProto(Shape(array.shape.map { Optional($0) }))
                entry.offset = Int64(data.position)
                entry.crc32C = try Self.write(array, to: data)
                entry.size = Int64(data.position) - entry.offset
                try table.add(key, try entry.serializedBytes())
            }
        }
        try table.finish()
        try data.complete()
        try index.complete()
        try data.commit()
        try index.commit()
    }

    private func type(_ array: NDArray, _ name: String) throws -> TFDataType {
        guard let type = array.dtype.tensorFlowType else {
            throw failure(name, "the format has no \(array.dtype)")
        }
        return type
    }

    private func failure(_ name: String, _ reason: String) -> FileError {
        FileError(.unsupported, prefix, entry: name, reason)
    }

    /// - Returns: the checksum as the index holds it.
    private static func write(_ array: NDArray, to file: AtomicFile) throws -> UInt32 {
        var sum = CRC32C()
        guard array.dtype == .string else {
            try array.withUnsafeBytes {
                sum.update($0)
                try file.write($0)
            }
            return sum.masked
        }
        let strings = try array.byteStrings()
        for string in strings {
            sum.update(StringLengths.bytes(string.count))
            try file.write(VariableLength.bytes(string.count))
        }
        let lengths = StringLengths.bytes(Int(sum.masked))
        try file.write(lengths)
        sum.update(lengths)
        for string in strings {
            sum.update(string)
            try file.write(string)
        }
        return sum.masked
    }
}

extension CheckpointIndex {
    /// What stands before all entries.
    static func header(shards: Int) throws -> [UInt8] {
        var header = TFBundleHeaderProto()
        header.numShards = Int32(clamping: shards)
        header.version.producer = version
        return try header.serializedBytes()
    }
}
