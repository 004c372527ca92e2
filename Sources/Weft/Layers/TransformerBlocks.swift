// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Where the normalisations of a transformer's blocks stand.
public enum NormPlacement: Sendable {
    /// Before attention and feed-forward network; what goes around them is never normalised.
    case before
    /// After the sum of each with what goes around it, as in Vaswani et al. 2017.
    case after
}

/// Two dense layers with an activation between, for each position alone.
///
/// - Shape: input `[..., width]` → the same.
public struct FeedForward<Scalar: FloatingScalar>: Layer {
    /// Widens.
    public let first: Dense<Scalar>
    /// What the activation is multiplied by; nil where it is not gated.
    public let gate: Dense<Scalar>?
    /// Narrows again.
    public let second: Dense<Scalar>
    private let dropout: Dropout<Scalar>
    private let activation: @Sendable (Tensor<Scalar>) -> Tensor<Scalar>

    /// A network whose variables are those of `name/first` and `name/second`, and of `name/gate` where it is gated.
    ///
    /// - Parameters:
    ///   - width: The size of the output's last axis.
    ///   - hidden: The size between both layers.
    ///   - isGated: Whether what the activation gives is multiplied by another dense layer (Shazeer 2020).
    ///   - dropout: Which share of what is between is dropped while training.
    public init(
        _ name: String, width: Int, hidden: Int, isGated: Bool = false, dropout: Double = 0,
        usesBias: Bool = true,
        activation: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { relu($0) }
    ) {
        self.activation = activation
        (first, gate, second, self.dropout) = withNameScope(name) {
            (
                Dense("first", units: hidden, usesBias: usesBias),
                isGated ? Dense("gate", units: hidden, usesBias: usesBias) : nil,
                Dense("second", inputs: hidden, units: width, usesBias: usesBias),
                Dropout("dropout", rate: dropout)
            )
        }
    }

    /// The network's output.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        var hidden = activation(first(x))
        if let gate { hidden = hidden * gate(x) }
        return second(dropout(hidden, mode: mode))
    }
}

/// What goes around a part of a transformer: normalisation, dropout and sum.
struct ResidualPath<Scalar: FloatingScalar>: Sendable {
    let norm: any Layer<Tensor<Scalar>, Tensor<Scalar>>
    let dropout: Dropout<Scalar>
    let placement: NormPlacement

    func callAsFunction(
        _ x: Tensor<Scalar>, mode: Mode, _ part: (Tensor<Scalar>) -> Tensor<Scalar>
    ) -> Tensor<Scalar> {
        switch placement {
        case .before: x + dropout(part(norm(x, mode: mode)), mode: mode)
        case .after: norm(x + dropout(part(x), mode: mode), mode: mode)
        }
    }
}

/// How the blocks of a transformer are made.
public struct TransformerOptions<Scalar: FloatingScalar>: Sendable {
    /// Where normalisations stand.
    public var placement = NormPlacement.before
    /// Which share of weights, of what is between the dense layers, and of what is added is dropped while training.
    public var dropout = 0.0
    /// How many heads of keys and values there are; nil for as many as of queries.
    public var keyValueHeads: Int?
    /// How positions turn queries and keys of self-attention.
    public var rotary: RotaryPositions?
    /// Whether the feed-forward network is gated.
    public var isGated = false
    /// Whether dense layers have offsets.
    public var usesBias = true
    /// The activation of the feed-forward network.
    public var activation: @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { relu($0) }
    /// Makes the normalisations.
    public var norm: @Sendable (_ name: String) -> any Layer<Tensor<Scalar>, Tensor<Scalar>> = {
        LayerNorm<Scalar>($0)
    }

    /// PyTorch's defaults, but that normalisations stand before the parts, and that nothing is dropped.
    public init() {}

    func path(_ number: Int) -> ResidualPath<Scalar> {
        ResidualPath(
            norm: norm("norm\(number)"), dropout: Dropout("dropout\(number)", rate: dropout),
            placement: placement)
    }

    func attention(
        _ name: String, _ width: Int, _ heads: Int, isCausal: Bool, isSelf: Bool
    ) -> MultiHeadAttention<Scalar> {
        MultiHeadAttention(
            name, width: width, heads: heads, keyValueHeads: keyValueHeads, isCausal: isCausal,
            rotary: isSelf ? rotary : nil, dropout: dropout, usesBias: usesBias)
    }

    func feedForward(_ width: Int, _ hidden: Int) -> FeedForward<Scalar> {
        FeedForward(
            "feed_forward", width: width, hidden: hidden, isGated: isGated, dropout: dropout,
            usesBias: usesBias, activation: activation)
    }
}

