// SPDX-License-Identifier: Apache-2.0
import Weft

/// Losses, each with its gradient by the logits as a second output.
enum LossOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition(
            "SoftmaxCrossEntropyWithLogits", outputs: ["loss", "backprop"],
            tensors: { call in
                var (logits, labels) = (try call.tensor(0), try call.tensor(1))
                if logits.shape != labels.shape || !logits.shape.isFullyKnown {
                    let both = AnyTensor.zeros(like: logits) + AnyTensor.zeros(like: labels)
                    logits = logits.broadcasted(like: both)
                    labels = labels.broadcasted(like: both)
                }
                return [loss(logits, labels), softmax(logits, axis: -1) - labels]
            }),
        OperationDefinition(
            "SparseSoftmaxCrossEntropyWithLogits", outputs: ["loss", "backprop"],
            tensors: { call in
                let (logits, labels) = (try call.tensor(0), try call.tensor(1))
                let width = logits.size(ofAxis: -1)
                let hot =
                    logits.shape[-1].map { AnyTensor.oneHot(logits.dtype, labels, depth: $0) }
                    ?? .oneHot(logits.dtype, labels, depth: width)
                return [
                    softmaxCrossEntropy(logits: logits, labels: labels, reduction: .none),
                    softmax(logits, axis: -1) - hot,
                ]
            }),
        OperationDefinition(
            "CTCLoss", outputs: ["loss", "gradient"],
            defaults: [
                "preprocess_collapse_repeated": false, "ctc_merge_repeated": true,
                "ignore_longer_outputs_than_inputs": false,
            ], tensors: { try temporalLoss($0, blank: -1) }),
        OperationDefinition(
            "CTCLossV2", outputs: ["loss", "gradient"],
            defaults: [
                "preprocess_collapse_repeated": false, "ctc_merge_repeated": true,
                "ignore_longer_outputs_than_inputs": false,
            ], tensors: { try temporalLoss($0, blank: 0) }),
    ]

    /// The losses, with the gradient that TensorFlow has: that of labels whose sum is 1, whatever it is.
    private static func loss(_ logits: AnyTensor, _ labels: AnyTensor) -> AnyTensor {
        withCustomGradient(
            [logits, labels],
            body: { [softmaxCrossEntropy(logits: $0[0], labels: $0[1], reduction: .none)] },
            gradient: { inputs, _, seeds in
                let seed = seeds[0].expandingDimension(at: -1)
                return [
                    seed * (softmax(inputs[0], axis: -1) - inputs[1]),
                    -seed * logSoftmax(inputs[0], axis: -1),
                ]
            })[0]
    }

    private static func temporalLoss(_ call: NodeCall, blank: Int) throws -> [AnyTensor] {
        guard try !call.bool("preprocess_collapse_repeated"), try call.bool("ctc_merge_repeated")
        else {
            throw call.error(
                .unsupported,
                "'preprocess_collapse_repeated' and no 'ctc_merge_repeated' are not supported")
        }
        let (logits, indices) = (try call.tensor(0), try call.tensor(1))
        let (values, steps) = (try call.tensor(2), try call.tensor(3))
        let sizes = try call.dimensions(of: logits, "the logits")
        guard sizes.count == 3, try call.rank(1) == 2 else {
            throw call.error(.malformed, "\(logits.type) are no logits of [time, batch, classes]")
        }
        let examples = indices.element(0, axis: 1)
        let counts = AnyTensor.ones(like: examples, dtype: .int64)
            .segmentSums(examples, count: sizes[1])
        // What does not fit into the steps has no loss that is finite; no more labels need be kept.
        let most = sizes[0] + 1
        let labels = AnyTensor.zeros(.int64, shape: [sizes[1], most]).scatteringND(
            values.cast(to: .int64), at: indices, outOfBounds: .ignored)
        let lengths = minimum(counts, .constant(NDArray(Int64(most))))
        let isLonger = lengths .> steps.cast(to: .int64)
        func losses(_ logits: AnyTensor) throws -> AnyTensor {
            let all = ctcLoss(
                logits: logits.swappingAxes(0, 1), labels: labels, logitLengths: steps,
                labelLengths: lengths, blank: blank, reduction: .none)
            guard try call.bool("ignore_longer_outputs_than_inputs") else { return all }
            return select(isLonger, .zeros(like: all), all)
        }
        let all = try losses(logits)
        return [all, try call.gradient(at: logits, from: .ones(like: all), of: losses)]
    }
}
