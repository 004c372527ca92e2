// SPDX-License-Identifier: Apache-2.0
import Weft

/// Normalisations, and what TensorFlow's gradients of them compute.
enum NormalizationOperations {
    static let all: [OperationDefinition] =
        [("FusedBatchNorm", 2), ("FusedBatchNormV2", 2), ("FusedBatchNormV3", 3)].map {
            name, reserved in
            OperationDefinition(
                name,
                outputs: ["y", "batch_mean", "batch_variance"]
                    + (1...reserved).map { "reserve_space_\($0)" },
                defaults: batchDefaults,
                tensors: { Array(try batchNormalized($0).prefix(3 + reserved)) })
        }
        + [("FusedBatchNormGrad", 3), ("FusedBatchNormGradV2", 3), ("FusedBatchNormGradV3", 4)].map
    {
        name, first in
        OperationDefinition(
            name,
            outputs: [
                "x_backprop", "scale_backprop", "offset_backprop", "reserve_space_\(first)",
                "reserve_space_\(first + 1)",
            ], defaults: batchDefaults, tensors: batchGradients)
    } + others

    private static let batchDefaults: [String: AttributeDefault] = [
        "epsilon": 0.0001, "exponential_avg_factor": 1.0, "data_format": "NHWC",
        "is_training": true,
    ]

    /// The data with the channels last, and the axes over which moments are taken.
    private static func batch(
        _ call: NodeCall, _ position: Int
    ) throws -> (x: AnyTensor, axes: [Int], isFirst: Bool) {
        let x = try call.tensor(position)
        let rank = try call.rank(position)
        guard rank >= 2 else { throw call.error(.malformed, "\(x.type) has no channels") }
        let isFirst = try ImageWindow.isChannelsFirst(call)
        return (isFirst ? x.movingChannelsLast() : x, Array(0..<rank - 1), isFirst)
    }

    private static func batchNormalized(_ call: NodeCall) throws -> [AnyTensor] {
        let (x, axes, isFirst) = try batch(call, 0)
        let (scale, offset) = (try call.tensor(1), try call.tensor(2))
        let wide = x.cast(to: scale.dtype)
        let isTraining = try call.bool("is_training")
        var (mean, variance) = (stopGradient(try call.tensor(3)), stopGradient(try call.tensor(4)))
        var results: [AnyTensor] = []
        if isTraining {
            let moments = wide.moments(axes: axes)
            let old = (mean, variance)
            (mean, variance) = (moments.mean, moments.variance)
            // What goes into moving averages is the unbiased variance.
            let count = wide.sizes.sliced(axis: 0, 0, axes.count).product()
            let rest = maximum(count - .scalar(1, .int64), .scalar(1, .int64))
            let factor = count.cast(to: scale.dtype) / rest.cast(to: scale.dtype)
            let seen = (stopGradient(mean), stopGradient(variance) * factor)
            let part = try call.float("exponential_avg_factor")
            if part == 1 {
                results = [seen.0, seen.1]
            } else {
                results = [
                    old.0 * (1 - part) + seen.0 * part, old.1 * (1 - part) + seen.1 * part,
                ]
            }
        } else {
            results = [mean, variance]
        }
        let y = Weft.batchNormalized(
            wide, mean: mean, variance: variance, offset: offset, scale: scale,
            epsilon: try call.float("epsilon")
        ).cast(to: x.dtype)
        return [isFirst ? y.movingChannelsFirst() : y] + results
            + [stopGradient(mean), stopGradient(variance), .zeros(scale.dtype, shape: [])]
    }

    private static func batchGradients(_ call: NodeCall) throws -> [AnyTensor] {
        let (seed, _, isFirst) = try batch(call, 0)
        let (x, axes, _) = try batch(call, 1)
        let scale = try call.tensor(2)
        let isTraining = try call.bool("is_training")
        let epsilon = try call.float("epsilon")
        let moments = (try call.tensor(3), try call.tensor(4))
        let wide = x.cast(to: scale.dtype)
        let found = try call.gradients(
            at: [wide, scale, .zeros(like: scale)], from: seed.cast(to: scale.dtype)
        ) { inputs in
            // Moments of the batch are functions of it, and are taken from it again.
            let own = isTraining ? inputs[0].moments(axes: axes) : moments
            return Weft.batchNormalized(
                inputs[0], mean: own.0, variance: own.1, offset: inputs[2], scale: inputs[1],
                epsilon: epsilon)
        }
        let gradient = found[0].cast(to: x.dtype)
        let none = AnyTensor.zeros(scale.dtype, shape: [0])
        return [
            isFirst ? gradient.movingChannelsFirst() : gradient, found[1], found[2], none, none,
        ]
    }

    private static let others: [OperationDefinition] = [
        OperationDefinition("BatchNormWithGlobalNormalization") { call in
            try globallyNormalized(call)((0..<5).map { try call.tensor($0) })
        },
        OperationDefinition(
            "BatchNormWithGlobalNormalizationGrad", outputs: ["dx", "dm", "dv", "db", "dg"],
            tensors: { call in
                let (mean, scale) = (try call.tensor(1), try call.tensor(3))
                return try call.gradients(
                    at: [try call.tensor(0), mean, try call.tensor(2), .zeros(like: mean), scale],
                    from: try call.tensor(4), of: globallyNormalized(call))
            }),
        OperationDefinition("LRN", defaults: responseDefaults) { call in
            try responseNormalized(call)(try call.tensor(0))
        },
        OperationDefinition("LRNGrad", defaults: responseDefaults) { call in
            try call.gradient(
                at: try call.tensor(1), from: try call.tensor(0), of: responseNormalized(call))
        },
    ]

    /// The function of data, mean, variance, offset and scale.
    private static func globallyNormalized(
        _ call: NodeCall
    ) throws -> ([AnyTensor]) -> AnyTensor {
        let epsilon = try call.float("variance_epsilon")
        let isScaled = try call.bool("scale_after_normalization")
        return { inputs in
            Weft.batchNormalized(
                inputs[0], mean: inputs[1], variance: inputs[2], offset: inputs[3],
                scale: isScaled ? inputs[4] : nil, epsilon: epsilon)
        }
    }

    private static let responseDefaults: [String: AttributeDefault] = [
        "depth_radius": 5, "bias": 1.0, "alpha": 1.0, "beta": 0.5,
    ]

    private static func responseNormalized(_ call: NodeCall) throws -> (AnyTensor) -> AnyTensor {
        let radius = try call.int("depth_radius")
        let (bias, alpha) = (try call.float("bias"), try call.float("alpha"))
        let beta = try call.float("beta")
        return {
            localResponseNormalized($0, radius: radius, bias: bias, alpha: alpha, beta: beta)
        }
    }
}
