// SPDX-License-Identifier: Apache-2.0

// Functions of one operand, element by element: the shape of the result is that of the operand.

/// The exponential function, e^x.
public func exp<T: FloatingTensor>(_ x: T) -> T { .unary(.exp, x) }

/// e^x − 1, exact also near 0.
public func expMinusOne<T: FloatingTensor>(_ x: T) -> T { .unary(.expMinusOne, x) }

/// The natural logarithm; −∞ at 0, NaN below.
public func log<T: FloatingTensor>(_ x: T) -> T { .unary(.log, x) }

/// The square root; NaN below 0. The gradient at 0 is infinite.
public func sqrt<T: FloatingTensor>(_ x: T) -> T { .unary(.sqrt, x) }

/// One over the square root, 1 / √x.
public func rsqrt<T: FloatingTensor>(_ x: T) -> T { .unary(.rsqrt, x) }

/// The cube root.
public func cbrt<T: FloatingTensor>(_ x: T) -> T { .unary(.cbrt, x) }

/// One divided by x.
public func reciprocal<T: FloatingTensor>(_ x: T) -> T { .unary(.reciprocal, x) }

/// The sine of an angle in radians.
public func sin<T: FloatingTensor>(_ x: T) -> T { .unary(.sin, x) }

/// The cosine of an angle in radians.
public func cos<T: FloatingTensor>(_ x: T) -> T { .unary(.cos, x) }

/// The tangent of an angle in radians.
public func tan<T: FloatingTensor>(_ x: T) -> T { .unary(.tan, x) }

/// The angle in radians, −π/2 to π/2, whose sine is x.
public func asin<T: FloatingTensor>(_ x: T) -> T { .unary(.asin, x) }

/// The angle in radians, 0 to π, whose cosine is x.
public func acos<T: FloatingTensor>(_ x: T) -> T { .unary(.acos, x) }

/// The angle in radians, −π/2 to π/2, whose tangent is x.
public func atan<T: FloatingTensor>(_ x: T) -> T { .unary(.atan, x) }

/// The hyperbolic sine.
public func sinh<T: FloatingTensor>(_ x: T) -> T { .unary(.sinh, x) }

/// The hyperbolic cosine.
public func cosh<T: FloatingTensor>(_ x: T) -> T { .unary(.cosh, x) }

/// The inverse of the hyperbolic sine.
public func asinh<T: FloatingTensor>(_ x: T) -> T { .unary(.asinh, x) }

/// The inverse of the hyperbolic cosine; NaN below 1.
public func acosh<T: FloatingTensor>(_ x: T) -> T { .unary(.acosh, x) }

/// The inverse of the hyperbolic tangent.
public func atanh<T: FloatingTensor>(_ x: T) -> T { .unary(.atanh, x) }

/// The error function, 2/√π ∫₀ˣ exp(−t²) dt.
public func erf<T: FloatingTensor>(_ x: T) -> T { .unary(.erf, x) }

/// One minus the error function, exact also for large x.
public func erfc<T: FloatingTensor>(_ x: T) -> T { .unary(.erfc, x) }

/// The number whose error function is x.
public func erfInverse<T: FloatingTensor>(_ x: T) -> T { .unary(.erfInverse, x) }

/// The logarithm of the absolute value of the gamma function.
public func lgamma<T: FloatingTensor>(_ x: T) -> T { .unary(.lgamma, x) }

/// The derivative of the logarithm of the gamma function.
public func digamma<T: FloatingTensor>(_ x: T) -> T { .unary(.digamma, x) }

/// The largest integer that is not greater.
public func floor<T: FloatingTensor>(_ x: T) -> T { .unary(.floor, x) }

/// The smallest integer that is not less.
public func ceil<T: FloatingTensor>(_ x: T) -> T { .unary(.ceil, x) }

/// The nearest integer, the even one of two; as in TensorFlow and NumPy.
public func round<T: FloatingTensor>(_ x: T) -> T { .unary(.round, x) }

/// The nearest integer, of two the one farther from zero.
public func roundAwayFromZero<T: FloatingTensor>(_ x: T) -> T {
    .unary(.roundAwayFromZero, x)
}

/// log(1 + x), exact also near 0.
public func log<T: FloatingTensor>(onePlus x: T) -> T { .unary(.logOnePlus, x) }

/// The integer next toward zero.
public func trunc<T: FloatingTensor>(_ x: T) -> T {
    x.composed("trunc") { x in select(x .< 0, ceil(x), floor(x)) }
}

/// The derivative of order n of digamma: (−1)^(n+1) n! ζ(n + 1, x).
///
/// NaN where n is no whole number of at least 0.
public func polygamma<T: FloatingTensor>(_ n: T, _ x: T) -> T { .binary(.polygamma, n, x) }

/// The absolute value; its gradient at 0 is 0. Of complex numbers it is real, so that a typed tensor has
/// `magnitude` instead.
public func abs<T: NumericTensor>(_ x: T) -> T { .unary(.abs, x) }

/// The sign: −1, 0 or 1; NaN stays.
public func sign<T: NumericTensor>(_ x: T) -> T { .unary(.sign, x) }

/// x · x.
public func square<T: NumericTensor>(_ x: T) -> T { x * x }

// Functions of two operands. Shapes are broadcast against each other as NumPy does it.

/// a to the power of b.
///
/// Of integers a negative power is 0 but for ±1. The gradient with respect to b counts where a is
/// positive.
public func pow<T: NumericTensor>(_ a: T, _ b: T) -> T { .binary(.power, a, b) }

/// The greater of both; NaN if either is. Of equal ones the first has the gradient.
public func maximum<T: NumericTensor>(_ a: T, _ b: T) -> T { .binary(.maximum, a, b) }

