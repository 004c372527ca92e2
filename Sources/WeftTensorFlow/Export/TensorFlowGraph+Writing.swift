// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

extension TensorFlowGraph {
    /// A graph of Weft as TensorFlow has it: its operations by the names of TensorFlow's.
    ///
    /// ```swift
    /// let graph = try TensorFlowGraph(
    ///     exporting: ["probabilities": probabilities], inputs: ["images": images], freezing: session)
    /// try graph.write(to: "digits.pb")
    /// ```
    /// What only guides differentiation or checks a run is left out.
    ///
    /// - Parameters:
    ///   - outputs: The tensors that are wanted, by the names that they are to have.
    ///   - inputs: Tensors that are fed, by the names that they are to have; placeholders that are not among
    ///     them keep their own.
    ///   - session: A session whose values stand for the variables, as constants. Nil leaves them variables,
    ///     whose values a checkpoint has.
    /// - Throws: `TensorFlowError` when something has no form in TensorFlow, or two have one name; the error
    ///   of a tensor that was built wrongly.
    public convenience init(
        exporting outputs: [String: AnyTensor], inputs: [String: AnyTensor] = [:],
        freezing session: Session? = nil
    ) throws {
        let export = try ExportedGraph(
            outputs: outputs, inputs: inputs, session.map { .frozen($0) } ?? .kept)
        try self.init(export.definition(), path: nil)
    }

    /// The bytes of the graph's `GraphDef`.
    ///
    /// - Throws: `TensorFlowError` when it is larger than the format allows, which is 2 GB.
    public func serialized() throws -> [UInt8] {
        do {
            return try definition.serializedBytes()
        } catch {
            throw TensorFlowError(.unsupported, path: path, "the graph cannot be written: \(error)")
        }
    }

    /// Writes the graph: as text where the name ends in `.pbtxt`, else in bytes. The file is there as a whole
    /// or not at all.
    ///
    /// - Throws: `FileError` when the file cannot be written.
    public func write(to path: String) throws {
        let bytes =
            path.hasSuffix(".pbtxt")
            ? Array(definition.textFormatString().utf8) : try serialized()
        let file = try AtomicFile(path)
        try file.write(bytes)
        try file.commit()
    }

    // MARK: Parts

    /// The graph with only what some tensors and operations depend on.
    ///
    /// - Parameter names: Names of tensors, `node` or `node:1`, or of operations.
    /// - Throws: `TensorFlowError` when there is none of a name.
    public func pruned(to names: [String]) throws -> TensorFlowGraph {
        try TensorFlowGraph(definition(prunedTo: names), path: path)
    }

    /// The graph with variables as constants, their values in a session, and only what some tensors depend on.
    ///
    /// Where functions are called, what they compute is written in their place; `node:1` is then called `node_1`.
    ///
    /// - Parameter names: The names of the tensors that are wanted.
    /// - Throws: `TensorFlowError` when there is none of a name, or a function of the graph has something that
    ///   cannot be written; `RunError` when a variable has no value.
    public func frozen(for names: [String], in session: Session) throws -> TensorFlowGraph {
        var pruned = try definition(prunedTo: names)
        let reached = pruned.node.contains { source.isFunction($0.op) || calls($0) }
        if reached {
            // Functions are given variables as they are: they are written where they are called.
            let program = try program(fetching: names)
            let outputs = Dictionary(
                zip(names.map(Self.nodeName), program.fetches),
                uniquingKeysWith: { first, _ in first })
            return try TensorFlowGraph(
                exporting: outputs, inputs: program.feeds, freezing: session)
        }
        let variables = try allVariables()
        pruned.node = try pruned.node.map { node in
            if VariableOperations.makesVariable(node.op) {
                guard let index = source.body.indices[node.name] else { return node }
                let resource = try source.variable(source.body.nodes[index], in: source.body)
                guard let variable = variables[resource.name] else { return node }
                return try Self.constant(node.name, try session.value(of: variable))
            }
            var node = node
            if node.op == "ReadVariableOp" {
                node.attr["T"] = node.attr.removeValue(forKey: "dtype")
                node.op = "Identity"
            } else if node.op == "ResourceGather" {
                node.attr["Tparams"] = node.attr.removeValue(forKey: "dtype")
                node.attr["validate_indices"] = nil
                node.attr["batch_dims"] = nil
                node.op = "Gather"
            }
            return node
        }
        return try TensorFlowGraph(pruned, path: path)
    }

