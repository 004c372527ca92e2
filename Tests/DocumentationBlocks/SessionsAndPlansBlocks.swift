// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/SessionsAndPlans.md; change that.
// swift-format-ignore-file
import Weft

enum SessionsAndPlansBlocks: Page {
    static let path = "Documentation/SessionsAndPlans.md"
    static let blocks: [(line: Int, run: Block)] = [
        (6, line6),
    ]

    static func line6() async throws {
#sourceLocation(file: "Documentation/SessionsAndPlans.md", line: 8)
let x = Tensor<Float>.placeholder(shape: [nil, 3], name: "x")
let w = Variable<Float>("w", shape: [3, 2], initializer: .glorotUniform)
let y = tanh(matmul(x, w.value))            // nothing is computed

let session = Session(.init(seed: 7))
let two = try session.run(y, feeding: [x: [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]])  // [2, 2] numbers
#sourceLocation()
#sourceLocation(file: "Documentation/SessionsAndPlans.md", line: 40)
let target = Tensor<Float>.placeholder(shape: [nil, 2], name: "target")
let loss = meanSquaredError(y, target)
let step = try Adam(learningRate: 0.01).minimize(loss)
let train = session.function(feeding: x, target, fetching: loss, step)
for _ in 0..<100 {
    let (value, _) = try train([[1.0, 2.0, 3.0]], [[0.5, -0.5]])
    _ = value
}
#sourceLocation()
#sourceLocation(file: "Documentation/SessionsAndPlans.md", line: 64)
print(Graph(inputs: ["x": x], outputs: ["loss": loss]))                 // the operations
let feeds: Feeds = [x: [[1.0, 2.0, 3.0]], target: [[0.0, 0.0]]]
print(try session.explain([loss], feeding: feeds))                      // the plan
print(try session.profile([loss], feeding: feeds))                      // times
#sourceLocation()
_ = x
_ = w
_ = y
_ = session
_ = two
_ = target
_ = loss
_ = step
_ = train
_ = feeds
    }
}