/// The lesser of both; NaN if either is. Of equal ones the first has the gradient.
public func minimum<T: NumericTensor>(_ a: T, _ b: T) -> T { .binary(.minimum, a, b) }

/// The angle in radians, −π to π, of the point (x, y).
public func atan2<T: FloatingTensor>(_ y: T, _ x: T) -> T { .binary(.atan2, y, x) }

/// (a − b)².
public func squaredDifference<T: NumericTensor>(_ a: T, _ b: T) -> T {
    .composed("squaredDifference", a, b) { a, b in
        let difference = a.widened - b.widened
        return (difference * difference).cast(to: a.dtype)
    }
}

/// a / b, but 0 wherever b is 0, whatever a is there; no gradient flows there either.
public func divideNoNaN<T: FloatingTensor>(_ a: T, _ b: T) -> T {
    .composed("divideNoNaN", a, b) { a, b in quotient(a, b, zeroWhere: b .== 0) }
}

/// log(exp(a) + exp(b)), without overflow; −∞ where both are.
public func logAddExp<T: FloatingTensor>(_ a: T, _ b: T) -> T {
    .composed("logAddExp", a, b) { a, b in
        try a.requireFloating()
        let (x, y) = (a.widened, b.widened)
        let isFirst = x .>= y
        // Equal infinities have no difference.
        let isInfinite = (x .== y) .& x.isInfinite
        let difference = select(
            isInfinite, .scalar(0, like: x), select(isFirst, y - x, x - y))
        let sum = select(isFirst, x, y) + log(onePlus: exp(difference))
        return select(isInfinite, x, sum).cast(to: a.dtype)
    }
}

/// a · log(b), but 0 wherever a is 0, whatever b is there; no gradient flows there either.
public func xlogy<T: FloatingTensor>(_ a: T, _ b: T) -> T {
    .composed("xlogy", a, b) { a, b in
        let isZero = a .== 0
        let argument = select(isZero, .scalar(1, like: b), b).widened
        return select(
            isZero, .scalar(0, like: b), (a.widened * log(argument)).cast(to: b.dtype))
    }
}

/// a / b, but 0 wherever a is 0, whatever b is there; no gradient flows there either.
public func xdivy<T: FloatingTensor>(_ a: T, _ b: T) -> T {
    .composed("xdivy", a, b) { a, b in quotient(a, b, zeroWhere: a .== 0) }
}

/// The divisor is 1 where the quotient does not count, so that no gradient is NaN there.
private func quotient(_ a: AnyTensor, _ b: AnyTensor, zeroWhere isZero: AnyTensor) -> AnyTensor {
    select(isZero, .scalar(0, like: b), a / select(isZero, .scalar(1, like: b), b))
}

extension FloatingTensor {
    /// Where the elements are NaN.
    public var isNaN: Mask {
        Mask(
            anyTensor.composed("isNaN") { x in
                try x.requireFloatingOrComplex()
                return .compare(.notEqual, x, x)
            })
    }

    /// Where the elements are neither infinite nor NaN.
    public var isFinite: Mask { Mask(.unary(.isFinite, anyTensor)) }

    /// Where the elements are infinite.
    public var isInfinite: Mask {
        Mask(
            anyTensor.composed("isInfinite") { x in
                try x.requireFloating()
                return abs(x) .== .infinity
            })
    }
}

extension NumericTensor {
    /// The nearest number of `low` to `high`; NaN stays. At the bounds the gradient is 1, as in TensorFlow.
    ///
    /// - Shape: the bounds are broadcast against the tensor.
    public func clipped(from low: Self, to high: Self) -> Self {
        composed("clipped", with: [low.anyTensor, high.anyTensor]) { x in
            let (low, high) = (low.anyTensor, high.anyTensor)
            try AnyTensor.requireSameDType([x, low, high])
            return minimum(maximum(x, low), high)
        }
    }
}

extension NumericTensor where Number: Comparable {
    /// The nearest number of the range; NaN stays. At the bounds the gradient is 1, as in TensorFlow.
    ///
    /// ```swift
    /// let y = x.clipped(to: 0...1)
    /// ```
    public func clipped(to range: ClosedRange<Number>) -> Self {
        clipped(
            from: .scalar(range.lowerBound, like: self), to: .scalar(range.upperBound, like: self))
    }
}

extension TensorProtocol {
    /// The elements converted to another type.
    ///
    /// Fractions are cut off, and what an integer type does not hold wraps. NaN, and a floating-point
    /// number that an integer of 32 bits (of 64 for wider and unsigned types) does not hold, count as
    /// the smallest such integer, as in TensorFlow on x86: NaN becomes −2³¹ in `Int32`, −2⁶³ in
    /// `Int64`, and what these wrap to in other types, 0 in narrower ones. Bool becomes 0 or 1, and
    /// of numbers all but 0 are true. A real number becomes a complex one with an imaginary part of 0; of
    /// a complex one a real type gets the real part. Gradients flow between floating-point and complex
    /// types.
    public func cast<Target: TensorScalar>(to type: Target.Type) -> Tensor<Target> {
        Tensor(cast(to: Target.dtype))
    }

    /// The elements converted to another type, which is known at run time only; the rules are those of
    /// `cast` to a type of Swift.
    public func cast(to dtype: DType) -> AnyTensor {
        if dtype == self.dtype { return anyTensor }
        if dtype.isComplex, !self.dtype.isComplex {
            return anyTensor.composed("cast") { x in
                let real = x.cast(to: dtype.realPart)
                return .complex(real, .zeros(like: real))
            }
        }
        return .make(.cast(dtype), [anyTensor])
    }
}