/// A block of a transformer's encoder, or, causal, of a decoder that attends to nothing else: self-attention and a
/// feed-forward network, each with what goes around it.
///
/// ```swift
/// let model = Sequential {
///     Embedding<Float>("tokens", entries: 256, width: 64)
///     LearnedPositions("positions", most: 128)
///     for i in 0..<4 {
///         TransformerEncoderBlock("block\(i)", width: 64, heads: 4, hidden: 256, isCausal: true)
///     }
///     LayerNorm("norm")
///     Dense("logits", units: 256)
/// }
/// ```
///
/// - Shape: input `[n, positions, width]` → the same.
public struct TransformerEncoderBlock<Scalar: FloatingScalar>: Layer {
    /// Self-attention.
    public let attention: MultiHeadAttention<Scalar>
    private let path1: ResidualPath<Scalar>
    /// The network of each position.
    public let feedForward: FeedForward<Scalar>
    private let path2: ResidualPath<Scalar>

    /// A block whose variables are those of `name/attention`, `name/norm1`, `name/feed_forward` and `name/norm2`.
    ///
    /// - Parameters:
    ///   - width: The size of the input's last axis.
    ///   - heads: How many heads the attention has.
    ///   - hidden: The size inside of the feed-forward network.
    ///   - isCausal: Whether a position attends to itself and those before it only.
    public init(
        _ name: String, width: Int, heads: Int, hidden: Int, isCausal: Bool = false,
        options: TransformerOptions<Scalar> = .init()
    ) {
        (attention, path1, feedForward, path2) = withNameScope(name) {
            (
                options.attention("attention", width, heads, isCausal: isCausal, isSelf: true),
                options.path(1), options.feedForward(width, hidden), options.path(2)
            )
        }
    }

    /// The block's output, all positions attending as `isCausal` says.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        self(x, mask: .none, mode: mode)
    }

    /// The block's output, with a mask for the attention.
    public func callAsFunction(
        _ x: Tensor<Scalar>, mask: AttentionMask<Scalar>, mode: Mode
    ) -> Tensor<Scalar> {
        let y = path1(x, mode: mode) { attention.attended($0, mask: mask, mode: mode) }
        return path2(y, mode: mode) { feedForward($0, mode: mode) }
    }
}

/// A block of a transformer's decoder: causal self-attention, attention to what an encoder has made, and a feed-forward
/// network, each with what goes around it.
///
/// As a layer it takes both as a pair: `block((x, memory), mode: mode)`.
/// - Shape: input `[n, positions, width]`, memory `[n, others, width]` → `[n, positions, width]`.
public struct TransformerDecoderBlock<Scalar: FloatingScalar>: Layer {
    /// Causal self-attention.
    public let attention: MultiHeadAttention<Scalar>
    private let path1: ResidualPath<Scalar>
    /// Attention to the encoder's output.
    public let crossAttention: MultiHeadAttention<Scalar>
    private let path2: ResidualPath<Scalar>
    /// The network of each position.
    public let feedForward: FeedForward<Scalar>
    private let path3: ResidualPath<Scalar>

    /// A block whose variables are those of `name/attention`, `name/norm1`, `name/cross_attention`, `name/norm2`,
    /// `name/feed_forward` and `name/norm3`.
    ///
    /// - Parameters:
    ///   - width: The size of the input's last axis.
    ///   - heads: How many heads each attention has.
    ///   - hidden: The size inside of the feed-forward network.
    public init(
        _ name: String, width: Int, heads: Int, hidden: Int,
        options: TransformerOptions<Scalar> = .init()
    ) {
        (attention, path1, crossAttention, path2, feedForward, path3) = withNameScope(name) {
            (
                options.attention("attention", width, heads, isCausal: true, isSelf: true),
                options.path(1),
                options.attention("cross_attention", width, heads, isCausal: false, isSelf: false),
                options.path(2), options.feedForward(width, hidden), options.path(3)
            )
        }
    }

    /// The block's output, without masks but the causal one.
    public func callAsFunction(
        _ input: (Tensor<Scalar>, memory: Tensor<Scalar>), mode: Mode
    ) -> Tensor<Scalar> {
        self(input.0, memory: input.memory, mode: mode)
    }

    /// The block's output.
    ///
    /// - Parameters:
    ///   - mask: A mask for the self-attention, beside the causal one.
    ///   - memoryMask: A mask for the attention to the encoder's output.
    public func callAsFunction(
        _ x: Tensor<Scalar>, memory: Tensor<Scalar>, mask: AttentionMask<Scalar> = .none,
        memoryMask: AttentionMask<Scalar> = .none, mode: Mode
    ) -> Tensor<Scalar> {
        let y = path1(x, mode: mode) { attention.attended($0, mask: mask, mode: mode) }
        let z = path2(y, mode: mode) {
            crossAttention.attended($0, to: memory, mask: memoryMask, mode: mode)
        }
        return path3(z, mode: mode) { feedForward($0, mode: mode) }
    }
}
