// SPDX-License-Identifier: Apache-2.0

/// Functions of complex numbers that are made of exponentials, as formulas of their parts.
///
/// A part is a growing factor times a bounded one. Where the bounded one is 0 the part is 0, also when
/// the growing one alone has no finite value (∞ · 0 would be NaN), and it is finite where the product is.
extension AnyTensor {
    static func exponential(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        .complex(grown(unary(.cos, b), by: a), grown(unary(.sin, b), by: a))
    }

    /// e^z − 1 = (e^a − 1) cos b − 2 sin²(b / 2) + i · e^a sin b.
    static func exponentialMinusOne(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let usual = binary(.minimum, a, .scalar(greatestExponent(a.dtype), a.dtype))
        let half = unary(.sin, b * 0.5)
        let growth = grown(unary(.expMinusOne, usual) * unary(.cos, b), by: a - usual)
        return .complex(growth - 2 * (half * half), grown(unary(.sin, b), by: a))
    }

    /// sinh a cos b + i · cosh a sin b, or cosh a cos b + i · sinh a sin b.
    static func hyperbolic(_ kind: UnaryKind, _ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let limit = greatestExponent(a.dtype)
        let usual = binary(
            .maximum, binary(.minimum, a, .scalar(limit, a.dtype)), .scalar(-limit, a.dtype))
        // Beyond the limit both functions are e^|a| / 2 but for the sign.
        let beyond = unary(.abs, a - usual)
        let other: UnaryKind = kind == .sinh ? .cosh : .sinh
        return .complex(
            grown(unary(kind, usual) * unary(.cos, b), by: beyond),
            grown(unary(other, usual) * unary(.sin, b), by: beyond))
    }

    static func hyperbolicTangent(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        let (t, sine, cosine) = (unary(.tanh, a), unary(.sin, b), unary(.cos, b))
        let divisor = cosine * cosine + t * t * (sine * sine)
        return .complex(t / divisor, sine * cosine * (1 - t * t) / divisor)
    }

    /// 1 / (1 + e^−z) right of 0 and e^z / (1 + e^z) left of it: the exponential is at most 1.
    static func sigmoid(_ z: AnyTensor) -> AnyTensor {
        let isRight = z.parts.real .>= 0
        let (a, b) = select(isRight, -z, z).knownParts
        let growth = exponential(a, b)
        return select(isRight, .ones(like: growth), growth) / (growth + 1)
    }

    /// −i · z.
    static func turned(_ z: AnyTensor) -> AnyTensor {
        let (real, imaginary) = z.knownParts
        return .complex(imaginary, -real)
    }

    /// x · e^a. The exponential is taken apart where it alone may be infinite: no product on the way, nor
    /// on that of its gradient, is infinite then where x · e^a is not, and an x of 0 stays 0.
    private static func grown(_ x: AnyTensor, by a: AnyTensor) -> AnyTensor {
        let (limit, one) = (greatestExponent(a.dtype), AnyTensor.scalar(1, a.dtype))
        let isLarge = a .> .scalar(limit, a.dtype)
        // Even the least number above 0 times e^(3 limit) is infinite.
        let rest = binary(.minimum, a, .scalar(3 * limit, a.dtype)) - .scalar(limit, a.dtype)
        let growth = unary(.exp, select(isLarge, rest * 0.5, a))
        let factor = select(isLarge, unary(.exp, .scalar(limit / 2, a.dtype)), one)
        return x * factor * growth * factor * select(isLarge, growth, one)
    }

    /// A number n for which e^n is finite and e^−n a normal number.
    private static func greatestExponent(_ dtype: DType) -> Double {
        dtype == .float64 ? 708 : 87
    }
}
