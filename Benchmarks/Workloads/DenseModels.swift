// SPDX-License-Identifier: Apache-2.0
import Weft

extension TrainingModel {
    /// Three dense layers on 784 inputs, with Adam.
    static let mlp = TrainingModel(
        number: 3,
        parameters: [
            ("w1", [784, 512], .he), ("b1", [512], .zero), ("w2", [512, 256], .he),
            ("b2", [256], .zero), ("w3", [256, 10], .lecun), ("b3", [10], .zero),
        ],
        input: [128, 784], target: .labels(classes: 10),
        optimizer: { Adam(learningRate: 1e-3) },
        objective: { parameters, batch in
            let logits = dense(batch.x, parameters, layers: 3)
            return Objective(loss: softmaxCrossEntropy(logits: logits, labels: batch.labels))
        })

    /// Two small dense layers, with plain gradient descent: how little a step can take.
    static let smallMLP = TrainingModel(
        number: 4,
        parameters: [
            ("w1", [64, 32], .he), ("b1", [32], .zero), ("w2", [32, 10], .lecun),
            ("b2", [10], .zero),
        ],
        input: [32, 64], target: .labels(classes: 10), usesAdam: false,
        optimizer: { GradientDescent(learningRate: 0.1) },
        objective: { parameters, batch in
            let logits = dense(batch.x, parameters, layers: 2)
            return Objective(loss: softmaxCrossEntropy(logits: logits, labels: batch.labels))
        })

    /// Two dense layers whose loss is that of the examples of the first eight classes: how many there
    /// are differs from batch to batch, and only the run finds it.
    static let maskedLoss = TrainingModel(
        number: 16,
        parameters: [
            ("w1", [64, 128], .he), ("b1", [128], .zero), ("w2", [128, 10], .lecun),
            ("b2", [10], .zero),
        ],
        input: [512, 64], target: .labels(classes: 10), usesAdam: false,
        optimizer: { GradientDescent(learningRate: 0.1) },
        objective: { parameters, batch in
            let isCounted = batch.labels .< 8
            let logits = dense(batch.x, parameters, layers: 2).masked(by: isCounted)
            return Objective(
                loss: softmaxCrossEntropy(
                    logits: logits, labels: batch.labels.masked(by: isCounted)))
        })

    private static func dense(
        _ x: Tensor<Float>, _ parameters: Parameters, layers: Int
    ) -> Tensor<Float> {
        (1...layers).reduce(x) { input, layer in
            let output = matmul(input, parameters["w\(layer)"]) + parameters["b\(layer)"]
            return layer < layers ? relu(output) : output
        }
    }
}

extension Workload {
    static let dense: [Workload] = [
        training(
            "W3-mlp-train", .mlp,
            [
                Expected(name: "check", value: 1.0666167, tolerance: 2e-4),
                Expected(name: "check_first", value: 2.444228, tolerance: 2e-5),
            ]),
        training(
            "W4-mlp-small-train", .smallMLP,
            [
                Expected(name: "check", value: 2.4393702, tolerance: 2e-4),
                Expected(name: "check_first", value: 2.526794, tolerance: 2e-5),
            ]),
        training(
            "W16-masked-loss-train", .maskedLoss, segmentCount: 2,
            [
                Expected(name: "check", value: 2.2503443, tolerance: 2e-4),
                Expected(name: "check_first", value: 2.402426, tolerance: 2e-5),
            ]),
    ]
}
