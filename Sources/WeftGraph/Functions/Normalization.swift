// SPDX-License-Identifier: Apache-2.0

// Normalisations as plain functions: what they divide by is computed from, or given with, their
// operands. Parameters are broadcast against the operand, channels being the last axis. Of 16-bit
// floats they are computed in 32 bits and rounded once.

/// (x − mean) / √(variance + epsilon) · scale + offset.
///
/// The part of batch normalisation that training and inference have in common; the moments are the
/// batch's or the moving ones. Ioffe and Szegedy 2015.
/// - Shape: x [..., channels]; the rest [channels] → [..., channels].
public func batchNormalized<T: FloatingTensor>(
    _ x: T, mean: T, variance: T, offset: T? = nil, scale: T? = nil, epsilon: Double
) -> T {
    normalization("batchNormalized", x, [mean, variance, offset, scale]) { x in
        var factor = rsqrt(variance.anyTensor.widened + epsilon)
        if let scale { factor = factor * scale.anyTensor.widened }
        return ((x - mean.anyTensor.widened) * factor).scaled(nil, offset?.anyTensor)
    }
}

/// Each example with mean 0 and variance 1 along `axes`, then scaled and shifted.
///
/// Ba et al. 2016.
/// - Shape: x [..., channels]; scale, offset [channels] → [..., channels].
public func layerNormalized<T: FloatingTensor>(
    _ x: T, axes: [Int] = [-1], scale: T? = nil, offset: T? = nil, epsilon: Double = 1e-5
) -> T {
    normalization("layerNormalized", x, [scale, offset]) { x in
        let axes = try x.resolvedAxes(axes)
        let centred = x - x.mean(axes: axes, keepingDimensions: true)
        let variance = (centred * centred).mean(axes: axes, keepingDimensions: true)
        return (centred * rsqrt(variance + epsilon)).scaled(scale?.anyTensor, offset?.anyTensor)
    }
}

/// x / √(mean(x²) + epsilon) · scale along `axes`.
///
/// Zhang and Sennrich 2019.
/// - Shape: x [..., channels]; scale [channels] → [..., channels].
public func rmsNormalized<T: FloatingTensor>(
    _ x: T, axes: [Int] = [-1], scale: T? = nil, epsilon: Double = 1e-6
) -> T {
    normalization("rmsNormalized", x, [scale]) { x in
        let axes = try x.resolvedAxes(axes)
        let square = (x * x).mean(axes: axes, keepingDimensions: true)
        return (x * rsqrt(square + epsilon)).scaled(scale?.anyTensor, nil)
    }
}

/// Each group of channels of an example with mean 0 and variance 1, then scaled and shifted.
///
/// One group is a layer normalisation over all axes of the example, as many groups as channels an
/// instance normalisation. Wu and He 2018.
/// - Shape: x [n, ..., channels]; scale, offset [channels] → [n, ..., channels].
public func groupNormalized<T: FloatingTensor>(
    _ x: T, groups: Int, scale: T? = nil, offset: T? = nil, epsilon: Double = 1e-5
) -> T {
    normalization("groupNormalized", x, [scale, offset]) { x in
        let rank = try x.knownRank()
        guard rank >= 2 else {
            throw RuleViolation("the input must have a batch and a channel axis, not \(x.type)")
        }
        guard groups > 0, (x.shape[-1] ?? 0) % groups == 0 else {
            let channels = x.shape[-1].map { "\($0)" } ?? "?"
            throw RuleViolation(
                .notDivisible("\(channels) channels", into: "\(groups) groups"))
        }
        let others = (0..<rank - 1).map { GroupedAxis.product($0..<$0 + 1) }
        let grouped = x.regrouped(others + [.size(groups), .quotient(axis: rank - 1, by: groups)])
        return layerNormalized(grouped, axes: Array(1..<rank - 1) + [rank], epsilon: epsilon)
            .reshaped(like: x).scaled(scale?.anyTensor, offset?.anyTensor)
    }
}

/// x / √max(Σ x², epsilon): vectors along `axes` with length 1.
///
/// - Shape: that of the operand.
public func l2Normalized<T: FloatingTensor>(
    _ x: T, axes: [Int]? = nil, epsilon: Double = 1e-12
) -> T {
    normalization("l2Normalized", x, []) { x in
        let square = (x * x).sum(axes: axes, keepingDimensions: true)
        return x * rsqrt(maximum(square, .scalar(epsilon, like: x)))
    }
}

/// x / (bias + alpha · Σ x²)^beta, the sum over the channels at most `radius` away.
///
/// As TensorFlow has it; ONNX and PyTorch divide their alpha by 2 · `radius` + 1. Krizhevsky et al. 2012.
/// - Shape: x [..., channels] → the same.
public func localResponseNormalized<T: FloatingTensor>(
    _ x: T, radius: Int = 5, bias: Double = 1, alpha: Double = 1, beta: Double = 0.5
) -> T {
    normalization("localResponseNormalized", x, []) { x in
        let rank = try x.knownRank()
        guard rank > 0 else {
            throw RuleViolation(.scalarHasNoAxis("a scalar has no axis of channels"))
        }
        guard radius >= 0, radius < 1 << 30 else {
            throw RuleViolation(
                .invalidArgument("the radius", value: "\(radius)", wanted: "in 0..<2^30"))
        }
        let ones = Array(repeating: 1, count: rank)
        let none = ConvolutionAttributes.AxisPadding(0, 0)
        let window = WindowAttributes(
            sizes: ones.dropLast() + [2 * radius + 1], strides: ones,
            padding: Array(repeating: none, count: rank - 1) + [.init(radius, radius)],
            dilations: ones)
        let sum = AnyTensor.make(.window(.sum, window), [x * x])
        return x / pow(sum * alpha + bias, .scalar(beta, like: x))
    }
}

/// What `body` makes of x in the type that composed functions compute in; the parameters must be of the
/// type of x.
private func normalization<T: FloatingTensor>(
    _ function: String, _ x: T, _ parameters: [T?],
    _ body: (_ x: AnyTensor) throws -> AnyTensor
) -> T {
    let parameters = parameters.compactMap { $0?.anyTensor }
    return x.composed(function, with: parameters) { x in
        try x.requireFloating()
        try AnyTensor.requireSameDType([x] + parameters)
        return try body(x.widened).cast(to: x.dtype)
    }
}

extension AnyTensor {
    fileprivate func scaled(_ scale: AnyTensor?, _ offset: AnyTensor?) -> AnyTensor {
        let product = scale.map { self * $0.widened } ?? self
        return offset.map { product + $0.widened } ?? product
    }
}
