// SPDX-License-Identifier: Apache-2.0
public import Weft

/// The common layers of `tf.contrib.layers`: their activation is `tf.nn.relu` unless told otherwise, and their
/// variables are `SCOPE/weights` and `SCOPE/biases`.
extension tf.contrib.layers {
    /// inputs · weights + biases over the last axis, through an activation.
    public static func fully_connected(
        _ inputs: some TensorOperand, _ num_outputs: Int,
        activation_fn: tf.Activation? = { tf.nn.relu($0) },
        normalizer_fn: tf.Activation? = nil,
        weights_initializer: (any InitialValue)? = Initializer.glorotUniform,
        weights_regularizer: tf.Regularizer? = nil,
        biases_initializer: (any InitialValue)? = Initializer.zeros,
        reuse: (any ReuseConvertible)? = nil, trainable: Bool = true, scope: String? = nil
    ) -> tf.Tensor {
        let parts = tf.parts(
            activation_fn, normalizer_fn, weights_initializer, weights_regularizer,
            biases_initializer, trainable)
        return tf.layer("fully_connected", scope, reuse) {
            try tf.dense(inputs.tensor(nil), num_outputs, parts)
        }
    }
    /// The same, all by labels.
    public static func fully_connected(
        inputs: some TensorOperand, num_outputs: Int,
        activation_fn: tf.Activation? = { tf.nn.relu($0) }, normalizer_fn: tf.Activation? = nil,
        weights_initializer: (any InitialValue)? = Initializer.glorotUniform,
        weights_regularizer: tf.Regularizer? = nil,
        biases_initializer: (any InitialValue)? = Initializer.zeros,
        reuse: (any ReuseConvertible)? = nil, trainable: Bool = true, scope: String? = nil
    ) -> tf.Tensor {
        fully_connected(
            inputs, num_outputs, activation_fn: activation_fn, normalizer_fn: normalizer_fn,
            weights_initializer: weights_initializer, weights_regularizer: weights_regularizer,
            biases_initializer: biases_initializer, reuse: reuse, trainable: trainable,
            scope: scope)
    }
    /// inputs · weights + biases, without an activation.
    public static func linear(
        _ inputs: some TensorOperand, _ num_outputs: Int, scope: String? = nil
    ) -> tf.Tensor {
        fully_connected(inputs, num_outputs, activation_fn: nil, scope: scope)
    }

    /// The convolution over two spatial axes, with a bias, through an activation; `"SAME"` unless told
    /// otherwise.
    public static func conv2d(
        _ inputs: some TensorOperand, _ num_outputs: Int, _ kernel_size: any SpatialSizes,
        _ stride: any SpatialSizes = 1, padding: String = "SAME", data_format: String = "NHWC",
        rate: any SpatialSizes = 1, activation_fn: tf.Activation? = { tf.nn.relu($0) },
        normalizer_fn: tf.Activation? = nil,
        weights_initializer: (any InitialValue)? = Initializer.glorotUniform,
        weights_regularizer: tf.Regularizer? = nil,
        biases_initializer: (any InitialValue)? = Initializer.zeros,
        reuse: (any ReuseConvertible)? = nil, trainable: Bool = true, scope: String? = nil
    ) -> tf.Tensor {
        let parts = tf.parts(
            activation_fn, normalizer_fn, weights_initializer, weights_regularizer,
            biases_initializer, trainable)
        return tf.layer("Conv", scope, reuse) {
            try tf.convolution(
                inputs.tensor(nil), num_outputs, kernel_size.sizes(2), stride.sizes(2),
                rate.sizes(2), padding, data_format, parts)
        }
    }
    /// The same with labels for size and stride.
    public static func conv2d(
        _ inputs: some TensorOperand, num_outputs: Int, kernel_size: any SpatialSizes,
        stride: any SpatialSizes = 1, padding: String = "SAME",
        activation_fn: tf.Activation? = { tf.nn.relu($0) }, normalizer_fn: tf.Activation? = nil,
        weights_initializer: (any InitialValue)? = Initializer.glorotUniform,
        reuse: (any ReuseConvertible)? = nil, scope: String? = nil
    ) -> tf.Tensor {
        conv2d(
            inputs, num_outputs, kernel_size, stride, padding: padding,
            activation_fn: activation_fn, normalizer_fn: normalizer_fn,
            weights_initializer: weights_initializer, reuse: reuse, scope: scope)
    }
    /// The same under its older name.
    public static func convolution2d(
        _ inputs: some TensorOperand, _ num_outputs: Int, _ kernel_size: any SpatialSizes,
        stride: any SpatialSizes = 1, padding: String = "SAME",
        activation_fn: tf.Activation? = { tf.nn.relu($0) }, scope: String? = nil
    ) -> tf.Tensor {
        conv2d(
            inputs, num_outputs, kernel_size, stride, padding: padding,
            activation_fn: activation_fn, scope: scope)
    }

