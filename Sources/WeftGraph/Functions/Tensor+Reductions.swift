// SPDX-License-Identifier: Apache-2.0

/// Reductions. `axes` are the axes that go away, all of them for nil; negative ones count from the
/// end. With `keepingDimensions` they stay, with size 1.
///
/// An axis that the tensor does not have, or one given twice, makes a tensor that carries an error.
/// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
extension Tensor where Scalar: NumericScalar {
    /// The sum of the elements; 0 of none.
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(
            unchecked: anyTensor.reduced(.sum, axes: axes, keepingDimensions: keepingDimensions))
    }

    /// The product of the elements; 1 of none.
    public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(
            unchecked: anyTensor.reduced(.product, axes: axes, keepingDimensions: keepingDimensions)
        )
    }

    /// The greatest element; NaN if one is. Equal ones share the gradient.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(
            unchecked: anyTensor.reduced(.maximum, axes: axes, keepingDimensions: keepingDimensions)
        )
    }

    /// The least element; NaN if one is. Equal ones share the gradient.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(
            unchecked: anyTensor.reduced(.minimum, axes: axes, keepingDimensions: keepingDimensions)
        )
    }

    /// How many elements are not 0.
    public func countNonZero(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor<Int64> {
        Tensor<Int64>(
            unchecked: anyTensor.countNonZero(axes: axes, keepingDimensions: keepingDimensions))
    }
}

extension Tensor where Scalar == Bool {
    /// Whether all elements are true; true of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func all(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.reduced(.all, axes: axes, keepingDimensions: keepingDimensions))
    }

    /// Whether any element is true; false of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func any(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.reduced(.any, axes: axes, keepingDimensions: keepingDimensions))
    }

    /// How many elements are true.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func countTrue(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor<Int64> {
        Tensor<Int64>(
            unchecked: anyTensor.cast(to: .int64)
                .sum(axes: axes, keepingDimensions: keepingDimensions))
    }
}

extension Tensor where Scalar == Bool {
    /// The share of elements that are true, of `f32`; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor<Float> {
        cast(to: Float.self).mean(axes: axes, keepingDimensions: keepingDimensions)
    }
}

/// Statistics. `axes` and `keepingDimensions` are those of the reductions. Of 16-bit floats they are
/// computed in 32 bits and rounded once.
///
/// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
extension Tensor where Scalar: FloatingScalar {
    /// The arithmetic mean; NaN of none.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(unchecked: anyTensor.mean(axes: axes, keepingDimensions: keepingDimensions))
    }

    /// The mean of the squared distances from the mean.
    ///
    /// - Parameter isUnbiased: Whether to divide by n − 1 instead of n.
    public func variance(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.variance(
                axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased))
    }

    /// The square root of the variance.
    ///
    /// - Parameter isUnbiased: Whether to divide by n − 1 instead of n.
    public func standardDeviation(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.standardDeviation(
                axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased))
    }

    /// Mean and variance (divided by n) at once.
    public func moments(
        axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> (mean: Tensor, variance: Tensor) {
        let moments = anyTensor.moments(axes: axes, keepingDimensions: keepingDimensions)
        return (Tensor(unchecked: moments.mean), Tensor(unchecked: moments.variance))
    }

    /// The length as a vector. The gradient of the Euclidean one at 0 is NaN, as in TensorFlow.
    public func norm(
        _ order: NormOrder = .l2, axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.norm(order, axes: axes, keepingDimensions: keepingDimensions))
    }

    /// log Σ exp(xᵢ), without overflow; −∞ of none.
    public func logSumExp(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        Tensor(
            unchecked: anyTensor.logSumExp(axes: axes, keepingDimensions: keepingDimensions))
    }
}
