// SPDX-License-Identifier: Apache-2.0

/// Axis i of the result is axis `permutation[i]` of the operand.
struct TransposeFamily: ArrayFamily {
    let permutation: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "transpose" }
    var attributeText: String { "\(permutation)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.transposeType(permutation, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.transpose(permutation)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .transpose(permutation)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.transpose(permutation)] }
}
