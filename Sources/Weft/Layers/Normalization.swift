// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What normalised values are multiplied by and what is then added: one number for each channel.
struct Affine<Scalar: FloatingScalar>: Sendable {
    let scale, offset: Variable<Scalar>?

    /// The variables `name/gamma` and `name/beta` of a layer.
    static func variables(
        _ name: String, channels: Int?, usesScale: Bool, usesOffset: Bool
    ) -> SizedVariables<Affine> {
        SizedVariables(name, size: channels) { channels in
            Affine(
                scale: usesScale
                    ? Variable("gamma", shape: [channels], initializer: .ones) : nil,
                offset: usesOffset ? Variable("beta", shape: [channels]) : nil)
        }
    }
}

/// Each place of each example with mean 0 and variance 1 over the channels, then scaled and shifted (Ba et al. 2016).
///
/// The same in training and inference, and of each example alone.
/// - Shape: input `[..., channels]` → the same.
public struct LayerNorm<Scalar: FloatingScalar>: ModelessLayer {
    private let affine: SizedVariables<Affine<Scalar>>
    private let usesScale, usesOffset: Bool
    /// Added to the variance.
    public let epsilon: Double

    /// A layer whose variables are `name/gamma` and `name/beta`.
    ///
    /// - Parameter channels: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, channels: Int? = nil, epsilon: Double = 1e-5, usesScale: Bool = true,
        usesOffset: Bool = true
    ) {
        self.epsilon = epsilon
        self.usesScale = usesScale
        self.usesOffset = usesOffset
        affine = Affine.variables(
            name, channels: channels, usesScale: usesScale, usesOffset: usesOffset)
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public var scale: Variable<Scalar>? {
        usesScale ? affine.made?.scale ?? affine.missing("gamma") : nil
    }
    /// What is added then, `[channels]`; nil without.
    public var offset: Variable<Scalar>? {
        usesOffset ? affine.made?.offset ?? affine.missing("beta") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            affine.output("layerNorm", x.anyTensor) {
                let own = try affine.made(for: x.anyTensor, argument: "channels")
                return layerNormalized(
                    x.anyTensor, scale: own.scale?.anyTensor, offset: own.offset?.anyTensor,
                    epsilon: epsilon)
            })
    }
}

/// Each place of each example divided by the root of its mean square over the channels, then scaled (Zhang and
/// Sennrich 2019).
///
/// - Shape: input `[..., channels]` → the same.
public struct RMSNorm<Scalar: FloatingScalar>: ModelessLayer {
    private let affine: SizedVariables<Affine<Scalar>>
    private let usesScale: Bool
    /// Added to the mean square.
    public let epsilon: Double

    /// A layer whose variable is `name/gamma`.
    ///
    /// - Parameter channels: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, channels: Int? = nil, epsilon: Double = 1e-6, usesScale: Bool = true
    ) {
        self.epsilon = epsilon
        self.usesScale = usesScale
        affine = Affine.variables(
            name, channels: channels, usesScale: usesScale, usesOffset: false)
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public var scale: Variable<Scalar>? {
        usesScale ? affine.made?.scale ?? affine.missing("gamma") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            affine.output("rmsNorm", x.anyTensor) {
                let own = try affine.made(for: x.anyTensor, argument: "channels")
                return rmsNormalized(
                    x.anyTensor, scale: own.scale?.anyTensor, epsilon: epsilon)
            })
    }
}

/// Each group of channels of an example with mean 0 and variance 1, then scaled and shifted (Wu and He 2018).
///
/// One group normalises over all of an example; ``InstanceNorm`` has as many as channels.
/// - Shape: input `[n, ..., channels]` → the same.
public struct GroupNorm<Scalar: FloatingScalar>: ModelessLayer {
    private let affine: SizedVariables<Affine<Scalar>>
    private let usesScale, usesOffset: Bool
    /// Into how many groups the channels are divided.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Double

    /// A layer whose variables are `name/gamma` and `name/beta`.
    ///
    /// - Parameter channels: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, groups: Int, channels: Int? = nil, epsilon: Double = 1e-5,
        usesScale: Bool = true, usesOffset: Bool = true
    ) {
        self.groups = groups
        self.epsilon = epsilon
        self.usesScale = usesScale
        self.usesOffset = usesOffset
        affine = Affine.variables(
            name, channels: channels, usesScale: usesScale, usesOffset: usesOffset)
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public var scale: Variable<Scalar>? {
        usesScale ? affine.made?.scale ?? affine.missing("gamma") : nil
    }
    /// What is added then, `[channels]`; nil without.
    public var offset: Variable<Scalar>? {
        usesOffset ? affine.made?.offset ?? affine.missing("beta") : nil
    }

    /// The layer's output. Channels that the groups do not divide are an error.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            affine.output("groupNorm", x.anyTensor) {
                let own = try affine.made(for: x.anyTensor, argument: "channels")
                return groupNormalized(
                    x.anyTensor, groups: groups, scale: own.scale?.anyTensor,
                    offset: own.offset?.anyTensor, epsilon: epsilon)
            })
    }
}

/// Each channel of each example with mean 0 and variance 1 over its places, then scaled and shifted (Ulyanov et al.
/// 2016).
///
/// - Shape: input `[n, ..., channels]` → the same.
public struct InstanceNorm<Scalar: FloatingScalar>: ModelessLayer {
    private let affine: SizedVariables<Affine<Scalar>>
    private let usesScale, usesOffset: Bool
    /// Added to the variance.
    public let epsilon: Double

    /// A layer whose variables are `name/gamma` and `name/beta`.
    ///
    /// - Parameter channels: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, channels: Int? = nil, epsilon: Double = 1e-5, usesScale: Bool = true,
        usesOffset: Bool = true
    ) {
        self.epsilon = epsilon
        self.usesScale = usesScale
        self.usesOffset = usesOffset
        affine = Affine.variables(
            name, channels: channels, usesScale: usesScale, usesOffset: usesOffset)
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public var scale: Variable<Scalar>? {
        usesScale ? affine.made?.scale ?? affine.missing("gamma") : nil
    }
    /// What is added then, `[channels]`; nil without.
    public var offset: Variable<Scalar>? {
        usesOffset ? affine.made?.offset ?? affine.missing("beta") : nil
    }

    /// The layer's output. An input without spatial axes is an error.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            affine.output("instanceNorm", x.anyTensor) {
                let x = x.anyTensor
                guard try x.knownRank() >= 3 else {
                    throw RuleViolation(
                        "\(x.type) has no spatial axes between the first and the last")
                }
                let own = try affine.made(for: x, argument: "channels")
                return groupNormalized(
                    x, groups: try x.knownSize(-1), scale: own.scale?.anyTensor,
                    offset: own.offset?.anyTensor, epsilon: epsilon)
            })
    }
}
