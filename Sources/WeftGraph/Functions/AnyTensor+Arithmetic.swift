// SPDX-License-Identifier: Apache-2.0

/// The operations once, on tensors whose type is known at run time; the typed functions and the
/// gradient rules are written with them.
extension AnyTensor {
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
}
