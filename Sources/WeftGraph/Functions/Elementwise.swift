// SPDX-License-Identifier: Apache-2.0

// Functions of one operand, element by element: the shape of the result is that of the operand.

/// The exponential function, e^x.
public func exp<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.exp) }

/// e^x − 1, exact also near 0.
public func expMinusOne<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.expMinusOne) }

/// The natural logarithm; −∞ at 0, NaN below.
public func log<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.log) }

/// The square root; NaN below 0. The gradient at 0 is infinite.
public func sqrt<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.sqrt) }

/// One over the square root, 1 / √x.
public func rsqrt<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.rsqrt) }

/// The cube root.
public func cbrt<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.cbrt) }

/// One divided by x.
public func reciprocal<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.reciprocal) }

/// The sine of an angle in radians.
public func sin<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.sin) }

/// The cosine of an angle in radians.
public func cos<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.cos) }

/// The tangent of an angle in radians.
public func tan<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.tan) }

/// The angle in radians, −π/2 to π/2, whose sine is x.
public func asin<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.asin) }

/// The angle in radians, 0 to π, whose cosine is x.
public func acos<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.acos) }

/// The angle in radians, −π/2 to π/2, whose tangent is x.
public func atan<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.atan) }

/// The hyperbolic sine.
public func sinh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.sinh) }

/// The hyperbolic cosine.
public func cosh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.cosh) }

/// The inverse of the hyperbolic sine.
public func asinh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.asinh) }

/// The inverse of the hyperbolic cosine; NaN below 1.
public func acosh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.acosh) }

/// The inverse of the hyperbolic tangent.
public func atanh<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.atanh) }

/// The error function, 2/√π ∫₀ˣ exp(−t²) dt.
public func erf<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.erf) }

/// One minus the error function, exact also for large x.
public func erfc<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.erfc) }

/// The number whose error function is x.
public func erfInverse<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.erfInverse) }

/// The logarithm of the absolute value of the gamma function.
public func lgamma<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.lgamma) }

/// The derivative of the logarithm of the gamma function.
public func digamma<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.digamma) }

/// The largest integer that is not greater.
public func floor<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.floor) }

/// The smallest integer that is not less.
public func ceil<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.ceil) }

/// The nearest integer, the even one of two; as in TensorFlow and NumPy.
public func round<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.round) }

/// The nearest integer, of two the one farther from zero.
public func roundAwayFromZero<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    x.unary(.roundAwayFromZero)
}

/// log(1 + x), exact also near 0.
public func log<T: FloatingScalar>(onePlus x: Tensor<T>) -> Tensor<T> { x.unary(.logOnePlus) }

/// The integer next toward zero.
public func trunc<T: FloatingScalar>(_ x: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.truncated())
}

/// The derivative of order n of digamma: (−1)^(n+1) n! ζ(n + 1, x).
///
/// NaN where n is no whole number of at least 0.
public func polygamma<T: FloatingScalar>(_ n: Tensor<T>, _ x: Tensor<T>) -> Tensor<T> {
    .binary(.polygamma, n, x)
}

/// The absolute value; its gradient at 0 is 0.
public func abs<T: NumericScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.abs) }

/// The sign: −1, 0 or 1; NaN stays.
public func sign<T: NumericScalar>(_ x: Tensor<T>) -> Tensor<T> { x.unary(.sign) }

/// x · x.
public func square<T: NumericScalar>(_ x: Tensor<T>) -> Tensor<T> { x * x }

// Functions of two operands. Shapes are broadcast against each other as NumPy does it.

/// a to the power of b.
///
/// Of integers a negative power is 0 but for ±1. The gradient with respect to b counts where a is
/// positive.
public func pow<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    .binary(.power, a, b)
}

/// The greater of both; NaN if either is. Of equal ones the first has the gradient.
public func maximum<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    .binary(.maximum, a, b)
}

/// The lesser of both; NaN if either is. Of equal ones the first has the gradient.
public func minimum<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    .binary(.minimum, a, b)
}

/// The angle in radians, −π to π, of the point (x, y).
public func atan2<T: FloatingScalar>(_ y: Tensor<T>, _ x: Tensor<T>) -> Tensor<T> {
    .binary(.atan2, y, x)
}

/// (a − b)².
public func squaredDifference<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .squaredDifference(a.anyTensor, b.anyTensor))
}

/// a / b, but 0 wherever b is 0, whatever a is there; no gradient flows there either.
public func divideNoNaN<T: FloatingScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .divideNoNaN(a.anyTensor, b.anyTensor))
}

/// a · log(b), but 0 wherever a is 0, whatever b is there; no gradient flows there either.
public func xlogy<T: FloatingScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .xlogy(a.anyTensor, b.anyTensor))
}

/// a / b, but 0 wherever a is 0, whatever b is there; no gradient flows there either.
public func xdivy<T: FloatingScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .xdivy(a.anyTensor, b.anyTensor))
}

extension Tensor where Scalar: FloatingScalar {
    /// Where the elements are NaN.
    public var isNaN: Tensor<Bool> { Tensor<Bool>(unchecked: anyTensor.isNaN()) }

    /// Where the elements are neither infinite nor NaN.
    public var isFinite: Tensor<Bool> { Tensor<Bool>(unchecked: .unary(.isFinite, anyTensor)) }

    /// Where the elements are infinite.
    public var isInfinite: Tensor<Bool> { Tensor<Bool>(unchecked: anyTensor.isInfinite()) }
}

extension Tensor where Scalar: NumericScalar {
    /// The nearest number of `low` to `high`; NaN stays. At the bounds the gradient is 1.
    ///
    /// - Shape: the bounds are broadcast against the tensor.
    public func clipped(from low: Tensor, to high: Tensor) -> Tensor {
        Tensor(unchecked: anyTensor.clipped(low.anyTensor, high.anyTensor))
    }
}

extension Tensor where Scalar: NumericScalar & Comparable {
    /// The nearest number of the range; NaN stays. At the bounds the gradient is 1, as in TensorFlow.
    ///
    /// ```swift
    /// let y = x.clipped(to: 0...1)
    /// ```
    public func clipped(to range: ClosedRange<Scalar>) -> Tensor {
        clipped(from: Tensor(range.lowerBound), to: Tensor(range.upperBound))
    }
}

extension Tensor {
    /// The elements converted to another type.
    ///
    /// Fractions are cut off, and what an integer type does not hold wraps. NaN, and a floating-point
    /// number that an integer of 32 bits (of 64 for wider and unsigned types) does not hold, count as
    /// the smallest such integer, as in TensorFlow on x86: NaN becomes −2³¹ in `Int32`, −2⁶³ in
    /// `Int64`, and what these wrap to in other types, 0 in narrower ones. Bool becomes 0 or 1, and
    /// of numbers all but 0 are true. Gradients flow between floating-point types.
    public func cast<Target: TensorScalar>(to type: Target.Type) -> Tensor<Target> {
        Tensor<Target>(unchecked: anyTensor.cast(to: Target.dtype))
    }
}
