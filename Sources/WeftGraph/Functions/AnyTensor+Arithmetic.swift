// SPDX-License-Identifier: Apache-2.0

/// The operations once, on tensors whose type is known at run time; the typed functions and the
/// gradient rules are written with them.
extension AnyTensor {
    package static func unary(_ kind: UnaryKind, _ x: AnyTensor) -> AnyTensor {
        make(.unary(kind), [x])
    }

    package static func binary(_ kind: BinaryKind, _ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        make(.binary(kind), [a, b])
    }

    package static func compare(_ kind: ComparisonKind, _ a: AnyTensor, _ b: AnyTensor) -> AnyTensor
    {
        make(.compare(kind), [a, b])
    }

    /// The element of `a` where the condition is true, else that of `b`; all three are broadcast.
    public static func select(_ condition: AnyTensor, _ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        make(.select, [condition, a, b])
    }

    /// The elements converted to another type; toward zero from fractions to integers.
    public func cast(to dtype: DType) -> AnyTensor {
        dtype == self.dtype ? self : .make(.cast(dtype), [self])
    }

    /// x · y, but 0 wherever y is 0, whatever x is there.
    ///
    /// Where x is finite it is the plain product, so that its derivative by y is x at y = 0 too.
    package static func multiplyNoNaN(_ x: AnyTensor, _ y: AnyTensor) -> AnyTensor {
        let isSafe = binary(
            .or, unary(.isFinite, x), compare(.notEqual, y, scalar(0, y.dtype)))
        return select(isSafe, x, scalar(0, x.dtype)) * y
    }

    /// y / d, but 0 wherever both are 0; elsewhere, and in its derivative by y, the plain quotient.
    package static func divideUnlessBothZero(_ y: AnyTensor, _ d: AnyTensor) -> AnyTensor {
        let zero = scalar(0, d.dtype)
        let isSafe = binary(.or, compare(.notEqual, d, zero), compare(.notEqual, y, zero))
        return y / select(isSafe, d, scalar(1, d.dtype))
    }

    /// `number` in the shape of `like`.
    package static func filled(_ number: Double, like: AnyTensor, dtype: DType? = nil) -> AnyTensor
    {
        let value = scalar(number, dtype ?? like.dtype)
        if let dims = like.shape.dimensions {
            return dims.isEmpty ? value : make(.broadcast(shape: dims, axes: []), [value])
        }
        return make(.broadcastLike(axes: []), [value, like])
    }

    package static func zeros(like: AnyTensor) -> AnyTensor {
        like.dtype == .list ? make(.listZerosLike, [like]) : filled(0, like: like)
    }

    /// The sum, element by element, broadcast as NumPy does it.
    public static func + (a: AnyTensor, b: AnyTensor) -> AnyTensor { binary(.add, a, b) }
    /// The difference, element by element.
    public static func - (a: AnyTensor, b: AnyTensor) -> AnyTensor { binary(.subtract, a, b) }
    /// The product, element by element.
    public static func * (a: AnyTensor, b: AnyTensor) -> AnyTensor { binary(.multiply, a, b) }
    /// The quotient, element by element; of integers truncated toward zero.
    public static func / (a: AnyTensor, b: AnyTensor) -> AnyTensor { binary(.divide, a, b) }
    /// The negative, element by element.
    public static prefix func - (a: AnyTensor) -> AnyTensor { unary(.negate, a) }

    /// The sum with a number converted to the tensor's element type.
    public static func + (a: AnyTensor, b: Double) -> AnyTensor { a + scalar(b, a.dtype) }
    /// The difference from a number converted to the tensor's element type.
    public static func - (a: AnyTensor, b: Double) -> AnyTensor { a - scalar(b, a.dtype) }
    /// The product with a number converted to the tensor's element type.
    public static func * (a: AnyTensor, b: Double) -> AnyTensor { a * scalar(b, a.dtype) }
    /// The quotient with a number converted to the tensor's element type.
    public static func / (a: AnyTensor, b: Double) -> AnyTensor { a / scalar(b, a.dtype) }
    /// The sum with a number converted to the tensor's element type.
    public static func + (a: Double, b: AnyTensor) -> AnyTensor { scalar(a, b.dtype) + b }
    /// The difference from a number converted to the tensor's element type.
    public static func - (a: Double, b: AnyTensor) -> AnyTensor { scalar(a, b.dtype) - b }
    /// The product with a number converted to the tensor's element type.
    public static func * (a: Double, b: AnyTensor) -> AnyTensor { scalar(a, b.dtype) * b }
    /// The quotient with a number converted to the tensor's element type.
    public static func / (a: Double, b: AnyTensor) -> AnyTensor { scalar(a, b.dtype) / b }
}
