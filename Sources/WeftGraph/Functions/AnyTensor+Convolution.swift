// SPDX-License-Identifier: Apache-2.0

/// What a convolution or a pooling window sees beyond the edges of its input.
public enum Padding: Hashable, Sendable {
    /// As much padding as makes the output `ceil(size / stride)` long; an odd one goes after.
    case same
    /// None.
    case valid
    /// So many elements before (`low`) and after (`high`) each spatial axis.
    case explicit(low: [Int], high: [Int])

    func resolved(rank: Int) throws -> [ConvolutionAttributes.Padding] {
        switch self {
        case .same: return Array(repeating: .same, count: rank)
        case .valid: return Array(repeating: ConvolutionAttributes.Padding(0, 0), count: rank)
        case .explicit(let low, let high):
            guard low.count == rank, high.count == rank else {
                throw RuleViolation(
                    "explicit padding must have \(rank) elements before and after, not \(low) and "
                        + "\(high)")
            }
            guard (low + high).allSatisfy({ $0.magnitude < 1 << 31 }) else {
                throw RuleViolation("the padding \(low), \(high) is out of range")
            }
            return zip(low, high).map { ConvolutionAttributes.Padding($0, $1) }
        }
    }
}

/// Strides and dilations of a window: one number for each spatial axis, or one for all.
struct WindowSteps {
    static func expanded(_ steps: [Int], rank: Int, _ what: String) throws -> [Int] {
        let all = steps.count == 1 ? Array(repeating: steps[0], count: rank) : steps
        guard all.count == rank, all.allSatisfy({ $0 > 0 && $0 < 1 << 31 }) else {
            throw RuleViolation(
                "\(what) must be "
                    + (rank == 1 ? "one positive number" : "one or \(rank) positive numbers")
                    + ", not \(steps)")
        }
        return all
    }
}

extension AnyTensor {
    /// Input `[n, spatial..., channels]`, filter `[spatial..., channels / groups, outputs]`.
    package func convolved(
        _ function: String, spatialRank: Int, filter: AnyTensor, strides: [Int], padding: Padding,
        dilations: [Int], groups: Int
    ) -> AnyTensor {
        .composed(function, [self, filter]) {
            guard groups > 0 else { throw RuleViolation("groups must be positive, not \(groups)") }
            let attributes = ConvolutionAttributes(
                strides: try WindowSteps.expanded(strides, rank: spatialRank, "strides"),
                padding: try padding.resolved(rank: spatialRank),
                inputDilation: Array(repeating: 1, count: spatialRank),
                filterDilation: try WindowSteps.expanded(dilations, rank: spatialRank, "dilations"),
                groups: groups)
            return .make(.convolution(attributes), [self, filter])
        }
    }

    /// Filter `[h, w, channels, multiplier]`: each channel on its own.
    package func depthwiseConvolved(
        filter: AnyTensor, strides: [Int], padding: Padding, dilations: [Int]
    ) -> AnyTensor {
        .composed("depthwiseConv2D", [self, filter]) {
            guard try filter.knownRank() == 4, try knownRank() == 4 else {
                throw RuleViolation(
                    "input and filter must be of rank 4, not \(type) and \(filter.type)")
            }
            let (channels, multiplier) = (try filter.knownSize(2), try filter.knownSize(3))
            if let own = shape[3], own != channels {
                throw RuleViolation(
                    "the input has \(own) channels, the filter \(channels): \(shape) with "
                        + "\(filter.shape)")
            }
            guard let outputs = ArraySize.count([channels, multiplier]) else {
                throw RuleViolation("\(filter.shape) has too many channels")
            }
            let grouped = filter.regrouped([
                .product(0..<1), .product(1..<2), .size(1), .size(outputs),
            ])
            return convolved(
                "depthwiseConv2D", spatialRank: 2, filter: grouped, strides: strides,
                padding: padding, dilations: dilations, groups: channels)
        }
    }

