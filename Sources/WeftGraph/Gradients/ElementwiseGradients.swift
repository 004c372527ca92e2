// SPDX-License-Identifier: Apache-2.0

extension GradientRule {
    func unary(_ kind: UnaryKind) -> [AnyTensor?] {
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
            derivative = g * (4 * (twice.sigmoid() * (-twice).sigmoid()))
        case .sigmoid: derivative = g * (wide.sigmoid() * (-wide).sigmoid())
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

    func select() -> [AnyTensor?] {
        let (condition, a, b) = (inputs[0], inputs[1], inputs[2])
        let zero = AnyTensor.scalar(0, gradient.dtype)
        return each { index in
            index == 1
                ? AnyTensor.select(condition, gradient, zero)
                    .reduced(toOperand: a, besides: [condition, b])
                : AnyTensor.select(condition, zero, gradient)
                    .reduced(toOperand: b, besides: [condition, a])
        }
    }

    func cast() -> [AnyTensor?] { first(gradient.cast(to: inputs[0].dtype)) }

    func customGradient(_ custom: CustomGradient, outputs: Int) throws -> [AnyTensor?] {
        let values = node.tensors
        let filled = values.indices.map { gradients[$0] ?? AnyTensor.zeros(like: values[$0]) }
        let operands = Array(inputs.dropFirst(outputs))
        let results = custom.gradient(operands, values, filled)
        guard results.count == operands.count else {
            throw GraphError(
                operation: node.op.summary, name: node.name,
                reason: "the gradient closure returned \(results.count) gradients for "
                    + "\(operands.count) inputs; return one for each, nil where none flows")
        }
        return each { results[$0 - outputs] }
    }
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
    private func fillsResult(besides others: [AnyTensor]) -> Bool {
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
        case .cbrt, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .erfInverse,
            .lgamma, .digamma:
            .float64
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
        case .remainder, .floorDivide, .floorModulo, .power, .atan2, .polygamma: .float64
        }
    }
}
