// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/Checkpoints.md; change that.
// swift-format-ignore-file
import Weft
import WeftCheckpoints
import WeftData
import WeftTraining

enum CheckpointsBlocks: Page {
    static let path = "Documentation/Checkpoints.md"
    static let blocks: [(line: Int, run: Block)] = [
        (17, line17),
    ]

    static func line17() async throws {
let examples = Labeled(
    try RandomArrays(seed: 1).normal(shape: [64, 4]), try RandomArrays(seed: 2).normal(shape: [64, 1]))
let training = Dataset(rowsOf: examples).shuffled(seed: 1).batch(16).prefetch(2)
let validation = Dataset(rowsOf: examples).batch(32)
#sourceLocation(file: "Documentation/Checkpoints.md", line: 21)
let model = Sequential {
    Dense<Float>("hidden", units: 8)
    relu
    Dense("answer", units: 1)
}
let trainer = try Trainer(
    model, from: \.inputs, to: \.targets, on: training, optimizer: Adam(),
    loss: { meanSquaredError($0, Tensor($1)) })
let store = try CheckpointStore("run1", keeping: 3, best: 1, by: .lowest)
try trainer.fit(
    training, epochs: 5, validatingOn: validation,
    checkpoints: TrainerCheckpoints(store, resumes: true, everySteps: 100, score: "val_loss"))
#sourceLocation()
#sourceLocation(file: "Documentation/Checkpoints.md", line: 43)
let session = trainer.session
let position = training.stream()
try session.save(to: "model.safetensors", with: ["data": position], notes: ["width": "8"])
try session.restore(from: "model.safetensors", with: ["data": position])
#sourceLocation()
#sourceLocation(file: "Documentation/Checkpoints.md", line: 54)
let server = Session()
let done = try server.restore(
    from: "model.safetensors", for: model.variables, resumesDraws: false, isPartial: true)
print(done)     // what was left alone
#sourceLocation()
_ = examples
_ = training
_ = validation
_ = model
_ = trainer
_ = store
_ = session
_ = position
_ = server
_ = done
    }
}
