// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf.contrib.layers {
    /// `tf.contrib.layers.batch_norm`: trains unless told otherwise, has no scale, and feeds
    /// its moving variance the unbiased variance when it is fused (rank 2 and 4).
    ///
    /// - Parameter updates_collections: nil for updates that happen wherever the layer is computed; else
    ///   they are in `UPDATE_OPS`, and training steps run them.
    public static func batch_norm(
        _ inputs: some TensorOperand, decay: Double = 0.999, center: Bool = true,
        scale: Bool = false, epsilon: Double = 0.001, activation_fn: tf.Activation? = nil,
        updates_collections: String? = "update_ops", is_training: some TrainingMode = true,
        reuse: (any ReuseConvertible)? = nil, trainable: Bool = true, fused: Bool? = nil,
        scope: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        let isFused = fused ?? (x.shape.rank == 2 || x.shape.rank == 4)
        let output = tf.normalize(
            x, "BatchNorm", scope, reuse, momentum: decay, epsilon: epsilon, center: center,
            scale: scale, mode: is_training.trainingMode, isFused: isFused, trainable: trainable,
            isInPlace: updates_collections == nil)
        return activation_fn?(output) ?? output
    }
}

extension tf.contrib.layers {
    /// The same with Weft's mode.
    public static func batch_norm(
        _ inputs: some TensorOperand, decay: Double = 0.999, center: Bool = true,
        scale: Bool = false, epsilon: Double = 0.001, is_training: Mode, fused: Bool? = nil,
        scope: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        return tf.normalize(
            x, "BatchNorm", scope, nil, momentum: decay, epsilon: epsilon, center: center,
            scale: scale, mode: is_training,
            isFused: fused ?? (x.shape.rank == 2 || x.shape.rank == 4), trainable: true,
            isInPlace: false)
    }
}

extension tf.layers {
    /// `tf.layers.batch_normalization`: does not train unless told so, has scale and offset, and
    /// is fused for rank 4 only.
    public static func batch_normalization(
        _ inputs: some TensorOperand, axis: Int = -1, momentum: Double = 0.99,
        epsilon: Double = 0.001, center: Bool = true, scale: Bool = true,
        training: some TrainingMode = false, trainable: Bool = true, name: String? = nil,
        reuse: (any ReuseConvertible)? = nil, fused: Bool? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        let isFused = fused ?? (x.shape.rank == 4)
        let isLast = axis == -1 || axis == x.shape.rank.map { $0 - 1 }
        guard isLast || axis == 1 else {
            return .invalid(
                "batch_normalization", name, "the axis must be 1 or the last, not \(axis)")
        }
        let output = tf.normalize(
            isLast ? x : x.movingChannelsLast(), "batch_normalization", name, reuse,
            momentum: momentum, epsilon: epsilon, center: center, scale: scale,
            mode: training.trainingMode, isFused: isFused, trainable: trainable, isInPlace: false)
        return isLast ? output : output.movingChannelsFirst()
    }

    /// The same with Weft's mode.
    public static func batch_normalization(
        _ inputs: some TensorOperand, momentum: Double = 0.99, epsilon: Double = 0.001,
        center: Bool = true, scale: Bool = true, training: Mode, fused: Bool? = nil,
        name: String? = nil
    ) -> tf.Tensor {
        let x = inputs.tensor(nil)
        return tf.normalize(
            x, "batch_normalization", name, nil, momentum: momentum, epsilon: epsilon,
            center: center, scale: scale, mode: training, isFused: fused ?? (x.shape.rank == 4),
            trainable: true, isInPlace: false)
    }

    /// The same with the mode before the momentum.
    public static func batch_normalization(
        _ inputs: some TensorOperand, training: some TrainingMode, momentum: Double,
        epsilon: Double = 0.001, name: String? = nil
    ) -> tf.Tensor {
        batch_normalization(
            inputs, momentum: momentum, epsilon: epsilon, training: training, name: name)
    }
}

extension tf {
    fileprivate static func normalize(
        _ x: AnyTensor, _ kind: String, _ name: String?, _ reuse: (any ReuseConvertible)?,
        momentum: Double, epsilon: Double, center: Bool, scale: Bool, mode: Mode, isFused: Bool,
        trainable: Bool, isInPlace: Bool
    ) -> Tensor {
        layer(kind, name, reuse) {
            guard let channels = x.shape[-1] else {
                return .invalid(
                    "batch_norm", name, "the last axis of \(x.type) must be known", type: x.type)
            }
            func make(_ name: String, _ first: Initializer, _ trains: Bool) throws -> VariableHandle
            {
                try variable(
                    name, [channels], x.dtype, first, nil, trains,
                    trains || kind != "BatchNorm"
                        ? nil : [GraphKeys.GLOBAL_VARIABLES.name, GraphKeys.MODEL_VARIABLES.name],
                    nil
                ).handle
            }
            let (gamma, beta) = (
                scale ? try make("gamma", .ones, trainable) : nil,
                center ? try make("beta", .zeros, trainable) : nil
            )
            let (mean, variance) = (
                try make("moving_mean", .zeros, false), try make("moving_variance", .ones, false)
            )
            let share = isFused && x.shape.rank == 4 ? Double(1 - Float(momentum)) : 1 - momentum
            func layer<Scalar: FloatingScalar>(_: Scalar.Type) -> AnyTensor {
                BatchNorm<Scalar>(
                    scale: gamma, offset: beta, movingMean: mean, movingVariance: variance,
                    momentum: momentum, updateShare: share, epsilon: epsilon,
                    movingVarianceRule: isFused ? .unbiased : .population
                ).map { $0(Weft.Tensor(x), mode: mode).anyTensor }
                    ?? .invalid(
                        "batch_norm", name, "the input must be floating-point, not \(x.type)")
            }
            let output =
                switch x.dtype {
                case .float64: layer(Double.self)
                case .float16: layer(Float16.self)
                case .bfloat16: layer(BFloat16.self)
                default: layer(Float.self)
                }
            guard case .withUpdates = output.node.op else { return output }
            let updates = output.node.inputs.dropFirst().map { Update($0) }
            if isInPlace { return output.after(updates) }
            for update in updates {
                add_to_collection(GraphKeys.UPDATE_OPS, Operation(update.anyTensor))
            }
            return output
        }
    }
}
