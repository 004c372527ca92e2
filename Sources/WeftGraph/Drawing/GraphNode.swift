// SPDX-License-Identifier: Apache-2.0

/// One operation of a graph, for programs that look into graphs: what is computed, from what, where it
/// comes from.
///
/// ```swift
/// let graph = Graph(outputs: ["loss": loss])
/// let products = graph.nodes.count { $0.operation == "matmul" }
/// let hidden = try session.run(graph.tensor(named: "layer1/relu"), feeding: [x: batch])
/// ```
public struct GraphNode: Hashable, Sendable {
    package let node: Node

    package init(_ node: Node) { self.node = node }

    /// What is computed: `matmul`, `add`, `variable`, the name of a called function.
    public var operation: String { node.op.summary }

    /// The name under its name scopes: one that was given, or the operation's in a scope; a variable's
    /// for its value. nil for an unnamed operation outside of all scopes. Several nodes may share one.
    public var name: String? { node.op.readVariable?.name ?? node.name }

    /// The name scope, without a slash at its end; empty outside all. An operation of a gradient has that
    /// of the operation that is differentiated, one that changes a variable that of the variable.
    public var scope: String { node.op.readVariable?.scope ?? node.origin.scope }

    /// Whether it is a part of a gradient.
    public var isGradient: Bool { node.origin.role.isGradient }

    /// What is neither name nor operand, as text: `over: [1] x [0]`; empty for nothing.
    public var attributes: String { node.op.attributeText }

    /// The operands, in order.
    public var inputs: [AnyTensor] { node.inputs }

    /// The results, in order.
    public var outputs: [AnyTensor] { node.tensors }

    /// The variable that the operation reads or updates, if it does.
    public var variable: VariableHandle? {
        node.op.readVariable ?? node.op.updatedVariable
    }

    /// The branches of a `cond`, the condition and body of a loop, the body of a call: what each is, and
    /// the tensors that it gives.
    public var bodies: [(title: String, outputs: [AnyTensor])] {
        zip(node.op.regionTitles, node.op.regions).map { ($0, $1.outputs) }
    }

    /// Whether it depends on what a loop or branch hands to its body, or on a draw inside of it, and so
    /// has no value outside and cannot be fetched.
    public var belongsToBody: Bool { node.freeLevels != 0 }

    /// Where the program built it; nil when the platform cannot tell.
    public var location: SourceLocation? { node.origin.site?.location }

    /// Why it is invalid, if it is.
    public var error: GraphError? { node.error }
}

extension GraphNode: CustomStringConvertible {
    /// Operation, name and results: `matmul 'layer1/matmul' f32[?, 10]`.
    public var description: String {
        ([node.label] + node.types.map(\.description)).joined(separator: " ")
    }
}

extension TensorProtocol {
    /// The operation that the tensor is a result of.
    public var producer: GraphNode { GraphNode(anyTensor.node) }
}

extension Graph {
    /// The operations, each behind those that it uses; those of branches and loop bodies are before the
    /// operation that runs them.
    ///
    /// The order is the same whenever the graph is. Complexity: linear in the size of the graph.
    public var nodes: [GraphNode] { GraphWalk.sorted(roots.map(\.node)).map(GraphNode.init) }

    /// The operations of that name, in the order of `nodes`.
    ///
    /// Complexity: linear in the size of the graph.
    public func nodes(named name: String) -> [GraphNode] { nodes.filter { $0.name == name } }

    /// The result of the only operation of that name; `split:1` is the second of one with several.
    ///
    /// Complexity: linear in the size of the graph.
    /// - Throws: `GraphError` when no operation has the name, more than one does, or it has no such
    ///   result.
    public func tensor(named name: String) throws -> AnyTensor {
        func failure(_ reason: String) -> GraphError {
            GraphError(operation: "tensor(named:)", name: nil, reason: reason)
        }
        var (found, index) = (nodes(named: name), 0)
        if found.isEmpty, let colon = name.lastIndex(of: ":"),
            let number = Int(name[name.index(after: colon)...])
        {
            (found, index) = (nodes(named: String(name[..<colon])), number)
        }
        guard let node = found.first else {
            let names = Set(nodes.compactMap(\.name)).sorted()
            let last = name.split(separator: "/").last ?? ""
            let near = names.filter { !last.isEmpty && $0.contains(last) }
            let shown = (near.isEmpty ? names : near).prefix(5).map { "'\($0)'" }
            throw failure(
                "no operation is named '\(name)'; "
                    + (shown.isEmpty
                        ? "none has a name" : "there are \(shown.joined(separator: ", "))"))
        }
        guard found.count == 1 else {
            throw failure(
                "\(found.count) operations are named '\(name)'; choose among `nodes(named:)`, or give "
                    + "them names of their own with `withNameScope`")
        }
        guard node.outputs.indices.contains(index) else {
            throw failure("\(node) has \(node.outputs.count) results, and none of number \(index)")
        }
        return node.outputs[index]
    }
}

extension Operation {
    /// The variable whose value the operation is, if it is one's.
    var readVariable: VariableHandle? {
        if case .readVariable(let variable) = self { return variable }
        return nil
    }

    /// The variable that the operation updates, if it does.
    var updatedVariable: VariableHandle? {
        if case .update(let attributes) = self { return attributes.variable }
        return nil
    }
}
