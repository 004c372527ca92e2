// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from README.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftTraining

enum READMEBlocks: Page {
    static let path = "README.md"
    static let blocks: [(line: Int, run: Block)] = [
        (7, line7),
        (153, line153),
    ]

    static func line7() async throws {
#sourceLocation(file: "README.md", line: 9)
let x = Tensor<Float>.placeholder(shape: [nil, 1], name: "x")
let y = Tensor<Float>.placeholder(shape: [nil, 1], name: "y")
let line = Dense<Float>("line", inputs: 1, units: 1)
let loss = meanSquaredError(line(x), y)
let train = try GradientDescent(learningRate: 0.1).minimize(loss)

let session = Session()
let step = session.function(feeding: x, y, fetching: loss, train)
for _ in 0..<200 { _ = try step([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]]) }
print(try session.run(line(x), feeding: [x: [[10.0]]]))  // about [[21.0]]
#sourceLocation()
_ = x
_ = y
_ = line
_ = loss
_ = train
_ = session
_ = step
    }

    static func line153() async throws {
let examples = Dataset(
    rowsOf: Labeled(
        try NDArray(repeating: Float(1), shape: [64, 8]), try NDArray(repeating: Int32(1), shape: [64])))
let (training, validation) = (examples.batch(16), examples.batch(32))
let model = Sequential { Dense<Float>("scores", units: 3) }
#sourceLocation(file: "README.md", line: 153)
let trainer = try Trainer(
    model, from: \.inputs, to: \.targets, on: training, optimizer: Adam(),
    loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
let history = try trainer.fit(
    training, epochs: 50, validatingOn: validation, callbacks: [EarlyStopping(patience: 5)])
#sourceLocation()
_ = examples
_ = training
_ = validation
_ = model
_ = trainer
_ = history
    }
}