    /// The gradient of a convolution with respect to its input, used forward. Filter
    /// `[spatial..., outputs / groups, channels]`.
    package func transposedConvolved(
        _ operation: String, spatialRank n: Int, filter: AnyTensor, strides: [Int],
        padding: Padding, dilations: [Int], groups: Int
    ) -> AnyTensor {
        .composed(operation, [self, filter]) {
            guard try filter.knownRank() == n + 2, try knownRank() == n + 2 else {
                throw RuleViolation(
                    "input and filter must be of rank \(n + 2), not \(type) and \(filter.type)")
            }
            if let own = shape[n + 1], let wanted = filter.shape[n + 1], own != wanted {
                throw RuleViolation(
                    "the input has \(own) channels, the filter wants \(wanted) on its last axis: "
                        + "\(shape) with \(filter.shape)")
            }
            guard groups > 0 else {
                throw RuleViolation("there must be at least one group, not \(groups)")
            }
            let steps = try WindowSteps.expanded(strides, rank: n, "strides")
            let gaps = try WindowSteps.expanded(dilations, rank: n, "dilations")
            let margins = try padding.resolved(rank: n)
            let attributes = ConvolutionAttributes(
                strides: steps, padding: margins, inputDilation: steps.map { _ in 1 },
                filterDilation: gaps, groups: groups)
            // Only the result's shape is needed, which pads make of the input's also where sizes are
            // unknown: with one element more than there are, and none behind the last, gaps of the
            // stride multiply by it. That holds for no elements as well.
            let outputs = try (CheckedSize(try filter.knownSize(n)) * CheckedSize(groups)).required(
                "\(groups) groups of \(filter.shape) are too many channels")
            var beyond = [0]
            for i in 0..<n {
                let extent = try ConvolutionAttributes.extent(try filter.knownSize(i), gaps[i])
                beyond.append(
                    margins[i].isSame
                        ? 0
                        : padding == .valid
                            ? Swift.max(extent - steps[i], 0)
                            : extent - steps[i] - margins[i].low - margins[i].high)
            }
            let none = beyond.map { _ in 0 } + [0]
            let empty = AnyTensor.zeros(like: sliced(axis: n + 1, 0, 0))
            let like = empty.padded(low: none, high: [0] + steps.map { _ in 1 } + [outputs])
                .padded(
                    low: none, high: [0] + beyond.dropFirst().map { $0 - 1 } + [0],
                    interior: [0] + steps.map { $0 - 1 } + [0])
            return .make(.convolutionInputGradientLike(attributes), [self, filter, like])
        }
    }

    private static func window(
        _ size: [Int], _ strides: [Int]?, _ padding: Padding, _ dilations: [Int], rank: Int
    ) throws -> WindowAttributes {
        let sizes = try WindowSteps.expanded(size, rank: rank, "window sizes")
        if case .explicit(let low, let high) = padding, (low + high).contains(where: { $0 < 0 }) {
            throw RuleViolation("the padding must not be negative: \(low) before, \(high) after")
        }
        let none = ConvolutionAttributes.Padding(0, 0)
        return WindowAttributes(
            sizes: [1] + sizes + [1],
            strides: [1] + (try WindowSteps.expanded(strides ?? sizes, rank: rank, "strides")) + [
                1
            ],
            padding: [none] + (try padding.resolved(rank: rank)) + [none],
            dilations: [1] + (try WindowSteps.expanded(dilations, rank: rank, "dilations")) + [1])
    }

    private func requireImages(_ spatialRank: Int) throws {
        guard try knownRank() == spatialRank + 2 else {
            throw RuleViolation(
                "the input must be of rank \(spatialRank + 2) with channels last, not \(type)")
        }
    }

    /// The greatest or least element in each window.
    package func pooled(
        _ function: String, _ kind: WindowKind, spatialRank: Int, size: [Int], strides: [Int]?,
        padding: Padding, dilations: [Int]
    ) -> AnyTensor {
        .composed(function, [self]) {
            try requireImages(spatialRank)
            let window = try AnyTensor.window(size, strides, padding, dilations, rank: spatialRank)
            return .make(.window(kind, window), [self])
        }
    }

    /// The mean of the elements in each window; padding counts only when asked for.
    package func averagePooled(
        _ function: String, spatialRank: Int, size: [Int], strides: [Int]?, padding: Padding,
        dilations: [Int], countsPadding: Bool
    ) -> AnyTensor {
        .composed(function, [self]) {
            try requireImages(spatialRank)
            try requireFloating()
            let window = try AnyTensor.window(size, strides, padding, dilations, rank: spatialRank)
            let x = widened
            let sum = AnyTensor.make(.window(.sum, window), [x])
            if countsPadding || padding == .valid {
                return (sum / window.sizes.reduce(1) { $0 * Double($1) }).cast(to: dtype)
            }
            // One image of ones is enough where the size is known; else the ones take its shape.
            let spatial = (1...spatialRank).compactMap { shape[$0] }
            let ones =
                spatial.count == spatialRank
                ? AnyTensor.filled(1, x.dtype, shape: [1] + spatial + [1]) : .filled(1, like: x)
            return (sum / .make(.window(.sum, window), [ones])).cast(to: dtype)
        }
    }

    /// The mean or the maximum over all spatial axes.
    package func globallyPooled(
        _ function: String, _ reduce: (AnyTensor, [Int]) -> AnyTensor
    ) -> AnyTensor {
        .composed(function, [self]) {
            let rank = try knownRank()
            guard rank >= 3 else {
                throw RuleViolation("\(type) has no spatial axes between the first and the last")
            }
            return reduce(self, Array(1..<rank - 1))
        }
    }
}
