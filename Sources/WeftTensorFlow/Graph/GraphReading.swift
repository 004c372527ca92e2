// SPDX-License-Identifier: Apache-2.0
import WeftProtos

extension GraphBody {
    /// The graph of a file.
    convenience init(_ graph: TFGraphDef) throws {
        let names = try NodeNames(graph.node.map(\.name), function: nil)
        let nodes = try graph.node.map { definition in
            try names.node(definition) { input in
                // "name" or "name:output"
                guard let colon = input.lastIndex(of: ":") else { return (input, 0) }
                guard let output = Int(input[input.index(after: colon)...]) else { return nil }
                return (String(input[..<colon]), output)
            }
        }
        try self.init(
            function: nil, nodes: nodes, parameters: [], results: [], effects: [],
            indices: names.indices)
    }

    /// A function of a file's library.
    ///
    /// - Parameter outputs: Where the outputs of an operation begin that are called by a name.
    convenience init(
        _ function: TFFunctionDef, outputs: (TFNodeDef, _ output: String) throws -> Int
    ) throws {
        let signature = function.signature
        let arguments = signature.inputArg.map(\.name)
        let names = try NodeNames(
            arguments + function.nodeDef.map(\.name), function: signature.name)
        let definitions = Dictionary(
            function.nodeDef.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        // "argument", or "node:output name:place"
        func endpoint(_ input: String) throws -> (name: String, output: Int)? {
            let parts = input.split(separator: ":", omittingEmptySubsequences: false)
            if parts.count == 1 { return (input, 0) }
            guard let definition = definitions[String(parts[0])] else {
                return (String(parts[0]), 0)
            }
            guard parts.count <= 3, let place = Int(parts.count == 3 ? String(parts[2]) : "0")
            else { return nil }
            let (output, overflow) = try outputs(definition, String(parts[1]))
                .addingReportingOverflow(place)
            return overflow ? nil : (String(parts[0]), output)
        }
        let parameters = signature.inputArg.enumerated().map { index, argument in
            var type = TFAttrValue()
            type.type = argument.type
            return GraphNode(
                name: argument.name, op: "_Arg", inputs: [], controls: [], attributes: ["T": type])
        }
        let nodes = try parameters + function.nodeDef.map { try names.node($0, endpoint) }
        let results = try signature.outputArg.map { output in
            guard let source = function.ret[output.name] else {
                throw TensorFlowError(
                    .malformed, node: signature.name,
                    "the function says nothing of its result '\(output.name)'")
            }
            return try names.endpoint(source, of: "result '\(output.name)'", endpoint)
        }
        let effects = try function.controlRet.values.sorted().map {
            try names.index($0, of: "what the function runs")
        }
        try self.init(
            function: signature.name, nodes: nodes, parameters: Array(arguments.indices),
            results: results, effects: effects, indices: names.indices)
    }
}

/// The nodes' names, to find inputs by.
private struct NodeNames {
    let indices: [String: Int]
    let function: String?

    init(_ names: [String], function: String?) throws {
        var indices: [String: Int] = [:]
        indices.reserveCapacity(names.count)
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                throw TensorFlowError(
                    .malformed, node: function, "node \(index) has no name")
            }
            if indices.updateValue(index, forKey: name) != nil {
                throw TensorFlowError(
                    .malformed, node: GraphBody.label(name, in: function),
                    "two nodes have that name")
            }
        }
        self.indices = indices
        self.function = function
    }

    func index(_ name: String, of subject: String) throws -> Int {
        guard let index = indices[name] else {
            throw TensorFlowError(
                .malformed, node: function, "\(subject) is '\(name)', and there is no such node")
        }
        return index
    }

    func endpoint(
        _ input: String, of subject: String,
        _ parse: (String) throws -> (name: String, output: Int)?
    ) throws -> Endpoint {
        guard let (name, output) = try parse(input), output >= 0 else {
            throw TensorFlowError(
                .malformed, node: function, "\(subject) is '\(input)', which names no output")
        }
        return Endpoint(node: try index(name, of: subject), output: output)
    }

    func node(
        _ definition: TFNodeDef, _ parse: (String) throws -> (name: String, output: Int)?
    ) throws -> GraphNode {
        var inputs: [Endpoint] = []
        var controls: [Int] = []
        for input in definition.input {
            let subject = "an input of '\(definition.name)'"
            if input.hasPrefix("^") {
                controls.append(try index(String(input.dropFirst()), of: subject))
            } else {
                inputs.append(try endpoint(input, of: subject, parse))
            }
        }
        return GraphNode(
            name: definition.name, op: definition.op, inputs: inputs, controls: controls,
            attributes: definition.attr)
    }
}
