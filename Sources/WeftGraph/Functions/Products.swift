// SPDX-License-Identifier: Apache-2.0

/// The matrix product, as NumPy's `matmul` has it.
///
/// Axes before the last two are a batch and are broadcast. A vector on the left is a row, on the
/// right a column, and its axis is not in the result. An unknown batch size is taken to be that of
/// the other operand, not 1.
///
/// Inner dimensions that differ make a tensor that carries an error.
/// - Parameters:
///   - transposingFirst: Whether `a` is [..., k, m].
///   - transposingSecond: Whether `b` is [..., n, k].
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n].
public func matmul<T: NumericScalar>(
    _ a: Tensor<T>, _ b: Tensor<T>, transposingFirst: Bool = false, transposingSecond: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: .matmul(
            a.anyTensor, b.anyTensor, transposingFirst: transposingFirst,
            transposingSecond: transposingSecond))
}

/// The sum of the products of two vectors, Σ aᵢ · bᵢ.
///
/// - Shape: a [n], b [n] → [].
public func dot<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .innerProduct(a.anyTensor, b.anyTensor))
}

/// Every product of an element of one vector with one of the other, aᵢ · bⱼ.
///
/// - Shape: a [m], b [n] → [m, n].
public func outer<T: NumericScalar>(_ a: Tensor<T>, _ b: Tensor<T>) -> Tensor<T> {
    Tensor(unchecked: .outerProduct(a.anyTensor, b.anyTensor))
}

/// The product summed over pairs of axes.
///
/// - Parameter axes: The axes of `a`, and in the same order the axes of `b` that go with them.
/// - Shape: the remaining axes of `a`, then those of `b`.
public func tensorDot<T: NumericScalar>(
    _ a: Tensor<T>, _ b: Tensor<T>, axes: (first: [Int], second: [Int])
) -> Tensor<T> {
    Tensor(unchecked: .tensorDot(a.anyTensor, b.anyTensor, axes: axes))
}

/// Products of elements of tensors, summed as an equation says: Einstein's convention.
///
/// Each axis of each operand has a letter; axes with equal letters run together, and those that the
/// result does not name are summed over. `...` stands for axes not named, which are broadcast. A
/// letter twice in one operand means its diagonal. Without `->` the result has the letters that
/// occur once, in the alphabet's order.
///
/// ```swift
/// let scores = einsum("bqhd,bkhd->bhqk", queries, keys)
/// ```
/// Operands are multiplied from left to right. An equation that does not fit them makes a tensor that
/// carries an error.
/// - Shape: as the equation says.
public func einsum<T: NumericScalar>(_ equation: String, _ operands: Tensor<T>...) -> Tensor<T> {
    Tensor(unchecked: .einsum(equation, operands.map(\.anyTensor)))
}
