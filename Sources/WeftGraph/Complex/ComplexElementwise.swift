// SPDX-License-Identifier: Apache-2.0

/// Elementwise functions of complex numbers, as formulas of their parts.
///
/// They are accurate to some units in the last place of the larger part: what cancels inside a part is
/// not made up for. Magnitudes are scaled first, so that squares neither overflow nor vanish.
extension AnyTensor {
    /// nil where the function has no meaning for complex numbers.
    static func complexUnary(_ kind: UnaryKind, _ z: AnyTensor) -> AnyTensor? {
        let (a, b) = z.parts
        switch kind {
        case .negate: return z.ofParts { -$0 }
        case .abs: return magnitude(a, b)
        case .sign:
            let scale = scale(a, b)
            let (x, y) = (a / scale, b / scale)
            let length = magnitude(x, y)
            let safe = select(length .== 0, .scalar(1, a.dtype), length)
            return .complex(x / safe, y / safe)
        case .exp: return exponential(a, b)
        case .expMinusOne: return exponentialMinusOne(a, b)
        case .log: return .complex(logMagnitude(a, b), binary(.atan2, b, a))
        case .sqrt: return squareRoot(a, b)
        case .rsqrt: return complexUnary(.sqrt, z).flatMap { complexUnary(.reciprocal, $0) }
        case .reciprocal:
            let zero = AnyTensor.zeros(like: a)
            return quotient(.ones(like: a), zero, a, b)
        case .sinh: return hyperbolic(.sinh, a, b)
        case .cosh: return hyperbolic(.cosh, a, b)
        case .tanh: return hyperbolicTangent(a, b)
        // sin z = −i · sinh(iz), cos z = cosh(iz), tan z = −i · tanh(iz).
        case .sin: return turned(hyperbolic(.sinh, -b, a))
        case .cos: return hyperbolic(.cosh, -b, a)
        case .tan: return turned(hyperbolicTangent(-b, a))
        case .sigmoid: return sigmoid(z)
        case .isFinite: return binary(.and, unary(.isFinite, a), unary(.isFinite, b))
        case .floor, .ceil, .round, .roundAwayFromZero, .logOnePlus, .cbrt, .asin, .acos, .atan,
            .asinh, .acosh, .atanh, .relu, .erf, .erfc, .erfInverse, .lgamma, .digamma, .not,
            .populationCount, .countLeadingZeros:
            return nil
        }
    }

    /// nil where the function has no meaning for complex numbers.
    static func complexBinary(_ kind: BinaryKind, _ x: AnyTensor, _ y: AnyTensor) -> AnyTensor? {
        let ((a, b), (c, d)) = (x.parts, y.parts)
        switch kind {
        case .add: return .complex(a + c, b + d)
        case .subtract: return .complex(a - c, b - d)
        case .multiply: return .complex(a * c - b * d, a * d + b * c)
        case .divide: return quotient(a, b, c, d)
        case .power: return power(x, y)
        case .remainder, .floorDivide, .floorModulo, .maximum, .minimum, .atan2, .and, .or, .xor,
            .shiftLeft, .shiftRightArithmetic, .shiftRightLogical, .polygamma:
            return nil
        }
    }

    /// The greater magnitude of both parts, 1 where it is 0 or infinite. What is divided by it and
    /// multiplied with it again does not depend on it, so that it counts as constant.
    private static func scale(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let greater = binary(.maximum, unary(.abs, a), unary(.abs, b))
        let isUsable = binary(
            .and, unary(.isFinite, greater), greater .!= .scalar(0, greater.dtype))
        return stopGradient(select(isUsable, greater, .scalar(1, greater.dtype)))
    }

    /// √(a² + b²); its gradient at 0 is 0.
    private static func magnitude(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let scale = scale(a, b)
        let (x, y) = (a / scale, b / scale)
        let square = x * x + y * y
        let isZero = square .== 0
        let root = unary(.sqrt, select(isZero, .scalar(1, a.dtype), square))
        return select(isZero, .scalar(0, a.dtype), scale * root)
    }

