// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/ComingFromSwiftForTensorFlow.md; change that.
// swift-format-ignore-file
import Weft

enum ComingFromSwiftForTensorFlowBlocks: Page {
    static let path = "Documentation/ComingFromSwiftForTensorFlow.md"
    static let blocks: [(line: Int, run: Block)] = [
        (13, line13),
    ]

    static func line13() async throws {
#sourceLocation(file: "Documentation/ComingFromSwiftForTensorFlow.md", line: 15)
let model = Sequential {
    Dense<Float>("hidden", units: 32)
    relu
    Dense("logits", units: 3)
}
let x = Tensor<Float>.placeholder(shape: [nil, 4], name: "x")
let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
let loss = softmaxCrossEntropy(logits: model(x, mode: .training), labels: labels)
let step = try Adam(learningRate: 0.01).minimize(loss)

let session = Session(.init(seed: 1))
let train = session.function(feeding: x, labels, fetching: loss, step)
for _ in 0..<10 { _ = try train([[5.0, 3.0, 1.0, 0.0]], [0]) }
#sourceLocation()
_ = model
_ = x
_ = labels
_ = loss
_ = step
_ = session
_ = train
    }
}
