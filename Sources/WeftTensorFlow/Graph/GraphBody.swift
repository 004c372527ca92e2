// SPDX-License-Identifier: Apache-2.0
import WeftProtos

/// An output of a node.
struct Endpoint: Hashable, Sendable {
    let node: Int
    let output: Int
}

/// A node of a graph or of a function, its inputs found.
struct GraphNode: Sendable {
    let name: String
    let op: String
    var inputs: [Endpoint]
    /// The nodes that run before it though it takes nothing from them.
    var controls: [Int]
    let attributes: [String: TFAttrValue]
}

/// The nodes of a graph, or of one of its functions.
///
/// A function's parameters are nodes of the operation `_Arg`, its inputs in the order of its signature.
final class GraphBody: Sendable {
    /// The function's name; nil for the graph itself.
    let function: String?
    let nodes: [GraphNode]
    /// The parameters of a function, in order.
    let parameters: [Int]
    /// What a function returns, in order.
    let results: [Endpoint]
    /// Nodes that run whenever the function is called.
    let effects: [Int]
    /// The place of a node, by name.
    let indices: [String: Int]

    /// The branches and loops of nodes, which old graphs draw with nodes of their own.
    let contexts: ControlContexts

    init(
        function: String?, nodes: [GraphNode], parameters: [Int], results: [Endpoint],
        effects: [Int], indices: [String: Int]
    ) throws {
        self.function = function
        self.nodes = nodes
        self.parameters = parameters
        self.results = results
        self.effects = effects
        self.indices = indices
        contexts = try ControlContexts(nodes: nodes, function: function)
    }

    /// The name of a node for messages.
    func label(_ node: Int) -> String { Self.label(nodes[node].name, in: function) }

    static func label(_ name: String, in function: String?) -> String {
        function.map { "\($0)/\(name)" } ?? name
    }
}
