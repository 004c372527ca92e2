// SPDX-License-Identifier: Apache-2.0

/// (operand) → sorted values, their positions. Stable; NaN counts as the greatest.
struct SortFamily: ArrayFamily {
    let attributes: SortAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "sort" }
    var attributeText: String {
        "axis: \(attributes.axis)" + (attributes.isDescending ? ", descending" : "")
    }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try rules.sortTypes(attributes, operands[0])
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.sorted(axis: attributes.axis)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .sort(attributes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { try step.sort(attributes) }
}

/// (operand) → the greatest k of the last axis, their positions.
struct TopKFamily: ArrayFamily {
    let k: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "topK" }
    var attributeText: String { "k: \(k)" }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try rules.topKTypes(k, operands[0])
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.sorted(axis: -1)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .topK(k)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { try step.topK(k) }
}