    /// A name for a node that gives a tensor: of `node:0` that of its own.
    private static func nodeName(_ tensor: String) -> String {
        let name = tensor.hasSuffix(":0") ? String(tensor.dropLast(2)) : tensor
        return String(name.map { $0 == ":" ? "_" : $0 })
    }

    private func calls(_ node: TFNodeDef) -> Bool {
        OperationTable.byName[node.op]?.callsFunctions ?? false
    }

    private static func constant(_ name: String, _ array: NDArray) throws -> TFNodeDef {
        var node = TFNodeDef()
        node.name = name
        node.op = "Const"
        var value = TFAttrValue()
        value.tensor = try TFTensorProto(array)
        node.attr = ["dtype": .of(value.tensor.dtype), "value": value]
        return node
    }

    private func definition(prunedTo names: [String]) throws -> TFGraphDef {
        var pending = try names.map { try source.endpoint($0).node }
        var kept: Set<Int> = []
        while let index = pending.popLast() {
            guard kept.insert(index).inserted else { continue }
            pending += source.body.nodes[index].inputs.map(\.node)
            pending += source.body.nodes[index].controls
        }
        let wanted = Set(kept.map { source.body.nodes[$0].name })
        var result = definition
        result.node = definition.node.filter { wanted.contains($0.name) }
        return result
    }
}

/// Tensors of Weft that are written, with the names that they have in TensorFlow.
struct ExportedGraph {
    let export: GraphExport
    /// The outputs' nodes by the names that were wanted.
    private(set) var outputs: [String: String] = [:]
    private(set) var inputs: [String: String] = [:]

    /// - Parameters:
    ///   - handles: Variables that are written also where nothing needs them.
    ///   - isPartial: Whether outputs that have no form in TensorFlow are left out.
    init(
        outputs wanted: [String: AnyTensor], inputs given: [String: AnyTensor],
        _ variables: GraphExport.Variables, also handles: [VariableHandle] = [],
        isPartial: Bool = false
    ) throws {
        let writer = GraphWriter()
        export = GraphExport(writer, variables)
        for (name, tensor) in given.sorted(by: { $0.key < $1.key }) {
            let output = writer.add(
                "Placeholder", [],
                ["dtype": try .of(tensor.dtype), "shape": .of(tensor.shape)], name: name)
            export.set(tensor, to: output)
            inputs[name] = output
        }
        var ordered = wanted.sorted { $0.key < $1.key }
        for (name, tensor) in ordered where !Self.hasItself(tensor, name) { writer.reserve(name) }
        try export.write(handles.map(\.value))
        if isPartial {
            ordered = ordered.filter { _, tensor in
                export.mayHaveForm(tensor) && (try? export.write([tensor])) != nil
            }
        } else {
            try export.write(ordered.map(\.value))
        }
        writer.scope = ""
        for (name, tensor) in ordered {
            if try export.output(tensor) == name {
                outputs[name] = name
                continue
            }
            outputs[name] = writer.add(
                "Identity", [try export.output(tensor)], ["T": try .of(tensor.dtype)], name: name)
        }
    }

    /// Whether a tensor is written under a name without being told.
    private static func hasItself(_ tensor: AnyTensor, _ name: String) -> Bool {
        switch tensor.node.op {
        case .placeholder(let placeholder): placeholder.name == name
        case .readVariable(let variable): variable.name == name
        default: false
        }
    }

    /// The graph, whose names must be those that were wanted.
    func definition() throws -> TFGraphDef {
        for (name, node) in outputs.merging(inputs, uniquingKeysWith: { first, _ in first })
        where name != node {
            throw TensorFlowError(
                .invalidRequest, node: name,
                "another node has this name, or it is none that TensorFlow allows; choose another")
        }
        return message
    }

    /// The graph, whatever its names are.
    var message: TFGraphDef {
        var graph = TFGraphDef()
        graph.node = export.writer.nodes
        graph.library.function = export.library.functions
        graph.versions.producer = Self.producer
        return graph
    }

    /// The version of TensorFlow 1.15's graphs, which later ones read, too.
    private static let producer: Int32 = 134
}
