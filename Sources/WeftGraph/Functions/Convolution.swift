// SPDX-License-Identifier: Apache-2.0

/// What a convolution or a pooling window sees beyond the edges of its input.
public enum Padding: Hashable, Sendable {
    /// As much padding as makes the output `ceil(size / stride)` long; an odd one goes after.
    case same
    /// None.
    case valid
    /// So many elements before (`low`) and after (`high`) each spatial axis.
    case explicit(low: [Int], high: [Int])

    func resolved(rank: Int) throws -> [ConvolutionAttributes.AxisPadding] {
        switch self {
        case .same: return Array(repeating: .same, count: rank)
        case .valid: return Array(repeating: ConvolutionAttributes.AxisPadding(0, 0), count: rank)
        case .explicit(let low, let high):
            guard low.count == rank, high.count == rank else {
                throw RuleViolation(
                    "explicit padding must have \(rank) elements before and after, not \(low) and "
                        + "\(high)")
            }
            guard (low + high).allSatisfy({ $0.magnitude < 1 << 31 }) else {
                throw RuleViolation(.outOfRange("the padding \(low), \(high)"))
            }
            return zip(low, high).map { ConvolutionAttributes.AxisPadding($0, $1) }
        }
    }
}

/// Strides and dilations of a window: one number for each spatial axis, or one for all.
struct WindowSteps {
    static func expanded(_ steps: [Int], rank: Int, _ what: String) throws -> [Int] {
        let all = steps.count == 1 ? Array(repeating: steps[0], count: rank) : steps
        guard all.count == rank, all.allSatisfy({ $0 > 0 && $0 < 1 << 31 }) else {
            throw RuleViolation(
                .invalidArgument(
                    what, value: "\(steps)",
                    wanted: rank == 1
                        ? "one positive number" : "one or \(rank) positive numbers"))
        }
        return all
    }
}

// Convolutions. Channels are the last axis, everywhere; for arrays with the channels before the
// spatial axes there are `movingChannelsLast()` and `movingChannelsFirst()`. As everywhere in the
// field they are cross-correlations: the filter is not flipped.
//
// Strides and dilations are one number for each spatial axis, or one for all. Shapes that do not
// fit make a tensor that carries an error.

/// The convolution over one spatial axis.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, w, channels], filter [w, channels / groups, outputs] → [n, w', outputs].
public func conv1D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> T {
    x.convolved(
        "conv1D", spatialRank: 1, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups)
}

/// The convolution over two spatial axes.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, h, w, channels], filter [h, w, channels / groups, outputs] → [n, h', w', outputs].
public func conv2D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> T {
    x.convolved(
        "conv2D", spatialRank: 2, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups)
}

/// The convolution over three spatial axes.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, channels / groups, outputs] → [n, d', h', w', outputs].
public func conv3D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> T {
    x.convolved(
        "conv3D", spatialRank: 3, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups)
}

/// A convolution of each channel on its own, with `multiplier` filters for each.
///
/// Result channel `c · multiplier + m` is channel c with its filter m.
/// - Shape: x [n, h, w, channels], filter [h, w, channels, multiplier] →
///   [n, h', w', channels · multiplier].
public func depthwiseConv2D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1]
) -> T {
    let filter = filter.anyTensor
    return x.composed("depthwiseConv2D", with: [filter]) { x in
        guard try filter.knownRank() == 4, try x.knownRank() == 4 else {
            throw RuleViolation(
                .invalidArgument(
                    "input and filter", value: "\(x.type) and \(filter.type)",
                    wanted: "of rank 4"))
        }
        let (channels, multiplier) = (try filter.knownSize(2), try filter.knownSize(3))
        if let own = x.shape[3], own != channels {
            throw RuleViolation(
                "the input has \(own) channels, the filter \(channels): \(x.shape) with "
                    + "\(filter.shape)")
        }
        guard let outputs = ArraySize.count([channels, multiplier]) else {
            throw RuleViolation("\(filter.shape) has too many channels")
        }
        let grouped = filter.regrouped([
            .product(0..<1), .product(1..<2), .size(1), .size(outputs),
        ])
        return x.convolved(
            "depthwiseConv2D", spatialRank: 2, filter: grouped, strides: strides,
            padding: padding, dilations: dilations, groups: channels)
    }
}

/// The transpose of `conv1D` as a linear map: it makes series longer by the strides.
///
/// The sizes of the result are those of `transposedConv2D`.
/// - Parameters:
///   - groups: Into how many groups the channels are divided, each with its own filters.
///   - outputSizes: The sizes of the result's spatial axes, others than these: with strides, inputs of
///     several sizes have convolutions of one.
/// - Shape: x [n, w, channels], filter [w, outputs / groups, channels] →
///   [n, w', outputs].
public func transposedConv1D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1, outputSizes: T.Indices? = nil
) -> T {
    x.transposedConvolved(
        "transposedConv1D", spatialRank: 1, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups, outputSizes: outputSizes?.anyTensor)
}

