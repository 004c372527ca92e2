// SPDX-License-Identifier: Apache-2.0

package struct WhileAttributes: Hashable, Sendable {
    package var condition: Region
    package var body: Region
    package var maximumIterations: Int?
}

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
        try whileTypes(attributes, operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.whileLoop(attributes) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerWhile(node, attributes, operands)
    }
}

/// (carries..., captures...) → carries. Both programs take all inputs. It stops when the condition is
/// false, or after the iterations allowed.
struct WhileProgramFamily: ProgramFamily, SettledFamily {
    let condition: Program
    let body: Program
    let carries: Int
    let maximumIterations: Int?

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "whileLoop" }
    var outputCount: Int { carries }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    var primitive: Primitive {
        .whileLoop(
            condition: condition, body: body, carries: carries,
            maximumIterations: maximumIterations)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
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

private func whileTypes(
    _ attributes: WhileAttributes, _ inputs: [TensorType]
) throws -> [TensorType] {
    let body = attributes.body
    guard !inputs.isEmpty else { throw RuleViolation("a loop needs at least one variable") }
    guard attributes.condition.outputs.count == 1 else {
        throw RuleViolation(
            .countsDiffer(
                "results of the condition", attributes.condition.outputs.count, for: "decision", 1))
    }
    try requirePredicate(attributes.condition.outputs[0].type, "the condition")
    guard body.outputs.count == inputs.count else {
        throw RuleViolation(
            .countsDiffer(
                "results of the body", body.outputs.count, for: "variables", inputs.count))
    }
    return try inputs.indices.map { i in
        let (start, next) = (body.parameterTypes[i], body.outputs[i].type)
        guard inputs[i].dtype == start.dtype, inputs[i].shape.merged(with: start.shape) != nil
        else {
            throw RuleViolation("variable \(i) is \(inputs[i]), the body takes \(start)")
        }
        guard start.dtype == next.dtype, let merged = start.shape.merged(with: next.shape) else {
            throw RuleViolation(.loopValueChanges("variable", i, enters: start, leaves: next))
        }
        // A dimension that the declaration leaves open stays open.
        return TensorType(start.dtype, start.shape.isFullyKnown ? merged : start.shape)
    }
}
