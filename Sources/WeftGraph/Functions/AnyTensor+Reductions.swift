// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    /// The product of the elements over `axes`, over all for nil.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func product(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        reduced(.product, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The greatest element over `axes`, over all for nil.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        reduced(.maximum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The least element over `axes`, over all for nil.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        reduced(.minimum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The mean of the squared distances from the mean; `isUnbiased` divides by n − 1.
    package func variance(axes: [Int]?, keepingDimensions: Bool, isUnbiased: Bool) -> AnyTensor {
        .composed("variance", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let x = widened
            let centred = x - x.mean(axes: axes, keepingDimensions: true)
            let squares = (centred * centred).sum(axes: axes, keepingDimensions: keepingDimensions)
            let count = elementCount(axes: axes, as: x.dtype)
            return (squares / (isUnbiased ? count - 1 : count)).cast(to: dtype)
        }
    }

    /// The square root of the variance.
    package func standardDeviation(
        axes: [Int]?, keepingDimensions: Bool, isUnbiased: Bool
    ) -> AnyTensor {
        .composed("standardDeviation", [self]) {
            try requireFloating()
            return sqrt(
                widened.variance(
                    axes: axes, keepingDimensions: keepingDimensions, isUnbiased: isUnbiased
                )
            ).cast(to: dtype)
        }
    }

    /// Mean and biased variance.
    package func moments(
        axes: [Int]?, keepingDimensions: Bool
    ) -> (mean: AnyTensor, variance: AnyTensor) {
        let both = AnyTensor.composedAll("moments", [self], count: 2) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let x = widened
            let mean = x.mean(axes: axes, keepingDimensions: true)
            let centred = x - mean
            let variance = (centred * centred).mean(
                axes: axes, keepingDimensions: keepingDimensions)
            let moments = [keepingDimensions ? mean : mean.squeezed(axes: axes), variance]
            return moments.map { $0.cast(to: dtype) }
        }
        return (both[0], both[1])
    }

    package func norm(_ order: NormOrder, axes: [Int]?, keepingDimensions: Bool) -> AnyTensor {
        .composed("norm", [self]) {
            try requireFloating()
            switch order {
            case .l1:
                return AnyTensor.unary(.abs, self).sum(
                    axes: axes, keepingDimensions: keepingDimensions)
            case .l2:
                let x = widened
                return sqrt((x * x).sum(axes: axes, keepingDimensions: keepingDimensions))
                    .cast(to: dtype)
            case .infinity:
                return AnyTensor.unary(.abs, self)
                    .max(axes: axes, keepingDimensions: keepingDimensions)
            }
        }
    }

    package func countNonZero(axes: [Int]?, keepingDimensions: Bool) -> AnyTensor {
        .composed("countNonZero", [self]) {
            AnyTensor.compare(.notEqual, self, .scalar(0, dtype)).cast(to: .int64)
                .sum(axes: axes, keepingDimensions: keepingDimensions)
        }
    }

    /// The greatest element along `axes`, kept as axes of size 1 and without a gradient: what an
    /// exponential subtracts so as not to overflow.
    package func greatest(axes: [Int], isFinite: Bool = false) -> AnyTensor {
        let greatest = stopGradient(max(axes: axes, keepingDimensions: true))
        guard isFinite else { return greatest }
        return select(greatest.isFinite, greatest, .scalar(0, dtype))
    }

    package func logSumExp(axes: [Int]?, keepingDimensions: Bool) -> AnyTensor {
        .composed("logSumExp", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            // A shift by an infinity would make NaN of it.
            let shift = greatest(axes: axes, isFinite: true).widened
            let sum = exp(widened - shift).sum(axes: axes, keepingDimensions: true)
            let result = (log(sum) + shift).cast(to: dtype)
            return keepingDimensions ? result : result.squeezed(axes: axes)
        }
    }
}

/// How a vector's length is measured.
public enum NormOrder: Hashable, Sendable, CaseIterable {
    /// The sum of the absolute values.
    case l1
    /// The square root of the sum of the squares.
    case l2
    /// The greatest absolute value.
    case infinity
}
