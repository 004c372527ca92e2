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

    /// The position of the extreme element along an axis, the first one of equal ones, as i64.
    package func argReduced(
        _ kind: ArgReductionKind, axis: Int, keepingDimensions: Bool
    ) -> AnyTensor {
        .composed(kind.rawValue, [self]) {
            let axis = try resolvedAxis(axis)
            let result = AnyTensor.make(.argReduce(kind, axis: axis), [self])
            return keepingDimensions ? result.expandingDimensions(at: [axis]) : result
        }
    }

    /// The mean of the squared distances from the mean; `isUnbiased` divides by n − 1.
    package func variance(axes: [Int]?, keepingDimensions: Bool, isUnbiased: Bool) -> AnyTensor {
        .composed("variance", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let centred = self - mean(axes: axes, keepingDimensions: true)
            let squares = (centred * centred).sum(axes: axes, keepingDimensions: keepingDimensions)
            let count = elementCount(axes: axes)
            return squares / (isUnbiased ? count - 1 : count)
        }
    }

    /// Mean and biased variance.
    package func moments(
        axes: [Int]?, keepingDimensions: Bool
    ) -> (mean: AnyTensor, variance: AnyTensor) {
        let both = AnyTensor.composedAll("moments", [self], count: 2) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let mean = mean(axes: axes, keepingDimensions: true)
            let centred = self - mean
            let variance = (centred * centred).mean(
                axes: axes, keepingDimensions: keepingDimensions)
            return [keepingDimensions ? mean : mean.squeezed(axes: axes), variance]
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
                return (self * self).sum(axes: axes, keepingDimensions: keepingDimensions).sqrt()
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

    package func cumulative(
        _ kind: ReductionKind, axis: Int, isExclusive: Bool, isReversed: Bool
    ) -> AnyTensor {
        .composed(kind == .product ? "cumulativeProduct" : "cumulativeSum", [self]) {
            .make(
                .cumulative(
                    CumulativeAttributes(
                        kind: kind, axis: try resolvedAxis(axis), isExclusive: isExclusive,
                        isReversed: isReversed)), [self])
        }
    }

    /// The greatest element along `axes`, kept as axes of size 1 and without a gradient: what an
    /// exponential subtracts so as not to overflow.
    private func shift(axes: [Int], finite: Bool) -> AnyTensor {
        let greatest = stopGradient(max(axes: axes, keepingDimensions: true))
        guard finite else { return greatest }
        return .select(.unary(.isFinite, greatest), greatest, .scalar(0, dtype))
    }

    /// exp(xᵢ) / Σⱼ exp(xⱼ) along `axes`, without overflow.
    ///
    /// - Shape: that of the operand.
    public func softmax(axes: [Int]) -> AnyTensor {
        .composed("softmax", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let powers = (self - shift(axes: axes, finite: false)).exp()
            return powers / powers.sum(axes: axes, keepingDimensions: true)
        }
    }

    /// log(softmax(x)), exact also where softmax is nearly 0.
    ///
    /// - Shape: that of the operand.
    public func logSoftmax(axes: [Int]) -> AnyTensor {
        .composed("logSoftmax", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            let shifted = self - shift(axes: axes, finite: false)
            return shifted - shifted.exp().sum(axes: axes, keepingDimensions: true).log()
        }
    }

    package func logSumExp(axes: [Int]?, keepingDimensions: Bool) -> AnyTensor {
        .composed("logSumExp", [self]) {
            try requireFloating()
            let axes = try resolvedAxes(axes)
            // A shift by an infinity would make NaN of it.
            let shift = shift(axes: axes, finite: true)
            let sum = (self - shift).exp().sum(axes: axes, keepingDimensions: true)
            let result = sum.log() + shift
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
