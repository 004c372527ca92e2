// SPDX-License-Identifier: Apache-2.0

struct ReverseFamily: ArrayFamily {
    let axes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "reverse" }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.reverseType(axes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.reverse(axes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .reverse(axes: axes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.reverse(axes)] }
}
