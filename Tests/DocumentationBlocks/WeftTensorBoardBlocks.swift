// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md; change that.
// swift-format-ignore-file
import Weft
import WeftTensorBoard

enum WeftTensorBoardBlocks: Page {
    static let path = "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md"
    static let blocks: [(line: Int, run: Block)] = [
        (21, line21),
    ]

    static func line21() async throws {
let x = Tensor<Float>.placeholder(shape: [4, 2], name: "x")
let kernel = Variable<Float>("kernel", shape: [2, 1], initializer: .glorotUniform)
let hidden = matmul(x, kernel.value)
let loss = (hidden * hidden).mean()
let optimizer = GradientDescent(learningRate: 0.001)
let train = try optimizer.minimize(loss)
let session = Session()
let batch: Feeds = [x: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]]
#sourceLocation(file: "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md", line: 24)
let writer = try EventWriter("logs/run1")
try writer.addGraph(Graph(inputs: ["x": x], outputs: ["loss": loss, "step": train]))
for step in 0..<1000 {
    let values = try session.run([loss, train], feeding: batch)
    try writer.addScalar("loss", values[0].scalar(as: Float.self), step: step)
    if step.isMultiple(of: 100) {
        try writer.addHistogram("kernel", session.value(of: kernel), step: step)
    }
}
try writer.close()
#sourceLocation()
_ = x
_ = kernel
_ = hidden
_ = loss
_ = optimizer
_ = train
_ = session
_ = batch
_ = writer
    }

    static func line49() async throws {
let x = Tensor<Float>.placeholder(shape: [4, 2], name: "x")
let hidden = Dense<Float>("hidden", units: 3)(x)
let loss = (hidden * hidden).mean()
let optimizer = GradientDescent(learningRate: 0.001)
let (session, step) = (Session(), 1)
let writer = try EventWriter("logs")
let batch: Feeds = [x: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]]
#sourceLocation(file: "Sources/WeftTensorBoard/WeftTensorBoard.docc/WeftTensorBoard.md", line: 49)
let watched = loss.withUpdates([Summary.histogram("activations", hidden)])
let train = try optimizer.minimize(watched)
_ = try session.run([train], feeding: batch) { writer.record($0, step: step) }
#sourceLocation()
_ = x
_ = hidden
_ = loss
_ = optimizer
_ = session
_ = step
_ = writer
_ = batch
_ = watched
_ = train
    }
}
