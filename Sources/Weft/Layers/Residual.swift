// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A layer with a way around it: its output and the input, added (He et al. 2016).
///
/// ```swift
/// Residual {
///     LayerNorm<Float>("norm")
///     Dense("dense", units: 64)
///     relu
/// }
/// ```
///
/// - Shape: the input, the layer's output and the sum have one shape, or shapes that can be broadcast together.
public struct Residual<Scalar: NumericScalar>: Layer {
    /// What the input goes through.
    public let layer: any Layer<Tensor<Scalar>, Tensor<Scalar>>
    /// What stands for the input in the sum, such as a convolution that gives it as many channels; nil for itself.
    public let shortcut: (any Layer<Tensor<Scalar>, Tensor<Scalar>>)?

    /// A layer, and what stands for the input in the sum.
    public init(
        _ layer: any Layer<Tensor<Scalar>, Tensor<Scalar>>,
        shortcut: (any Layer<Tensor<Scalar>, Tensor<Scalar>>)? = nil
    ) {
        self.layer = layer
        self.shortcut = shortcut
    }

    /// Layers one after the other, and what stands for the input in the sum.
    ///
    /// - Parameter name: A name scope in which they are made.
    public init(
        _ name: String? = nil, shortcut: (any Layer<Tensor<Scalar>, Tensor<Scalar>>)? = nil,
        @LayerBuilder<Tensor<Scalar>> layers: () throws -> Sequential<
            Tensor<Scalar>, Tensor<Scalar>
        >
    ) rethrows {
        self.init(try Sequential(name, layers: layers), shortcut: shortcut)
    }

    /// The layer's output and the input, added.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        (shortcut?(x, mode: mode) ?? x) + layer(x, mode: mode)
    }
}
