// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// x where it is positive, else x times a number that is learned (He et al. 2015).
///
/// What needs no variable is no layer but a function: `relu` stands in a ``Sequential`` by its name, and
/// `Lambda { leakyRelu($0, alpha: 0.1) }` with its argument.
/// - Shape: that of the input.
public struct PReLU<Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable { let alpha: Variable<Scalar> }

    private let weights: SizedVariables<Weights>

    /// A layer whose variable is `name/alpha`.
    ///
    /// - Parameters:
    ///   - channels: The size of the input's last axis; nil for that of the first input.
    ///   - isShared: Whether there is one number for all channels, as in PyTorch by default; else each has its own.
    public init(
        _ name: String, channels: Int? = nil, isShared: Bool = false,
        initializer: Initializer = .constant(0.25)
    ) {
        weights = SizedVariables(name, size: isShared ? 1 : channels) { channels in
            Weights(alpha: Variable("alpha", shape: [channels], initializer: initializer))
        }
    }

    /// What x is multiplied by below 0, `[channels]` or `[1]`.
    public var alpha: Variable<Scalar> { weights.made?.alpha ?? weights.missing("alpha") }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(
            weights.output("preLU", x.anyTensor) {
                let (x, alpha) = (x.anyTensor, try weights.made(for: x.anyTensor).alpha)
                let zero = AnyTensor.scalar(0, x.dtype)
                let size = alpha.shape.first ?? 1
                if let own = x.shape[-1], size != 1, own != size {
                    throw RuleViolation(
                        "the input \(x.type) has \(own) channels, the layer \(size)")
                }
                return select(x .> zero, x, x * alpha.anyTensor)
            })
    }
}
