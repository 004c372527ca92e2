// SPDX-License-Identifier: Apache-2.0

/// Operations of single nodes, of which the functions are made.
extension TensorProtocol {
    package static func unary(_ kind: UnaryKind, _ x: Self) -> Self {
        Self(.make(.unary(kind), [x.anyTensor]))
    }

    package static func binary(_ kind: BinaryKind, _ a: Self, _ b: Self) -> Self {
        Self(.make(.binary(kind), [a.anyTensor, b.anyTensor]))
    }
}

/// Arithmetic element by element. Shapes are broadcast against each other as NumPy does it: axes are
/// aligned at the end, and an axis of size 1 is repeated. Shapes that do not go together make a
/// tensor that carries an error.
///
/// - Shape: a [..., m], b [..., m] → [..., m].
extension NumericTensor {
    /// a + b.
    public static func + (a: Self, b: Self) -> Self { .binary(.add, a, b) }

    /// a − b.
    public static func - (a: Self, b: Self) -> Self { .binary(.subtract, a, b) }

    /// a · b.
    public static func * (a: Self, b: Self) -> Self { .binary(.multiply, a, b) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    public static func / (a: Self, b: Self) -> Self { .binary(.divide, a, b) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    public static func % (a: Self, b: Self) -> Self { .binary(.floorModulo, a, b) }

    /// −a.
    public static prefix func - (a: Self) -> Self { .unary(.negate, a) }

    /// a itself.
    public static prefix func + (a: Self) -> Self { a }

    /// Replaces a by a + b.
    public static func += (a: inout Self, b: Self) { a = a + b }

    /// Replaces a by a − b.
    public static func -= (a: inout Self, b: Self) { a = a - b }

    /// Replaces a by a · b.
    public static func *= (a: inout Self, b: Self) { a = a * b }

    /// Replaces a by a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    public static func /= (a: inout Self, b: Self) { a = a / b }

    /// The quotient rounded down, ⌊a / b⌋: Python's `//`.
    public func floorDivided(by divisor: Self) -> Self { .binary(.floorDivide, self, divisor) }

    /// The remainder with the sign of the dividend, as Swift's `%` on integers has it.
    public func truncatingRemainder(dividingBy divisor: Self) -> Self {
        .binary(.remainder, self, divisor)
    }
}

/// Bitwise operations on integers, element by element.
extension IntegerTensor {
    /// The bits that both have.
    public static func & (a: Self, b: Self) -> Self { .binary(.and, a, b) }

    /// The bits that either has.
    public static func | (a: Self, b: Self) -> Self { .binary(.or, a, b) }

    /// The bits that one of both has.
    public static func ^ (a: Self, b: Self) -> Self { .binary(.xor, a, b) }

    /// All bits inverted.
    public static prefix func ~ (a: Self) -> Self { .unary(.not, a) }

    /// a · 2^b, wrapped; 0 from the type's width on.
    public static func << (a: Self, b: Self) -> Self { .binary(.shiftLeft, a, b) }

    /// ⌊a / 2^b⌋: signed integers keep their sign.
    public static func >> (a: Self, b: Self) -> Self {
        .binary(a.dtype.isSignedInteger ? .shiftRightArithmetic : .shiftRightLogical, a, b)
    }

    /// How many bits are 1.
    public var populationCount: Self { .unary(.populationCount, self) }

    /// How many zero bits stand before the first 1; the type's width for 0.
    public var leadingZeroBitCount: Self { .unary(.countLeadingZeros, self) }
}
