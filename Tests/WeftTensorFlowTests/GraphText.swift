// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftTensorFlow

/// Graphs in TensorFlow's text format, written down node by node.
struct GraphText {
    private var text = ""

    /// Adds a node. Attributes are in the text format: `"T": "type: DT_FLOAT"`.
    @discardableResult
    mutating func add(
        _ op: String, _ name: String, _ inputs: [String] = [], _ attributes: [String: String] = [:]
    ) -> GraphText {
        text += "node { " + Self.node(op, name, inputs, attributes) + " }\n"
        return self
    }

    static func node(
        _ op: String, _ name: String, _ inputs: [String], _ attributes: [String: String]
    ) -> String {
        "name: \"\(name)\" op: \"\(op)\" " + inputs.map { "input: \"\($0)\" " }.joined()
            + attributes.sorted { $0.key < $1.key }
            .map { "attr { key: \"\($0.key)\" value { \($0.value) } } " }.joined()
    }

    /// Adds a scalar constant.
    mutating func constant(_ name: String, _ value: Float, _ inputs: [String] = []) {
        add("Const", name, inputs, Self.scalar("DT_FLOAT", "float_val: \(value)"))
    }

    mutating func constant(_ name: String, _ value: Bool) {
        add("Const", name, [], Self.scalar("DT_BOOL", "bool_val: \(value)"))
    }

    private static func scalar(_ type: String, _ value: String) -> [String: String] {
        ["dtype": "type: \(type)", "value": "tensor { dtype: \(type) tensor_shape { } \(value) }"]
    }

    mutating func placeholder(_ name: String, _ type: String = "DT_FLOAT") {
        add("Placeholder", name, [], ["dtype": "type: \(type)", "shape": "shape { }"])
    }

    /// Adds a scalar variable, a reference, with an initializer, `init_` in front of its name.
    mutating func variable(_ name: String, _ value: Float) {
        add("VariableV2", name, [], ["dtype": "type: DT_FLOAT", "shape": "shape { }"])
        constant("\(name)_value", value)
        add("Assign", "init_\(name)", [name, "\(name)_value"], ["T": "type: DT_FLOAT"])
    }

    /// Adds a function of the library.
    ///
    /// - Parameters:
    ///   - arguments: Names and types.
    ///   - results: Names and types, and where each comes from.
    mutating func function(
        _ name: String, _ arguments: [(name: String, type: String)],
        _ results: [(name: String, type: String, source: String)], _ nodes: [String]
    ) {
        let inputs = arguments.map { "input_arg { name: \"\($0.name)\" type: \($0.type) } " }
        let outputs = results.map { "output_arg { name: \"\($0.name)\" type: \($0.type) } " }
        let sources = results.map { "ret { key: \"\($0.name)\" value: \"\($0.source)\" } " }
        text +=
            "library { function { signature { name: \"\(name)\" "
            + (inputs + outputs).joined() + "} " + nodes.map { "node_def { \($0) } " }.joined()
            + sources.joined() + "} }\n"
    }

    /// The graph.
    func graph(hostFunctions: [String: HostFunction] = [:]) throws -> TensorFlowGraph {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(UUID().uuidString).pbtxt")
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try TensorFlowGraph(contentsOf: file.path, hostFunctions: hostFunctions)
    }
}
