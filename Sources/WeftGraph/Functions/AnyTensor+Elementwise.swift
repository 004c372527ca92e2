// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    /// The greater of both, element by element; NaN if either is.
    public static func maximum(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        binary(.maximum, a, b)
    }
    /// The lesser of both, element by element; NaN if either is.
    public static func minimum(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        binary(.minimum, a, b)
    }

    /// The nearest number of `low...high`. At the bounds the gradient is 1, as in TensorFlow.
    package func clipped(_ low: AnyTensor, _ high: AnyTensor) -> AnyTensor {
        .composed("clipped", [self, low, high]) {
            try AnyTensor.requireSameDType([self, low, high])
            return .minimum(.maximum(self, low), high)
        }
    }

    package func isZero() -> AnyTensor { .compare(.equal, self, .scalar(0, dtype)) }

    /// a / b, but 0 wherever b is 0, whatever a is there; no gradient flows there either.
    package static func divideNoNaN(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        composed("divideNoNaN", [a, b]) {
            try requireSameDType([a, b])
            let isZero = b.isZero()
            let divisor = select(isZero, scalar(1, b.dtype), b)
            return select(isZero, scalar(0, b.dtype), a / divisor)
        }
    }

    /// a · log(b), but 0 wherever a is 0, whatever b is there; no gradient flows there either.
    package static func xlogy(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        composed("xlogy", [a, b]) {
            try requireSameDType([a, b])
            let isZero = a.isZero()
            let argument = select(isZero, scalar(1, b.dtype), b).widened
            let product = (a.widened * unary(.log, argument)).cast(to: b.dtype)
            return select(isZero, scalar(0, b.dtype), product)
        }
    }

    /// a / b, but 0 wherever a is 0, whatever b is there.
    package static func xdivy(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        composed("xdivy", [a, b]) {
            try requireSameDType([a, b])
            let isZero = a.isZero()
            let divisor = select(isZero, scalar(1, b.dtype), b)
            return select(isZero, scalar(0, b.dtype), a / divisor)
        }
    }

    package static func squaredDifference(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        composed("squaredDifference", [a, b]) {
            try requireSameDType([a, b])
            let difference = a.widened - b.widened
            return (difference * difference).cast(to: a.dtype)
        }
    }

    package func isNaN() -> AnyTensor {
        .composed("isNaN", [self]) {
            try requireFloating()
            return .compare(.notEqual, self, self)
        }
    }

    package func isInfinite() -> AnyTensor {
        .composed("isInfinite", [self]) {
            try requireFloating()
            return .compare(.equal, .unary(.abs, self), .scalar(.infinity, dtype))
        }
    }

    /// The integer next toward zero.
    package func truncated() -> AnyTensor {
        .composed("trunc", [self]) {
            let down = AnyTensor.unary(.floor, self)
            return .select(.compare(.less, self, .scalar(0, dtype)), .unary(.ceil, self), down)
        }
    }

    /// |a − b| ≤ absolute + relative · |b|; equal infinities are close, NaN is only if asked for.
    package static func isClose(
        _ a: AnyTensor, _ b: AnyTensor, relative: Double, absolute: Double, equalNaN: Bool
    ) -> AnyTensor {
        composed("isClose", [a, b]) {
            try requireSameDType([a, b])
            try a.requireFloating()
            let (a, b) = (a.widened, b.widened)
            let distance = unary(.abs, a - b)
            let bound = unary(.abs, b) * relative + absolute
            // An infinite bound would be no bound at all.
            let within = binary(.and, compare(.lessOrEqual, distance, bound), unary(.isFinite, b))
            let close = binary(.or, within, compare(.equal, a, b))
            guard equalNaN else { return close }
            return binary(.or, close, binary(.and, a.isNaN(), b.isNaN()))
        }
    }

    /// A shift to the right that keeps the sign of signed integers.
    package static func shiftedRight(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
        binary(a.dtype.isSignedInteger ? .shiftRightArithmetic : .shiftRightLogical, a, b)
    }

    /// The same value; the run fails with `message` where the condition is false.
    package func checked(_ condition: AnyTensor, _ message: String) -> AnyTensor {
        .make(.check(.condition(message)), [self, condition])
    }
}
