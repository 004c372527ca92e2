// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftData
import WeftDigits
import WeftTraining

/// `weft train`: models that come with their data, and models of one's own data.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model.",
        discussion: """
            The same seed gives the same numbers, also when a training is interrupted and resumed.

            With --checkpoint the state is saved after each epoch, while training goes on. Control-C then finishes the \
            step, saves and exits with status 130; a second one exits at once.

            Options may stand in a file of YAML (--config), by their names without dashes; those of the command line \
            count more.
            """,
        subcommands: [
            TrainDigitsCommand.self, TrainMnistCommand.self, TrainCSVCommand.self,
            TrainTextCommand.self,
        ])
}

/// `weft train digits`: a network on 1,797 handwritten digits.
struct TrainDigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits",
        abstract: "Train a network on handwritten digits that come with the command.",
        discussion: """
            1,797 images of 8 by 8 pixels (UCI, E. Alpaydin and C. Kaynak). Every fifth is kept for \
            the test and is never trained on. Models: cnn (with batch normalisation), mlp, linear.
            """)

    @OptionGroup var options: TrainingOptions

    func run() throws {
        let digits = try Digits.training()
        let test = try Digits.test()
        let count = try digits.requireCount()
        let batch = options.batchSize ?? 64
        guard (2...count).contains(batch) else {
            throw ValidationError(
                "--batch-size must be from 2 (batch normalisation needs two examples) to the \(count) "
                    + "training examples, not \(batch).")
        }
        let parts = try Dataset(rowsOf: Labeled(digits.images, digits.labels))
            .split(validation: options.validation ?? 0, seed: options.seed) {
                $0.targets.doubles.first ?? 0
            }
        let isValidated = options.validation ?? 0 > 0
        let task = TrainingTask.classification(
            ModelDescription(
                task: .digits, model: options.model ?? "cnn", inputShape: [8, 8, 1],
                classes: (0..<10).map(String.init)),
            training: isValidated
                ? parts.training : Dataset(rowsOf: Labeled(digits.images, digits.labels)),
            validation: isValidated ? parts.validation : nil,
            test: Dataset(rowsOf: Labeled(test.images, test.labels)),
            defaults: TrainingDefaults(
                learningRate: 0.002, epochs: 30, batchSize: 64, validation: 0))
        try TrainingJob(task, options).run()
    }
}

/// A number with so many decimals.
func format(_ number: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", number)
}
