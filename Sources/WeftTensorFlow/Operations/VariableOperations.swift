// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Variables, of both kinds: references, which old graphs pass from operation to operation, and resources.
enum VariableOperations {
    static let all: [OperationDefinition] =
        ["VariableV2", "Variable", "VarHandleOp", "AutoReloadVariable"].map { name in
            OperationDefinition(
                name, outputs: [],
                values: { call in
                    [.resource(try call.scope.source.variable(call.node, in: call.scope.body))]
                })
        } + [
            OperationDefinition("ReadVariableOp") { try $0.tensor(0) },
            OperationDefinition("VariableShape", defaults: ["out_type": .type(.int32)]) { call in
                try call.tensor(0).sizes.cast(to: call.dtype("out_type"))
            },
            change("Assign") { _, value in value },
            change("AssignAdd") { $0 + $1 },
            change("AssignSub") { $0 - $1 },
            change("AssignVariableOp") { _, value in value },
            change("AssignAddVariableOp") { $0 + $1 },
            change("AssignSubVariableOp") { $0 - $1 },
            OperationDefinition("IsVariableInitialized") { try isInitialized($0) },
            OperationDefinition("VarIsInitializedOp") { try isInitialized($0) },
            OperationDefinition("DestroyResourceOp", values: { _ in [] }),
        ]

    static func makesVariable(_ op: String) -> Bool {
        op == "VariableV2" || op == "VarHandleOp" || op == "Variable" || op == "AutoReloadVariable"
    }

    /// Whether an operation asks which variables have values.
    static func asksForInitialization(_ op: String) -> Bool {
        op == "IsVariableInitialized" || op == "VarIsInitializedOp"
    }

    /// An operation that makes a variable what `value` gives of its value and the second input. It gives the
    /// variable, where it is a reference.
    private static func change(
        _ name: String,
        _ value: @escaping @Sendable (_ old: AnyTensor, _ input: AnyTensor) -> AnyTensor
    ) -> OperationDefinition {
        // An assignment takes a variable without a value, which must not be read then.
        let reads = !["Assign", "AssignVariableOp"].contains(name)
        return OperationDefinition(
            name, outputs: ["output_ref"], effect: .changes([0]),
            values: { call in
                let resource = try call.resource(0)
                let input = try call.tensor(1)
                try call.set(resource, to: value(reads ? try call.tensor(0) : input, input))
                return [.resource(resource)]
            })
    }

    private static func isInitialized(_ call: NodeCall) throws -> AnyTensor {
        let resource = try call.resource(0)
        guard let flag = call.scope.source.initializationFlag(of: resource) else {
            throw call.error(.malformed, "'\(resource.name)' is no variable")
        }
        return try call.scope.tensor(of: flag)
    }
}

extension NodeCall {
    /// Makes a variable what a tensor is, for what comes after.
    func set(_ resource: Resource, to value: AnyTensor) throws {
        guard let variable = resource.variable else {
            throw error(.malformed, "'\(resource.name)' is no variable")
        }
        if let problem = value.error { throw problem }
        guard value.dtype == variable.dtype, value.shape.admits(variable.shape) else {
            throw error(
                .invalidRequest,
                "\(value.type) is no value of the variable '\(variable.name)', which is "
                    + "\(TensorType(variable.dtype, Shape(variable.shape)))")
        }
        scope.state[resource] = .tensor(value)
        if let flag = scope.source.initializationFlag(of: resource) {
            scope.state[flag] = .tensor(.constant(NDArray(true)))
        }
    }
}
