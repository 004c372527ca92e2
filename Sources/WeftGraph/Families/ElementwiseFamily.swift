// SPDX-License-Identifier: Apache-2.0

/// An elementwise function of one operand; its facts stand in its row.
struct UnaryFamily: ArrayFamily, SettledFamily {
    let kind: UnaryKind

    static var functions: [PrimitiveFunction] {
        UnaryKind.allCases.map { PrimitiveFunction($0.name, $0.descriptor.operands.dtypes) }
    }
    var function: String? { kind.name }
    var name: String { kind.name }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .combined(counting: .unary(.abs)) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try unaryType(kind, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        kind.descriptor.gradient != nil
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.unary(kind)
    }

    var primitive: Primitive { .unary(kind) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.unary(kind)] }
}

/// An elementwise function of two operands; its facts stand in its row.
struct BinaryFamily: ArrayFamily, SettledFamily {
    let kind: BinaryKind

    static var functions: [PrimitiveFunction] {
        BinaryKind.allCases.map { PrimitiveFunction($0.name, $0.descriptor.operands.dtypes) }
    }
    var function: String? { kind.name }
    var name: String { kind.name }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .combined(counting: .binary(.add)) }
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
        [try binaryType(kind, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        kind.descriptor.gradient != nil
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.binary(kind)
    }

    var primitive: Primitive { .binary(kind) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.binary(kind)] }
}

struct ComparisonFamily: ArrayFamily, SettledFamily, ConstantGradient {
    let kind: ComparisonKind

    static var functions: [PrimitiveFunction] {
        ComparisonKind.allCases.map { PrimitiveFunction($0.name, DTypeClass.any.dtypes) }
    }
    var function: String? { kind.name }
    var name: String { kind.name }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .combined(counting: .binary(.add)) }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try comparisonType(kind, operands[0], operands[1])]
    }

    var primitive: Primitive { .compare(kind) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        // Equal strings have one number; in which order strings are, numbers do not say.
        let needsOrder =
            node.inputs[0].dtype == .string && kind != .equal && kind != .notEqual
        try scope.emit(
            primitive, needsOrder ? scope.stringRanks(operands, of: node) : operands, of: node)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.compare(kind)] }
}

/// (condition, a, b) → a where the condition holds, else b.
struct SelectFamily: ArrayFamily, SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "select" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try selectType(operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index > 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.selection()
    }

    var primitive: Primitive { .select }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.select()] }
}

struct CastFamily: ArrayFamily, SettledFamily {
    let dtype: DType

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "cast" }
    var attributeText: String { "to: \(dtype)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .combined(counting: .cast(.int64)) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        if operands[0].dtype == .list || dtype == .list {
            throw RuleViolation("a list is no operand here")
        }
        if dtype.isComplex {
            throw RuleViolation(
                .wrongElementType(.result, dtype, wanted: DTypeClass.any.dtypes))
        }
        if (operands[0].dtype == .string) != (dtype == .string) {
            throw RuleViolation(
                "strings and numbers are not cast: `numbers(as:)` reads strings, `text()` writes numbers"
            )
        }
        return [TensorType(dtype, operands[0].shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        dtype.isFloatingPoint && operands[index].dtype.isFloatingPoint
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.cast()
    }

    var primitive: Primitive { .cast(dtype.inPrograms) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.cast()] }
}

private func unaryType(_ kind: UnaryKind, _ x: TensorType) throws -> TensorType {
    let row = kind.descriptor
    try requireElements(x.dtype, row.operands)
    return TensorType(row.result ?? x.dtype, x.shape)
}

private func binaryType(_ kind: BinaryKind, _ a: TensorType, _ b: TensorType) throws -> TensorType {
    try requireSameElements(a, b)
    try requireElements(a.dtype, kind.operands)
    return TensorType(a.dtype, try Shape.broadcast(a.shape, b.shape))
}

private func comparisonType(
    _ kind: ComparisonKind, _ a: TensorType, _ b: TensorType
) throws -> TensorType {
    try requireSameElements(a, b)
    guard a.dtype != .list else { throw RuleViolation("lists cannot be compared") }
    return TensorType(.bool, try Shape.broadcast(a.shape, b.shape))
}