    /// The greatest element in each window; `"VALID"` and strides of 2 unless told otherwise.
    public static func max_pool2d(
        _ inputs: some TensorOperand, _ kernel_size: any SpatialSizes,
        stride: any SpatialSizes = 2, padding: String = "VALID", scope: String? = nil
    ) -> tf.Tensor {
        tf.nn.max_pool(
            inputs, ksize: kernel_size.sizes(2), strides: stride.sizes(2), padding: padding,
            name: scope)
    }
    /// The mean of the elements in each window; `"VALID"` and strides of 2 unless told otherwise.
    public static func avg_pool2d(
        _ inputs: some TensorOperand, _ kernel_size: any SpatialSizes,
        stride: any SpatialSizes = 2, padding: String = "VALID", scope: String? = nil
    ) -> tf.Tensor {
        tf.nn.avg_pool(
            inputs, ksize: kernel_size.sizes(2), strides: stride.sizes(2), padding: padding,
            name: scope)
    }
    /// All dimensions but the first as one.
    public static func flatten(_ inputs: some TensorOperand, scope: String? = nil) -> tf.Tensor {
        tf.flattened(inputs.tensor(nil), scope)
    }
    /// Sets elements to zero where it trains, and divides the others by the share that is kept.
    public static func dropout(
        _ inputs: some TensorOperand, keep_prob: some TensorOperand = 0.5,
        is_training: some TrainingMode = true, scope: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        return tf.layers.dropout(
            x, rate: 1 - keep_prob.tensor(x.dtype), training: is_training, name: scope)
    }
    /// Ones at the positions of classes.
    public static func one_hot_encoding(
        _ labels: some TensorOperand, _ num_classes: Int, scope: String? = nil
    ) -> tf.Tensor {
        tf.one_hot(labels, num_classes, dtype: .float32, name: scope)
    }

    /// Normalizes each example over all of its axes but the first, with an offset and a scale for the last.
    public static func layer_norm(
        _ inputs: some TensorOperand, center: Bool = true, scale: Bool = true,
        activation_fn: tf.Activation? = nil, reuse: (any ReuseConvertible)? = nil,
        trainable: Bool = true, scope: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        return tf.layer("LayerNorm", scope, reuse) {
            let width = try tf.known(x.shape[-1], "the last size", of: x)
            let rank = try tf.known(x.shape.rank, "the rank", of: x)
            let axes = Array(1..<max(rank, 2))
            let (mean, variance) = x.moments(axes: axes, keepingDimensions: true)
            var result = (x - mean) * rsqrt(variance + 1e-12)
            if scale {
                result =
                    result
                    * (try tf.variable(
                        "gamma", [width], x.dtype, Initializer.ones, nil, trainable, nil, nil
                    ).anyTensor)
            }
            if center {
                result =
                    result
                    + (try tf.variable(
                        "beta", [width], x.dtype, Initializer.zeros, nil, trainable, nil, nil
                    ).anyTensor)
            }
            return activation_fn?(result) ?? result
        }
    }

    // MARK: Initializers and penalties

    /// Distributed so that the sizes of a layer's values stay.
    public static func xavier_initializer(
        uniform: Bool = true, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        uniform ? .glorotUniform : .glorotNormal
    }
    /// The same for filters.
    public static func xavier_initializer_conv2d(
        uniform: Bool = true, seed: Int? = nil, dtype: DType = .float32
    ) -> Initializer {
        xavier_initializer(uniform: uniform)
    }
    /// Distributed by the number of inputs (`"FAN_IN"`), outputs or their mean.
    public static func variance_scaling_initializer(
        factor: Double = 2, mode: String = "FAN_IN", uniform: Bool = false, seed: Int? = nil,
        dtype: DType = .float32
    ) -> Initializer {
        tf.variance_scaling_initializer(
            scale: uniform ? factor : factor, mode: mode.lowercased(),
            distribution: uniform ? "uniform" : "truncated_normal")
    }
    /// scale · Σ w² / 2.
    public static func l2_regularizer(_ scale: Double, scope: String? = nil) -> tf.Regularizer {
        { scale == 0 ? nil : tf.nn.l2_loss($0) * scale }
    }
    /// scale · Σ |w|.
    public static func l1_regularizer(_ scale: Double, scope: String? = nil) -> tf.Regularizer {
        { scale == 0 ? nil : tf.reduce_sum(tf.abs($0)) * scale }
    }
    /// Both penalties together.
    public static func l1_l2_regularizer(
        scale_l1: Double = 1, scale_l2: Double = 1, scope: String? = nil
    ) -> tf.Regularizer {
        { tf.reduce_sum(tf.abs($0)) * scale_l1 + tf.nn.l2_loss($0) * scale_l2 }
    }
    /// The sum of the penalties of variables, those of `WEIGHTS` if none are given; it is added to
    /// `REGULARIZATION_LOSSES`.
    public static func apply_regularization(
        _ regularizer: tf.Regularizer, weights_list: [any TensorOperand]? = nil
    ) -> tf.Tensor {
        let weights = weights_list ?? tf.get_collection(tf.GraphKeys.WEIGHTS)
        let penalties = weights.compactMap { regularizer($0.tensor(nil)) }
        let sum = penalties.isEmpty ? AnyTensor.scalar(0, .float32) : tf.add_n(penalties)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, sum)
        return sum
    }
}

extension tf {
    fileprivate static func parts(
        _ activation: Activation?, _ normalizer: Activation?, _ weights: (any InitialValue)?,
        _ penalty: Regularizer?, _ biases: (any InitialValue)?, _ trainable: Bool
    ) -> LayerParts {
        LayerParts(
            activation: { x in
                let normalized = normalizer?(x) ?? x
                return activation?(normalized) ?? normalized
            },
            usesBias: normalizer == nil && biases != nil, kernelInitializer: weights,
            biasInitializer: biases ?? Initializer.zeros, kernelRegularizer: penalty,
            trainable: trainable, kernelName: "weights", biasName: "biases", isModel: true)
    }
}

extension tf.contrib {
    /// The layers of `tf.contrib.layers`, which `slim` handed on.
    public typealias slim = layers
}
