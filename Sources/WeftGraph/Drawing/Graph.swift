// SPDX-License-Identifier: Apache-2.0

/// Tensors with names: what one prints, draws and saves.
///
/// There is no graph that tensors are made in; a `Graph` is made from tensors, and is what they are
/// computed from.
///
/// ```swift
/// let graph = Graph(inputs: ["x": x], outputs: ["y": y])
/// print(graph)
/// ```
public struct Graph: Sendable {
    /// What is given from outside, by name.
    public let inputs: [String: AnyTensor]
    /// What is computed, by name.
    public let outputs: [String: AnyTensor]

    /// The graph that `outputs` are computed in.
    ///
    /// - Parameter inputs: Names for tensors that are given; placeholders that are not among them are
    ///   part of the graph all the same.
    public init(
        inputs: [String: any TensorConvertible] = [:], outputs: [String: any TensorConvertible]
    ) {
        self.inputs = inputs.mapValues(\.anyTensor)
        self.outputs = outputs.mapValues(\.anyTensor)
    }

    /// The variables that the graph reads or updates, in the order of their names.
    ///
    /// Complexity: linear in the size of the graph.
    public var variables: [VariableHandle] {
        var found: Set<VariableHandle> = []
        GraphWalk.visit(roots.map(\.node)) { node in
            switch node.op {
            case .readVariable(let variable): found.insert(variable)
            case .update(let attributes): found.insert(attributes.variable)
            default: break
            }
            return node.dependencies
        }
        return found.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    /// The number of operations, those of branches and loop bodies included.
    ///
    /// Complexity: linear in the size of the graph.
    public var nodeCount: Int {
        var count = 0
        GraphWalk.visit(roots.map(\.node)) { node in
            count += 1
            return node.dependencies
        }
        return count
    }

    /// The outputs in the order of their names.
    var namedOutputs: [(name: String, tensor: AnyTensor)] {
        outputs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The inputs in the order of their names.
    var namedInputs: [(name: String, tensor: AnyTensor)] {
        inputs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var roots: [AnyTensor] { namedOutputs.map(\.tensor) + namedInputs.map(\.tensor) }

    /// The graph, part by part: itself and the bodies of branches and loops.
    var outline: GraphOutline { GraphOutline(outputs: roots) }
}
