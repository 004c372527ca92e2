// SPDX-License-Identifier: Apache-2.0

/// A loop that goes on while its condition holds.
struct WhileFamily: OperationFamily {
    let attributes: WhileAttributes

    var name: String { "whileLoop" }
    var attributeText: String {
        attributes.maximumIterations.map { "at most \($0) times" } ?? ""
    }
    var outputCount: Int { max(attributes.body.parameterTypes.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try rules.whileTypes(attributes, operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.whileLoop(attributes) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerWhile(node, attributes, operands)
    }
}

/// (carries..., captures...) → carries. Both programs take all inputs. It stops when the condition is
/// false, or after the iterations allowed.
struct WhileProgramFamily: ProgramFamily {
    let condition: Program
    let body: Program
    let carries: Int
    let maximumIterations: Int?

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "whileLoop" }
    var outputCount: Int { carries }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .whileLoop(
            condition: condition, body: body, carries: carries,
            maximumIterations: maximumIterations)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try condition.verify()
        try body.verify()
        guard condition.inputTypes == operands, body.inputTypes == operands,
            condition.outputTypes == [ArrayType(.bool, [])],
            body.outputTypes == Array(operands.prefix(carries))
        else { throw RuleViolation("condition or body do not fit the operands") }
        return body.outputTypes
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let captures = Array(call.operands[carries...])
        var state = Array(call.operands[..<carries])
        call.operands.removeAll()
        var iterations = 0
        while maximumIterations.map({ iterations < $0 }) ?? true {
            try call.interpreter.control?.check()
            var inputs = state + captures
            guard try call.isTrue(call.interpreter.run(call.inner[0], &inputs)[0]) else { break }
            inputs = state + captures
            // The body holds the only reference to its carries, so that lists grow in place.
            state.removeAll()
            state = try call.interpreter.run(call.inner[1], &inputs)
            iterations += 1
        }
        return state
    }
}
