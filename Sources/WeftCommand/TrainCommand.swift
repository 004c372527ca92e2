// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftCheckpoints

/// `weft train`: models that come with their data.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model that comes with its data.",
        subcommands: [TrainDigitsCommand.self])
}

/// `weft train digits`: a convolutional network on 1,797 handwritten digits.
struct TrainDigitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digits",
        abstract: "Train a convolutional network on handwritten digits.",
        discussion: """
            1,797 images of 8 by 8 pixels (UCI, E. Alpaydin and C. Kaynak). Every fifth is kept for \
            the test and is never trained on. The same seed gives the same numbers, also when a training \
            is interrupted and resumed.

            With --checkpoint the state is saved after each epoch, while training goes on. Control-C then \
            finishes the step, saves and exits with status 130; a second one exits at once.
            """)

    @Option(help: "What initial values, shuffling and dropout are functions of.")
    var seed: UInt64 = 0
    @Option(help: "How often each training example is seen.")
    var epochs = 30
    @Option(help: "The examples in a step.")
    var batchSize = 64
    @Option(help: "A folder for the trained variables, as .npy files.")
    var out: String?
    @Option(
        help: ArgumentHelp(
            "A folder for the trained network as TensorFlow's SavedModel, which takes images and gives "
                + "logits and probabilities.", valueName: "folder"))
    var savedModel: String?

    @Option(help: "A folder for checkpoints, of which the newest three are kept.")
    var checkpoint: String?
    @Flag(
        help: "Go on from the newest checkpoint of the folder; start where there is none.")
    var resume = false

    func validate() throws {
        if resume, checkpoint == nil {
            throw ValidationError("--resume goes on from a folder: give it with --checkpoint.")
        }
        if epochs < 1 || epochs > 1_000_000 {
            throw ValidationError("--epochs must be from 1 to 1000000, not \(epochs).")
        }
        if batchSize < 2 || batchSize > 1437 {
            throw ValidationError(
                "--batch-size must be from 2 (batch normalisation needs two examples) to the 1437 "
                    + "training examples, not \(batchSize).")
        }
    }

    func run() throws {
        let trainer = try DigitsTrainer(seed: seed, epochs: epochs, batchSize: batchSize)
        if let out { try ArrayFolder.prepare(out) }
        let checkpoints = try checkpoint.map {
            try TrainingCheckpoints(
                $0, of: trainer,
                settings: [
                    "--seed": "\(seed)", "--epochs": "\(epochs)", "--batch-size": "\(batchSize)",
                ])
        }
        try checkpoints?.begin(resuming: resume)
        let progress = ProgressBar(
            total: trainer.exampleCount, from: trainer.done * batchSize, unit: "examples")
        try trainer.train { report in
            progress.update(
                done: report.examples,
                "epoch \(report.epoch)/\(epochs)  loss \(format(report.loss, 4))  "
                    + "accuracy \(format(report.accuracy, 3))")
            try checkpoints?.note(isEndOfEpoch: report.isEndOfEpoch)
        }
        progress.finish()
        try checkpoints?.finish()
        let accuracy = try trainer.testAccuracy()
        let result = "test accuracy \(format(accuracy, 4))"
        let printing = Result { try Output.line(result) }
        // What was trained is kept also where nobody reads the result.
        if let out { try ArrayFolder.write(try trainer.session.exportState().variables, to: out) }
        if let savedModel { try trainer.writeSavedModel(to: savedModel) }
        do {
            try printing.get()
        } catch {
            throw CleanFailure("\(error); \(result)")
        }
    }
}

/// A number with so many decimals.
func format(_ number: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", number)
}
