// SPDX-License-Identifier: Apache-2.0

/// One of two bodies, by a scalar bool. (predicate); the bodies take what they use from outside.
struct CondFamily: OperationFamily {
    let branches: [Region]

    var name: String { "cond" }
    var outputCount: Int { max(branches[0].outputs.count, branches[1].outputs.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try rules.condTypes(branches[0], branches[1], operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index > 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.cond(branches[0], branches[1])
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerCond(node, branches[0], branches[1], operands)
    }
}

/// (predicate, captures...) → outputs. Both programs take all captures; only the branch taken runs.
struct CondProgramFamily: ProgramFamily {
    let branches: [Program]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "cond" }
    var outputCount: Int { branches[0].outputs.count }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .cond(branches[0], branches[1])
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        let (a, b) = (branches[0], branches[1])
        try a.verify()
        try b.verify()
        guard operands.first == ArrayType(.bool, []), a.inputTypes == b.inputTypes,
            a.inputTypes == Array(operands.dropFirst()), a.outputTypes == b.outputTypes
        else { throw RuleViolation("the branches do not fit the operands or each other") }
        return a.outputTypes
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let branch = try call.isTrue(call.operands[0]) ? call.inner[0] : call.inner[1]
        var operands = Array(call.operands.dropFirst())
        call.operands.removeAll()
        return try call.interpreter.run(branch, &operands)
    }
}

/// A body that the backward pass computes again instead of keeping its inner values.
struct RematerializedFamily: OperationFamily {
    let body: Region
    let role: RematerializationRole

    var name: String { "rematerialized" }
    var attributeText: String { role == .forward ? "" : "again" }
    var outputCount: Int { max(body.outputs.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] { body.outputs.map(\.type) }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.rematerialized(body) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerInline(node, body)
    }
}
