// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

extension tf {
    /// Pieces of networks, as in `tf.nn`.
    public enum nn {}

    /// The tensor with an axis in the place of the last, and the last in its place.
    static func swapped(_ x: Tensor, _ axis: Int) -> Tensor {
        guard let rank = x.shape.rank, axis >= -rank, axis < rank else {
            return .invalid("softmax", nil, "\(x.type) has no axis \(axis)")
        }
        var order = Array(0..<rank)
        order.swapAt(axis < 0 ? axis + rank : axis, rank - 1)
        return transpose(x, order)
    }
}

/// Activations, losses and statistics.
extension tf.nn {
    /// `max(features, 0)`; NaN stays NaN.
    public static func relu(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Relu", [features.tensor(nil)], [:], name)
    }
    /// `min(max(features, 0), 6)`.
    public static func relu6(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Relu6", [features.tensor(nil)], [:], name)
    }
    /// x where it is positive, else alpha · x.
    public static func leaky_relu(
        _ features: some TensorOperand, alpha: Double = 0.2, name: String? = nil
    ) -> tf.Tensor {
        tf.call("LeakyRelu", [features.tensor(nil)], ["alpha": .float(alpha)], name)
    }
    /// x where it is positive, else exp x − 1.
    public static func elu(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Elu", [features.tensor(nil)], [:], name)
    }
    /// The activation of self-normalizing networks.
    public static func selu(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Selu", [features.tensor(nil)], [:], name)
    }
    /// log(1 + exp x).
    public static func softplus(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Softplus", [features.tensor(nil)], [:], name)
    }
    /// x / (1 + |x|).
    public static func softsign(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("Softsign", [features.tensor(nil)], [:], name)
    }
    /// x · sigmoid x.
    public static func swish(_ features: some TensorOperand) -> tf.Tensor {
        silu(features.tensor(nil))
    }
    /// relu of x and of −x, one behind the other along the last axis.
    public static func crelu(_ features: some TensorOperand, name: String? = nil) -> tf.Tensor {
        let x = features.tensor(nil)
        return relu(tf.concat([x, -x], -1), name: name)
    }
    /// 1 / (1 + exp −x).
    public static func sigmoid(_ x: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.sigmoid(x, name: name)
    }
    /// The hyperbolic tangent.
    public static func tanh(_ x: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.tanh(x, name: name)
    }

    /// exp(xᵢ) / Σⱼ exp(xⱼ) along an axis, the last one if none is said.
    public static func softmax(
        _ logits: some TensorOperand, axis: Int? = nil, name: String? = nil, dim: Int? = nil
    ) -> tf.Tensor {
        along(axis ?? dim, "Softmax", logits.tensor(nil), name)
    }
    /// The same with the axis, or its label, before.
    public static func softmax(_ logits: some TensorOperand, _ axis: Int) -> tf.Tensor {
        softmax(logits, axis: axis)
    }
    /// The same, all by labels.
    public static func softmax(
        logits: some TensorOperand, axis: Int? = nil, name: String? = nil
    ) -> tf.Tensor {
        softmax(logits, axis: axis, name: name)
    }
    /// log softmax along an axis, the last one if none is said.
    public static func log_softmax(
        _ logits: some TensorOperand, axis: Int? = nil, name: String? = nil, dim: Int? = nil
    ) -> tf.Tensor {
        along(axis ?? dim, "LogSoftmax", logits.tensor(nil), name)
    }

    /// An operation on the last axis, applied along another.
    private static func along(
        _ axis: Int?, _ operation: String, _ x: tf.Tensor, _ name: String?
    ) -> tf.Tensor {
        guard let axis, axis != -1, let rank = x.shape.rank, axis != rank - 1 else {
            return tf.call(operation, [x], [:], name)
        }
        return tf.named(tf.swapped(tf.call(operation, [tf.swapped(x, axis)]), axis), name)
    }

    // MARK: Losses of logits

