// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import Weft
import WeftFormats
import WeftProtos

/// What the `.index` file of a checkpoint says: of each tensor its type, its shape, and where its bytes are.
/// Checkpoints of the first kind have no such file; they say it themselves.
struct CheckpointIndex: Sendable {
    struct Entry: Sendable {
        let message: TFBundleEntryProto
        /// Where in the index file it stands, nearly, for messages.
        let place: Int
        /// What holds its elements, in checkpoints of the first kind.
        var slice: SliceTable.Slice?

        /// The element type; nil for one that no array has here.
        var dtype: DType? { message.dtype.dtype }
    }

    let file: ReadableFile
    let shards: Int
    /// The names in the order of the file, that of their bytes.
    let names: [String]
    let entries: [String: Entry]
    /// Parts of variables, by keys that say which.
    let parts: [[UInt8]: Entry]

    /// The version of the format that is read and written.
    static let version: Int32 = 1

    /// The index of a checkpoint of either kind, by what the names of its files begin with.
    ///
    /// - Throws: `FileError` when there is none, or it is damaged.
    init(prefix: String) throws {
        let path = prefix + ".index"
        // What has an index is read by it, whatever lies beside it.
        if !Folder.has(path), let files = SliceTable.files(of: prefix) {
            try self.init(tables: files)
        } else {
            try self.init(path)
        }
    }

    /// Whether there are files of a checkpoint of either kind.
    static func exists(_ prefix: String) -> Bool {
        Folder.has(prefix + ".index") || SliceTable.exists(prefix)
    }

    /// - Throws: `FileError` when there is no such file, it is no checkpoint's, or it is damaged.
    init(_ path: String) throws {
        file = try ReadableFile(path)
        var table: [TableFile.Entry] = []
        try TableFile.read(file) { table.append($0) }
        guard let first = table.first, first.key.isEmpty else {
            throw file.error(at: 0, "it is the table of something else than a checkpoint")
        }
        let header: TFBundleHeaderProto = try Self.message(first, file)
        guard header.endianness == .little else {
            throw file.error(
                .unsupported, at: first.place,
                "numbers have the highest byte first, as machines of another kind write them; write the "
                    + "checkpoint on one like this")
        }
        guard header.version.minConsumer <= Self.version else {
            throw file.error(
                .unsupported, at: first.place,
                "it is of version \(header.version.minConsumer) of the format, and version \(Self.version) "
                    + "is the last that is known here")
        }
        guard header.numShards >= 0 else {
            throw file.error(at: first.place, "it has \(header.numShards) files of data")
        }
        shards = Int(header.numShards)
        var names: [String] = []
        var entries: [String: Entry] = [:]
        var parts: [[UInt8]: Entry] = [:]
        for item in table.dropFirst() {
            let entry = Entry(message: try Self.message(item, file), place: item.place)
            if item.key.first == 0 {
                parts[item.key] = entry
                continue
            }
            let name = String(decoding: item.key, as: UTF8.self)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw file.error(at: item.place, "two tensors are named '\(name)'")
            }
            names.append(name)
        }
        (self.names, self.entries, self.parts) = (names, entries, parts)
    }

    init(
        file: ReadableFile, shards: Int, names: [String], entries: [String: Entry],
        parts: [[UInt8]: Entry]
    ) {
        (self.file, self.shards, self.names) = (file, shards, names)
        (self.entries, self.parts) = (entries, parts)
    }

    static func message<M: Message>(
        _ entry: TableFile.Entry, _ file: ReadableFile
    ) throws -> M {
        do {
            return try M(serializedBytes: Array(entry.value))
        } catch {
            let name = String(decoding: entry.key, as: UTF8.self)
            throw file.error(
                at: entry.place, "what it says of '\(name)' cannot be read: \(error)")
        }
    }
}
