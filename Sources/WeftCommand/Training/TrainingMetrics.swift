// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import WeftOpenMetrics
import WeftTraining

/// Gives what a training measures to Prometheus, while it goes on.
final class TrainingMetrics: TrainerCallback {
    private let registry = MetricsRegistry()
    private let server: MetricsServer

    /// - Throws: `MetricsServer.StartError` when the port cannot be served at.
    init(port: Int) throws {
        server = try MetricsServer(registry, port: port)
        registry.describe("weft_training_steps", "Steps done")
        registry.describe("weft_training_examples", "Examples seen by this process")
        registry.describe("weft_training_epochs", "Epochs done")
        registry.describe("weft_training_loss", "Loss on the last batch")
        registry.describe("weft_training_learning_rate", "Learning rate of the last step")
        registry.describe("weft_training_metric", "Metrics of the last epoch")
    }

    /// The port, chosen by the system for 0.
    var port: Int { server.port }

    private func set(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        registry.makeMeter(label: name, dimensions: labels).set(value)
    }

    func trainingBegan(_ run: TrainingRun) throws {
        try Output.line("metrics at http://localhost:\(port)/metrics")
    }

    func stepEnded(_ run: TrainingRun, _ step: StepReport) {
        set("weft_training_steps", Double(step.step))
        set("weft_training_examples", Double(run.examples))
        set("weft_training_loss", step.loss)
        if let rate = step.learningRate { set("weft_training_learning_rate", rate) }
    }

    func epochEnded(_ run: TrainingRun, _ epoch: EpochReport) {
        set("weft_training_epochs", Double(run.epoch))
        for (name, value) in epoch.metrics {
            set("weft_training_metric", value, [("metric", name)])
        }
    }

    func trainingEnded(_ run: TrainingRun) { server.stop() }
}
