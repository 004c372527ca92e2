// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/Debugging.md; change that.
// swift-format-ignore-file
import Weft
import WeftData
import WeftTraining

enum DebuggingBlocks: Page {
    static let path = "Documentation/Debugging.md"
    static let blocks: [(line: Int, run: Block)] = [
        (9, line9),
        (38, line38),
        (56, line56),
    ]

    static func line9() async throws {
#sourceLocation(file: "Documentation/Debugging.md", line: 11)
let x = Tensor<Float>.placeholder(shape: [nil, 784], name: "x")
let hidden = matmul(x, Tensor<Float>.zeros(shape: [512, 10]))   // wrong, and told with this line
let scores = softmax(hidden)                                    // carries the same error
do {
    try scores.validated()
} catch {
    print(error)    // matmul: … [?, 784] x [512, 10] (784 != 512). Built at Model.swift:4.
}
#sourceLocation()
_ = x
_ = hidden
_ = scores
    }

    static func line38() async throws {
let data = Dataset(rowsOf: Labeled(
    try RandomArrays(seed: 1).normal(shape: [8, 3]), try NDArray(repeating: Float(0), shape: [8, 1]))).batch(8)
#sourceLocation(file: "Documentation/Debugging.md", line: 41)
let layer = Dense<Float>("layer", inputs: 3, units: 1)
let trainer = try Trainer(on: data, optimizer: GradientDescent(learningRate: 0.1)) { batch, mode in
    let output = layer(Tensor(batch.inputs), mode: mode)
    return StepOutputs(loss: log(output).mean())        // of negative numbers
}
do {
    try trainer.fit(data, epochs: 1, progress: nil)
} catch {
    print(error)    // step 1, in epoch 1, is not finite: log … Built at Model.swift:7 …
}
#sourceLocation()
_ = data
_ = layer
_ = trainer
    }

    static func line56() async throws {
#sourceLocation(file: "Documentation/Debugging.md", line: 58)
var options = Session.Options()
options.findsNonFinite = true
let session = Session(options)
let x = Tensor<Float>.placeholder(shape: [2], name: "x")
do {
    _ = try session.run((x / x).sum(), feeding: [x: [1.0, 0.0]])
} catch {
    print(error)    // divide: the result is nan at [1] …
}
#sourceLocation()
_ = options
_ = session
_ = x
    }
}
