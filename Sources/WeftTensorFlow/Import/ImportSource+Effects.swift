// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// What nodes and functions change.
extension ImportSource {
    /// The inputs of a node, by position, the states of which it may change.
    func changedInputs(of node: GraphNode) throws -> [Int] {
        guard let definition = OperationTable.byName[node.op] else {
            return isFunction(node.op) ? try changes(node.op).parameters : []
        }
        if case .changes(let positions) = definition.effect { return positions }
        // Branches take their condition first, and their functions the rest.
        let skipped = ["If", "StatelessIf", "Case", "StatelessCase"].contains(node.op) ? 1 : 0
        return try called(by: node, definition).flatMap { name in
            try changes(name).parameters.map { $0 + skipped }
        }
    }

    /// The variables that functions which a node calls change without being given them.
    func ownChanges(of node: GraphNode) throws -> [Resource] {
        guard let definition = OperationTable.byName[node.op] else {
            return isFunction(node.op) ? try changes(node.op).own : []
        }
        return try called(by: node, definition).flatMap { try changes($0).own }
    }

    /// What a function changes of what it is given, or by itself; nil where it changes nothing.
    func change(by function: GraphBody) throws -> String? {
        guard let name = function.function else { return nil }
        let found = try changes(name)
        return found.parameters.first.map { function.nodes[function.parameters[$0]].name }
            ?? found.own.first?.name
    }

    private func called(by node: GraphNode, _ definition: OperationDefinition) -> [String] {
        definition.functions.flatMap { attribute -> [String] in
            switch node.attributes[attribute]?.value {
            case .func(let function): [function.name]
            case .list(let list): list.func.map(\.name)
            default: []
            }
        }
    }

    private func changes(_ name: String) throws -> Changes {
        if let known = made.withLock({ $0.changes[name] }) { return known }
        let function = try function(name)
        // What a function changes that calls itself is found in the calls around.
        made.withLock { $0.changes[name] = Changes() }
        var found = Changes()
        for node in function.nodes {
            for position in try changedInputs(of: node) where node.inputs.indices.contains(position)
            {
                var endpoint = node.inputs[position]
                for _ in 0...function.nodes.count {
                    let origin = function.nodes[endpoint.node]
                    if let parameter = function.parameters.firstIndex(of: endpoint.node) {
                        if !found.parameters.contains(parameter) {
                            found.parameters.append(parameter)
                        }
                    } else if VariableOperations.makesVariable(origin.op) {
                        let resource = try variable(origin, in: function)
                        if !found.own.contains(resource) { found.own.append(resource) }
                    } else if TensorArrayOperations.makesGradients(origin.op) {
                        throw TensorFlowError(
                            .unsupported, node: function.label(endpoint.node), operation: origin.op,
                            "gradients of tensor arrays are written in graphs, not in functions")
                    } else if StructureOperations.handsOn(origin.op),
                        let input = origin.inputs.first
                    {
                        endpoint = input
                        continue
                    }
                    break
                }
            }
            for resource in try ownChanges(of: node) where !found.own.contains(resource) {
                found.own.append(resource)
            }
        }
        made.withLock { $0.changes[name] = found }
        return found
    }
}