    /// The cross-entropy of distributions and softmax(logits); no gradient flows to the labels.
    ///
    /// - Shape: labels, logits [..., classes] → [...].
    public static func softmax_cross_entropy_with_logits(
        labels: some TensorOperand, logits: some TensorOperand, dim: Int = -1, name: String? = nil
    ) -> tf.Tensor {
        let logits = logits.tensor(nil)
        return crossEntropy(stopGradient(labels.tensor(logits.dtype)), logits, dim, name)
    }
    private static func crossEntropy(
        _ labels: tf.Tensor, _ logits: tf.Tensor, _ axis: Int, _ name: String?
    ) -> tf.Tensor {
        let isLast = axis == -1 || axis == logits.shape.rank.map { $0 - 1 }
        let operands = isLast ? [logits, labels] : [logits, labels].map { tf.swapped($0, axis) }
        let loss = tf.call("SoftmaxCrossEntropyWithLogits", operands, [:], name)
        guard !isLast else { return loss }
        return tf.squeeze(tf.swapped(tf.expand_dims(loss, -1), axis), axis, name: name)
    }
    /// The cross-entropy of distributions and softmax(logits).
    public static func softmax_cross_entropy_with_logits(
        logits: some TensorOperand, labels: some TensorOperand, dim: Int = -1, name: String? = nil
    ) -> tf.Tensor {
        softmax_cross_entropy_with_logits(labels: labels, logits: logits, dim: dim, name: name)
    }
    /// The cross-entropy of distributions and softmax(logits); a gradient flows to the labels too.
    public static func softmax_cross_entropy_with_logits_v2(
        labels: some TensorOperand, logits: some TensorOperand, axis: Int = -1,
        name: String? = nil
    ) -> tf.Tensor {
        let logits = logits.tensor(nil)
        return crossEntropy(labels.tensor(logits.dtype), logits, axis, name)
    }
    /// The cross-entropy of distributions and softmax(logits); a gradient flows to the labels too.
    public static func softmax_cross_entropy_with_logits_v2(
        logits: some TensorOperand, labels: some TensorOperand, axis: Int = -1,
        name: String? = nil
    ) -> tf.Tensor {
        softmax_cross_entropy_with_logits_v2(labels: labels, logits: logits, axis: axis, name: name)
    }
    /// The cross-entropy of the numbers of classes and softmax(logits).
    ///
    /// - Shape: labels [...], logits [..., classes] → [...].
    public static func sparse_softmax_cross_entropy_with_logits(
        labels: some TensorOperand, logits: some TensorOperand, name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "SparseSoftmaxCrossEntropyWithLogits", [logits.tensor(nil), labels.tensor(.int32)], [:],
            name)
    }
    /// The cross-entropy of the numbers of classes and softmax(logits).
    public static func sparse_softmax_cross_entropy_with_logits(
        logits: some TensorOperand, labels: some TensorOperand, name: String? = nil
    ) -> tf.Tensor {
        sparse_softmax_cross_entropy_with_logits(labels: labels, logits: logits, name: name)
    }
    /// The cross-entropy of probabilities and sigmoid(logits), for each element on its own.
    public static func sigmoid_cross_entropy_with_logits(
        labels: some TensorOperand, logits: some TensorOperand, name: String? = nil
    ) -> tf.Tensor {
        let logits = logits.tensor(nil)
        return tf.named(
            sigmoidCrossEntropy(
                logits: logits, labels: labels.tensor(logits.dtype), reduction: .none), name)
    }
    /// The cross-entropy of probabilities and sigmoid(logits), for each element on its own.
    public static func sigmoid_cross_entropy_with_logits(
        logits: some TensorOperand, labels: some TensorOperand, name: String? = nil
    ) -> tf.Tensor {
        sigmoid_cross_entropy_with_logits(labels: labels, logits: logits, name: name)
    }
    /// The same with positive examples weighted by `pos_weight`.
    public static func weighted_cross_entropy_with_logits(
        labels: some TensorOperand, logits: some TensorOperand, pos_weight: some TensorOperand,
        name: String? = nil
    ) -> tf.Tensor {
        let x = logits.tensor(nil)
        let (z, q) = (labels.tensor(x.dtype), pos_weight.tensor(x.dtype))
        let weight = (q - 1) * z + 1
        return tf.named((1 - z) * x + weight * Weft.softplus(-x), name)
    }
    /// Σ t² / 2.
    public static func l2_loss(_ t: some TensorOperand, name: String? = nil) -> tf.Tensor {
        tf.call("L2Loss", [t.tensor(nil)], [:], name)
    }
    /// The share of elements that are 0.
    public static func zero_fraction(_ value: some TensorOperand, name: String? = nil) -> tf.Tensor
    {
        tf.reduce_mean(tf.cast(tf.equal(value, 0), .float32), name: name)
    }

    // MARK: Statistics and normalization

    /// Mean and variance over axes.
    public static func moments(
        _ x: some TensorOperand, _ axes: [Int], name: String? = nil, keep_dims: Bool = false
    ) -> (tf.Tensor, tf.Tensor) {
        let (mean, variance) = x.tensor(nil).moments(axes: axes, keepingDimensions: keep_dims)
        return (mean, tf.named(variance, name))
    }
    /// Mean and variance over axes.
    public static func moments(
        _ x: some TensorOperand, axes: [Int], name: String? = nil, keep_dims: Bool = false
    ) -> (tf.Tensor, tf.Tensor) {
        moments(x, axes, name: name, keep_dims: keep_dims)
    }
    /// (x − mean) / √(variance + epsilon), scaled and moved.
    public static func batch_normalization(
        _ x: some TensorOperand, _ mean: some TensorOperand, _ variance: some TensorOperand,
        _ offset: (any TensorOperand)?, _ scale: (any TensorOperand)?, _ variance_epsilon: Double,
        name: String? = nil
    ) -> tf.Tensor {
        let x = x.tensor(nil)
        var factor = rsqrt(variance.tensor(x.dtype) + variance_epsilon)
        if let scale { factor = factor * scale.tensor(x.dtype) }
        let shift = offset.map { $0.tensor(x.dtype) - mean.tensor(x.dtype) * factor }
        return tf.named(x * factor + (shift ?? -mean.tensor(x.dtype) * factor), name)
    }
    /// The same under the name of its first versions.
    public static func batch_norm_with_global_normalization(
        _ t: some TensorOperand, _ m: some TensorOperand, _ v: some TensorOperand,
        _ beta: some TensorOperand, _ gamma: some TensorOperand, _ variance_epsilon: Double,
        scale_after_normalization: Bool, name: String? = nil
    ) -> tf.Tensor {
        batch_normalization(
            t, m, v, beta, scale_after_normalization ? gamma : nil, variance_epsilon, name: name)
    }
    /// x / √max(Σ x², epsilon) along `axis`.
    public static func l2_normalize(
        _ x: some TensorOperand, axis: (any AxisConvertible)? = nil, epsilon: Double = 1e-12,
        name: String? = nil, dim: (any AxisConvertible)? = nil
    ) -> tf.Tensor {
        tf.named(
            l2Normalized(x.tensor(nil), axes: (axis ?? dim)?.axes ?? [-1], epsilon: epsilon), name)
    }
    /// x / √max(Σ x², epsilon) along an axis without a label.
    public static func l2_normalize(
        _ x: some TensorOperand, _ axis: any AxisConvertible, _ epsilon: Double = 1e-12,
        name: String? = nil
    ) -> tf.Tensor {
        l2_normalize(x, axis: axis, epsilon: epsilon, name: name)
    }
    /// x / (bias + alpha · Σ x²)^beta, the sum over channels at most `depth_radius` away.
    public static func local_response_normalization(
        _ input: some TensorOperand, depth_radius: Int = 5, bias: Double = 1, alpha: Double = 1,
        beta: Double = 0.5, name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "LRN", [input.tensor(nil)],
            [
                "depth_radius": .int(depth_radius), "bias": .float(bias), "alpha": .float(alpha),
                "beta": .float(beta),
            ], name)
    }
    /// The same under its short name.
    public static func lrn(
        _ input: some TensorOperand, _ depth_radius: Int = 5, bias: Double = 1, alpha: Double = 1,
        beta: Double = 0.5, name: String? = nil
    ) -> tf.Tensor {
        local_response_normalization(
            input, depth_radius: depth_radius, bias: bias, alpha: alpha, beta: beta, name: name)
    }

    // MARK: Products and look-ups

    /// x · weights + biases.
    public static func xw_plus_b(
        _ x: some TensorOperand, _ weights: some TensorOperand, _ biases: some TensorOperand,
        name: String? = nil
    ) -> tf.Tensor {
        tf.named(tf.matmul(x, weights) + biases.tensor(nil), name)
    }
    /// relu(x · weights + biases).
    public static func relu_layer(
        _ x: some TensorOperand, _ weights: some TensorOperand, _ biases: some TensorOperand,
        name: String? = nil
    ) -> tf.Tensor {
        relu(xw_plus_b(x, weights, biases), name: name)
    }
    /// The rows of a table at positions.
    public static func embedding_lookup(
        _ params: some TensorOperand, _ ids: some TensorOperand, name: String? = nil
    ) -> tf.Tensor {
        tf.gather(params, ids, name: name)
    }
    /// Whether the class of each row is among its `k` greatest predictions.
    public static func in_top_k(
        _ predictions: some TensorOperand, _ targets: some TensorOperand, _ k: Int,
        name: String? = nil
    ) -> tf.Tensor {
        tf.call(
            "InTopKV2",
            [predictions.tensor(nil), targets.tensor(.int32), .scalar(Double(k), .int32)],
            [:], name)
    }
    /// The `k` greatest elements of the last axis, the greatest first, and their positions.
    public static func top_k(
        _ input: some TensorOperand, k: Int = 1, sorted: Bool = true, name: String? = nil
    ) -> (values: tf.Tensor, indices: tf.Tensor) {
        let results = tf.calls(
            "TopKV2", [input.tensor(nil), .scalar(Double(k), .int32)], ["sorted": .bool(sorted)],
            name)
        return (results[0], results.last ?? results[0])
    }
    /// The `k` greatest elements of the last axis.
    public static func top_k(
        _ input: some TensorOperand, _ k: Int, sorted: Bool = true, name: String? = nil
    ) -> (values: tf.Tensor, indices: tf.Tensor) {
        top_k(input, k: k, sorted: sorted, name: name)
    }
}
