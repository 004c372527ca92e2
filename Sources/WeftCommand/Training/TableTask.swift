// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftData
import WeftTraining

/// Networks for examples of numbers `[n, width]`, by their names.
enum TableModels {
    typealias Network = Sequential<Tensor<Float>, Tensor<Float>>

    static let all: [String: @Sendable (_ width: Int, _ outputs: Int) -> Network] = [
        "mlp": perceptron, "linear": linear,
    ]

    @Sendable private static func perceptron(_ width: Int, _ outputs: Int) -> Network {
        Sequential {
            Dense("dense1", inputs: width, units: 64, kernelInitializer: .heNormal)
            relu
            Dropout("dropout", rate: 0.1)
            Dense("dense2", inputs: 64, units: 64, kernelInitializer: .heNormal)
            relu
            Dense("dense3", inputs: 64, units: outputs)
        }
    }

    @Sendable private static func linear(_ width: Int, _ outputs: Int) -> Network {
        Sequential { Dense("dense", inputs: width, units: outputs) }
    }
}

extension TrainingTask {
    /// A table whose rows have classes, or numbers, to predict.
    ///
    /// - Parameters:
    ///   - share: Which share of the examples is for validation; of classes, each has that share.
    static func table(
        _ path: String, _ choices: TableChoices, separator: String, hasHeader: Bool,
        test: String?, model: String, validation share: Double, seed: UInt64
    ) throws -> TrainingTask {
        let file = try TableSchema.open(path, separator: separator, hasHeader: hasHeader)
        var schema = try choices.schema(of: file, separator: separator, hasHeader: hasHeader)
        var examples = try schema.read(file, hasTargets: true)
        // Standardised by what is trained on alone, and then split in the same way.
        try schema.standardize(by: try Self.split(examples, schema, share, seed).training)
        examples.inputs = try schema.standardized(examples.inputs)
        let parts = try Self.split(examples, schema, share, seed)
        let tested = try test.map { path in
            var examples = try schema.read(try schema.open(path), hasTargets: true)
            examples.inputs = try schema.standardized(examples.inputs)
            return Dataset(rowsOf: examples)
        }
        let count = max(parts.training.count ?? 1, 1)
        let defaults = TrainingDefaults(
            learningRate: 0.003, epochs: 60, batchSize: min(32, count), validation: 0.2)
        let description = ModelDescription(
            task: .csv, model: model, inputShape: [schema.width], classes: schema.label.classes,
            table: schema)
        let validation = parts.validation.count == 0 ? nil : parts.validation
        if schema.label.isClass {
            return .classification(
                description, training: parts.training, validation: validation, test: tested,
                defaults: defaults)
        }
        return .regression(
            description, schema.label, training: parts.training, validation: validation,
            test: tested, defaults: defaults)
    }

    private static func split(
        _ examples: Labeled, _ schema: TableSchema, _ share: Double, _ seed: UInt64
    ) throws -> (training: Dataset<Labeled>, validation: Dataset<Labeled>) {
        let all = Dataset(rowsOf: examples)
        return try schema.label.isClass
            ? all.split(validation: share, seed: seed) { $0.targets.doubles.first ?? 0 }
            : all.split(validation: share, seed: seed)
    }

    /// A task of numbers, which the model gives standardised.
    static func regression(
        _ description: ModelDescription, _ label: TableSchema.Label, training: Dataset<Labeled>,
        validation: Dataset<Labeled>?, test: Dataset<Labeled>?, defaults: TrainingDefaults
    ) -> TrainingTask {
        let (mean, deviation) = (Float(label.mean), Float(label.deviation))
        return TrainingTask(
            description: description, training: training, validation: validation, test: test,
            defaults: defaults,
            measure: { output, targets in
                let expected = Tensor<Float>(targets)
                let predicted = output * Tensor(deviation) + Tensor(mean)
                let standardized = (expected - Tensor(mean)) / Tensor(deviation)
                // In standardised units no digits are lost to a large mean.
                let distance = output - standardized
                let sums = [
                    (distance * distance).sum(), standardized.sum(),
                    (standardized * standardized).sum(),
                    Tensor<Float>(expected.anyTensor.elementCount(as: .float32)),
                ]
                let r2 = StepMetric(sums: sums) { sums in
                    1 - sums[0] / (sums[2] - sums[1] * sums[1] / sums[3])
                }
                return Measures(
                    loss: meanSquaredError(output, standardized),
                    metrics: ["absolute_error": .mean(abs(predicted - expected)), "r2": r2])
            },
            mainMetric: "absolute_error")
    }
}