/// The transpose of `conv2D` as a linear map: it makes images larger by the strides.
///
/// The result's height is h · stride for `.same`, (h − 1) · stride + max(filter, stride) for
/// `.valid`, and (h − 1) · stride + filter − low − high for explicit padding.
/// - Parameters:
///   - groups: Into how many groups the channels are divided, each with its own filters.
///   - outputSizes: The sizes of the result's spatial axes, others than these: with strides, inputs of
///     several sizes have convolutions of one.
/// - Shape: x [n, h, w, channels], filter [h, w, outputs / groups, channels] →
///   [n, h', w', outputs].
public func transposedConv2D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1, outputSizes: T.Indices? = nil
) -> T {
    x.transposedConvolved(
        "transposedConv2D", spatialRank: 2, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups, outputSizes: outputSizes?.anyTensor)
}

/// The transpose of `conv3D` as a linear map: it makes volumes larger by the strides.
///
/// The sizes of the result are those of `transposedConv2D`.
/// - Parameters:
///   - groups: Into how many groups the channels are divided, each with its own filters.
///   - outputSizes: The sizes of the result's spatial axes, others than these: with strides, inputs of
///     several sizes have convolutions of one.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, outputs / groups, channels] →
///   [n, d', h', w', outputs].
public func transposedConv3D<T: FloatingTensor>(
    _ x: T, filter: T, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1, outputSizes: T.Indices? = nil
) -> T {
    x.transposedConvolved(
        "transposedConv3D", spatialRank: 3, filter: filter, strides: strides,
        padding: padding, dilations: dilations, groups: groups, outputSizes: outputSizes?.anyTensor)
}

extension TensorProtocol {
    /// Input `[n, spatial..., channels]`, filter `[spatial..., channels / groups, outputs]`.
    fileprivate func convolved(
        _ function: String, spatialRank: Int, filter: some TensorProtocol, strides: [Int],
        padding: Padding, dilations: [Int], groups: Int
    ) -> Self {
        let filter = filter.anyTensor
        return composed(function, with: [filter]) { x in
            guard groups > 0 else {
                throw RuleViolation(
                    .invalidArgument("groups", value: "\(groups)", wanted: "positive"))
            }
            let attributes = ConvolutionAttributes(
                strides: try WindowSteps.expanded(strides, rank: spatialRank, "strides"),
                padding: try padding.resolved(rank: spatialRank),
                inputDilation: Array(repeating: 1, count: spatialRank),
                filterDilation: try WindowSteps.expanded(dilations, rank: spatialRank, "dilations"),
                groups: groups)
            return .make(.convolution(attributes), [x, filter])
        }
    }

    /// The gradient of a convolution with respect to its input, used forward. Filter
    /// `[spatial..., outputs / groups, channels]`.
    fileprivate func transposedConvolved(
        _ operation: String, spatialRank n: Int, filter: Self, strides: [Int],
        padding: Padding, dilations: [Int], groups: Int, outputSizes: AnyTensor?
    ) -> Self {
        let filter = filter.anyTensor
        return composed(operation, with: [filter] + (outputSizes.map { [$0] } ?? [])) { x in
            guard try filter.knownRank() == n + 2, try x.knownRank() == n + 2 else {
                throw RuleViolation(
                    .invalidArgument(
                        "input and filter", value: "\(x.type) and \(filter.type)",
                        wanted: "of rank \(n + 2)"))
            }
            if let own = x.shape[n + 1], let wanted = filter.shape[n + 1], own != wanted {
                throw RuleViolation(
                    "the input has \(own) channels, the filter wants \(wanted) on its last axis: "
                        + "\(x.shape) with \(filter.shape)")
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
            let outputs = try (CheckedSize(try filter.knownSize(n)) * CheckedSize(groups)).required(
                "\(groups) groups of \(filter.shape) are too many channels")
            let like =
                if let outputSizes {
                    AnyTensor.shaped(
                        by: concatenated([
                            x.sizes.sliced(axis: 0, 0, 1),
                            try outputSizes.asNumbers("the output sizes", shape: [n]),
                            .numbers([outputs]),
                        ])
                    ).cast(to: x.dtype)
                } else {
                    try x.enlarged(
                        by: steps, outputs: outputs,
                        beyond: (0..<n).map {
                            let extent = try ConvolutionAttributes.extent(
                                try filter.knownSize($0), gaps[$0])
                            return margins[$0].isSame
                                ? 0
                                : padding == .valid
                                    ? Swift.max(extent - steps[$0], 0)
                                    : extent - steps[$0] - margins[$0].low - margins[$0].high
                        })
                }
            return .make(.convolutionInputGradientLike(attributes), [x, filter, like])
        }
    }
}

extension AnyTensor {
    /// Images of which only the shape is needed: `beyond` more than `steps` times as large. Pads make it of
    /// the tensor's also where sizes are unknown: with one element more than there are, and none behind the
    /// last, gaps of the stride multiply by it. That holds for no elements as well.
    fileprivate func enlarged(by steps: [Int], outputs: Int, beyond: [Int]) throws -> AnyTensor {
        let none = Array(repeating: 0, count: steps.count + 2)
        return AnyTensor.zeros(like: sliced(axis: steps.count + 1, 0, 0))
            .padded(low: none, high: [0] + steps.map { _ in 1 } + [outputs])
            .padded(
                low: none, high: [0] + beyond.map { $0 - 1 } + [0],
                interior: [0] + steps.map { $0 - 1 } + [0])
    }
}
