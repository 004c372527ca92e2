// SPDX-License-Identifier: Apache-2.0

/// How a vector's length is measured.
public enum NormOrder: Hashable, Sendable, CaseIterable {
    /// The sum of the absolute values.
    case l1
    /// The square root of the sum of the squares.
    case l2
    /// The greatest absolute value.
    case infinity
}

extension TensorProtocol {
    /// The tensor reduced over some of its axes, over all for nil.
    package func reduced(
        _ kind: ReductionKind, axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> Self {
        composed(kind.rawValue) { x in
            if axes == nil, !keepingDimensions, x.rank == nil {
                return .make(.reduce(kind, axes: [0]), [x.reshaped(to: [-1])])
            }
            let axes = try x.resolvedAxes(axes)
            let result =
                axes.isEmpty && x.rank == 0 ? x : AnyTensor.make(.reduce(kind, axes: axes), [x])
            return keepingDimensions ? result.expandingDimensions(at: axes) : result
        }
    }
}

/// Reductions. `axes` are the axes that go away, all of them for nil; negative ones count from the
/// end. With `keepingDimensions` they stay, with size 1.
///
/// An axis that the tensor does not have, or one given twice, makes a tensor that carries an error.
/// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
extension NumericTensor {
    /// The sum of the elements; 0 of none.
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.sum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The product of the elements; 1 of none.
    public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.product, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The greatest element; NaN if one is. Equal ones share the gradient.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.maximum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The least element; NaN if one is. Equal ones share the gradient.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.minimum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// How many elements are not 0.
    public func countNonZero(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Indices {
        Indices(
            anyTensor.composed("countNonZero") { x in
                (x .!= 0).cast(to: .int64).sum(axes: axes, keepingDimensions: keepingDimensions)
            })
    }
}

/// Reductions of truth values; `axes` and `keepingDimensions` are those of the others.
///
/// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
extension LogicalTensor {
    /// Whether all elements are true; true of none.
    public func all(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.all, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// Whether any element is true; false of none.
    public func any(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        reduced(.any, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// How many elements are true.
    public func countTrue(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Indices {
        Indices(
            anyTensor.composed("countTrue") { x in
                guard x.dtype == .bool else {
                    throw RuleViolation("it counts truth values, not \(x.dtype)")
                }
                return x.cast(to: .int64).sum(axes: axes, keepingDimensions: keepingDimensions)
            })
    }
}

extension Tensor where Scalar == Bool {
    /// The share of elements that are true, of `f32`; NaN of none.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor<Float> {
        Tensor<Float>(anyTensor.mean(axes: axes, keepingDimensions: keepingDimensions))
    }
}

/// Statistics. `axes` and `keepingDimensions` are those of the reductions. Of 16-bit floats they are
/// computed in 32 bits and rounded once.
///
/// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
extension FloatingTensor {
    /// The arithmetic mean; NaN of none. Of an untyped tensor of truth values it is the share that is
    /// true, of `f32`.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        composed("mean") { x in
            if x.dtype == .bool {
                return x.cast(to: .float32).mean(axes: axes, keepingDimensions: keepingDimensions)
            }
            if x.dtype.isComplex {
                return x.ofParts {
                    $0.mean(axes: axes, keepingDimensions: keepingDimensions)
                }
            }
            let wide = x.widened
            let sum = wide.sum(axes: axes, keepingDimensions: keepingDimensions)
            return (sum / x.elementCount(axes: axes, as: wide.dtype)).cast(to: x.dtype)
        }
    }

    /// The mean of the squared distances from the mean.
    ///
    /// - Parameter isUnbiased: Whether to divide by n − 1 instead of n.
    public func variance(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) -> Self {
        composed("variance") { narrow in
            try narrow.requireFloating()
            let axes = try narrow.resolvedAxes(axes)
            let x = narrow.widened
            let centred = x - x.mean(axes: axes, keepingDimensions: true)
            let squares = (centred * centred).sum(axes: axes, keepingDimensions: keepingDimensions)
            let count = narrow.elementCount(axes: axes, as: x.dtype)
            return (squares / (isUnbiased ? count - 1 : count)).cast(to: narrow.dtype)
        }
    }

    /// The square root of the variance.
    ///
    /// - Parameter isUnbiased: Whether to divide by n − 1 instead of n.
    public func standardDeviation(
        axes: [Int]? = nil, keepingDimensions: Bool = false, isUnbiased: Bool = false
    ) -> Self {
        composed("standardDeviation") { x in
            try x.requireFloating()
            let variance = x.widened.variance(
                axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased)
            return sqrt(variance).cast(to: x.dtype)
        }
    }

    /// Mean and variance (divided by n) at once.
    public func moments(
        axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> (mean: Self, variance: Self) {
        let narrow = anyTensor
        let both = AnyTensor.composedAll("moments", [narrow], count: 2) {
            try narrow.requireFloating()
            let axes = try narrow.resolvedAxes(axes)
            let x = narrow.widened
            let mean = x.mean(axes: axes, keepingDimensions: true)
            let centred = x - mean
            let variance = (centred * centred).mean(
                axes: axes, keepingDimensions: keepingDimensions)
            let moments = [keepingDimensions ? mean : mean.squeezed(axes: axes), variance]
            return moments.map { $0.cast(to: narrow.dtype) }
        }
        return (Self(both[0]), Self(both[1]))
    }

    /// The length as a vector. The gradient of the Euclidean one at 0 is NaN, as in TensorFlow.
    public func norm(
        _ order: NormOrder = .l2, axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> Self {
        composed("norm") { x in
            try x.requireFloating()
            switch order {
            case .l1: return abs(x).sum(axes: axes, keepingDimensions: keepingDimensions)
            case .l2:
                let wide = x.widened
                let square = (wide * wide).sum(axes: axes, keepingDimensions: keepingDimensions)
                return sqrt(square).cast(to: x.dtype)
            case .infinity: return abs(x).max(axes: axes, keepingDimensions: keepingDimensions)
            }
        }
    }

    /// log Σ exp(xᵢ), without overflow; −∞ of none.
    public func logSumExp(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Self {
        composed("logSumExp") { x in
            try x.requireFloating()
            let axes = try x.resolvedAxes(axes)
            // A shift by an infinity would make NaN of it.
            let shift = x.greatest(axes: axes, isFinite: true).widened
            let sum = exp(x.widened - shift).sum(axes: axes, keepingDimensions: true)
            let result = (log(sum) + shift).cast(to: x.dtype)
            return keepingDimensions ? result : result.squeezed(axes: axes)
        }
    }
}

extension AnyTensor {
    /// The number of elements along `axes` as a scalar of `type`: a constant where it is known, else
    /// computed from the shape when the plan is made.
    package func elementCount(axes: [Int]? = nil, as type: DType) -> AnyTensor {
        .composed("count", [self]) {
            if axes == nil, shape.rank == nil {
                return AnyTensor.make(.reduce(.product, axes: [0]), [.make(.shapeOf, [self])])
                    .cast(to: type)
            }
            let axes = try resolvedAxes(axes)
            let sizes = axes.map { shape[$0] }
            if sizes.allSatisfy({ $0 != nil }) {
                return .scalar(sizes.reduce(1) { $0 * Double($1 ?? 1) }, type)
            }
            let picked = axes.map {
                AnyTensor.make(
                    .slice(SliceAttributes(starts: [$0], limits: [$0 + 1], strides: [1])),
                    [.make(.shapeOf, [self])])
            }
            let all = picked.count == 1 ? picked[0] : AnyTensor.make(.concatenate(axis: 0), picked)
            return AnyTensor.make(.reduce(.product, axes: [0]), [all]).cast(to: type)
        }
    }

    /// The greatest element along `axes`, kept as axes of size 1 and without a gradient: what an
    /// exponential subtracts so as not to overflow. With `isFinite`, 0 where it is infinite or NaN.
    package func greatest(axes: [Int], isFinite: Bool = false) -> AnyTensor {
        let greatest = stopGradient(max(axes: axes, keepingDimensions: true))
        guard isFinite else { return greatest }
        return select(greatest.isFinite, greatest, .scalar(0, dtype))
    }
}
