// SPDX-License-Identifier: Apache-2.0

/// The general product of two arrays, over contracted and batch axes.
struct DotFamily: ArrayFamily {
    let dimensions: DotDimensions

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "matmul" }
    var attributeText: String { dimensions.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.dotType(dimensions, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.dot(dimensions)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .dot(dimensions)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.dot(dimensions)] }
}
