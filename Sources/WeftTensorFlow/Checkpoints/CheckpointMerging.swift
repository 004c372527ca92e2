// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import WeftFormats
import WeftProtos

/// Makes one checkpoint of several: their files of data become its own, and its index has all entries.
enum CheckpointMerging {
    /// - Throws: `FileError` when one is missing or damaged, or two have an array of one name.
    static func merge(
        _ prefixes: [String], into target: String, removingFolders: Bool
    ) throws {
        let sources = try prefixes.map { try CheckpointIndex($0 + ".index") }
        let count = sources.reduce(0) { $0 + $1.shards }
        var contents: [[UInt8]: TFBundleEntryProto] = [:]
        var moves: [(from: String, to: String)] = []
        for (prefix, source) in zip(prefixes, sources) {
            let first = moves.count
            let named = source.names.compactMap { name in
                source.entries[name].map { (key: Array(name.utf8), value: $0) }
            }
            for (key, entry) in named + source.parts.map({ ($0.key, $0.value) }) {
                var message = entry.message
                if message.slices.isEmpty {
                    guard message.shardID >= 0, message.shardID < source.shards else {
                        throw source.file.error(
                            at: entry.place,
                            "it has an array in file \(message.shardID), and there are \(source.shards)"
                        )
                    }
                    message.shardID = Int32(clamping: first + Int(message.shardID))
                }
                if let known = contents[key] {
                    guard !known.slices.isEmpty, !message.slices.isEmpty,
                        known.shape == message.shape
                    else {
                        throw source.file.error(
                            entry: String(decoding: key, as: UTF8.self), at: entry.place,
                            "another checkpoint that is merged with it has an array of that name")
                    }
                    message.slices = known.slices + message.slices
                }
                contents[key] = message
            }
            for shard in 0..<source.shards {
                // Before anything is moved, and before a number of files is believed.
                _ = try ReadableFile(CheckpointReading.dataPath(prefix, shard, of: source.shards))
                moves.append(
                    (
                        CheckpointReading.dataPath(prefix, shard, of: source.shards),
                        CheckpointReading.dataPath(target, moves.count, of: count)
                    ))
            }
        }
        let index = try AtomicFile(target + ".index")
        var table = TableWriter(index)
        try table.add([], try CheckpointIndex.header(shards: count))
        for (key, entry) in contents.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try table.add(key, try entry.serializedBytes())
        }
        try table.finish()
        try index.complete()
        for (from, to) in moves { try Folder.moveFile(from, to: to) }
        try index.commit()
        for prefix in prefixes {
            try Folder.removeFile(prefix + ".index")
            if removingFolders { Folder.removeIfEmpty(Folder.parent(of: prefix)) }
        }
    }
}
