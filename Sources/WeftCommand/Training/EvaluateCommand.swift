// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Weft
import WeftData
import WeftDigits
import WeftTraining

/// `weft evaluate`: how good a trained model is on other data.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Say how good a model is that `weft train` has trained.",
        discussion: """
            MODEL is a folder of checkpoints, of which the newest counts, a checkpoint, or the file of --export. DATA is what \
            the training was given: a table with the label, images of MNIST, a text; nothing for the digits.
            """)

    @Argument(help: ArgumentHelp("The trained model.", valueName: "model"))
    var model: String
    @Argument(help: ArgumentHelp("What it is to be evaluated on.", valueName: "data"))
    var data: String?

    func run() throws {
        let saved = try SavedModel(model)
        let task = try saved.description.evaluation(data)
        let examples = task.training.batch(TrainingJob.evaluationBatch)
        let trainer = try Trainer(on: examples, session: saved.session, optimizer: nil) {
            batch, mode in
            // Nothing is trained: both are inference.
            let output = saved.model(batch.inputs, mode: .inference)
            let measures = task.measure(output, batch.targets)
            return StepOutputs(
                loss: measures.loss, metrics: measures.metrics, update: .group([]))
        }
        let values = try trainer.evaluate(examples)
        try Output.line("loss \(format(values["loss"] ?? .nan, 4))")
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where name != "loss" {
            try Output.line("\(name) \(format(value, 4))")
        }
    }
}

extension ModelDescription {
    /// A task whose examples are those of data, all of them, read as those were that the model was trained on.
    func evaluation(_ path: String?) throws -> TrainingTask {
        func data() throws -> String {
            if let path { return path }
            throw ValidationError(
                "Say what the model is to be evaluated on: it was trained on a file.")
        }
        let defaults = TrainingDefaults(epochs: 1, batchSize: 1, validation: 0)
        switch task {
        case .digits:
            let digits = try Digits.test()
            return .classification(
                self, training: Dataset(rowsOf: Labeled(digits.images, digits.labels)),
                defaults: defaults)
        case .mnist:
            let files = try MnistFiles.read(try data())
            return .classification(
                self, training: Dataset(rowsOf: files.test ?? files.training), defaults: defaults)
        case .csv:
            guard let table else {
                throw CleanFailure("the model does not say of which columns it is")
            }
            let file = try table.open(try data())
            var examples = try table.read(file, hasTargets: true)
            examples.inputs = try table.standardized(examples.inputs)
            return table.label.isClass
                ? .classification(self, training: Dataset(rowsOf: examples), defaults: defaults)
                : .regression(
                    self, table.label, training: Dataset(rowsOf: examples), validation: nil,
                    test: nil, defaults: defaults)
        case .text:
            let text = try TextFile.contents(of: try data())
            return .text(
                self,
                training: try TextFile.windows(
                    try TextFile.numbers(of: text, among: classes), context: inputShape.first ?? 1),
                validation: nil, defaults: defaults)
        }
    }
}
