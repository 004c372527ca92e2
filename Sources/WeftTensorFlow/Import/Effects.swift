// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

extension ImportScope {
    /// Whether a node changes a state, or is to happen.
    func hasEffects(_ node: Int) -> Bool {
        let node = body.nodes[node]
        guard let definition = OperationTable.byName[node.op] else {
            return source.isFunction(node.op)
        }
        if case .none = definition.effect { return definition.callsFunctions }
        return true
    }

    /// Whether an effect was built, here or in what is around.
    func isDone(_ node: Int) -> Bool {
        var scope: ImportScope? = self
        while let current = scope {
            if current.effectsDone.contains(node) { return true }
            scope = current.parent
        }
        return false
    }

    /// The resources from outside whose states these nodes may change.
    func changes(of nodes: [Int]) throws -> [Resource] {
        var found: [Resource] = []
        for node in nodes.sorted() {
            for position in try source.changedInputs(of: body.nodes[node]) {
                guard body.nodes[node].inputs.indices.contains(position),
                    case .resource(let resource)? = try origin(
                        of: body.nodes[node].inputs[position], changedBy: node),
                    !found.contains(resource)
                else { continue }
                found.append(resource)
            }
            for resource in try source.ownChanges(of: body.nodes[node])
            where !found.contains(resource) {
                found.append(resource)
            }
        }
        return found + found.compactMap { source.initializationFlag(of: $0) }
    }

    /// The resources whose states a node may change that calls functions.
    func changes(by node: GraphNode, _ inputs: [ImportedValue]) throws -> [Resource] {
        var found: [Resource] = []
        for position in try source.changedInputs(of: node) where inputs.indices.contains(position) {
            if case .resource(let resource) = inputs[position], !found.contains(resource) {
                found.append(resource)
            }
        }
        for resource in try source.ownChanges(of: node) where !found.contains(resource) {
            found.append(resource)
        }
        return found + found.compactMap { source.initializationFlag(of: $0) }
    }

    /// The resource that reaches an input through nodes that only hand it on; nil for one that is made
    /// inside of what is looked at.
    func origin(of endpoint: Endpoint, changedBy changing: Int) throws -> ImportedValue? {
        var endpoint = endpoint
        // The gradients of an array are an array of their own.
        var gradients: [String] = []
        for _ in 0...body.nodes.count {
            let node = body.nodes[endpoint.node]
            if let values = values(of: endpoint.node) {
                guard values.indices.contains(endpoint.output) else { return nil }
                guard case .resource(var resource) = values[endpoint.output] else {
                    return values[endpoint.output]
                }
                for name in gradients.reversed() {
                    resource = source.gradientArray(of: resource, name)
                }
                return .resource(resource)
            }
            if VariableOperations.makesVariable(node.op) {
                return .resource(try source.variable(node, in: body))
            }
            if TensorArrayOperations.makesResource(node.op) { return nil }
            if TensorArrayOperations.makesGradients(node.op) {
                gradients.append(
                    node.attributes["source"].map { String(decoding: $0.s, as: UTF8.self) } ?? "")
            } else if !StructureOperations.handsOn(node.op) {
                break
            }
            guard let input = node.inputs.first else { break }
            endpoint = input
        }
        throw error(
            changing, .unsupported,
            "which variable it changes shows only when the graph runs; "
                + "'\(body.nodes[endpoint.node].name)' gives it")
    }

    /// What a function gives for these arguments, with the states that it leaves.
    func call(_ function: GraphBody, _ arguments: [ImportedValue]) throws -> [ImportedValue] {
        let (values, after) = try source.call(function, arguments, state)
        state = after
        return values
    }
}
