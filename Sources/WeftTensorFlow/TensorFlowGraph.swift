// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

/// A graph that TensorFlow wrote, as a Weft graph: its tensors are ordinary ones, which sessions run and
/// `gradients` differentiates.
///
/// ```swift
/// let graph = try TensorFlowGraph(contentsOf: "frozen.pb")
/// let (x, y) = (try graph.tensor("images"), try graph.tensor("logits:0"))
/// let result = try Session().run(y, feeding: [x: pixels])
/// ```
///
/// Only what is asked for is built: an operation that Weft has nothing for stands in the way of what depends
/// on it, and of nothing else. What TensorFlow does to variables in the course of a run is done in an order
/// that its rules allow, always the same one: reads that nothing orders come before changes.
public final class TensorFlowGraph: Sendable {
    /// The file that the graph was read from; nil for other graphs.
    public let path: String?
    let source: ImportSource
    /// What the graph was made of.
    let definition: TFGraphDef
    private let built = Guarded<[TensorFlowRequest: TensorFlowProgram]>([:])

    init(
        _ definition: TFGraphDef, path: String?, hostFunctions: [String: HostFunction] = [:],
        replacing tensors: [String: AnyTensor] = [:]
    ) throws {
        self.path = path
        self.definition = definition
        source = try Self.naming(path) {
            try ImportSource(definition, hostFunctions: hostFunctions, replacing: tensors)
        }
    }

    /// The graph with other tensors in the place of some of its own, as TensorFlow's `input_map` has it: a model
    /// behind another, or without its decoder of images.
    ///
    /// ```swift
    /// let model = try graph.replacing(["images": augmented])
    /// let logits = try model.tensor("logits")
    /// ```
    /// It has variables and placeholders of its own.
    ///
    /// - Parameter tensors: The tensors by the names, `node` or `node:1`, of those that they stand for.
    /// - Throws: `TensorFlowError` when there is none of a name, or it is of another type; the error of a tensor
    ///   that was built wrongly.
    public func replacing(_ tensors: [String: AnyTensor]) throws -> TensorFlowGraph {
        try TensorFlowGraph(
            definition, path: path, hostFunctions: source.hostFunctions, replacing: tensors)
    }

    /// The graph of a file: a `GraphDef` in bytes, or as text where the name ends in `.pbtxt`.
    ///
    /// - Parameter hostFunctions: What stands for the graph's functions in Python (`PyFunc`), which files do not
    ///   hold: by the names of their nodes, or by those that TensorFlow gave them (`pyfunc_0`).
    /// - Throws: `FileError` when the file cannot be read; `TensorFlowError` when it is no graph.
    public convenience init(
        contentsOf path: String, hostFunctions: [String: HostFunction] = [:]
    ) throws {
        let file = try ReadableFile(path)
        let bytes = try file.bytes(at: 0, count: file.size)
        let isText = path.hasSuffix(".pbtxt")
        try self.init(
            Self.definition(bytes, isText: isText, path), path: path, hostFunctions: hostFunctions)
    }

    /// A graph from the bytes of a `GraphDef`.
    ///
    /// - Parameter hostFunctions: What stands for the graph's functions in Python; see the form for files.
    /// - Throws: `TensorFlowError` when they are no graph.
    public convenience init(
        serialized bytes: [UInt8], hostFunctions: [String: HostFunction] = [:]
    ) throws {
        try self.init(
            Self.definition(bytes, isText: false, nil), path: nil, hostFunctions: hostFunctions)
    }

    private static func definition(
        _ bytes: [UInt8], isText: Bool, _ path: String?
    ) throws -> TFGraphDef {
        do {
            if isText {
                var options = TextFormatDecodingOptions()
                options.ignoreUnknownFields = true
                return try TFGraphDef(
                    textFormatString: String(decoding: bytes, as: UTF8.self), options: options)
            }
            return try TFGraphDef(serializedBytes: bytes)
        } catch {
            throw TensorFlowError(
                .malformed, path: path,
                "it is no graph, or it is damaged or cut off: \(error)")
        }
    }

    /// Lets errors of `body` name the file.
    private static func naming<R>(_ path: String?, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch var error as TensorFlowError {
            error.path = error.path ?? path
            throw error
        }
    }

    // MARK: What there is

    /// The names of the placeholders, with the types that they are declared with.
    public var placeholders: [(name: String, type: TensorType)] {
        source.body.nodes.compactMap { node in
            guard node.op.hasPrefix("Placeholder"), let dtype = node.attributes["dtype"]?.type.dtype
            else { return nil }
            return (node.name, TensorType(dtype, node.attributes["shape"]?.shape.shape ?? .unknown))
        }
    }

    /// The names of the nodes whose results no other takes: what the graph is for, and what it may be run for.
    public var outputs: [String] {
        var taken: Set<Int> = []
        for node in source.body.nodes { taken.formUnion(node.inputs.map(\.node)) }
        return source.body.nodes.indices.filter { node in
            guard !taken.contains(node),
                let definition = OperationTable.byName[source.body.nodes[node].op],
                case .none = definition.effect
            else { return false }
            return !["NoOp", "Const"].contains(source.body.nodes[node].op)
        }.map { source.body.nodes[$0].name }
    }

    /// How many nodes there are of each kind of operation, those of functions counted too.
    public var operations: [String: Int] { source.operations }

    /// The kinds of operations among them that Weft has nothing for.
    public var unsupportedOperations: [String] {
        operations.keys.filter { OperationTable.byName[$0] == nil && !source.isFunction($0) }
            .sorted()
    }

    /// The variables that what was built so far uses, by name.
    public var variables: [String: VariableHandle] { source.variables }

    /// All variables of the graph, by name, also those that nothing was built from.
    ///
    /// - Throws: `TensorFlowError` when one is of a type or an unknown shape that none can have.
    public func allVariables() throws -> [String: VariableHandle] {
        try naming { try source.allVariables() }
    }

    // MARK: What is built

    /// A tensor by its name, `node` or `node:1`.
    ///
    /// - Throws: `TensorFlowError` when there is none of that name, or it depends on something that Weft has
    ///   nothing for.
    public func tensor(_ name: String) throws -> AnyTensor {
        try program(fetching: [name]).fetches[0]
    }

    /// What running an operation does: an assignment, an optimizer's step, an initializer.
    ///
    /// - Throws: as `tensor`.
    public func operation(_ name: String) throws -> Update {
        try program(running: [name]).update
    }

    /// Tensors and operations of one run: changes are in an order that is the graph's own.
    ///
    /// - Parameters:
    ///   - fetches: Names of tensors.
    ///   - operations: Names of operations that run, too.
    ///   - feeds: What is fed, placeholders or any other tensors, and of what types; shapes that are given
    ///     here need not be found out in the run. Placeholders that are not named have their declared types.
    /// - Throws: as `tensor`.
    public func program(
        fetching fetches: [String] = [], running operations: [String] = [],
        feeding feeds: [String: TensorType] = [:]
    ) throws -> TensorFlowProgram {
        let request = TensorFlowRequest(fetches: fetches, operations: operations, feeds: feeds)
        if let known = built.withLock({ $0[request] }) { return known }
        let program = try naming { try source.program(request) }
        return built.withLock { built in
            if let known = built[request] { return known }
            built[request] = program
            return program
        }
    }

    /// Lets errors of `body` name the graph's file.
    func naming<R>(_ body: () throws -> R) throws -> R { try Self.naming(path, body) }
}
