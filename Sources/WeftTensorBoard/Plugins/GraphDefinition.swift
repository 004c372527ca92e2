// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
public import WeftGraph
import WeftProtos
import WeftTensorFlow

extension EventWriter {
    /// Adds a graph, which TensorBoard draws with name scopes as boxes and shapes at the edges. The bodies of branches and
    /// loops are boxes of the operation that runs them.
    ///
    /// - Throws: as `addScalar`.
    public func addGraph(_ graph: Graph) throws {
        let definition = GraphDefinition(graph)
        shownNodes.withLock { $0 = definition.shownNodes }
        var event = TFEvent()
        event.graphDef = try definition.message.serializedBytes()
        try add(event)
    }
}

/// A graph as TensorBoard draws it. It is a picture, and cannot be run: operations have Weft's names.
struct GraphDefinition {
    private(set) var message = TFGraphDef()
    /// For each scope, the name of an operation in it that profiles are shown at.
    private(set) var shownNodes: [String: String] = [:]
    private let nodes: [GraphNode]
    /// The bodies that operations stand in.
    private var homes: [UInt64: Home] = [:]
    private var names: [UInt64: String] = [:]
    private var takenNames: Set<String> = []

    private struct Home {
        let owner: GraphNode
        let title: String
    }

    /// What TensorBoard has signs for.
    private static let kinds = [
        "placeholder": "Placeholder", "constant": "Const", "variable": "VariableV2",
    ]

    init(_ graph: Graph) {
        nodes = graph.nodes
        // A body's operations come before the one that runs it: inner bodies take theirs first.
        for node in nodes {
            for body in node.bodies { takeIn(body.outputs, Home(owner: node, title: body.title)) }
        }
        var variables: [VariableHandle: String] = [:]
        for node in nodes {
            let name = name(of: node)
            if node.operation == "variable", let variable = node.variable {
                variables[variable] = name
            }
        }
        message.node = nodes.map { definition(of: $0, variables) }
        message.versions.producer = 1
    }

    private mutating func takeIn(_ outputs: [AnyTensor], _ home: Home) {
        var pending = outputs.map(\.producer)
        while let node = pending.popLast() {
            guard node.belongsToBody, node != home.owner, homes[node.node.id] == nil else {
                continue
            }
            homes[node.node.id] = home
            pending += node.inputs.map(\.producer)
        }
    }

    private mutating func name(of node: GraphNode) -> String {
        if let known = names[node.node.id] { return known }
        var scope = Self.scope(node)
        var last = Self.clean(
            String((node.name ?? node.operation).split(separator: "/").last ?? ""))
        if last.isEmpty { last = Self.clean(node.operation) }
        if let home = homes[node.node.id] {
            // The names inside repeat the scopes around.
            let around = Self.scope(home.owner)
            if scope == around {
                scope = ""
            } else if scope.hasPrefix(around + "/") {
                scope.removeFirst(around.count + 1)
            }
            let body = "\(name(of: home.owner))/\(Self.clean(home.title))"
            scope = scope.isEmpty ? body : "\(body)/\(scope)"
        }
        let wanted = scope.isEmpty ? last : "\(scope)/\(last)"
        var (name, count) = (wanted, 0)
        while !takenNames.insert(name).inserted {
            count += 1
            name = "\(wanted)_\(count)"
        }
        names[node.node.id] = name
        if homes[node.node.id] == nil, shownNodes[node.node.origin.path] == nil {
            shownNodes[node.node.origin.path] = name
        }
        return name
    }

    private func definition(of node: GraphNode, _ variables: [VariableHandle: String]) -> TFNodeDef
    {
        var definition = TFNodeDef()
        definition.name = names[node.node.id] ?? ""
        definition.op = Self.kinds[node.operation] ?? node.operation
        definition.input = (node.inputs + node.bodies.flatMap(\.outputs)).compactMap(reference)
        if node.operation != "variable", let variable = node.variable,
            let source = variables[variable]
        {
            definition.input.append(source)
        }
        var shapes = TFAttrValue()
        shapes.list.shape = node.outputs.map { TFTensorShapeProto($0.shape) }
        definition.attr["_output_shapes"] = shapes
        if let type = node.outputs.first?.dtype.tensorFlowType {
            var value = TFAttrValue()
            value.type = type
            definition.attr["dtype"] = value
        }
        // Not where it was built: finding a line of the source takes a tenth of a second.
        if !node.attributes.isEmpty {
            var value = TFAttrValue()
            value.s = Data(node.attributes.utf8)
            definition.attr["attributes"] = value
        }
        return definition
    }

    private func reference(_ tensor: AnyTensor) -> String? {
        names[tensor.node.id].map { tensor.index == 0 ? $0 : "\($0):\(tensor.index)" }
    }

    /// The scope that a node is drawn in.
    private static func scope(_ node: GraphNode) -> String {
        let scope =
            node.operation == "variable"
            ? node.scope : node.node.origin.path
        return scope.split(separator: "/").map { clean(String($0)) }.joined(separator: "/")
    }

    /// TensorFlow's names have letters of ASCII, digits, and a few signs.
    private static func clean(_ name: String) -> String {
        String(
            name.map { character in
                character.isASCII && (character.isLetter || character.isNumber)
                    || "._-".contains(character) ? character : "_"
            })
    }
}
