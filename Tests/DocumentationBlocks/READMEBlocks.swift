// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from README.md; change that.
// swift-format-ignore-file
import Foundation
import Weft

enum READMEBlocks: Page {
    static let path = "README.md"
    static let blocks: [(line: Int, run: Block)] = [
        (7, line7),
        (118, line118),
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

    static func line118() async throws {
#sourceLocation(file: "README.md", line: 118)
let trainer = try Trainer(
    model, from: \.inputs, to: \.targets, on: training, optimizer: Adam(),
    loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
let history = try trainer.fit(
    training, epochs: 50, validatingOn: validation, callbacks: [EarlyStopping(patience: 5)])
#sourceLocation()
_ = trainer
_ = history
    }
}
