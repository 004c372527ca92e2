// SPDX-License-Identifier: Apache-2.0
public import Weft

extension tf {
    /// What stood in `tf.contrib`.
    public enum contrib {
        /// Layers that make their variables in the current variable scope.
        public enum layers {
            /// `tf.contrib.layers.batch_norm`: trains unless told otherwise, has no scale, and feeds
            /// its moving variance the unbiased variance when it is fused (rank 2 and 4).
            public static func batch_norm(
                _ inputs: some TensorConvertible, decay: Double = 0.999, center: Bool = true,
                scale: Bool = false, epsilon: Double = 0.001, is_training: Mode = .training,
                fused: Bool? = nil, scope: String = "BatchNorm"
            ) -> Tensor {
                let x = inputs.anyTensor
                let isFused = fused ?? (x.shape.rank == 2 || x.shape.rank == 4)
                return normalize(
                    x, scope, momentum: decay, epsilon: epsilon, center: center, scale: scale,
                    mode: is_training, isFused: isFused)
            }
        }
    }

    /// Layers that make their variables in the current variable scope.
    public enum layers {
        /// `tf.layers.batch_normalization`: does not train unless told so, has scale and offset, and
        /// is fused for rank 4 only.
        public static func batch_normalization(
            _ inputs: some TensorConvertible, momentum: Double = 0.99, epsilon: Double = 0.001,
            center: Bool = true, scale: Bool = true, training: Mode = .inference,
            fused: Bool? = nil, name: String = "batch_normalization"
        ) -> Tensor {
            let x = inputs.anyTensor
            let isFused = fused ?? (x.shape.rank == 4)
            return normalize(
                x, name, momentum: momentum, epsilon: epsilon, center: center, scale: scale,
                mode: training, isFused: isFused)
        }
    }

    private static func normalize(
        _ x: AnyTensor, _ scope: String, momentum: Double, epsilon: Double, center: Bool,
        scale: Bool,
        mode: Mode, isFused: Bool
    ) -> Tensor {
        guard let channels = x.shape[-1] else {
            return .invalid(
                "batch_norm", scope, "the last axis of \(x.type) must be known", type: x.type)
        }
        let name = Collections.uniqueName(scope) { Collections.isScopeTaken($0) }
        var layer = BatchNorm<Float>(
            name, channels: channels, momentum: momentum, epsilon: epsilon, usesScale: scale,
            usesOffset: center, movingVarianceRule: isFused ? .unbiased : .population)
        if isFused && x.shape.rank == 4 { layer.updateShare = Double(1 - Float(momentum)) }
        for variable in [layer.scale, layer.offset, layer.movingMean, layer.movingVariance] {
            if let handle = variable?.handle {
                Collections.enter(handle, .function(handle.initializer))
            }
        }
        return layer(Weft.Tensor<Float>(x), mode: mode).anyTensor
    }
}