private func selectType(_ inputs: [TensorType]) throws -> TensorType {
    guard inputs[0].dtype == .bool else {
        throw RuleViolation(
            .wrongElementType(.argument("the condition"), inputs[0].dtype, wanted: [.bool]))
    }
    try requireSameElements(inputs[1], inputs[2])
    guard inputs[1].dtype != .list else { throw RuleViolation("a list is no operand here") }
    let values = try Shape.broadcast(inputs[1].shape, inputs[2].shape)
    return TensorType(inputs[1].dtype, try Shape.broadcast(inputs[0].shape, values))
}

extension GradientRule {
    fileprivate func unary(_ kind: UnaryKind) -> [AnyTensor?] {
        guard let rule = kind.descriptor.gradient else { return nothing }
        let x = inputs[0]
        guard x.dtype.computing != x.dtype, let type = kind.narrowGradientType else {
            return first(rule(x, output, gradient))
        }
        // The result has lost the digits that differences such as 1 − y² are made of, so that it is
        // computed again.
        let (wide, g) = (x.cast(to: type), gradient.cast(to: type))
        let derivative: AnyTensor?
        switch kind {
        case .tanh:
            let twice = wide + wide
            derivative = g * (4 * (sigmoid(twice) * sigmoid(-twice)))
        case .sigmoid: derivative = g * (sigmoid(wide) * sigmoid(-wide))
        default: derivative = rule(wide, .unary(kind, wide), g)
        }
        return first(derivative?.cast(to: x.dtype))
    }

    func binary(_ kind: BinaryKind) -> [AnyTensor?] {
        let (a, b) = (inputs[0], inputs[1])
        guard let rule = kind.descriptor.gradient else { return nothing }
        guard a.dtype.computing != a.dtype, let type = kind.narrowGradientType else {
            let (first, second) = rule(a, b, output, gradient)
            return each { index in
                index == 0
                    ? first?.reduced(toOperand: a, besides: [b])
                    : second?.reduced(toOperand: b, besides: [a])
            }
        }
        let (first, second) = rule(
            a.cast(to: type), b.cast(to: type),
            .binary(kind, a.cast(to: type), b.cast(to: type)), gradient.cast(to: type))
        return each { index in
            index == 0
                ? first?.reduced(toOperand: a, besides: [b]).cast(to: a.dtype)
                : second?.reduced(toOperand: b, besides: [a]).cast(to: b.dtype)
        }
    }

    fileprivate func selection() -> [AnyTensor?] {
        let (condition, a, b) = (inputs[0], inputs[1], inputs[2])
        let zero = AnyTensor.scalar(0, gradient.dtype)
        return each { index in
            index == 1
                ? select(condition, gradient, zero)
                    .reduced(toOperand: a, besides: [condition, b])
                : select(condition, zero, gradient)
                    .reduced(toOperand: b, besides: [condition, a])
        }
    }

    fileprivate func cast() -> [AnyTensor?] { first(gradient.cast(to: inputs[0].dtype)) }
}

extension AnyTensor {
    /// The gradient of an operand from one in the shape of the result of an elementwise operation:
    /// summed over what broadcasting against the `others` repeated.
    func reduced(toOperand operand: AnyTensor, besides others: [AnyTensor]) -> AnyTensor {
        if operand.shape.isFullyKnown
            ? shape == operand.shape : operand.fillsResult(besides: others)
        {
            return self
        }
        return unbroadcast(like: operand)
    }

    /// Whether the result of broadcasting against `others` surely has this tensor's shape.
    func fillsResult(besides others: [AnyTensor]) -> Bool {
        for other in others where other != self {
            guard let own = shape.dims, let dims = other.shape.dims, dims.count <= own.count else {
                return other.shape.rank == 0
            }
            for (size, otherSize) in zip(own.reversed(), dims.reversed())
            where size == 1 && otherSize != 1 || size < 0 && otherSize != 1 { return false }
        }
        return true
    }
}

extension Evaluation {
    fileprivate func unary(_ kind: UnaryKind) throws -> NDArray {
        let row = kind.descriptor
        let operand = inputs[0]
        if operand.dtype.isFloatingPoint {
            var watch = watch
            let numbers = try Double.load(operand).map {
                try watch.note()
                return row.reference($0)
            }
            return try Double.store(numbers, dtype, shape)
        }
        guard let integer = row.integer else {
            throw unsupported("it takes \(row.operands.description), not \(operand.dtype)")
        }
        let numbers = Int64.load(operand).map { integer($0, operand.dtype) }
        return try Int64.store(numbers, dtype, shape)
    }

