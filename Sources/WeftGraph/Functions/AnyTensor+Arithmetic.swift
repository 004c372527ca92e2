// SPDX-License-Identifier: Apache-2.0

/// Products and quotients for gradients and losses, in which 0 counts whatever it meets.
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
}
