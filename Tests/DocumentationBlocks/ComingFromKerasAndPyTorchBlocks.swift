// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/ComingFromKerasAndPyTorch.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftTraining

enum ComingFromKerasAndPyTorchBlocks: Page {
    static let path = "Documentation/ComingFromKerasAndPyTorch.md"
    static let blocks: [(line: Int, run: Block)] = [
        (20, line20),
    ]

    static func line20() async throws {
struct Sample: Example {
    var inputs: NDArray
    var labels: NDArray
    static var arrays: [WritableKeyPath<Sample, NDArray>] { [\.inputs, \.labels] }
}
let samples = Sample(
    inputs: try NDArray((0..<320).map { Float($0 % 7) }, shape: [40, 8]),
    labels: try NDArray((0..<40).map { Int32($0 % 3) }, shape: [40]))
let training = Dataset(rowsOf: samples).shuffled(seed: 1).batch(8)
#sourceLocation(file: "Documentation/ComingFromKerasAndPyTorch.md", line: 22)
let model = Sequential {
    Dense<Float>("hidden", units: 32)
    relu
    Dropout("dropout", rate: 0.2)
    Dense("logits", units: 3)
}
let trainer = try Trainer(
    model, from: \Sample.inputs, to: \Sample.labels, on: training, optimizer: Adam(),
    loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
let history = try trainer.fit(training, epochs: 3)
#sourceLocation()
_ = samples
_ = training
_ = model
_ = trainer
_ = history
    }
}