    func binary(_ kind: BinaryKind) throws -> NDArray {
        let operands = inputs[0].dtype
        if !operands.isFloatingPoint, kind.descriptor.integer == nil {
            throw unsupported("it takes \(kind.descriptor.operands.description), not \(operands)")
        }
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let function = T.function(kind, operands)
            let (a, b) = (T.load(inputs[0]), T.load(inputs[1]))
            let fromA = RowMajor.broadcastSources(inputs[0].shape, to: shape)
            let fromB = RowMajor.broadcastSources(inputs[1].shape, to: shape)
            var result: [T] = []
            result.reserveCapacity(fromA.count)
            var watch = watch
            for i in fromA.indices {
                try watch.note()
                guard let value = function(a[fromA[i]], b[fromB[i]]) else {
                    throw instruction.error(.divisionByZero(element: i))
                }
                result.append(value)
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(operands) { try evaluate($0) }
    }

    fileprivate func compare(_ kind: ComparisonKind) throws -> NDArray {
        let operands = inputs[0].dtype
        let fromA = RowMajor.broadcastSources(inputs[0].shape, to: shape)
        let fromB = RowMajor.broadcastSources(inputs[1].shape, to: shape)
        func results<T: Comparable>(_ a: [T], _ b: [T]) throws -> NDArray {
            let results = fromA.indices.map { kind.holds(a[fromA[$0]], b[fromB[$0]]) }
            return try Int64.store(results.map { $0 ? 1 : 0 }, .bool, shape)
        }
        if operands.isFloatingPoint {
            return try results(Double.load(inputs[0]), Double.load(inputs[1]))
        }
        let (a, b) = (Int64.load(inputs[0]), Int64.load(inputs[1]))
        if operands.isUnsignedInteger {
            return try results(a.map { UInt64(bitPattern: $0) }, b.map { UInt64(bitPattern: $0) })
        }
        return try results(a, b)
    }

    /// (condition, a, b); elements are copied, so that NaNs keep their bits.
    fileprivate func select() throws -> NDArray {
        let condition = Int64.load(inputs[0])
        let from = inputs.map { RowMajor.broadcastSources($0.shape, to: shape) }
        let (a, b) = (inputs[1], inputs[2])
        let size = a.dtype.size
        return try NDArray(dtype: dtype, shape: shape) { target in
            a.withUnsafeBytes { first in
                b.withUnsafeBytes { second in
                    for i in from[0].indices {
                        let isFirst = condition[from[0][i]] != 0
                        let source = isFirst ? first : second
                        let position = isFirst ? from[1][i] : from[2][i]
                        if let base = source.baseAddress {
                            (target + i * size).copyMemory(
                                from: base + position * size, byteCount: size)
                        }
                    }
                }
            }
        }
    }

    fileprivate func cast() throws -> NDArray { try inputs[0].converted(to: dtype) }
}

/// What the gradients of 16-bit floats are computed in before they are rounded: f32 where its kernels
/// are fast, else f64, which most of the other functions are computed in anyway and whose squares of
/// bf16 never overflow. Nil where the rule is exact in the type itself.
extension UnaryKind {
    fileprivate var narrowGradientType: DType? {
        switch self {
        case .negate, .abs, .sign, .floor, .ceil, .round, .roundAwayFromZero, .relu, .not,
            .populationCount, .countLeadingZeros, .isFinite:
            nil
        case .exp, .expMinusOne, .log, .logOnePlus, .sqrt, .rsqrt, .reciprocal, .sin, .cos, .tanh,
            .sigmoid, .erf, .erfc:
            .float32
        default: .float64
        }
    }
}

extension BinaryKind {
    fileprivate var narrowGradientType: DType? {
        switch self {
        case .add, .subtract, .maximum, .minimum, .and, .or, .xor, .shiftLeft,
            .shiftRightArithmetic, .shiftRightLogical:
            nil
        case .multiply, .divide: .float32
        default: .float64
        }
    }
}
