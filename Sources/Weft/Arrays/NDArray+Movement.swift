// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Overloads for arrays are disfavoured: numbers in the source must stay numbers where they can be.

// Arrays in other shapes and orders, put together and taken apart, and their products. `reshaped(to:)`
// shares the memory and needs no kernel.

extension NDArray {
    /// The axes in another order; reversed for nil.
    public func transposed(permutation: [Int]? = nil) throws -> NDArray {
        try computed { $0.transposed(permutation: permutation) }
    }

    /// The array with new axes of size 1 at these places of the result.
    public func expandingDimensions(at axes: [Int]) throws -> NDArray {
        try computed { $0.expandingDimensions(at: axes) }
    }

    /// The array without axes of size 1: these, or all.
    public func squeezed(axes: [Int]? = nil) throws -> NDArray {
        try computed { $0.squeezed(axes: axes) }
    }

    /// The array repeated along axes of size 1 and new first axes.
    public func broadcasted(to shape: [Int]) throws -> NDArray {
        try computed { $0.broadcasted(to: shape) }
    }

    /// The array repeated along each axis.
    public func tiled(by multiples: [Int]) throws -> NDArray {
        try computed { $0.tiled(by: multiples) }
    }

    /// The elements in the opposite order along these axes, or all.
    public func reversed(axes: [Int]? = nil) throws -> NDArray {
        try computed { $0.reversed(axes: axes) }
    }

    /// A part of the array: an index or a range for each axis; axes not named are whole.
    ///
    /// ```swift
    /// try a.sliced(..<2, -1)  // the last column of the first two rows
    /// ```
    /// - Throws: `GraphError` when a range leaves its axis.
    public func sliced(_ ranges: any TensorRangeExpression...) throws -> NDArray {
        let ranges = ranges.map(\.tensorRange)
        return try computed { $0.sliced(ranges) }
    }

    /// The elements at positions along an axis.
    ///
    /// - Shape: `[..., n, ...]` and indices of any shape `i` → `[..., i, ...]`.
    /// - Throws: `RunError` when a position is outside.
    public func gathered(at indices: NDArray, axis: Int = 0) throws -> NDArray {
        try computed(indices) { $0.gathered(at: $1, axis: axis) }
    }
}

/// Arrays joined along an axis that all have.
@_disfavoredOverload
public func concatenated(_ arrays: [NDArray], axis: Int = 0) throws -> NDArray {
    try ArrayComputation.results(arrays) { [concatenated($0, axis: axis)] }[0]
}

/// Arrays of one shape joined along a new axis.
@_disfavoredOverload
public func stacked(_ arrays: [NDArray], axis: Int = 0) throws -> NDArray {
    try ArrayComputation.results(arrays) { [stacked($0, axis: axis)] }[0]
}

/// The matrix product of the last two axes; vectors and the axes before them as in NumPy.
///
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n].
@_disfavoredOverload
public func matmul(
    _ a: NDArray, _ b: NDArray, transposingFirst: Bool = false, transposingSecond: Bool = false
) throws -> NDArray {
    try a.computed(b) {
        matmul(
            $0, $1, transposingFirst: transposingFirst, transposingSecond: transposingSecond)
    }
}

/// The matrix product with the sums and the result in a type of its own: of the operands' kind, with every
/// number of theirs, of 32 bits or more.
///
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n].
@_disfavoredOverload
public func matmul(
    _ a: NDArray, _ b: NDArray, accumulatingIn dtype: DType, transposingFirst: Bool = false,
    transposingSecond: Bool = false
) throws -> NDArray {
    try a.computed(b) {
        matmul(
            $0, $1, accumulatingIn: dtype, transposingFirst: transposingFirst,
            transposingSecond: transposingSecond)
    }
}

/// Sums of products by an equation of axis letters: `einsum("ij,jk->ik", a, b)` is a matrix product.
@_disfavoredOverload
public func einsum(_ equation: String, _ arrays: NDArray...) throws -> NDArray {
    try ArrayComputation.results(arrays) { [einsum(equation, of: $0)] }[0]
}

extension NDArray {
    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    public static func range(
        from start: Double = 0, to end: Double, by step: Double = 1, as dtype: DType = .float32
    ) throws -> NDArray {
        try ArrayComputation.results([]) { _ in [.range(dtype, from: start, to: end, by: step)] }[0]
    }

    /// `count` numbers at equal distances, both ends included.
    public static func linspace(
        from start: Double, to end: Double, count: Int, as dtype: DType = .float32
    ) throws -> NDArray {
        try ArrayComputation.results([]) { _ in
            [.linspace(dtype, from: start, to: end, count: count)]
        }[0]
    }

    /// A matrix with ones on the diagonal and zeros elsewhere; square without `columns`.
    public static func identity(
        _ rows: Int, columns: Int? = nil, as dtype: DType = .float32
    ) throws -> NDArray {
        try ArrayComputation.results([]) { _ in
            [.identity(dtype, rows, columns: columns)]
        }[0]
    }
}
