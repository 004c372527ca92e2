// SPDX-License-Identifier: Apache-2.0
import Weft

/// A part of a graph that is being built: the graph itself, a function's body, a branch or a loop's body.
///
/// Nodes are built in an order that TensorFlow's own rules allow, always the same one, and each is given the
/// states of variables as those before it left them. What TensorFlow does by changing buffers in some order
/// becomes values that depend on one another.
final class ImportScope {
    let source: ImportSource
    let body: GraphBody
    /// The scope around in the same body, whose values are used as they are.
    let parent: ImportScope?
    /// The context whose nodes are built here: those inside of it belong to branches and loops.
    let context: Int
    var state: ImportState
    /// The values of nodes that are built.
    private var values: [Int: [ImportedValue]] = [:]
    /// Nodes with effects that were built, here or in a branch or loop inside.
    private(set) var effectsDone: Set<Int> = []

    /// The body of a graph or of a function, called with these arguments.
    init(
        _ source: ImportSource, _ body: GraphBody, arguments: [ImportedValue] = [],
        state: ImportState
    ) {
        self.source = source
        self.body = body
        self.state = state
        parent = nil
        context = ControlContexts.root
        for (node, argument) in zip(body.parameters, arguments) { values[node] = [argument] }
    }

    /// A branch or a loop's body inside of a scope.
    init(inside parent: ImportScope, context: Int, state: ImportState) {
        source = parent.source
        body = parent.body
        self.parent = parent
        self.context = context
        self.state = state
    }

    // MARK: Values

    /// The values of a node that is built; nil for one that is not.
    func values(of node: Int) -> [ImportedValue]? {
        var scope: ImportScope? = self
        while let current = scope {
            if let found = current.values[node] { return found }
            scope = current.parent
        }
        return nil
    }

    func set(_ node: Int, to results: [ImportedValue]) { values[node] = results }

    func markDone(_ nodes: Set<Int>) { effectsDone.formUnion(nodes) }

    /// The value of an output of a node that is built.
    func value(_ endpoint: Endpoint) throws -> ImportedValue {
        guard let results = values(of: endpoint.node) else {
            throw error(endpoint.node, .malformed, "it was not built before what uses it")
        }
        guard results.indices.contains(endpoint.output) else {
            throw error(
                endpoint.node, .malformed,
                "there is no output \(endpoint.output), only \(results.count)")
        }
        return results[endpoint.output]
    }

    /// The value of an output as a tensor.
    func tensor(_ endpoint: Endpoint) throws -> AnyTensor {
        switch try value(endpoint) {
        case .tensor(let tensor), .alias(_, let tensor): return tensor
        case .resource(let resource): return try tensor(of: resource)
        case .list, .nothing:
            throw error(endpoint.node, .invalidRequest, "output \(endpoint.output) is no tensor")
        }
    }

    /// The value of an output as most nodes take it: of a reference behind an identity the variable's value
    /// now.
    func current(_ endpoint: Endpoint) throws -> ImportedValue {
        if case .alias(let resource, _) = try value(endpoint) {
            return .tensor(try tensor(of: resource))
        }
        return try value(endpoint)
    }

    /// A variable's value at this place in the order.
    func tensor(of resource: Resource) throws -> AnyTensor {
        if case .tensor(let tensor)? = state[resource] { return tensor }
        guard let variable = resource.variable else {
            throw TensorFlowError(.malformed, node: resource.name, "it is no variable")
        }
        guard let flag = source.readCondition(of: resource), let hasValue = flag.variable else {
            return variable.value
        }
        return check(
            variable.value, that: Tensor<Bool>(hasValue.value),
            "Attempting to use uninitialized value \(resource.name); run its initializer, or restore "
                + "it, first")
    }

    func error(_ node: Int, _ kind: TensorFlowError.Kind, _ reason: String) -> TensorFlowError {
        TensorFlowError(
            kind, node: body.label(node), operation: body.nodes[node].op, reason)
    }

    // MARK: Building a node

    /// Builds a node whose inputs are there.
    func build(_ index: Int) throws {
        let node = body.nodes[index]
        guard let definition = OperationTable.byName[node.op] else {
            if let function = try source.functionIfAny(node.op) {
                try requireNotDone(index)
                let arguments = try node.inputs.map { try current($0) }
                values[index] = try call(function, arguments)
                effectsDone.insert(index)
                return
            }
            throw error(
                index, .unsupported,
                "there is nothing for this operation; fetch what does not depend on it, or feed "
                    + "what it gives")
        }
        try requireNotDone(index)
        let call = NodeCall(
            node: node,
            inputs: try node.inputs.map { try node.op == "Identity" ? value($0) : current($0) },
            scope: self,
            definition: definition)
        let results: [ImportedValue]
        do {
            results = try withNameScope(node: node.name) { try definition.build(call) }
        } catch let problem as GraphError {
            throw error(index, .unsupported, problem.words)
        }
        for case .tensor(let tensor) in results {
            if let problem = tensor.error {
                throw error(index, .unsupported, problem.words)
            }
        }
        for case .list(let list) in results {
            if let problem = list.list.error {
                throw error(index, .unsupported, problem.words)
            }
        }
        values[index] = results
        if hasEffects(index) { effectsDone.insert(index) }
    }

    /// What happens once in a run is not built twice.
    private func requireNotDone(_ index: Int) throws {
        if hasEffects(index), isDone(index) {
            throw error(
                index, .unsupported,
                "it changes something in a branch that is built already, and is needed once more")
        }
    }

    /// Builds with the node's name in front of what is built, so that drawings and errors show it.
    private func withNameScope<R>(node name: String, _ build: () throws -> R) rethrows -> R {
        try NameScope.$path.withValue(name, operation: build)
    }
}

extension GraphError {
    /// What is wrong, without a place: the lines of a program that takes a graph over say nothing of the graph, and
    /// looking them up takes long.
    fileprivate var words: String {
        "\(name.map { "\(operation) '\($0)'" } ?? operation): \(reason)"
    }
}
