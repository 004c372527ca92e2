// SPDX-License-Identifier: Apache-2.0

// Numbers as operands of tensors: a number is a scalar of the other operand's element type. Literals
// are typed tensors already; for an untyped tensor they are a `Double`.
//
// These stand for each type, and not once for both: the compiler takes a literal beside a number of an
// associated type for ambiguous.

extension Tensor where Scalar: NumericScalar {
    /// a + b.
    @_disfavoredOverload
    public static func + (a: Tensor, b: Scalar) -> Tensor { a + .scalar(b, like: a) }

    /// a + b.
    @_disfavoredOverload
    public static func + (a: Scalar, b: Tensor) -> Tensor { .scalar(a, like: b) + b }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: Tensor, b: Scalar) -> Tensor { a - .scalar(b, like: a) }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: Scalar, b: Tensor) -> Tensor { .scalar(a, like: b) - b }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: Tensor, b: Scalar) -> Tensor { a * .scalar(b, like: a) }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: Scalar, b: Tensor) -> Tensor { .scalar(a, like: b) * b }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: Tensor, b: Scalar) -> Tensor { a / .scalar(b, like: a) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: Scalar, b: Tensor) -> Tensor { .scalar(a, like: b) / b }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: Tensor, b: Scalar) -> Tensor { a % .scalar(b, like: a) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: Scalar, b: Tensor) -> Tensor { .scalar(a, like: b) % b }
}

extension Tensor {
    /// Where both are equal (0 and −0 are).
    @_disfavoredOverload
    public static func .== (a: Tensor, b: Scalar) -> Tensor<Bool> { a .== .scalar(b, like: a) }

    /// Where both differ.
    @_disfavoredOverload
    public static func .!= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .!= .scalar(b, like: a) }

    /// Where a is less than b.
    @_disfavoredOverload
    public static func .< (a: Tensor, b: Scalar) -> Tensor<Bool> { a .< .scalar(b, like: a) }

    /// Where a is at most b.
    @_disfavoredOverload
    public static func .<= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .<= .scalar(b, like: a) }

    /// Where a is greater than b.
    @_disfavoredOverload
    public static func .> (a: Tensor, b: Scalar) -> Tensor<Bool> { a .> .scalar(b, like: a) }

    /// Where a is at least b.
    @_disfavoredOverload
    public static func .>= (a: Tensor, b: Scalar) -> Tensor<Bool> { a .>= .scalar(b, like: a) }
}

extension AnyTensor {
    /// a + b.
    @_disfavoredOverload
    public static func + (a: AnyTensor, b: Double) -> AnyTensor { a + .scalar(b, like: a) }

    /// a + b.
    @_disfavoredOverload
    public static func + (a: Double, b: AnyTensor) -> AnyTensor { .scalar(a, like: b) + b }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: AnyTensor, b: Double) -> AnyTensor { a - .scalar(b, like: a) }

    /// a − b.
    @_disfavoredOverload
    public static func - (a: Double, b: AnyTensor) -> AnyTensor { .scalar(a, like: b) - b }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: AnyTensor, b: Double) -> AnyTensor { a * .scalar(b, like: a) }

    /// a · b.
    @_disfavoredOverload
    public static func * (a: Double, b: AnyTensor) -> AnyTensor { .scalar(a, like: b) * b }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: AnyTensor, b: Double) -> AnyTensor { a / .scalar(b, like: a) }

    /// a / b; of integers truncated toward zero. An integer divided by 0 fails the run.
    @_disfavoredOverload
    public static func / (a: Double, b: AnyTensor) -> AnyTensor { .scalar(a, like: b) / b }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: AnyTensor, b: Double) -> AnyTensor { a % .scalar(b, like: a) }

    /// The remainder with the sign of the divisor: a − b · ⌊a / b⌋.
    @_disfavoredOverload
    public static func % (a: Double, b: AnyTensor) -> AnyTensor { .scalar(a, like: b) % b }
}

extension AnyTensor {
    /// Where both are equal (0 and −0 are).
    @_disfavoredOverload
    public static func .== (a: AnyTensor, b: Double) -> AnyTensor { a .== .scalar(b, like: a) }

    /// Where both differ.
    @_disfavoredOverload
    public static func .!= (a: AnyTensor, b: Double) -> AnyTensor { a .!= .scalar(b, like: a) }

    /// Where a is less than b.
    @_disfavoredOverload
    public static func .< (a: AnyTensor, b: Double) -> AnyTensor { a .< .scalar(b, like: a) }

    /// Where a is at most b.
    @_disfavoredOverload
    public static func .<= (a: AnyTensor, b: Double) -> AnyTensor { a .<= .scalar(b, like: a) }

    /// Where a is greater than b.
    @_disfavoredOverload
    public static func .> (a: AnyTensor, b: Double) -> AnyTensor { a .> .scalar(b, like: a) }

    /// Where a is at least b.
    @_disfavoredOverload
    public static func .>= (a: AnyTensor, b: Double) -> AnyTensor { a .>= .scalar(b, like: a) }
}
