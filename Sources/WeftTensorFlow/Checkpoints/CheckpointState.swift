// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import WeftFormats
import WeftProtos

extension TensorFlowCheckpoint {
    /// The newest checkpoint of a folder, which its file `checkpoint` names; nil when there is no such file,
    /// or it names none.
    ///
    /// - Throws: `FileError` when that file cannot be read, or the checkpoint that it names is missing or
    ///   damaged.
    public static func newest(in folder: String) throws -> TensorFlowCheckpoint? {
        guard let state = try CheckpointState(folder: folder), let path = state.newest else {
            return nil
        }
        return try TensorFlowCheckpoint(path)
    }

    /// The prefixes of the checkpoints that a folder's file `checkpoint` names, the newest last; none when
    /// there is no such file.
    ///
    /// - Throws: `FileError` when that file cannot be read.
    public static func prefixes(in folder: String) throws -> [String] {
        try CheckpointState(folder: folder)?.all ?? []
    }
}

/// The text file `checkpoint` of a folder, which names its checkpoints.
struct CheckpointState {
    private let folder: String
    private var message: TFCheckpointState

    /// - Returns: nil when there is no such file.
    init?(folder: String) throws {
        self.folder = folder
        let path = Self.path(folder)
        guard Folder.has(path) else { return nil }
        let file = try ReadableFile(path)
        let text = String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self)
        var options = TextFormatDecodingOptions()
        options.ignoreUnknownFields = true
        do {
            message = try TFCheckpointState(textFormatString: text, options: options)
        } catch {
            throw file.error(at: 0, "it does not say which checkpoints there are: \(error)")
        }
    }

    private init(newIn folder: String) {
        self.folder = folder
        message = TFCheckpointState()
    }

    var newest: String? {
        message.modelCheckpointPath.isEmpty ? nil : place(message.modelCheckpointPath)
    }

    var all: [String] { message.allModelCheckpointPaths.map(place) }

    /// Where a checkpoint is that the file names: paths are the folder's own, also when it was moved.
    private func place(_ name: String) -> String {
        guard name.hasPrefix("/") else { return "\(folder)/\(name)" }
        let moved = "\(folder)/\(Self.split(name).name)"
        return !CheckpointIndex.exists(name) && CheckpointIndex.exists(moved) ? moved : name
    }

    private static func path(_ folder: String) -> String { "\(folder)/checkpoint" }

    private static func split(_ path: String) -> (folder: String, name: String) {
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        return (Folder.parent(of: path), name)
    }

    /// Names a checkpoint as the newest, and removes the files of those that are too many.
    static func add(_ prefix: String, keeping count: Int?) throws {
        let (folder, name) = split(prefix)
        var state = try CheckpointState(folder: folder) ?? CheckpointState(newIn: folder)
        var names = state.message.allModelCheckpointPaths.filter { $0 != name && $0 != prefix }
        var removed: ArraySlice<String> = []
        names.append(name)
        if let count, names.count > max(count, 1) {
            removed = names.prefix(names.count - max(count, 1))
            names.removeFirst(removed.count)
        }
        state.message.modelCheckpointPath = name
        state.message.allModelCheckpointPaths = names
        // They would be of other checkpoints now.
        state.message.allModelCheckpointTimestamps = []
        let file = try AtomicFile(path(folder))
        try file.write(Array(state.message.textFormatString().utf8))
        try file.commit()
        // What lies elsewhere was not written by this way of naming, and stays.
        for name in removed where !name.contains("/") { try remove(name, in: folder) }
    }

    /// Removes the files of a checkpoint: the index first, without which it is none.
    private static func remove(_ name: String, in folder: String) throws {
        if !Folder.has("\(folder)/\(name).index"), SliceTable.exists("\(folder)/\(name)") {
            for path in SliceTable.files(of: "\(folder)/\(name)") ?? [] {
                try Folder.removeFile(path)
            }
        }
        try Folder.removeFile("\(folder)/\(name).index")
        for file in try Folder.names(in: folder)
        where file.hasPrefix("\(name).data-") || file == "\(name).meta" {
            try Folder.removeFile("\(folder)/\(file)")
        }
    }
}
