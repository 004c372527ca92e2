// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftCharts
import WeftCheckpoints
import WeftData
import WeftFormats
import WeftTensorFlow
import WeftTraining

/// A training of the command, from its options to its results.
final class TrainingJob {
    private let task: TrainingTask
    private let options: TrainingOptions
    private let trainer: Trainer<Labeled>
    private let model: BuiltModel
    private let training: Dataset<Labeled>
    private let batchSize: Int
    private let epochs: Int
    private let settings: [String: String]
    private var callbacks: [any TrainerCallback] = []

    init(_ task: TrainingTask, _ options: TrainingOptions) throws {
        try options.requireCompanions()
        self.task = task
        self.options = options
        let defaults = task.defaults
        batchSize = options.batchSize ?? defaults.batchSize
        epochs = options.epochs ?? defaults.epochs
        // The last batch of an epoch is left out when it is short, so that all steps weigh the same.
        training = task.training.shuffled(seed: options.seed)
            .batch(batchSize, droppingRemainder: true)
            .prefetch(2)
        let optimizer = options.optimizer ?? defaults.optimizer
        let schedule = options.schedule ?? defaults.schedule
        let greatest =
            options.learningRate
            ?? (optimizer == defaults.optimizer ? defaults.learningRate : nil)
            ?? optimizer.usualRate
        let steps = (training.count ?? 0).multipliedReportingOverflow(by: epochs)
        let ownSteps = max((steps.overflow ? Int.max : steps.partialValue) / options.accumulate, 1)
        let rate = schedule.rate(greatest: greatest, steps: ownSteps, warmUp: options.warmUp)
        let model = try task.description.build()
        self.model = model
        var own = TrainerOptions()
        own.clip = options.clipNorm.map { .globalNorm($0) }
        own.accumulatedBatches = options.accumulate
        own.handlesInterruption = options.checkpoint != nil
        let (measure, description) = (task.measure, task.description)
        trainer = try Trainer(
            on: training, session: Session(.init(seed: options.seed)),
            optimizer: optimizer.optimizer(rate), options: own
        ) { batch, mode in
            let output = model(batch.inputs, mode: mode)
            let measures = measure(output, batch.targets)
            return StepOutputs(
                loss: measures.loss, metrics: measures.metrics,
                predictions: description.predictions(output))
        }
        settings = [
            "--model": task.description.model, "--optimizer": optimizer.rawValue,
            "--learning-rate": "\(greatest)", "--schedule": schedule.rawValue,
            "--warm-up": "\(options.warmUp)", "--epochs": "\(epochs)",
            "--batch-size": "\(batchSize)", "--seed": "\(options.seed)",
            "--accumulate": "\(options.accumulate)",
            "--clip-norm": options.clipNorm.map { "\($0)" } ?? "none",
        ]
        if let rate = rate as? ReduceOnPlateau {
            callbacks.append(
                PlateauCallback(rate, metric: task.validation == nil ? "loss" : "val_loss"))
        }
        if let logdir = options.logdir {
            callbacks.append(
                EventLogging(
                    logdir, graph: trainer.graph, settings: settings,
                    writesValidation: task.validation != nil))
        }
        if let port = options.metricsPort { callbacks.append(try TrainingMetrics(port: port)) }
        if let patience = options.patience {
            guard task.validation != nil else {
                throw ValidationError(
                    "--patience looks at the validation: give it a share of the examples with --validation."
                )
            }
            callbacks.append(EarlyStopping(patience: patience))
        }
    }

    /// Trains, tests, and writes the results.
    ///
    /// - Parameter finish: Is given the trained model before the last line is printed.
    func run(_ finish: (SavedModel) throws -> Void = { _ in }) throws {
        if let out = options.out { try ArrayFolder.prepare(out) }
        if let export = options.export, Self.isWeights(export) { _ = try AtomicFile(export) }
        let checkpoints = try checkpoints()
        let ending = Ending(checkpoints)
        try trainer.fit(
            training, epochs: epochs,
            validatingOn: task.validation?.batch(Self.evaluationBatch),
            checkpoints: checkpoints, callbacks: callbacks + [ending], progress: .standardOutput)
        if let checkpoints, case .interrupted = ending.ending {
            try Output.line(
                "interrupted after step \(ending.step), saved in '\(checkpoints.store.folder)'; "
                    + "--resume goes on")
            throw ExitCode(130)
        }
        let trained = SavedModel(task.description, model, trainer.session)
        let finishing = Result { try finish(trained) }
        let result = try result()
        let printing = Result { try Output.line(result) }
        // What was trained is kept also where nobody reads the result.
        if let out = options.out {
            try ArrayFolder.write(try arrays(), texts: try texts(), to: out)
        }
        if let export = options.export { try self.export(to: export) }
        do {
            try finishing.get()
            try printing.get()
        } catch {
            throw CleanFailure("\(error); \(result)")
        }
    }

