// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftTraining/WeftTraining.docc/WeftTraining.md; change that.
// swift-format-ignore-file
import Foundation
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

enum WeftTrainingBlocks: Page {
    static let path = "Sources/WeftTraining/WeftTraining.docc/WeftTraining.md"
    static let blocks: [(line: Int, run: Block)] = [
        (17, line17),
    ]

    static func line17() async throws {
let features = try NDArray((0..<64 * 13).map { Float($0 % 11) }, shape: [64, 13])
let kinds = try NDArray((0..<64).map { Int32($0 % 3) }, shape: [64])
let validation = Dataset(rowsOf: Labeled(features, kinds)).batch(32)
let test = validation
#sourceLocation(file: "Sources/WeftTraining/WeftTraining.docc/WeftTraining.md", line: 23)
let examples = Dataset(rowsOf: Labeled(features, kinds))
let training = examples.shuffled(seed: 1).batch(32).prefetch(2)
let model = Sequential {
    Dense<Float>("hidden", inputs: 13, units: 64)
    relu
    Dense("scores", inputs: 64, units: 3)
}
let trainer = try Trainer(
    model, from: \.inputs, to: \.targets, on: training, optimizer: Adam(),
    loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
let history = try trainer.fit(
    training, epochs: 50, validatingOn: validation,
    checkpoints: TrainerCheckpoints(try CheckpointStore("run1"), resumes: true),
    callbacks: [EarlyStopping(patience: 5)])
print(try trainer.evaluate(test))
try history.svg().write(toFile: "curves.svg", atomically: true, encoding: .utf8)
#sourceLocation()
_ = features
_ = kinds
_ = validation
_ = test
_ = examples
_ = training
_ = model
_ = trainer
_ = history
    }
}
