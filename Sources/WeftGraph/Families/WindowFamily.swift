// SPDX-License-Identifier: Apache-2.0

/// A reduction over windows that slide along every axis.
struct WindowFamily: ArrayFamily {
    let kind: WindowKind
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] {
        WindowKind.allCases.map { PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes) }
    }
    var function: String? { kind.rawValue }
    var name: String { "\(kind.rawValue)Pool" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.windowType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.window(kind, attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .window(kind, attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.window(kind, attributes)] }
}

/// (output gradient) → the gradient of the operand of a window sum.
struct WindowSumGradientFamily: ArrayFamily, ConstantGradient {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "sumPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the operand, which it does not see")
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .windowSumGradient(attributes)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try WindowSumGradientLikeFamily(attributes: attributes).knownTypes(operands + results)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.windowSumGradient(attributes)] }
}

/// (output gradient, operand).
struct WindowSumGradientLikeFamily: OperationFamily {
    let attributes: WindowAttributes

    var name: String { "sumPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.windowGradientType(attributes, of: operands[1], operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.windowSumGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(operand: scope.values[operands[1]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node, scope.emit(.windowSumGradient(resolved), [operands[0]], types, origin: node.origin))
    }
}

/// (operand, output gradient) → the gradient of the operand: the first maximum gets it all.
struct MaxPoolGradientFamily: ArrayFamily {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "maxPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.windowGradientType(attributes, of: operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.maxPoolGradient(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .maxPoolGradient(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.maxPoolGradient(attributes)] }
}

/// (operand, t of its shape) → t where each window has its first maximum.
struct MaxPoolPickFamily: ArrayFamily {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "maxPoolPick" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.maxPoolPickType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.maxPoolPick(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .maxPoolPick(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.maxPoolPick(attributes)] }
}
