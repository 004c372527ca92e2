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
let two = try session.run(y, feeding: [x: [[1, 2, 3], [4, 5, 6]]])      // [2, 2] numbers
#sourceLocation()
#sourceLocation(file: "Documentation/SessionsAndPlans.md", line: 39)
let target = Tensor<Float>.placeholder(shape: [nil, 2], name: "target")
let loss = meanSquaredError(y, target)
let step = try Adam(learningRate: 0.01).minimize(loss)
let train = session.function(feeding: x, target, fetching: loss, step)
for _ in 0..<100 {
    let (value, _) = try train([[1, 2, 3]], [[0.5, -0.5]])
    _ = value
}
#sourceLocation()
#sourceLocation(file: "Documentation/SessionsAndPlans.md", line: 63)
print(Graph(inputs: ["x": x], outputs: ["loss": loss]))                 // the operations
print(try session.explain([loss], feeding: [x: [[1, 2, 3]], target: [[0, 0]]]))   // the plan
print(try session.profile([loss], feeding: [x: [[1, 2, 3]], target: [[0, 0]]]))   // times
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
    }
}
