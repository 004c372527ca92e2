// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData
import WeftTraining

/// What is measured of a batch.
struct Measures {
    let loss: Tensor<Float>
    let metrics: [String: StepMetric]
}

/// What the command trains: data, a model, and what is measured.
struct TrainingTask {
    /// What the model is.
    var description: ModelDescription
    /// What to train on, example by example.
    var training: Dataset<Labeled>
    /// What the training is watched by; nil for nothing.
    var validation: Dataset<Labeled>?
    /// What it is tested on when it is over; nil for nothing.
    var test: Dataset<Labeled>?
    /// What it has where nothing else is asked for.
    var defaults: TrainingDefaults
    /// From what the model gives and the targets to loss and metrics.
    var measure: (_ output: Tensor<Float>, _ targets: AnyTensor) -> Measures
    /// The metric that counts most: what the last line of the command says.
    var mainMetric: String

    /// A task of classes that are given by their numbers.
    static func classification(
        _ description: ModelDescription, training: Dataset<Labeled>,
        validation: Dataset<Labeled>? = nil, test: Dataset<Labeled>? = nil,
        defaults: TrainingDefaults
    ) -> TrainingTask {
        TrainingTask(
            description: description, training: training, validation: validation, test: test,
            defaults: defaults,
            measure: { logits, labels in
                Measures(
                    loss: softmaxCrossEntropy(logits: logits, labels: labels),
                    metrics: ["accuracy": .accuracy(logits: logits, labels: labels)])
            },
            mainMetric: "accuracy")
    }
}
