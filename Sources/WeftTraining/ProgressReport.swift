// SPDX-License-Identifier: Apache-2.0

/// Shows how far a training is: a ``ProgressBar`` with the epoch, the loss and the metrics.
final class ProgressReport: TrainerCallback {
    private let output: ProgressBar.Output
    private var bar: ProgressBar?
    private var validation = ""

    init(to output: ProgressBar.Output) { self.output = output }

    private func total(_ training: TrainingRun) -> Int? {
        training.stepsPerEpoch.flatMap {
            let (steps, overflow) = $0.multipliedReportingOverflow(by: training.epochs)
            return overflow ? nil : steps
        }
    }

    func trainingBegan(_ training: TrainingRun) {
        bar = ProgressBar(
            total: total(training), from: training.step, unit: "examples", to: output)
    }

    func stepEnded(_ training: TrainingRun, _ step: StepReport) {
        bar?.update(
            done: step.step, of: total(training), units: training.examples,
            text(epoch: step.epoch, training, (try? training.runningMetrics()) ?? [:]))
    }

    func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) {
        let metrics = epoch.metrics.filter { $0.key.hasPrefix(MetricName.validationPrefix) }
        validation = Self.text(metrics)
    }

    func trainingEnded(_ training: TrainingRun) {
        bar?.finish()
        switch training.ending {
        case .stopped(let reason): bar?.note("stopped after epoch \(training.epoch): \(reason)")
        case .completed, .interrupted, .failed, nil: break
        }
    }

    private func text(
        epoch: Int, _ training: TrainingRun, _ metrics: [String: Double]
    ) -> String {
        "epoch \(epoch)/\(training.epochs)  " + Self.text(metrics)
            + (validation.isEmpty ? "" : "  \(validation)")
    }

    private static func text(_ metrics: [String: Double]) -> String {
        metrics.sorted { MetricName.order($0.key) < MetricName.order($1.key) }.map {
            "\($0) \(number($1))"
        }.joined(separator: "  ")
    }

    /// Four decimals, or as many digits where that would say nothing.
    private static func number(_ number: Double) -> String {
        let size = abs(number)
        guard size.isFinite, size != 0, size < 1e-3 || size >= 1e6 else {
            return ProgressBar.fixed(number, 4)
        }
        return "\(Float(number))"
    }
}