    static let evaluationBatch = 256

    // MARK: Checkpoints

    private func checkpoints() throws -> TrainerCheckpoints? {
        guard let folder = options.checkpoint else { return nil }
        let hasValidation = task.validation != nil
        let store = try CheckpointStore(
            folder, keeping: 3, best: hasValidation ? 1 : 0, by: .lowest)
        if !options.resume, !store.entries.isEmpty {
            throw CleanFailure(
                "the folder '\(store.folder)' has checkpoints of an earlier training; go on from them with "
                    + "--resume, or give another folder")
        }
        return TrainerCheckpoints(
            store, resumes: options.resume, everySteps: options.checkpointSteps,
            score: hasValidation ? "val_loss" : nil, settings: settings,
            notes: [ModelDescription.note: try task.description.json()])
    }

    /// Says where a training goes on, and notes how it ended.
    private final class Ending: TrainerCallback {
        private let checkpoints: TrainerCheckpoints?
        private(set) var ending: TrainingEnding?
        private(set) var step = 0

        init(_ checkpoints: TrainerCheckpoints?) { self.checkpoints = checkpoints }

        func trainingBegan(_ training: TrainingRun) throws {
            guard let restored = checkpoints?.restored else { return }
            try Output.line("going on after step \(training.step), from '\(restored.path)'")
        }

        func trainingEnded(_ training: TrainingRun) {
            (ending, step) = (training.ending, training.step)
        }
    }

    // MARK: Results

    /// The last line.
    private func result() throws -> String {
        let (name, data) = measured
        guard let data else {
            let last = trainer.history.epochs.last?.metrics[task.mainMetric] ?? .nan
            return "\(name) \(task.mainMetric) \(format(last, 4))"
        }
        let value = try trainer.evaluate(data)[task.mainMetric] ?? .nan
        return "\(name) \(task.mainMetric) \(format(value, 4))"
    }

    /// What results are of: the test, where there is none the validation, else the last epoch.
    private var measured: (name: String, data: Dataset<Labeled>?) {
        // Small enough in one batch, so that its mean is that of one run.
        if let test = task.test { return ("test", test.batch(batch(test))) }
        if let validation = task.validation {
            return ("validation", validation.batch(batch(validation)))
        }
        return ("training", nil)
    }

    private func batch(_ data: Dataset<Labeled>) -> Int {
        let count = data.count ?? .max
        return count <= 1024 ? max(count, 1) : Self.evaluationBatch
    }

    private func arrays() throws -> [String: NDArray] {
        var arrays = try trainer.session.exportState().variables
        if let data = measured.data { arrays["predictions"] = try trainer.predict(data) }
        return arrays
    }

    private func texts() throws -> [String: String] {
        let history = trainer.history
        var texts = [
            "history.csv": history.csv, "history.json": history.json, "curves.svg": history.svg(),
        ]
        let classes = task.description.classes
        if !classes.isEmpty, task.description.task != .text, let data = measured.data {
            texts["confusion.svg"] = try confusion(data, classes).svg()
        }
        return texts
    }

    private func confusion(
        _ data: Dataset<Labeled>, _ classes: [String]
    ) throws -> ConfusionChart {
        var pairs: (labels: [Int], predictions: [Int]) = ([], [])
        try trainer.predict(data) { batch, predictions in
            pairs.labels += batch.targets.doubles.map { Int(exactly: $0) ?? -1 }
            pairs.predictions += try predictions.argMax(axis: -1).doubles.map { Int($0) }
        }
        return ConfusionChart(
            title: "\(task.description.task.rawValue): \(measured.name)",
            counts: ConfusionChart.counts(
                labels: pairs.labels, predictions: pairs.predictions, classes: classes.count),
            classes: classes)
    }

    private static func isWeights(_ path: String) -> Bool { path.hasSuffix(".safetensors") }

    private func export(to path: String) throws {
        guard Self.isWeights(path) else { return try exportSavedModel(to: path) }
        let weights = try model.variables.reduce(into: [String: NDArray]()) {
            $0[$1.name] = try trainer.session.value(of: $1)
        }
        try SafetensorsFile.write(
            weights, metadata: [ModelDescription.note: try task.description.json()], to: path)
    }

    private func exportSavedModel(to folder: String) throws {
        guard let sample = try training.stream().next() else { return }
        let inputs = AnyTensor.placeholder(
            sample.inputs.dtype, shape: Shape([nil] + sample.inputs.shape.dropFirst().map { $0 }),
            name: "inputs")
        let output = model(inputs, mode: .inference)
        try TensorFlowSavedModel.write(
            to: folder,
            outputs: [
                "outputs": output.anyTensor,
                "predictions": task.description.predictions(output).anyTensor,
            ], inputs: ["inputs": inputs], in: trainer.session)
    }
}
