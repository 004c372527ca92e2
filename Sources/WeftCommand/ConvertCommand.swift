// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftTensorFlow

/// `weft convert`: a TensorFlow model in another form.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a TensorFlow model in another form.",
        discussion: """
            To a .pb or .pbtxt file a graph is written as it is; that of a saved model, or with --checkpoint, or \
            with --output, is frozen: its variables are constants, and only what the outputs need is left. To \
            any other name a saved model is written, a folder.
            """)

    @OptionGroup var model: ModelSource
    @Argument(help: "The file or folder that is written.")
    var result: String
    @Option(help: "A tensor that is wanted, instead of those of the signature or the graph's ends.")
    var output: [String] = []
    @Option(help: "The signature of a saved model that is meant.")
    var signature = TensorFlowSavedModel.defaultSignature

    func run() throws {
        let loaded = try model.open()
        let isGraph = result.hasSuffix(".pb") || result.hasSuffix(".pbtxt")
        if isGraph, loaded.savedModel == nil, model.checkpoint == nil, output.isEmpty {
            return try loaded.graph.write(to: result)
        }
        let session = try model.session(for: loaded)
        if !isGraph, let saved = loaded.savedModel, output.isEmpty {
            return try saved.write(to: result, in: session)
        }
        var outputs = Dictionary(
            output.map { (Self.name(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
        if output.isEmpty {
            if let saved = loaded.savedModel {
                outputs = try saved.signature(signature).outputs.mapValues(\.tensor)
            } else {
                outputs = Dictionary(
                    loaded.graph.outputs.map { (Self.name(of: $0), $0) },
                    uniquingKeysWith: { first, _ in first })
            }
        }
        let names = outputs.values.sorted()
        if names.isEmpty {
            throw ValidationError("Nothing says what the model gives; name tensors with --output.")
        }
        if isGraph {
            return try loaded.graph.frozen(for: names, in: session).write(to: result)
        }
        let program = try loaded.graph.program(fetching: names)
        let tensors = Dictionary(
            zip(names, program.fetches), uniquingKeysWith: { first, _ in first })
        try TensorFlowSavedModel.write(
            to: result, outputs: outputs.compactMapValues { tensors[$0] }, inputs: program.feeds,
            in: session, signature: signature)
    }

    /// A tensor's name without what a signature's may not have.
    private static func name(of tensor: String) -> String {
        String(tensor.map { $0 == ":" || $0 == "/" ? "_" : $0 })
    }
}

/// `weft diff`: in what two TensorFlow models or checkpoints differ.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two TensorFlow models or checkpoints.",
        discussion: """
            Of graphs and saved models the nodes are compared by their names, of checkpoints and of the values of \
            saved models the arrays. Prints a line for each difference: - what only the first has, + what only \
            the second has, ~ what differs and how. The exit status is 1 where there is any.
            """)

    @Argument(help: "A graph's file, a saved model's folder, or a checkpoint's prefix.")
    var first: String
    @Argument(help: "What it is compared with, of the same kind.")
    var second: String

    func run() throws {
        var lines: [String] = []
        switch (checkpoint(first), checkpoint(second)) {
        case (let first?, let second?): lines.append("\(try first().differences(to: second()))")
        case (nil, nil): lines.append("\(try graph(first).differences(to: try graph(second)))")
        default: throw ValidationError("A checkpoint is compared with a checkpoint.")
        }
        if let a = values(first), let b = values(second) {
            lines.append("\(try a().differences(to: b()))")
        }
        let text = lines.filter { !$0.isEmpty }.joined(separator: "\n")
        if text.isEmpty { return }
        try Output.line(text)
        throw ExitCode(1)
    }

    private func graph(_ path: String) throws -> TensorFlowGraph {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
        {
            return try TensorFlowSavedModel(contentsOf: path).graph
        }
        if path.hasSuffix(".meta") { return try TensorFlowMetaGraph(contentsOf: path).graph }
        return try TensorFlowGraph(contentsOf: path)
    }

    private func checkpoint(_ path: String) -> (() throws -> TensorFlowCheckpoint)? {
        TensorFlowCheckpoint.exists(path)
            ? { try TensorFlowCheckpoint(path) } : nil
    }

    /// The values of a saved model.
    private func values(_ path: String) -> (() throws -> TensorFlowCheckpoint)? {
        checkpoint("\(path)/variables/variables")
    }
}
