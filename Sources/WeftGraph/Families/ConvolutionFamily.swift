// SPDX-License-Identifier: Apache-2.0

/// (input, filter).
struct ConvolutionFamily: ArrayFamily {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolution" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.convolutionType(attributes, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolution(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .convolution(attributes.resolved(input: operands[0].shape, filter: operands[1].shape))
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.convolution(attributes, .output)] }
}

/// (output gradient, filter) → the gradient of the input.
struct ConvolutionInputGradientFamily: ArrayFamily, ConstantGradient {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolutionInputGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the input, which it does not see")
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .convolutionInputGradient(attributes)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try ConvolutionInputGradientLikeFamily(attributes: attributes).knownTypes(operands + results)
    }

    func evaluate(_ step: Step) throws -> [NDArray] {
        [try step.convolution(attributes, .inputGradient)]
    }
}

/// (output gradient, filter, input).
struct ConvolutionInputGradientLikeFamily: OperationFamily {
    let attributes: ConvolutionAttributes

    var name: String { "convolutionInputGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.convolutionInputGradientType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolutionInputGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(
            input: scope.values[operands[2]].shape, filter: scope.values[operands[1]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node,
            scope.emit(
                .convolutionInputGradient(resolved), [operands[0], operands[1]], types,
                origin: node.origin))
    }
}

/// (input, output gradient) → the gradient of the filter.
struct ConvolutionFilterGradientFamily: ArrayFamily, ConstantGradient {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolutionFilterGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the filter, which it does not see")
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .convolutionFilterGradient(attributes)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try ConvolutionFilterGradientLikeFamily(attributes: attributes).knownTypes(operands + results)
    }

    func evaluate(_ step: Step) throws -> [NDArray] {
        [try step.convolution(attributes, .filterGradient)]
    }
}

/// (input, output gradient, filter).
struct ConvolutionFilterGradientLikeFamily: OperationFamily {
    let attributes: ConvolutionAttributes

    var name: String { "convolutionFilterGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.convolutionFilterGradientType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolutionFilterGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(
            input: scope.values[operands[0]].shape, filter: scope.values[operands[2]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node,
            scope.emit(
                .convolutionFilterGradient(resolved), [operands[0], operands[1]], types,
                origin: node.origin))
    }
}
