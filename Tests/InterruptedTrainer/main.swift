// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

// Trains a small model, to be interrupted at any moment: `InterruptedTrainer FOLDER EPOCHS`. It goes on from
// the newest checkpoint of the folder. When some steps are done there is a file `begun` in it. At the end it
// prints how the training ended, after which step, and the bits of all that it has.

/// Makes steps take their time, and says when they have begun.
final class Brake: TrainerCallback {
    private let folder: String
    private var steps = 0
    private(set) var ending = ""

    init(_ folder: String) { self.folder = folder }

    func stepEnded(_ training: TrainingRun, _ step: StepReport) throws {
        steps += 1
        if steps == 5 { try Data().write(to: URL(fileURLWithPath: "\(folder)/begun")) }
        usleep(3000)
    }

    func trainingEnded(_ training: TrainingRun) {
        ending = training.ending.map { "\($0)" } ?? "none"
    }
}

func train(in folder: String, epochs: Int) throws {
    let model = Sequential<Tensor<Float>, Tensor<Float>> {
        Dense("first", inputs: 6, units: 8)
        BatchNorm("norm", channels: 8)
        relu
        Dropout("dropout", rate: 0.3)
        Dense("last", inputs: 8, units: 1)
    }
    let inputs = try RandomArrays(seed: 3).normal(shape: [40, 6])
    let training = Dataset(
        rowsOf: Labeled(inputs, try inputs.sum(axes: [1], keepingDimensions: true))
    )
    .shuffled(seed: 9).batch(8).prefetch(2)
    var options = TrainerOptions()
    options.handlesInterruption = true
    let trainer = try Trainer(
        model, from: \.inputs, to: \.targets, on: training, session: Session(.init(seed: 5)),
        optimizer: Adam(learningRate: 0.01), options: options,
        loss: { meanSquaredError($0, Tensor($1)) })
    let brake = Brake(folder)
    try trainer.fit(
        training, epochs: epochs,
        checkpoints: TrainerCheckpoints(
            try CheckpointStore("\(folder)/checkpoints"), resumes: true),
        callbacks: [brake], progress: nil)
    let state = try trainer.session.exportState()
    var sum: UInt64 = state.step
    for (_, array) in state.variables.sorted(by: { $0.key < $1.key }) {
        array.withUnsafeBytes { for byte in $0 { sum = sum &* 31 &+ UInt64(byte) } }
    }
    print("\(brake.ending) \(trainer.history.epochs.count) \(sum)")
}

try train(in: CommandLine.arguments[1], epochs: Int(CommandLine.arguments[2]) ?? 1)
