// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

/// The arrays of a checkpoint that TensorFlow wrote, by name: the files `PREFIX.index` and
/// `PREFIX.data-00000-of-00001`, or of the first kind (`write_version=V1`) the file `PREFIX`, or
/// `PREFIX-00000-of-00002` and so on.
///
/// ```swift
/// let checkpoint = try TensorFlowCheckpoint("run/model.ckpt-1000")
/// let weights = try checkpoint.array(named: "dense/kernel")
/// ```
///
/// The index is read at once, an array when it is asked for; its checksum is compared then, or with the index in
/// files of the first kind. Variables that were written in parts are put together. Checkpoints of objects, as TensorFlow 2 writes them, have names such
/// as `model/dense/kernel/.ATTRIBUTES/VARIABLE_VALUE`; their arrays are found by the variables' own names, too.
public struct TensorFlowCheckpoint: Sendable {
    /// What the checkpoint says of an array.
    public struct Entry: Sendable {
        /// The type of the elements; nil for one that no array has here.
        public let dtype: DType?
        /// What TensorFlow calls the type.
        public let typeName: String
        /// The lengths of the axes.
        public let shape: [Int]
    }

    /// What the names of the files begin with.
    public let prefix: String
    /// The names of the arrays, in the order of their bytes.
    public var names: [String] { index.names }
    /// The names of variables in a checkpoint of objects, with those that their arrays have here; empty for
    /// others. Names that several variables have are left out.
    public let objectNames: [String: String]
    let index: CheckpointIndex

    static let objectGraphName = "_CHECKPOINTABLE_OBJECT_GRAPH"

    /// Opens a checkpoint.
    ///
    /// - Parameter prefix: What the names of its files begin with, without `.index`. Of checkpoints of the
    ///   first kind in several files also TensorFlow's pattern, `model-?????-of-00002`.
    /// - Throws: `FileError` when there is none, or its index is damaged or cut off.
    public init(_ prefix: String) throws {
        self.prefix = prefix
        index = try CheckpointIndex(prefix: prefix)
        objectNames = try Self.objectNames(index, prefix)
    }

    /// Whether there are files of a checkpoint of that prefix.
    public static func exists(_ prefix: String) -> Bool { CheckpointIndex.exists(prefix) }

    /// What the checkpoint says of an array; nil when it has none of the name.
    ///
    /// - Throws: `FileError` for a shape that none can have.
    public func entry(named name: String) throws -> Entry? {
        guard let entry = index.entries[key(of: name)] else { return nil }
        return Entry(
            dtype: entry.dtype, typeName: "\(entry.message.dtype.value)",
            shape: try CheckpointReading(index, prefix).shape(name, entry))
    }

    /// The array of a name.
    ///
    /// - Throws: `FileError` when there is none, its type is none that arrays have here, a file of data is
    ///   missing, damaged or cut off, or there is no memory for it.
    public func array(named name: String) throws -> NDArray {
        guard let entry = index.entries[key(of: name)] else {
            throw FileError.noEntry(index.file.path, name, among: names)
        }
        return try CheckpointReading(index, prefix).array(key(of: name), entry)
    }

    /// The array of a name, or the part of it that TensorFlow's words mean; empty ones mean all.
    func array(named name: String, part: String) throws -> NDArray {
        let array = try array(named: name)
        if part.isEmpty { return array }
        guard let part = ArrayPart(part), part.shape == array.shape else {
            throw TensorFlowError(
                .invalidRequest, path: index.file.path,
                "'\(part)' is no part of '\(name)', which has the shape \(array.shape)")
        }
        return try part.of(array)
    }

    /// All arrays by name.
    ///
    /// - Throws: as for each of them.
    public func arrays() throws -> [String: NDArray] {
        try names.reduce(into: [:]) { $0[$1] = try array(named: $1) }
    }

    /// The name in the file for what may be a variable's own name.
    func key(of name: String) -> String {
        index.entries[name] == nil ? objectNames[name] ?? name : name
    }

    private static func objectNames(
        _ index: CheckpointIndex, _ prefix: String
    ) throws -> [String: String] {
        guard let entry = index.entries[objectGraphName] else { return [:] }
        let array = try CheckpointReading(index, prefix).array(objectGraphName, entry)
        guard array.dtype == .string, array.count == 1,
            let graph = try? TFTrackableObjectGraph(serializedBytes: array.byteStrings()[0])
        else {
            throw index.file.error(
                entry: objectGraphName, at: entry.place, "what it says of objects cannot be read")
        }
        var found: [String: Set<String>] = [:]
        for attribute in graph.nodes.flatMap(\.attributes)
        where !attribute.fullName.isEmpty && index.entries[attribute.checkpointKey] != nil {
            found[attribute.fullName, default: []].insert(attribute.checkpointKey)
        }
        return found.compactMapValues { $0.count == 1 ? $0.first : nil }
    }
}
