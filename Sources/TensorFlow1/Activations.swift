// SPDX-License-Identifier: Apache-2.0
public import Weft

/// The functions that layers take as they stand: `activation: tf.nn.relu`.
extension tf.nn {
    /// `max(features, 0)`.
    public static func relu(_ features: tf.Tensor) -> tf.Tensor { relu(features, name: nil) }
    /// `min(max(features, 0), 6)`.
    public static func relu6(_ features: tf.Tensor) -> tf.Tensor { relu6(features, name: nil) }
    /// x where it is positive, else 0.2 · x.
    public static func leaky_relu(_ features: tf.Tensor) -> tf.Tensor {
        leaky_relu(features, alpha: 0.2)
    }
    /// x where it is positive, else exp x − 1.
    public static func elu(_ features: tf.Tensor) -> tf.Tensor { elu(features, name: nil) }
    /// The activation of self-normalizing networks.
    public static func selu(_ features: tf.Tensor) -> tf.Tensor { selu(features, name: nil) }
    /// 1 / (1 + exp −x).
    public static func sigmoid(_ x: tf.Tensor) -> tf.Tensor { sigmoid(x, name: nil) }
    /// The hyperbolic tangent.
    public static func tanh(_ x: tf.Tensor) -> tf.Tensor { tanh(x, name: nil) }
    /// log(1 + exp x).
    public static func softplus(_ features: tf.Tensor) -> tf.Tensor {
        softplus(features, name: nil)
    }
    /// exp(xᵢ) / Σⱼ exp(xⱼ) along the last axis.
    public static func softmax(_ logits: tf.Tensor) -> tf.Tensor { softmax(logits, name: nil) }
}

extension tf {
    /// 1 / (1 + exp −x).
    public static func sigmoid(_ x: Tensor) -> Tensor { sigmoid(x, name: nil) }
    /// The hyperbolic tangent.
    public static func tanh(_ x: Tensor) -> Tensor { tanh(x, name: nil) }
    /// `x` itself.
    public static func identity(_ x: Tensor) -> Tensor { identity(x, name: nil) }
}
