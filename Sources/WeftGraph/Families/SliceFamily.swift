// SPDX-License-Identifier: Apache-2.0

struct SliceFamily: ArrayFamily {
    let attributes: SliceAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "slice" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.sliceType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.slice(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .slice(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.slice(attributes)] }
}

/// (gradient, operand) → the gradient in the place of the slice, zeros around it.
struct SliceGradientFamily: OperationFamily {
    let attributes: SliceAttributes

    var name: String { "sliceGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.sliceGradientType(attributes, operands[0], of: operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.sliceGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.padded(operands[0], aroundSlice: attributes, to: type, node)])
    }
}

/// (operand, starts), clamped so that the slice fits.
struct DynamicSliceFamily: ArrayFamily {
    let sizes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "dynamicSlice" }
    var attributeText: String { "sizes: \(sizes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.dynamicSliceType(sizes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.dynamicSlice()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .dynamicSlice(sizes: results[0].shape)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.dynamicSlice()] }
}

/// (operand, update, starts), clamped so that the update fits.
struct DynamicUpdateSliceFamily: ArrayFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "dynamicUpdateSlice" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.dynamicUpdateSliceType(operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.dynamicUpdateSlice()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .dynamicUpdateSlice
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.dynamicUpdateSlice()] }
}
