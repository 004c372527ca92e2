// SPDX-License-Identifier: Apache-2.0

/// Logic on bool, element by element. Both sides are computed; to compute only one use `cond`.
extension LogicalTensor {
    /// Where both are true.
    public static func .& (a: Self, b: Self) -> Self { logicalAnd(a, b) }

    /// Where at least one is true.
    public static func .| (a: Self, b: Self) -> Self { logicalOr(a, b) }

    /// Where exactly one is true.
    public static func .^ (a: Self, b: Self) -> Self { logicalXor(a, b) }

    /// Where it is false.
    public static prefix func .! (a: Self) -> Self { logicalNot(a) }
}

/// Where both are true.
public func logicalAnd<T: LogicalTensor>(_ a: T, _ b: T) -> T { .binary(.and, a, b) }

/// Where at least one is true.
public func logicalOr<T: LogicalTensor>(_ a: T, _ b: T) -> T { .binary(.or, a, b) }

/// Where exactly one is true.
public func logicalXor<T: LogicalTensor>(_ a: T, _ b: T) -> T { .binary(.xor, a, b) }

/// Where it is false.
public func logicalNot<T: LogicalTensor>(_ a: T) -> T { .unary(.not, a) }

/// The element of `a` where the condition is true, else that of `b`: `where` in NumPy and TensorFlow.
///
/// Both are computed everywhere, and where one is not chosen its gradient is 0. Functions that are
/// infinitely steep somewhere, such as the logarithm at 0, pass that 0 on; a division by 0 makes NaN of
/// it, which `divideNoNaN` does not. To compute only one use `cond`.
/// - Shape: condition, a and b are broadcast against each other.
public func select<T: TensorProtocol>(_ condition: some LogicalTensor, _ a: T, _ b: T) -> T {
    T(.make(.select, [condition.anyTensor, a.anyTensor, b.anyTensor]))
}

/// Where two tensors are nearly equal: |a − b| ≤ absolute + relative · |b|.
///
/// Equal infinities are; NaN is only with `treatingNaNAsEqual`.
/// - Shape: a, b are broadcast → bool of the broadcast shape.
public func isClose<T: FloatingTensor>(
    _ a: T, _ b: T, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8,
    treatingNaNAsEqual: Bool = false
) -> T.Mask {
    let (a, b) = (a.anyTensor, b.anyTensor)
    return T.Mask(
        .composed("isClose", [a, b]) {
            try AnyTensor.requireSameDType([a, b])
            try a.requireFloating()
            let (a, b) = (a.widened, b.widened)
            let distance = abs(a - b)
            let bound = abs(b) * relativeTolerance + absoluteTolerance
            // An infinite bound would be no bound at all.
            let close = (distance .<= bound) .& b.isFinite .| a .== b
            return treatingNaNAsEqual ? close .| (a.isNaN .& b.isNaN) : close
        })
}
