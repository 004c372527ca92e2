// SPDX-License-Identifier: Apache-2.0

/// Arithmetic element by element. Shapes are broadcast against each other as NumPy does it: axes are
/// aligned at the end, and an axis of size 1 is repeated. Shapes that do not go together make a
/// tensor that carries an error.
///
/// - Shape: a [..., m], b [..., m] → [..., m].
extension Tensor where Scalar: NumericScalar {
    /// a + b.
    public static func + (a: Tensor, b: Tensor) -> Tensor { .binary(.add, a, b) }

    /// a − b.
    public static func - (a: Tensor, b: Tensor) -> Tensor { .binary(.subtract, a, b) }

    /// a · b.
    public static func * (a: Tensor, b: Tensor) -> Tensor { .binary(.multiply, a, b) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    public static func / (a: Tensor, b: Tensor) -> Tensor { .binary(.divide, a, b) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    public static func % (a: Tensor, b: Tensor) -> Tensor { .binary(.floorModulo, a, b) }

    /// −a.
    public static prefix func - (a: Tensor) -> Tensor { Tensor(unchecked: -a.anyTensor) }

    /// a itself.
    public static prefix func + (a: Tensor) -> Tensor { a }

    // A scalar variable of the element type is an operand too; literals are tensors already.

    /// a + b.
    @_disfavoredOverload
    public static func + (a: Tensor, b: Scalar) -> Tensor { .binary(.add, a, Tensor(b)) }

    /// a + b.
    @_disfavoredOverload
    public static func + (a: Scalar, b: Tensor) -> Tensor { .binary(.add, Tensor(a), b) }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: Tensor, b: Scalar) -> Tensor { .binary(.subtract, a, Tensor(b)) }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: Scalar, b: Tensor) -> Tensor { .binary(.subtract, Tensor(a), b) }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: Tensor, b: Scalar) -> Tensor { .binary(.multiply, a, Tensor(b)) }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: Scalar, b: Tensor) -> Tensor { .binary(.multiply, Tensor(a), b) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: Tensor, b: Scalar) -> Tensor { .binary(.divide, a, Tensor(b)) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: Scalar, b: Tensor) -> Tensor { .binary(.divide, Tensor(a), b) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: Tensor, b: Scalar) -> Tensor { .binary(.floorModulo, a, Tensor(b)) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: Scalar, b: Tensor) -> Tensor { .binary(.floorModulo, Tensor(a), b) }

    /// Replaces a by a + b.
    public static func += (a: inout Tensor, b: Tensor) { a = a + b }

    /// Replaces a by a − b.
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }

    /// Replaces a by a · b.
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }

    /// Replaces a by a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    /// The quotient rounded down, ⌊a / b⌋: Python's `//`.
    public func floorDivided(by divisor: Tensor) -> Tensor { .binary(.floorDivide, self, divisor) }

    /// The remainder with the sign of the dividend, as Swift's `%` on integers has it.
    public func truncatingRemainder(dividingBy divisor: Tensor) -> Tensor {
        .binary(.remainder, self, divisor)
    }
}

extension Tensor {
    static func binary(_ kind: BinaryKind, _ a: Tensor, _ b: Tensor) -> Tensor {
        Tensor(unchecked: .binary(kind, a.anyTensor, b.anyTensor))
    }

    func unary(_ kind: UnaryKind) -> Tensor { Tensor(unchecked: .unary(kind, anyTensor)) }
}

/// Bitwise operations on integers, element by element.
extension Tensor where Scalar: IntegerScalar {
    /// The bits that both have.
    public static func & (a: Tensor, b: Tensor) -> Tensor { .binary(.and, a, b) }

    /// The bits that either has.
    public static func | (a: Tensor, b: Tensor) -> Tensor { .binary(.or, a, b) }

    /// The bits that one of both has.
    public static func ^ (a: Tensor, b: Tensor) -> Tensor { .binary(.xor, a, b) }

    /// All bits inverted.
    public static prefix func ~ (a: Tensor) -> Tensor { a.unary(.not) }

    /// a · 2^b, wrapped; 0 from the type's width on.
    public static func << (a: Tensor, b: Tensor) -> Tensor { .binary(.shiftLeft, a, b) }

    /// ⌊a / 2^b⌋: signed integers keep their sign.
    public static func >> (a: Tensor, b: Tensor) -> Tensor {
        Tensor(unchecked: .shiftedRight(a.anyTensor, b.anyTensor))
    }

    /// How many bits are 1.
    public var populationCount: Tensor { unary(.populationCount) }

    /// How many zero bits stand before the first 1; the type's width for 0.
    public var leadingZeroBitCount: Tensor { unary(.countLeadingZeros) }
}
