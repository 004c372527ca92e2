// SPDX-License-Identifier: Apache-2.0

/// Comparisons element by element, spelled as Swift's SIMD types spell them: `==` compares tensors,
/// `.==` compares their elements. A comparison with NaN is false, but `.!=` is true.
///
/// - Shape: a, b are broadcast → bool of the broadcast shape.
extension Tensor {
    private static func compare(_ kind: ComparisonKind, _ a: Tensor, _ b: Tensor) -> Tensor<Bool> {
        Tensor<Bool>(unchecked: .compare(kind, a.anyTensor, b.anyTensor))
    }

    /// Where both are equal (0 and −0 are).
    public static func .== (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.equal, a, b) }

    /// Where both are equal (0 and −0 are).
    @_disfavoredOverload
    public static func .== (a: Tensor, b: Scalar) -> Tensor<Bool> { compare(.equal, a, Tensor(b)) }

    /// Where both differ.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.notEqual, a, b) }

    /// Where both differ.
    @_disfavoredOverload
    public static func .!= (a: Tensor, b: Scalar) -> Tensor<Bool> {
        compare(.notEqual, a, Tensor(b))
    }

    /// Where a is less than b.
    public static func .< (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.less, a, b) }

    /// Where a is less than b.
    @_disfavoredOverload
    public static func .< (a: Tensor, b: Scalar) -> Tensor<Bool> { compare(.less, a, Tensor(b)) }

    /// Where a is at most b.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.lessOrEqual, a, b) }

    /// Where a is at most b.
    @_disfavoredOverload
    public static func .<= (a: Tensor, b: Scalar) -> Tensor<Bool> {
        compare(.lessOrEqual, a, Tensor(b))
    }

    /// Where a is greater than b.
    public static func .> (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.greater, a, b) }

    /// Where a is greater than b.
    @_disfavoredOverload
    public static func .> (a: Tensor, b: Scalar) -> Tensor<Bool> { compare(.greater, a, Tensor(b)) }

    /// Where a is at least b.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor<Bool> { compare(.greaterOrEqual, a, b) }

    /// Where a is at least b.
    @_disfavoredOverload
    public static func .>= (a: Tensor, b: Scalar) -> Tensor<Bool> {
        compare(.greaterOrEqual, a, Tensor(b))
    }
}

/// Logic on bool, element by element. Both sides are computed; to compute only one use `cond`.
extension Tensor where Scalar == Bool {
    /// Where both are true.
    public static func .& (a: Tensor, b: Tensor) -> Tensor { logicalAnd(a, b) }

    /// Where at least one is true.
    public static func .| (a: Tensor, b: Tensor) -> Tensor { logicalOr(a, b) }

    /// Where exactly one is true.
    public static func .^ (a: Tensor, b: Tensor) -> Tensor { logicalXor(a, b) }

    /// Where it is false.
    public static prefix func .! (a: Tensor) -> Tensor { logicalNot(a) }
}

/// Where both are true.
public func logicalAnd(_ a: Tensor<Bool>, _ b: Tensor<Bool>) -> Tensor<Bool> { .binary(.and, a, b) }

/// Where at least one is true.
public func logicalOr(_ a: Tensor<Bool>, _ b: Tensor<Bool>) -> Tensor<Bool> { .binary(.or, a, b) }

/// Where exactly one is true.
public func logicalXor(_ a: Tensor<Bool>, _ b: Tensor<Bool>) -> Tensor<Bool> { .binary(.xor, a, b) }

/// Where it is false.
public func logicalNot(_ a: Tensor<Bool>) -> Tensor<Bool> { a.unary(.not) }

/// The element of `a` where the condition is true, else that of `b`: `where` in NumPy and TensorFlow.
///
/// Both are computed everywhere, and where one is not chosen its gradient is 0. Functions that are
/// infinitely steep somewhere, such as the logarithm at 0, pass that 0 on; a division by 0 makes NaN of
/// it, which `divideNoNaN` does not. To compute only one use `cond`.
/// - Shape: condition, a and b are broadcast against each other.
public func select<T: TensorScalar>(
    _ condition: Tensor<Bool>, _ a: Tensor<T>, _ b: Tensor<T>
) -> Tensor<T> {
    Tensor(unchecked: .select(condition.anyTensor, a.anyTensor, b.anyTensor))
}

/// Where two tensors are nearly equal: |a − b| ≤ absolute + relative · |b|.
///
/// Equal infinities are; NaN is only with `treatingNaNAsEqual`.
/// - Shape: a, b are broadcast → bool of the broadcast shape.
public func isClose<T: FloatingScalar>(
    _ a: Tensor<T>, _ b: Tensor<T>, relativeTolerance: Double = 1e-5,
    absoluteTolerance: Double = 1e-8, treatingNaNAsEqual: Bool = false
) -> Tensor<Bool> {
    Tensor<Bool>(
        unchecked: .isClose(
            a.anyTensor, b.anyTensor, relative: relativeTolerance, absolute: absoluteTolerance,
            equalNaN: treatingNaNAsEqual))
}
