// SPDX-License-Identifier: Apache-2.0

/// An elementwise function of one operand; its facts stand in its row.
struct UnaryFamily: ArrayFamily {
    let kind: UnaryKind

    static var functions: [PrimitiveFunction] {
        UnaryKind.allCases.map { PrimitiveFunction($0.rawValue, $0.descriptor.operands.dtypes) }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.unaryType(kind, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        kind.descriptor.gradient != nil
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.unary(kind)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .unary(kind)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.unary(kind)] }
}

/// An elementwise function of two operands; its facts stand in its row.
struct BinaryFamily: ArrayFamily {
    let kind: BinaryKind

    static var functions: [PrimitiveFunction] {
        BinaryKind.allCases.map { PrimitiveFunction($0.rawValue, $0.descriptor.operands.dtypes) }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    /// Integers are divided by zero in vain.
    var cannotFail: Bool {
        switch kind {
        case .divide, .remainder, .floorDivide, .floorModulo: false
        case .add, .subtract, .multiply, .maximum, .minimum, .power, .atan2, .and, .or, .xor,
            .shiftLeft, .shiftRightArithmetic, .shiftRightLogical, .polygamma:
            true
        }
    }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.binaryType(kind, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        kind.descriptor.gradient != nil
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.binary(kind)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .binary(kind)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.binary(kind)] }
}

struct ComparisonFamily: ArrayFamily, ConstantGradient {
    let kind: ComparisonKind

    static var functions: [PrimitiveFunction] {
        ComparisonKind.allCases.map { PrimitiveFunction($0.rawValue, DTypeClass.any.dtypes) }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.comparisonType(kind, operands[0], operands[1])]
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .compare(kind)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.compare(kind)] }
}

/// (condition, a, b) → a where the condition holds, else b.
struct SelectFamily: ArrayFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "select" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.selectType(operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index > 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.select()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .select
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.select()] }
}

struct CastFamily: ArrayFamily {
    let dtype: DType

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "cast" }
    var attributeText: String { "to: \(dtype)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        if operands[0].dtype == .list || dtype == .list {
            throw RuleViolation("a list is no operand here")
        }
        return [TensorType(dtype, operands[0].shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        dtype.isFloatingPoint && operands[index].dtype.isFloatingPoint
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.cast()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .cast(dtype)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.cast()] }
}
