// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftTensorBoard
import WeftTraining

/// Writes what a training does for TensorBoard: the curves of training and validation as two runs, how the
/// variables are spread after each epoch, the graph of a step, the settings.
final class EventLogging: TrainerCallback {
    /// After how many steps the curves get a point.
    private static let interval = 10

    private let folder: String
    private let graph: Graph
    private let settings: [String: String]
    private let writesValidation: Bool
    private var training: EventWriter?
    private var validation: EventWriter?

    init(_ folder: String, graph: Graph, settings: [String: String], writesValidation: Bool) {
        self.folder = folder
        self.graph = graph
        self.settings = settings
        self.writesValidation = writesValidation
    }

    func trainingBegan(_ run: TrainingRun) throws {
        let first = run.step > 0 ? run.step + 1 : nil
        let writer = try EventWriter("\(folder)/train", resumingAt: first)
        training = writer
        if writesValidation {
            validation = try EventWriter("\(folder)/validation", resumingAt: first)
        }
        try writer.addGraph(graph)
        try writer.beginTrial(
            Dictionary(
                uniqueKeysWithValues: settings.map { name, value in
                    (String(name.drop { $0 == "-" }), HyperparameterValue(value))
                }))
    }

    func stepEnded(_ run: TrainingRun, _ step: StepReport) throws {
        guard step.step % Self.interval == 1, let training else { return }
        try training.addScalar("loss", step.loss, step: step.step)
        if let rate = step.learningRate {
            try training.addScalar("learning rate", rate, step: step.step)
        }
        if let norm = step.gradientNorm {
            try training.addScalar("gradient norm", norm, step: step.step)
        }
    }

    func epochEnded(_ run: TrainingRun, _ epoch: EpochReport) throws {
        let prefix = "val_"
        for (name, value) in epoch.metrics.sorted(by: { $0.key < $1.key }) {
            let writer = name.hasPrefix(prefix) ? validation : training
            let metric = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            try writer?.addScalar("epoch/\(metric)", value, step: run.step)
        }
        for variable in run.modelVariables where variable.dtype.isFloatingPoint {
            // A histogram has no place for what is not finite; the curves show that.
            do {
                try training?.addHistogram(
                    variable.name, try run.session.value(of: variable), step: run.step)
            } catch is SummaryError {}
        }
        try training?.flush()
    }

    func trainingEnded(_ run: TrainingRun) throws {
        if case .failed? = run.ending {
            try training?.endTrial(.failure)
        } else {
            try training?.endTrial()
        }
        try training?.close()
        try validation?.close()
    }
}

extension HyperparameterValue {
    /// A setting of the command: a number where it is one.
    fileprivate init(_ text: String) {
        self = Double(text).map { .number($0) } ?? .text(text)
    }
}
