// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftArrays
import WeftCheckpoints
import WeftFormats
import WeftTensorFlow

/// A kind of file that Weft reads: which files are of it, and what reading all of one is.
struct Format {
    let name: String
    /// Whether a file of this name is of the format.
    let accepts: @Sendable (String) -> Bool
    /// Reads all that there is in the file, which may be one of a folder.
    let read: @Sendable (String) throws -> Void

    /// How often the format is tried, beside the others'.
    var weight = 100
    /// Whether the file is one Protocol Buffers message.
    var isMessage = false
    /// Makes checksums right again where the damage left all sizes.
    var mend: (@Sendable ([UInt8]) -> [UInt8])?

    init(
        _ name: String, suffix: String, _ read: @escaping @Sendable (String) throws -> Void
    ) {
        self.init(name, { $0.hasSuffix(suffix) }, read)
    }

    init(
        _ name: String, _ accepts: @escaping @Sendable (String) -> Bool,
        _ read: @escaping @Sendable (String) throws -> Void
    ) {
        (self.name, self.accepts, self.read) = (name, accepts, read)
    }

    static let all: [Format] = arraysAndGraphs + data

    private static let arraysAndGraphs: [Format] = [
        Format("npy", suffix: ".npy") { _ = try NDArray(npy: $0) },
        Format("npz", suffix: ".npz") { _ = try NpzFile($0).arrays() },
        Format("safetensors", suffix: ".safetensors") { path in
            _ = try SafetensorsFile(path).arrays()
            _ = try SafetensorsFile(path, mapsLargeArrays: true).arrays()
            _ = try Checkpoint(contentsOf: path)
        },
        Format("saved-model", { $0.contains("saved_model.pb") }) { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            try build(try TensorFlowSavedModel(contentsOf: folder).graph)
        }.asMessage.rare,
        Format("graph", suffix: ".pb") { try list(try TensorFlowGraph(contentsOf: $0)) }.asMessage,
        Format("graph-build", suffix: ".pb") { path in
            try build(try TensorFlowGraph(contentsOf: path))
        }.asMessage.rare,
        Format("graph-text", suffix: ".pbtxt") { path in
            try build(try TensorFlowGraph(contentsOf: path))
        }.rare,
        Format("checkpoint-index", suffix: ".index") { path in
            _ = try TensorFlowCheckpoint(String(path.dropLast(6))).arrays()
        }.mended(by: Checksums.mend(index:)),
        Format("checkpoint-data", { $0.contains(".data-0000") }) { path in
            guard let end = path.range(of: ".data-0000") else { return }
            _ = try TensorFlowCheckpoint(String(path[..<end.lowerBound])).arrays()
        },
        Format("checkpoint-first", { $0.hasPrefix("first") }) { path in
            let end = path.range(of: "-0000", options: .backwards)?.lowerBound ?? path.endIndex
            _ = try TensorFlowCheckpoint(String(path[..<end])).arrays()
        }.mended(by: Checksums.mend(index:)),
        Format("meta", suffix: ".meta") { try list(try TensorFlowMetaGraph(contentsOf: $0)) }
            .asMessage,
        Format("meta-build", suffix: ".meta") { path in
            let meta = try TensorFlowMetaGraph(contentsOf: path)
            try list(meta)
            _ = try meta.savedVariables()
            try build(meta.graph)
        }.asMessage.rare,
        Format("checkpoint-state", { $0 == "checkpoint" }) { path in
            _ = try TensorFlowCheckpoint.newest(
                in: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        },
    ]

    var asMessage: Format {
        var format = self
        format.isMessage = true
        return format
    }

    /// Takes milliseconds.
    var rare: Format {
        var format = self
        format.weight = 1
        return format
    }

    func mended(by mend: @escaping @Sendable ([UInt8]) -> [UInt8]) -> Format {
        var format = self
        format.mend = mend
        return format
    }

    private static func list(_ graph: TensorFlowGraph) throws {
        _ = (graph.placeholders, graph.outputs, graph.operations, graph.unsupportedOperations)
    }

    private static func list(_ meta: TensorFlowMetaGraph) throws {
        try list(meta.graph)
        for key in meta.collections.keys { _ = (meta.variables(in: key), meta.nodes(in: key)) }
    }

    /// Builds what a graph is for; what of it cannot be built must say why, and hinder nothing else.
    private static func build(_ graph: TensorFlowGraph) throws {
        try list(graph)
        var first: (any Error)?
        for name in graph.outputs.prefix(8) {
            do { _ = try graph.tensor(name) } catch { first = first ?? error }
        }
        do { _ = try graph.allVariables() } catch { first = first ?? error }
        if let first { throw first }
    }
}
