// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftFormats
import WeftTensorFlow

/// `weft checkpoint`: the arrays of checkpoints that TensorFlow wrote.
struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "List and unpack a checkpoint that TensorFlow wrote.",
        discussion: """
            Prints name, type and shape of each array. With --out-dir each is written as NAME.npy, characters \
            that file names should not have as `_`. Where two would have one file, that of the name itself is \
            the file's, and the others are in folders as their names have it. What a .npy file cannot hold is \
            left out, and said.
            """)

    @Argument(
        help: ArgumentHelp(
            "What the names of its files begin with, without .index; or a folder whose newest is meant.",
            valueName: "prefix"))
    var prefix: String
    @Option(help: "The folder for the arrays, as .npy files; it is made where there is none.")
    var outDir: String?

    func run() throws {
        let checkpoint = try open()
        if let outDir { try ArrayFolder.prepare(outDir) }
        let files = ArrayFolder.files(for: checkpoint.names)
        for name in checkpoint.names {
            guard let entry = try checkpoint.entry(named: name) else { continue }
            try Output.line("\(name)  \(entry.typeName)\(entry.shape)")
            guard let outDir, let file = files[name] else { continue }
            do {
                try ArrayFolder.write(
                    try checkpoint.array(named: name), to: "\(outDir)/\(file).npy")
            } catch let error as FileError where error.kind == .unsupported {
                FileHandle.standardError.write(Data("left out: \(error)\n".utf8))
            }
        }
    }

    private func open() throws -> TensorFlowCheckpoint {
        if !TensorFlowCheckpoint.exists(prefix), Folder.has("\(prefix)/checkpoint"),
            let newest = try TensorFlowCheckpoint.newest(in: prefix)
        {
            return newest
        }
        return try TensorFlowCheckpoint(prefix)
    }
}
