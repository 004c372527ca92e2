// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// A graph of Weft as nodes of TensorFlow's operations, those of the table that its own graphs are read by.
///
/// What only guides differentiation or checks a run is left out: checks, gradients that a program gives, updates
/// that ride with values.
final class GraphExport {
    /// How variables are written.
    enum Variables {
        /// As variables.
        case kept
        /// As constants, their values in a session.
        case frozen(Session)
    }

    let writer: GraphWriter
    let variables: Variables
    /// The outputs of nodes that are written.
    private var written: [AnyTensor: String] = [:]
    /// The variables that were met, and what reads them, in order.
    private(set) var handles: [(variable: VariableHandle, handle: String, value: String)] = []
    private let around: GraphExport?
    let library: FunctionLibrary

    init(_ writer: GraphWriter, _ variables: Variables) {
        self.writer = writer
        self.variables = variables
        around = nil
        library = FunctionLibrary()
    }

    /// The body of a branch or a loop.
    init(bodyIn around: GraphExport) {
        writer = GraphWriter(isFunction: true)
        variables = around.variables
        self.around = around
        library = around.library
    }

    func set(_ tensor: AnyTensor, to output: String) { written[tensor] = output }

    func isWritten(_ tensor: AnyTensor) -> Bool { written[tensor] != nil }

    /// Writes tensors and what they depend on.
    func write(_ tensors: [AnyTensor]) throws {
        let order = GraphWalk.sorted(tensors.map(\.node)) { node, needs in
            if node.tensors.allSatisfy({ written[$0] != nil }) { return }
            for tensor in Self.needs(of: node) { needs.append(tensor.node) }
        }
        for node in order where !node.tensors.allSatisfy({ written[$0] != nil }) {
            try write(node)
        }
    }

    /// Whether a tensor depends on nothing that has no form in TensorFlow whatever it is given.
    func mayHaveForm(_ tensor: AnyTensor) -> Bool {
        var result = true
        GraphWalk.visit([tensor.node]) { node in
            switch node.op {
            case .invalid, .fourier, .update, .emit, .hostCall, .group: result = false
            default: break
            }
            return result ? Self.needs(of: node) : []
        }
        return result
    }

    /// What a node is written from: of marks the first operands alone.
    private static func needs(of node: Node) -> [AnyTensor] {
        switch node.op {
        case .customGradient(_, let outputs): Array(node.inputs.prefix(outputs))
        case .withUpdates, .after, .primitive(.check): Array(node.inputs.prefix(1))
        default: node.inputs
        }
    }

    /// The output that stands for a tensor.
    func output(_ tensor: AnyTensor) throws -> String {
        guard let output = written[tensor] else {
            throw failure(tensor.node, "it is needed before it is written")
        }
        return output
    }

    func failure(_ node: Node, _ reason: String) -> TensorFlowError {
        TensorFlowError(
            .unsupported, node: node.origin.name(node.op.summary), operation: node.op.summary,
            "it has no form in TensorFlow here: \(reason)")
    }

    private func write(_ node: Node) throws {
        if let error = node.error { throw error }
        writer.scope = ""
        let call = ExportCall(node: node, export: self)
        let outputs: [String]
        switch node.op {
        case .placeholder(let placeholder):
            let type = node.types[0]
            outputs = [
                writer.add(
                    "Placeholder", [], ["dtype": try .of(type.dtype), "shape": .of(type.shape)],
                    name: placeholder.name ?? "input")
            ]
        case .readVariable(let variable): outputs = [try read(variable, node)]
        case .primitive(let primitive): outputs = try call.primitive(primitive)
        case .unsettled(.topKLike):
            let count = try writer.element(0, of: try call.sizes(of: 1))
            outputs = try call.topK(try writer.cast(count, from: .int64, to: .int32))
        case .unsettled(let unsettled): outputs = [try call.unsettled(unsettled)]
        case .random(let attributes): outputs = [try call.random(attributes)]
        case .complex:
            outputs = [
                writer.add(
                    "Complex", try call.inputs(),
                    [
                        "T": try .of(node.inputs[0].dtype), "Tout": try .of(node.types[0].dtype),
                    ])
            ]
        case .complexPart(let isImaginary):
            outputs = [
                writer.add(
                    isImaginary ? "Imag" : "Real", try call.inputs(),
                    [
                        "T": try .of(node.inputs[0].dtype), "Tout": try .of(node.types[0].dtype),
                    ])
            ]
        case .stopGradient: outputs = [try call.unary("StopGradient")]
        case .customGradient, .withUpdates, .after:
            outputs = try Self.needs(of: node).map { try output($0) }
        case .cond, .whileLoop, .scan, .call: outputs = try call.control()
        case .invalid, .fourier, .update, .emit, .hostCall, .group, .parameter:
            throw failure(node, "write what does not depend on it")
        }
        for (tensor, output) in zip(node.tensors, outputs) { written[tensor] = output }
    }

    private func read(_ variable: VariableHandle, _ node: Node) throws -> String {
        if case .frozen(let session) = variables {
            return try writer.constant(try session.value(of: variable), name: variable.name)
        }
        if around != nil {
            throw failure(node, "a variable is read within a branch or a loop; read it outside")
        }
        let attributes: [String: TFAttrValue] = [
            "dtype": try .of(variable.dtype), "shape": .of(Shape(variable.shape)),
            "shared_name": .of(variable.name), "container": .of(""),
        ]
        let handle = writer.add("VarHandleOp", [], attributes, name: variable.name)
        let value = writer.add(
            "ReadVariableOp", [handle], ["dtype": try .of(variable.dtype)],
            name: "\(variable.name)/Read/ReadVariableOp")
        handles.append((variable, handle, value))
        return value
    }
}

/// A node that is being written.
struct ExportCall {
    let node: Node
    let export: GraphExport

    var writer: GraphWriter { export.writer }
    var type: TensorType { node.types[0] }
    var dtype: DType { node.inputs.first?.dtype ?? type.dtype }

    func input(_ index: Int) throws -> String {
        guard node.inputs.indices.contains(index) else {
            throw failure("operand \(index) is missing")
        }
        return try export.output(node.inputs[index])
    }

    func inputs() throws -> [String] { try node.inputs.map { try export.output($0) } }

    func failure(_ reason: String) -> TensorFlowError { export.failure(node, reason) }

    func unary(_ op: String) throws -> String { try writer.unary(op, try input(0), dtype) }

    /// The rank of an operand.
    func rank(_ index: Int) throws -> Int {
        guard let rank = node.inputs[index].shape.rank else {
            throw failure("the rank of operand \(index) is not known")
        }
        return rank
    }

    /// The sizes of an operand as i64[rank].
    func sizes(of index: Int) throws -> String {
        let tensor = node.inputs[index]
        if let known = tensor.shape.dimensions { return try writer.vector(known) }
        // What stands for sizes alone is not made to ask it for them.
        if case .unsettled(.shaped(let rule)) = tensor.node.op,
            tensor.node.inputs.allSatisfy({ export.isWritten($0) })
        {
            return try ExportCall(node: tensor.node, export: export).sizes(by: rule)
        }
        return try writer.sizes(of: try input(index), tensor.dtype)
    }
}
