// SPDX-License-Identifier: Apache-2.0

/// What the body of a call computes, for engines that have a kernel for it.
///
/// A hint changes nothing: whoever states it promises that the body computes this, and an engine
/// without a kernel for it, or for the element types at hand, runs the body.
package enum CallHint: Hashable, Sendable {
    /// (gradient, variable, m, v, 1 − β₁, 1 − β₂, ε, α) → variable, m, v: a step of Adam with ε
    /// beside the root of the second moment.
    ///
    /// `m += (g − m)·(1 − β₁)`, `v += (g² − v)·(1 − β₂)`, `w −= m·α / (√v + ε)`, in this order.
    case adamBeforeCorrection
    /// (gradient, variable, m, v, 1 − β₁, 1 − β₂, ε, rate, c₁, c₂) → variable, m, v: a step of Adam
    /// with ε beside the root of the corrected second moment.
    ///
    /// The moments are the same; `w −= rate·(m / c₁) / (√(v / c₂) + ε)`, in this order.
    case adamAfterCorrection
    /// (x) → `(x·½)·(tanh((x + x·x·x·0.044715)·√(2/π)) + 1)`, in this order.
    case geluByTanh
    /// (x) → `(x·½)·(erf(x·√½) + 1)`, in this order.
    case geluByErf
}

/// What a call keeps for its backward pass.
package enum CallPolicy: Hashable, Sendable {
    /// The inner values that the backward pass needs.
    case keeping
    /// The arguments alone: the backward pass runs the body once more.
    case recomputing
}

/// A call: a body, and what is known of it.
package struct CallAttributes: Hashable, Sendable {
    package var body: Region
    /// What messages, profiles and drawings call it.
    package var name: String
    package var hint: CallHint?
    package var policy: CallPolicy

    package init(
        body: Region, name: String, hint: CallHint? = nil, policy: CallPolicy = .keeping
    ) {
        self.body = body
        self.name = name
        self.hint = hint
        self.policy = policy
    }
}

/// A body that runs once for each call. (arguments...) → outputs; what the body takes from outside
/// does not depend on its parameters.
struct CallFamily: OperationFamily {
    let attributes: CallAttributes

    var name: String { attributes.name }
    var attributeText: String { attributes.policy == .recomputing ? "recomputed" : "" }
    var outputCount: Int { max(attributes.body.outputs.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let types = attributes.body.parameterTypes
        guard operands.count == types.count else {
            throw RuleViolation(
                "the body takes \(types), not \(operands.count) arguments")
        }
        for (index, (type, operand)) in zip(types, operands).enumerated()
        where type.dtype != operand.dtype || type.shape.merged(with: operand.shape) == nil {
            throw RuleViolation(
                "argument \(index) is \(operand), the body takes \(type); build it for this type")
        }
        guard !attributes.body.outputs.isEmpty else {
            throw RuleViolation("the body returns nothing; return at least one tensor")
        }
        return attributes.body.outputs.map(\.type)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.call(attributes) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerCall(node, attributes, operands)
    }
}

/// A program that others call, with its name and what is known of it.
package struct CalledProgram: Hashable, Sendable {
    package let program: Program
    package let name: String
    package let hint: CallHint?

    package init(_ program: Program, name: String, hint: CallHint? = nil) {
        self.program = program
        self.name = name
        self.hint = hint
    }
}

/// (arguments..., captures...) → outputs: the program's.
struct CallProgramFamily: ProgramFamily, SettledFamily {
    let called: CalledProgram

    static var functions: [PrimitiveFunction] {
        [
            .init(DTypeClass.any.dtypes),
            .init("adamBeforeCorrection", DTypeClass.floating.dtypes),
            .init("adamAfterCorrection", DTypeClass.floating.dtypes),
            .init("geluByTanh", DTypeClass.floating.dtypes),
            .init("geluByErf", DTypeClass.floating.dtypes),
        ]
    }
    var function: String? { called.hint.map { "\($0)" } }
    var name: String { called.name }
    var outputCount: Int { called.program.outputs.count }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    var primitive: Primitive { .call(called) }

    /// The program itself is verified by whoever verifies the one around it, once for all calls.
    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        guard operands == called.program.inputTypes else {
            throw RuleViolation("the body takes \(called.program.inputTypes)")
        }
        return called.program.outputTypes
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        try call.interpreter.control?.check()
        var operands = call.operands
        call.operands.removeAll()
        return try call.interpreter.run(call.inner[0], &operands)
    }
}
