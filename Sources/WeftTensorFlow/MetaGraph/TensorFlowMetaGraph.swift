// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

/// A graph with what TensorFlow 1 knows of it besides: the file `model.ckpt-100.meta`, which stands beside a
/// checkpoint. It says which variables there are, what is trained, what the program put into collections, and
/// how variables are saved.
///
/// ```swift
/// let meta = try TensorFlowMetaGraph(contentsOf: "run/model.ckpt-100.meta")
/// let session = Session()
/// try meta.restore(try TensorFlowCheckpoint("run/model.ckpt-100"), into: session)
/// let logits = try meta.graph.tensor("logits:0")
/// ```
public final class TensorFlowMetaGraph: Sendable {
    /// The file that it was read from; nil for others.
    public let path: String?
    /// The graph.
    public let graph: TensorFlowGraph
    /// What the graph is for; empty as a rule.
    public let tags: [String]
    /// The version of TensorFlow that wrote it.
    public let version: String
    /// What the program listed, by name.
    public let collections: [String: TensorFlowCollection]
    /// What the graph takes and gives, by key; empty as a rule.
    public let signatures: [String: TensorFlowSignature]
    /// How its variables are saved; nil where the file does not say.
    public let saver: TensorFlowSaver?
    let message: TFMetaGraphDef

    /// Reads a file: as text where its name ends in `.pbtxt` or `.txt`.
    ///
    /// - Parameter hostFunctions: What stands for the graph's functions in Python; see `TensorFlowGraph`.
    /// - Throws: `FileError` when the file cannot be read; `TensorFlowError` when it is no graph of the kind.
    public convenience init(
        contentsOf path: String, hostFunctions: [String: HostFunction] = [:]
    ) throws {
        let file = try ReadableFile(path)
        let bytes = try file.bytes(at: 0, count: file.size)
        let isText = path.hasSuffix(".pbtxt") || path.hasSuffix(".txt")
        try self.init(
            Self.message(bytes, isText: isText, path), path: path, hostFunctions: hostFunctions)
    }

    /// A graph from the bytes of a `MetaGraphDef`.
    ///
    /// - Parameter hostFunctions: What stands for the graph's functions in Python; see `TensorFlowGraph`.
    /// - Throws: `TensorFlowError` when they are none.
    public convenience init(
        serialized bytes: [UInt8], hostFunctions: [String: HostFunction] = [:]
    ) throws {
        try self.init(
            Self.message(bytes, isText: false, nil), path: nil, hostFunctions: hostFunctions)
    }

    init(
        _ message: TFMetaGraphDef, path: String?, hostFunctions: [String: HostFunction] = [:]
    ) throws {
        self.path = path
        self.message = message
        graph = try TensorFlowGraph(message.graphDef, path: path, hostFunctions: hostFunctions)
        tags = message.metaInfoDef.tags
        version = message.metaInfoDef.tensorflowVersion
        collections = message.collectionDef.mapValues { TensorFlowCollection($0) }
        signatures = try message.signatureDef.mapValues {
            try TensorFlowSignature($0, path: path ?? "MetaGraphDef")
        }
        saver = TensorFlowSaver(message.saverDef)
    }

    private static func message(
        _ bytes: [UInt8], isText: Bool, _ path: String?
    ) throws -> TFMetaGraphDef {
        let message: TFMetaGraphDef
        do {
            if isText {
                var options = TextFormatDecodingOptions()
                options.ignoreUnknownFields = true
                message = try TFMetaGraphDef(
                    textFormatString: String(decoding: bytes, as: UTF8.self), options: options)
            } else {
                message = try TFMetaGraphDef(serializedBytes: bytes)
            }
        } catch {
            throw TensorFlowError(
                .malformed, path: path,
                "it is no graph with collections, or it is damaged or cut off: \(error)")
        }
        // A graph alone reads as a message of this kind that has nothing in it.
        guard message.hasGraphDef || bytes.isEmpty else {
            throw TensorFlowError(
                .malformed, path: path,
                "it has no graph; if it is a graph alone, give its name the ending .pb")
        }
        return message
    }

    // MARK: What it lists

    /// The variables of a collection; empty where there is none of the name, or it lists something else.
    public func variables(in collection: String = "variables") -> [TensorFlowVariable] {
        guard case .bytes(let items)? = collections[collection] else { return [] }
        return items.compactMap { TensorFlowVariable($0) }
    }

    /// The names of tensors and operations in a collection; empty where there is none of the name.
    public func nodes(in collection: String) -> [String] {
        guard case .nodes(let names)? = collections[collection] else { return [] }
        return names
    }

    // MARK: Values

    /// Gives the variables their values from a checkpoint: those that the graph's own operation would restore,
    /// under the names that it has for them; all variables where it has none.
    ///
    /// - Throws: as `TensorFlowGraph.restore`.
    @discardableResult
    public func restore(
        _ checkpoint: TensorFlowCheckpoint, into session: Session, isPartial: Bool = false
    ) throws -> TensorFlowRestoration {
        let saved = try savedVariables()
        guard !saved.isEmpty else {
            return try graph.restore(checkpoint, into: session, isPartial: isPartial)
        }
        let origins = try saver.map { try self.origins($0) } ?? [:]
        return try graph.restore(
            checkpoint, into: session, isPartial: isPartial,
            variables: Dictionary(
                saved.values.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        ) { origins[$0] }
    }

    /// The variables that the graph's own operations save, by the names that checkpoints have them under; parts of
    /// an array are under their own. Empty where it does not say.
    ///
    /// - Throws: `TensorFlowError` when a variable is of a type or an unknown shape that none can have.
    public func savedVariables() throws -> [String: VariableHandle] {
        guard let saver else { return [:] }
        let all = try graph.allVariables()
        let found = try origins(saver).compactMap { name, origin in
            all[name].map { (origin.part.isEmpty ? origin.name : name, $0) }
        }
        return Dictionary(found, uniquingKeysWith: { first, _ in first })
    }

    private func origins(_ saver: TensorFlowSaver) throws -> [String: RestorePlan.Origin] {
        guard let root = try? graph.source.endpoint(saver.restore).node else { return [:] }
        return try graph.naming { try RestorePlan(graph.source, running: [root]).origins }
    }

    // MARK: Writing

    /// The bytes of the `MetaGraphDef`.
    ///
    /// - Throws: `TensorFlowError` when it is larger than the format allows, which is 2 GB.
    public func serialized() throws -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            throw TensorFlowError(.unsupported, path: path, "it cannot be written: \(error)")
        }
    }

    /// Writes the file, which is there as a whole or not at all.
    ///
    /// - Parameter isText: Whether it is text; nil for a path that ends in `.pbtxt` or `.txt`.
    /// - Throws: `FileError` when it cannot be written.
    public func write(to path: String, asText isText: Bool? = nil) throws {
        let isText = isText ?? (path.hasSuffix(".pbtxt") || path.hasSuffix(".txt"))
        let bytes = isText ? Array(message.textFormatString().utf8) : try serialized()
        let file = try AtomicFile(path)
        try file.write(bytes)
        try file.commit()
    }
}