    /// The logarithm of the magnitude; −∞ at 0.
    private static func logMagnitude(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let scale = scale(a, b)
        let (x, y) = (a / scale, b / scale)
        return unary(.log, scale) + unary(.log, x * x + y * y) * 0.5
    }

    /// (a + bi) / (c + di), with the divisor scaled; NaN where it is 0 or infinite.
    private static func quotient(
        _ a: AnyTensor, _ b: AnyTensor, _ c: AnyTensor, _ d: AnyTensor
    ) -> AnyTensor {
        let scale = scale(c, d)
        let (x, y) = (c / scale, d / scale)
        let square = (x * x + y * y)
        return .complex(
            (a * x + b * y) / square / scale, (b * x - a * y) / square / scale)
    }

    /// The root whose real part is not negative; 0 at 0, without a gradient there.
    private static func squareRoot(_ real: AnyTensor, _ imaginary: AnyTensor) -> AnyTensor {
        let (zero, one) = (AnyTensor.scalar(0, real.dtype), AnyTensor.scalar(1, real.dtype))
        let scale = scale(real, imaginary)
        let (a, b) = (real / scale, imaginary / scale)
        let isZero = binary(.and, a .== zero, b .== zero)
        let (isRight, isBelow) = (a .>= zero, isNegative(b))
        // (|z| + |a|) / 2 has no cancellation; the other part follows by a division.
        let sum = magnitude(a, b) + select(isRight, a, -a)
        let large = unary(.sqrt, select(isZero, one, sum * 0.5))
        let small = select(isBelow, -b, b) / (large + large)
        let growth = unary(.sqrt, scale)
        let side = select(isRight, small, large) * growth
        return .complex(
            select(isZero, zero, select(isRight, large, small) * growth),
            select(isZero, stopGradient(imaginary), select(isBelow, -side, side)))
    }

    /// Whether the sign is minus, that of −0 included.
    private static func isNegative(_ x: AnyTensor) -> AnyTensor {
        binary(.atan2, x, .scalar(-1, x.dtype)) .< 0
    }

    /// exp(y · log x); of 0 it is 1 where y is 0, else 0.
    private static func power(_ x: AnyTensor, _ y: AnyTensor) -> AnyTensor {
        let isZero = x .== .scalar(0, x.dtype)
        let base = select(isZero, .scalar(1, x.dtype), x)
        let ofZero = (y .== .scalar(0, y.dtype)).cast(to: x.dtype)
        return select(isZero, ofZero, unary(.exp, y * unary(.log, base)))
    }

    /// Complex numbers in another type.
    func complexCast(to dtype: DType) -> AnyTensor {
        if dtype.isComplex { return ofParts { $0.cast(to: dtype.realPart) } }
        let (real, imaginary) = parts
        guard dtype == .bool else { return real.cast(to: dtype) }
        return .binary(.or, real.cast(to: .bool), imaginary.cast(to: .bool))
    }

    /// The product over axes, half of each with the other half until one is left.
    func complexProduct(axes: [Int]) throws -> AnyTensor {
        var x = self
        for axis in axes {
            var size = try x.knownSize(axis)
            if size == 0 {
                let dims = x.shape.dims ?? []
                let low = dims.indices.map { $0 == axis ? 1 : 0 }
                x = x.padded(
                    low: low, high: dims.map { _ in 0 }, value: .scalar(1, x.dtype))
            }
            while size > 1 {
                let half = size / 2
                let product =
                    x.sliced(axis: axis, 0, half) * x.sliced(axis: axis, half, 2 * half)
                x =
                    size % 2 == 0
                    ? product
                    : .concatenated([product, x.sliced(axis: axis, size - 1, size)], axis: axis)
                size -= half
            }
        }
        return x.squeezed(axes: axes)
    }
}
