// SPDX-License-Identifier: Apache-2.0

// Products that name the type they are summed in. Their operands may be of different element types.
//
// Sums of products of small elements leave the elements' type at once: two products of `Int8` may be
// more than an `Int16` holds. An accumulator is of the same kind, integers or floating-point numbers, has
// every number of both operands' types, and is of 32 bits or more, or is the operands' type: `Int32` for
// `Int8`, `UInt8`, `Int16` and `UInt16`, `Float` for `Float16` and `BFloat16`.
//
// What is computed is the product of the operands cast to the accumulator, and gradients flow as through
// these casts. The casts are not carried out where the processor multiplies small elements as they are.
// Sums of integers are exact, and what the accumulator does not hold wraps. Of 16-bit floats the
// products are exact and the sums those of the accumulator, but that the processor's instructions may
// count operands and sums nearer to 0 than its smallest normal number as 0.
//
// Another accumulator makes a tensor that carries an error with those there are.

extension AnyTensor {
    /// What `body` makes of operands in the type that their products are summed in.
    package static func accumulated(
        _ operation: String, in sum: DType, _ operands: [AnyTensor],
        _ body: (_ operands: [AnyTensor]) -> AnyTensor
    ) -> AnyTensor {
        composed(operation, operands) {
            for operand in operands { try requireElements(operand.dtype, .numeric) }
            if let first = operands.first,
                let other = operands.first(where: {
                    $0.dtype.isInteger != first.dtype.isInteger
                })
            {
                throw RuleViolation(.elementTypesDiffer(first.type, other.type))
            }
            try requireAccumulator(sum, of: operands.map(\.dtype))
            return body(operands.map { $0.dtype == sum ? $0 : $0.cast(to: sum) })
        }
    }
}

/// The matrix product, with the sums and the result in a type of its own.
///
/// ```swift
/// let sums = matmul(pixels, weights, accumulatingIn: Int32.self)  // UInt8 and Int8
/// let scores = sums.cast(to: Float.self) * scale
/// ```
/// - Parameters:
///   - type: The type of the sums: of the operands' kind, with every number of theirs, of 32 bits or more.
///   - transposingFirst: Whether `a` is [..., k, m].
///   - transposingSecond: Whether `b` is [..., n, k].
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n]; vectors and batches as without.
public func matmul<Sum: NumericScalar>(
    _ a: some NumericTensor, _ b: some NumericTensor, accumulatingIn type: Sum.Type,
    transposingFirst: Bool = false, transposingSecond: Bool = false
) -> Tensor<Sum> {
    Tensor(
        matmul(
            a, b, accumulatingIn: Sum.dtype, transposingFirst: transposingFirst,
            transposingSecond: transposingSecond))
}

/// The matrix product, with the sums and the result in a type that is known at run time only; the rules
/// are those of `matmul` that accumulates in a type of Swift.
///
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n].
public func matmul(
    _ a: some NumericTensor, _ b: some NumericTensor, accumulatingIn dtype: DType,
    transposingFirst: Bool = false, transposingSecond: Bool = false
) -> AnyTensor {
    .accumulated("matmul", in: dtype, [a.anyTensor, b.anyTensor]) {
        matmul(
            $0[0], $0[1], transposingFirst: transposingFirst, transposingSecond: transposingSecond)
    }
}

/// The sum of the products of two vectors, in a type of its own; see `matmul`.
///
/// - Shape: a [n], b [n] → [].
public func dot<Sum: NumericScalar>(
    _ a: some NumericTensor, _ b: some NumericTensor, accumulatingIn type: Sum.Type
) -> Tensor<Sum> {
    Tensor(dot(a, b, accumulatingIn: Sum.dtype))
}

/// The sum of the products of two vectors, in a type that is known at run time only; see `matmul`.
///
/// - Shape: a [n], b [n] → [].
public func dot(
    _ a: some NumericTensor, _ b: some NumericTensor, accumulatingIn dtype: DType
) -> AnyTensor {
    .accumulated("dot", in: dtype, [a.anyTensor, b.anyTensor]) { dot($0[0], $0[1]) }
}

/// The product summed over pairs of axes, with the sums in a type of its own; see `matmul`.
///
/// - Parameter axes: The axes of `a`, and in the same order the axes of `b` that go with them.
/// - Shape: the remaining axes of `a`, then those of `b`.
public func tensorDot<Sum: NumericScalar>(
    _ a: some NumericTensor, _ b: some NumericTensor, axes: (first: [Int], second: [Int]),
    accumulatingIn type: Sum.Type
) -> Tensor<Sum> {
    Tensor(tensorDot(a, b, axes: axes, accumulatingIn: Sum.dtype))
}

/// The product summed over pairs of axes, with the sums in a type that is known at run time only; see
/// `matmul`.
///
/// - Shape: the remaining axes of `a`, then those of `b`.
public func tensorDot(
    _ a: some NumericTensor, _ b: some NumericTensor, axes: (first: [Int], second: [Int]),
    accumulatingIn dtype: DType
) -> AnyTensor {
    .accumulated("tensorDot", in: dtype, [a.anyTensor, b.anyTensor]) {
        tensorDot($0[0], $0[1], axes: axes)
    }
}

/// Products of elements of tensors, summed as an equation says, in a type of its own; see `matmul`.
///
/// ```swift
/// let scores = einsum("bqhd,bkhd->bhqk", queries, keys, accumulatingIn: Float.self)  // BFloat16
/// ```
/// - Shape: as the equation says.
public func einsum<each Operand: NumericTensor, Sum: NumericScalar>(
    _ equation: String, _ operands: repeat each Operand, accumulatingIn type: Sum.Type
) -> Tensor<Sum> {
    Tensor(einsum(equation, repeat each operands, accumulatingIn: Sum.dtype))
}

/// Products of elements of tensors, summed as an equation says, in a type that is known at run time
/// only; see `matmul`.
///
/// - Shape: as the equation says.
public func einsum<each Operand: NumericTensor>(
    _ equation: String, _ operands: repeat each Operand, accumulatingIn dtype: DType
) -> AnyTensor {
    var all: [AnyTensor] = []
    repeat all.append((each operands).anyTensor)
    return .accumulated("einsum", in: dtype, all) { einsum(equation, of: $0) }
}
