// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Reductions of arrays: over some axes (negative ones count from the last), or over all.

extension NDArray {
    /// The sum of elements; 0 of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.sum(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The product of elements; 1 of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.product(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The greatest element; NaN if one is.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.max(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The least element; NaN if one is.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.min(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The mean of elements.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.mean(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// Whether all elements of bool are true.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func all(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.reduced(.all, axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// Whether an element of bool is true.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func any(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.reduced(.any, axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// How many elements are not zero, as i64.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func countNonZero(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray
    {
        try computed { $0.countNonZero(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The logarithm of the sum of exponentials, without overflow.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func logSumExp(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.logSumExp(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The sum of the elements that are not NaN; 0 of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanSum(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.nanSum(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The mean of the elements that are not NaN; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMean(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.nanMean(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The greatest of the elements that are not NaN; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMax(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.nanMax(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The least of the elements that are not NaN; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func nanMin(axes: [Int]? = nil, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.nanMin(axes: axes, keepingDimensions: keepingDimensions) }
    }

    /// The mean squared distance from the mean.
    ///
    /// - Parameter isUnbiased: Whether n − 1 divides the sum of squares instead of n.
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func variance(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) throws -> NDArray {
        try computed {
            $0.variance(axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased)
        }
    }

    /// The square root of the variance.
    ///
    /// - Parameter isUnbiased: Whether n − 1 divides the sum of squares instead of n.
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func standardDeviation(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) throws -> NDArray {
        try computed {
            $0.standardDeviation(
                axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased)
        }
    }

    /// The position of the greatest element along an axis, the first of equal ones, as i64.
    public func argMax(axis: Int, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.argMax(axis: axis, keepingDimensions: keepingDimensions) }
    }

    /// The position of the least element along an axis, the first of equal ones, as i64.
    public func argMin(axis: Int, keepingDimensions: Bool = false) throws -> NDArray {
        try computed { $0.argMin(axis: axis, keepingDimensions: keepingDimensions) }
    }

    /// The elements along an axis in ascending or descending order.
    public func sorted(axis: Int = -1, isDescending: Bool = false) throws -> NDArray {
        try computed { $0.sorted(axis: axis, isDescending: isDescending) }
    }

    /// The positions that the elements along an axis have when they are sorted, as i32.
    public func argSorted(axis: Int = -1, isDescending: Bool = false) throws -> NDArray {
        try computed { $0.argSorted(axis: axis, isDescending: isDescending) }
    }

    /// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, without overflow.
    public func softmax(axis: Int = -1) throws -> NDArray {
        try computed { WeftGraph.softmax($0, axis: axis) }
    }
}
