// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// What all trainings of the command have in common. What is left out is what the task has by default.
struct TrainingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of options in YAML; the command's own count more.", valueName: "file"))
    var config: String?

    @Option(help: "The model; the task's own by default.")
    var model: String?
    @Option(help: "The optimizer: adam, adamw, sgd, momentum, rmsprop and others.")
    var optimizer: OptimizerChoice?
    @Option(help: "The learning rate at its greatest.")
    var learningRate: Double?
    @Option(
        help:
            "How the learning rate changes: constant, cosine, linear, exponential, one-cycle, plateau."
    )
    var schedule: ScheduleChoice?
    @Option(help: "For how many steps the learning rate rises at first.")
    var warmUp = 0
    @Option(help: "A greatest norm of all gradients together.")
    var clipNorm: Double?
    @Option(help: "Of how many batches gradients are put together to one step.")
    var accumulate = 1

    @Option(help: "How often each training example is seen.")
    var epochs: Int?
    @Option(help: "The examples in a step.")
    var batchSize: Int?
    @Option(help: "What initial values, splits, shuffling and dropout are functions of.")
    var seed: UInt64 = 0
    @Option(
        help: ArgumentHelp(
            "Which share of the training examples is for validation.", valueName: "share"))
    var validation: Double?
    @Option(
        help: ArgumentHelp(
            "After how many epochs without a better validation loss it ends, with the best model.",
            valueName: "epochs"))
    var patience: Int?

    @Option(help: "A folder for checkpoints, of which the newest three are kept, and the best.")
    var checkpoint: String?
    @Option(
        help: ArgumentHelp(
            "After how many steps one is written, beside those after each epoch.",
            valueName: "steps"))
    var checkpointSteps: Int?
    @Flag(
        help: "Go on from the newest checkpoint of the folder; start where there is none.")
    var resume = false
    @Option(
        help: """
            A folder for the results: the variables as .npy files, the training curves and the confusion matrix as \
            pictures (.svg), the history as .csv and .json, predictions.npy.
            """)
    var out: String?
    @Option(
        help: ArgumentHelp(
            "A .safetensors file for the model's weights, or else a folder for the model as TensorFlow's SavedModel.",
            valueName: "path"))
    var export: String?
    @Option(
        help: ArgumentHelp(
            "A folder for TensorBoard: curves, histograms, the graph.", valueName: "folder"))
    var logdir: String?
    @Option(
        help: ArgumentHelp(
            "Serves the training's metrics to Prometheus at this port; 0 for a free one.",
            valueName: "port"))
    var metricsPort: Int?

    func validate() throws {
        if let epochs, epochs < 1 || epochs > 1_000_000 {
            throw ValidationError("--epochs must be from 1 to 1000000, not \(epochs).")
        }
        let counts: [(name: String, number: Int?)] = [
            ("--batch-size", batchSize), ("--accumulate", accumulate),
            ("--checkpoint-steps", checkpointSteps),
        ]
        for (name, number) in counts {
            if let number, number < 1 || number > Self.mostExamples {
                throw ValidationError(
                    "\(name) must be from 1 to \(Self.mostExamples), not \(number).")
            }
        }
        if warmUp < 0 || patience ?? 0 < 0 {
            throw ValidationError("--warm-up and --patience must not be negative.")
        }
        if let validation, !(validation >= 0 && validation < 1) {
            throw ValidationError("--validation must be from 0 to below 1, not \(validation).")
        }
        if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
            throw ValidationError("--learning-rate must be above 0, not \(learningRate).")
        }
        if let clipNorm, !(clipNorm > 0) {
            throw ValidationError("--clip-norm must be above 0, not \(clipNorm).")
        }
    }

    private static let mostExamples = 1 << 30

    /// Options that need others. A file of options gives them one by one, so that this is asked when all are there.
    func requireCompanions() throws {
        if resume, checkpoint == nil {
            throw ValidationError("--resume goes on from a folder: give it with --checkpoint.")
        }
        if checkpointSteps != nil, checkpoint == nil {
            throw ValidationError(
                "--checkpoint-steps writes to a folder: give it with --checkpoint.")
        }
    }
}

/// What a task has where nothing else is asked for.
struct TrainingDefaults {
    var optimizer = OptimizerChoice.adam
    var learningRate: Double?
    var schedule = ScheduleChoice.cosine
    var epochs: Int
    var batchSize: Int
    var validation: Double
}
