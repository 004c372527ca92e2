// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// What operations that restore would give the variables of a graph: of each variable the name of its array
/// in the checkpoint, and the part that it is of one.
///
/// It is read off the graph: `RestoreV2` and its like name arrays, and assignments hand them to variables, directly or
/// inside of functions.
struct RestorePlan {
    /// An array of a checkpoint, or a part of one.
    struct Origin: Hashable {
        let name: String
        /// TensorFlow's words for the part, empty for all.
        let part: String
    }

    private(set) var origins: [String: Origin] = [:]
    private let source: ImportSource
    /// Calls of functions that were looked at: two that are alike restore the same.
    private var seen: Set<Call> = []

    private struct Call: Hashable {
        let function: String
        let arguments: [Resource?]
    }

    static let assignments: Set<String> = ["Assign", "AssignVariableOp"]
    /// Operations that read arrays of the names that their second input has.
    private static let restoring: Set<String> = ["RestoreV2", "RestoreSlice", "Restore"]
    /// Operations between the reading and the assignment that change nothing.
    static let passing: Set<String> = ["Identity", "Reshape", "EnsureShape"]

    /// - Parameter roots: The operations to look behind; nil for all of the graph.
    init(_ source: ImportSource, running roots: [Int]? = nil) throws {
        self.source = source
        let nodes =
            roots.map { Self.behind($0, in: source.body) } ?? Array(source.body.nodes.indices)
        try visit(nodes, of: source.body, arguments: [], depth: 0)
    }

    /// The nodes that others depend on, with them.
    private static func behind(_ roots: [Int], in body: GraphBody) -> [Int] {
        var found = Set(roots)
        var pending = roots
        while let node = pending.popLast() {
            for input in body.nodes[node].inputs.map(\.node) + body.nodes[node].controls
            where found.insert(input).inserted {
                pending.append(input)
            }
        }
        return found.sorted()
    }

    private mutating func visit(
        _ nodes: [Int], of body: GraphBody, arguments: [Resource?], depth: Int
    ) throws {
        guard depth < ImportDepth.most else { return }
        for index in nodes {
            let node = body.nodes[index]
            if Self.assignments.contains(node.op), node.inputs.count >= 2 {
                guard let origin = Self.origin(node.inputs[1], in: body),
                    let variable = try variable(node.inputs[0], in: body, arguments)
                else { continue }
                origins[variable.name] = origin
                continue
            }
            let called =
                node.op.hasSuffix("PartitionedCall")
                ? node.attributes["f"]?.func.name : source.isFunction(node.op) ? node.op : nil
            guard let called, let function = try source.functionIfAny(called) else { continue }
            let passed = try node.inputs.map { try variable($0, in: body, arguments) }
            guard passed.count == function.parameters.count,
                seen.insert(Call(function: called, arguments: passed)).inserted
            else { continue }
            try visit(
                Array(function.nodes.indices), of: function, arguments: passed, depth: depth + 1)
        }
    }

    /// The variable that an input refers to.
    private func variable(
        _ input: Endpoint, in body: GraphBody, _ arguments: [Resource?]
    ) throws -> Resource? {
        var endpoint = input
        for _ in 0...body.nodes.count {
            let node = body.nodes[endpoint.node]
            if let position = body.parameters.firstIndex(of: endpoint.node) {
                return arguments.indices.contains(position) ? arguments[position] : nil
            }
            if VariableOperations.makesVariable(node.op) {
                return try source.variable(node, in: body)
            }
            guard StructureOperations.handsOn(node.op), let next = node.inputs.first else {
                return nil
            }
            endpoint = next
        }
        return nil
    }

    /// The array of a checkpoint that reaches an assignment.
    private static func origin(_ input: Endpoint, in body: GraphBody) -> Origin? {
        var endpoint = input
        for _ in 0...body.nodes.count {
            let node = body.nodes[endpoint.node]
            if restoring.contains(node.op), node.inputs.count >= 2 {
                guard let names = strings(node.inputs[1], in: body),
                    let parts = node.inputs.count > 2
                        ? strings(node.inputs[2], in: body) : names.map({ _ in "" }),
                    names.count == parts.count,
                    names.indices.contains(endpoint.output)
                else { return nil }
                return Origin(name: names[endpoint.output], part: parts[endpoint.output])
            }
            guard passing.contains(node.op), let next = node.inputs.first else { return nil }
            endpoint = next
        }
        return nil
    }

    /// The strings of a constant.
    private static func strings(_ input: Endpoint, in body: GraphBody) -> [String]? {
        let node = body.nodes[input.node]
        guard node.op == "Const", let array = try? node.attributes["value"]?.tensor.array(),
            let strings = try? array.byteStrings()
        else { return nil }
        return strings.map { String(decoding: $0, as: UTF8.self) }
    }
}
