// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftProtos

/// What a graph consists of besides computing: inputs, constants, nodes that hand on, checks and prints.
enum StructureOperations {
    static let all: [OperationDefinition] =
        [
            OperationDefinition("Const", outputs: ["output"], values: constant),
            OperationDefinition("Placeholder") { call in
                try placeholder(call, shape: call.attribute("shape")?.shape.shape ?? .unknown)
            },
            OperationDefinition("PlaceholderV2") { call in
                try placeholder(call, shape: try call.shape("shape"))
            },
            // What is fed is put in its place before.
            OperationDefinition("PlaceholderWithDefault") { try $0.tensor(0) },
            OperationDefinition("NoOp", values: { _ in [] }),
            OperationDefinition("ControlTrigger", values: { _ in [] }),
            OperationDefinition("StopGradient") { stopGradient(try $0.tensor(0)) },
            OperationDefinition("PreventGradient") { stopGradient(try $0.tensor(0)) },
            OperationDefinition("IdentityN", outputs: ["output"], values: { $0.inputs }),
            // What an untaken branch has in place of what the taken one kept.
            OperationDefinition(
                "FakeParam", outputs: ["output"],
                tensors: { call in
                    let shape = try call.shape("shape")
                    return [
                        .zeros(
                            try call.dtype("dtype"), shape: (shape.dims ?? []).map { max($0, 0) })
                    ]
                }),
            OperationDefinition(
                "Timestamp", effect: .host,
                values: { call in
                    call.hosted([.array(.float64, [])], [], isStateful: true) { _ in
                        [NDArray(Date().timeIntervalSince1970)]
                    }.map { .tensor($0) }
                }),
            OperationDefinition("Assert", effect: .host, values: assertion),
            OperationDefinition("Print", effect: .host, values: print),
            OperationDefinition("PrintV2", effect: .host, values: printText),
            OperationDefinition("CheckNumerics", values: checkNumerics),
            OperationDefinition("CheckNumericsV2", values: checkNumerics),
        ]
        + handing.map { name in
            OperationDefinition(name, outputs: [], values: { [try settled($0)] })
        }

    /// Operations that give their first input as it is.
    private static let handing = [
        "Identity", "RefIdentity", "Snapshot", "EnsureShape", "PlaceholderIdentity",
        "DisableCopyOnRead",
        "Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration", "LoopCond",
        "DebugGradientIdentity", "DebugGradientRefIdentity", "_EagerConst", "OptimizationBarrier",
        "DeepCopy", "Copy", "CopyHost", "GuaranteeConst", "DebugIdentity", "DebugIdentityV2",
        "DebugIdentityV3",
    ]

    /// Whether a node's first input is what it gives, a resource too.
    static func handsOn(_ op: String) -> Bool {
        handing.contains(op) || ControlContexts.isSwitch(op) || op == "IdentityN"
    }

    /// The input; of a variable its value now, where the operation reads it.
    static func settled(_ call: NodeCall) throws -> ImportedValue {
        if call.node.op == "EnsureShape" { return .tensor(try ensured(call)) }
        let input = try call.input(0)
        if case .resource(let resource) = input, resource.variable != nil, reads(call.node) {
            let value = try call.tensor(0)
            return call.node.op == "Identity" ? .alias(resource, value) : .tensor(value)
        }
        return input
    }

    /// Whether a node that hands something on takes the value of a variable: others take the reference itself,
    /// as functions hand on the variables of resources.
    static func reads(_ node: GraphNode) -> Bool {
        !node.op.contains("Ref") && node.attributes["T"]?.type.value != .dtResource
    }

    private static func ensured(_ call: NodeCall) throws -> AnyTensor {
        let (x, shape) = (try call.tensor(0), try call.shape("shape"))
        guard x.shape.merged(with: shape) != nil else {
            throw call.error(.invalidRequest, "\(x.type) does not have the shape \(shape)")
        }
        return x
    }

    private static func constant(_ call: NodeCall) throws -> [ImportedValue] {
        guard case .tensor(let tensor)? = call.attribute("value")?.value else {
            throw call.error(.malformed, "the attribute 'value' is no array")
        }
        do {
            return [.tensor(.constant(try tensor.array()))]
        } catch let error as TensorFlowError {
            throw call.error(error.kind, error.reason)
        }
    }

    private static func placeholder(_ call: NodeCall, shape: Shape) throws -> AnyTensor {
        // A scalar's shape stands for an unknown one in files of TensorFlow before 1.0; a placeholder that
        // takes anything takes a scalar, too.
        call.scope.source.placeholder(
            call.node.name, TensorType(try call.dtype("dtype"), shape))
    }

    private static func assertion(_ call: NodeCall) throws -> [ImportedValue] {
        let data = try call.tensors(from: 1)
        let words = data.compactMap { tensor -> String? in
            guard tensor.dtype == .string, case .primitive(.constant(let value)) = tensor.node.op,
                let strings = try? value.array.byteStrings()
            else { return nil }
            return strings.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        }
        let numbers = data.filter { $0.dtype != .string }
        try require(
            try call.tensor(0).all(), call,
            words.isEmpty ? "assertion failed" : words.joined(separator: " "), numbers)
        return []
    }

    /// Has the run fail when a condition does not hold.
    static func require(
        _ condition: AnyTensor, _ call: NodeCall, _ message: String, _ shown: [AnyTensor]
    ) throws {
        let message = CheckMessage(
            "\(call.node.name): \(message)", names: shown.indices.map { "value \($0)" },
            mostElements: call.attribute("summarize").map { Int($0.i) } ?? 3)
        call.scope.state.updates.append(
            Update(
                .make(
                    .check(.condition(message)), [condition, condition] + shown))
        )
    }

    private static func print(_ call: NodeCall) throws -> [ImportedValue] {
        for (index, value) in try call.tensors(from: 1).enumerated() {
            call.scope.state.updates.append(
                emit(value, as: "print\(index == 0 ? "" : "_\(index)")"))
        }
        return [try call.input(0)]
    }

    private static func printText(_ call: NodeCall) throws -> [ImportedValue] {
        call.scope.state.updates.append(emit(try call.tensor(0), as: "print"))
        return []
    }

    private static func checkNumerics(_ call: NodeCall) throws -> [ImportedValue] {
        let x = try call.tensor(0)
        try require(
            x.isFinite.all(), call,
            call.attribute("message").map { String(decoding: $0.s, as: UTF8.self) }
                ?? "a number is not finite", [x])
        return [.tensor(x)]
    }
}
