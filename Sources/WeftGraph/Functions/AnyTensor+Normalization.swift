// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    private func scaled(_ scale: AnyTensor?, _ offset: AnyTensor?) -> AnyTensor {
        let product = scale.map { self * $0.widened } ?? self
        return offset.map { product + $0.widened } ?? product
    }

    private func requireParameters(_ parameters: [AnyTensor?]) throws {
        try requireFloating()
        try AnyTensor.requireSameDType([self] + parameters.compactMap(\.self))
    }

    /// (x − mean) / √(variance + epsilon) · scale + offset, all broadcast.
    package func batchNormalized(
        mean: AnyTensor, variance: AnyTensor, offset: AnyTensor?, scale: AnyTensor?, epsilon: Double
    ) -> AnyTensor {
        .composed(
            "batchNormalized", [self, mean, variance] + [offset, scale].compactMap(\.self)
        ) {
            try requireParameters([mean, variance, offset, scale])
            var factor = rsqrt(variance.widened + epsilon)
            if let scale { factor = factor * scale.widened }
            let product = (widened - mean.widened) * factor
            return (offset.map { product + $0.widened } ?? product).cast(to: dtype)
        }
    }

    /// The statistics of `axes`; scale and offset are broadcast.
    package func layerNormalized(
        axes: [Int], scale: AnyTensor?, offset: AnyTensor?, epsilon: Double
    ) -> AnyTensor {
        .composed("layerNormalized", [self] + [scale, offset].compactMap(\.self)) {
            try requireParameters([scale, offset])
            let axes = try resolvedAxes(axes)
            let x = widened
            let centred = x - x.mean(axes: axes, keepingDimensions: true)
            let variance = (centred * centred).mean(axes: axes, keepingDimensions: true)
            return (centred * rsqrt(variance + epsilon)).scaled(scale, offset).cast(to: dtype)
        }
    }

    package func rmsNormalized(axes: [Int], scale: AnyTensor?, epsilon: Double) -> AnyTensor {
        .composed("rmsNormalized", [self] + [scale].compactMap(\.self)) {
            try requireParameters([scale])
            let axes = try resolvedAxes(axes)
            let x = widened
            let square = (x * x).mean(axes: axes, keepingDimensions: true)
            return (x * rsqrt(square + epsilon)).scaled(scale, nil).cast(to: dtype)
        }
    }

    /// Channels last; the statistics are those of an example's channels of one group.
    package func groupNormalized(
        groups: Int, scale: AnyTensor?, offset: AnyTensor?, epsilon: Double
    ) -> AnyTensor {
        .composed("groupNormalized", [self] + [scale, offset].compactMap(\.self)) {
            try requireParameters([scale, offset])
            let rank = try knownRank()
            guard rank >= 2 else {
                throw RuleViolation("the input must have a batch and a channel axis, not \(type)")
            }
            let channels = try knownSize(-1)
            guard groups > 0, channels % groups == 0 else {
                throw RuleViolation("\(channels) channels cannot be divided into \(groups) groups")
            }
            let others = (0..<rank - 1).map { GroupedAxis.product($0..<$0 + 1) }
            let grouped = widened.regrouped(others + [.size(groups), .size(channels / groups)])
            let axes = Array(1..<rank - 1) + [rank]
            return grouped.layerNormalized(axes: axes, scale: nil, offset: nil, epsilon: epsilon)
                .reshaped(like: self).scaled(scale, offset).cast(to: dtype)
        }
    }

    /// x / √max(Σ x², epsilon).
    package func l2Normalized(axes: [Int]?, epsilon: Double) -> AnyTensor {
        .composed("l2Normalized", [self]) {
            try requireFloating()
            let x = widened
            let square = (x * x).sum(axes: axes, keepingDimensions: true)
            return (x * rsqrt(maximum(square, .scalar(epsilon, x.dtype))))
                .cast(to: dtype)
        }
    }
}
