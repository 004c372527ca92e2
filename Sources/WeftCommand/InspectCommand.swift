// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft
import WeftTensorFlow

/// `weft inspect`: what a model of TensorFlow's has.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a graph or saved model that TensorFlow wrote has.",
        discussion: """
            Prints signatures, inputs, outputs, variables and the kinds of operations with their numbers. Kinds \
            that Weft has nothing for are marked; what does not depend on them can be run nevertheless.
            """)

    @OptionGroup var source: ModelSource

    func run() throws {
        let model = try source.open()
        if let saved = model.savedModel { try show(saved) }
        if let meta = model.metaGraph { try show(meta) }
        try section("inputs", model.graph.placeholders.map { "\($0.name)  \($0.type)" })
        try section(
            "outputs", model.graph.outputs.map { "\($0)  \(type(of: $0, in: model.graph))" })
        let variables = try model.graph.allVariables().sorted { $0.key < $1.key }
        try section(
            "variables",
            variables.map { "\($0.key)  \(TensorType($0.value.dtype, Shape($0.value.shape)))" })
        let parameters = variables.map { ArraySize.count($0.value.shape) ?? 0 }
            .reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
        try Output.line("parameters: \(parameters)")
        let unsupported = Set(model.graph.unsupportedOperations)
        let operations = model.graph.operations.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        try section(
            "operations",
            operations.map { kind, count in
                "\(kind)  \(count)\(unsupported.contains(kind) ? "  not supported" : "")"
            })
    }

    private func show(_ model: TensorFlowSavedModel) throws {
        try Output.line("tags: \(model.tags.joined(separator: ", "))")
        try show(model.signatures)
    }

    private func show(_ meta: TensorFlowMetaGraph) throws {
        try show(meta.signatures)
        if !meta.version.isEmpty { try Output.line("written by TensorFlow \(meta.version)") }
        if let saver = meta.saver {
            try Output.line(
                "saver: \(saver.save) and \(saver.restore), fed by \(saver.fileName), files of kind "
                    + "\(saver.version)")
        }
        for (name, collection) in meta.collections.sorted(by: { $0.key < $1.key }) {
            try section("collection \(name)", items(collection, name, of: meta))
        }
    }

    /// What a collection lists, things in bytes by their number.
    private func items(
        _ collection: TensorFlowCollection, _ name: String, of meta: TensorFlowMetaGraph
    ) -> [String] {
        let variables = meta.variables(in: name)
        if !variables.isEmpty {
            return variables.map { variable in
                let part = variable.part.map { "  a part of \($0.whole) \($0.shape)" } ?? ""
                return "\(variable.name)\(variable.isTrainable ? "  trainable" : "")\(part)"
            }
        }
        switch collection {
        case .nodes(let names): return names
        case .integers(let numbers): return numbers.map { "\($0)" }
        case .floats(let numbers): return numbers.map { "\($0)" }
        case .messages(let messages): return messages.map(\.type)
        case .bytes(let items): return items.map { "\($0.count) bytes" }
        }
    }

    private func show(_ signatures: [String: TensorFlowSignature]) throws {
        for (key, signature) in signatures.sorted(by: { $0.key < $1.key }) {
            try section(
                "signature \(key)",
                arguments("takes", signature.inputs)
                    + arguments("gives", signature.outputs))
        }
    }

    private func arguments(
        _ verb: String, _ arguments: [String: TensorFlowSignature.Argument]
    ) -> [String] {
        arguments.sorted { $0.key < $1.key }.map { name, argument in
            "\(verb) \(name)  \(argument.type.map { "\($0)" } ?? "no tensor")  as \(argument.tensor)"
        }
    }

    /// The type of a tensor; in words where it cannot be built.
    private func type(of name: String, in graph: TensorFlowGraph) -> String {
        do {
            return "\(try graph.tensor(name).type)"
        } catch let error as TensorFlowError {
            return "cannot be built: \(error.operation.map { "\($0): " } ?? "")\(error.reason)"
        } catch {
            return "cannot be built: \(error)"
        }
    }

    private func section(_ title: String, _ lines: [String]) throws {
        try Output.line("\(title):\(lines.isEmpty ? " none" : "")")
        for line in lines { try Output.line("  \(line)") }
    }
}
