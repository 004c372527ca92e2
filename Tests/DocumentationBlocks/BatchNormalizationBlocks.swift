// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/BatchNormalization.md; change that.
// swift-format-ignore-file
import Weft

enum BatchNormalizationBlocks: Page {
    static let path = "Documentation/BatchNormalization.md"
    static let blocks: [(line: Int, run: Block)] = [
        (29, line29),
    ]

    static func line29() async throws {
#sourceLocation(file: "Documentation/BatchNormalization.md", line: 31)
let x = Tensor<Float>.placeholder(shape: [nil, 4], name: "x")
let norm = BatchNorm<Float>("norm", channels: 4, momentum: 0.9)
let layer = Dense<Float>("layer", inputs: 4, units: 1)
let miss = layer(norm(x, mode: .training)) - 1
let loss = (miss * miss).mean()
let step = try Adam().minimize(loss)

let session = Session()
let batch = try RandomArrays(seed: 1).normal(shape: [32, 4], mean: 5)
_ = try session.run(loss, feeding: [x: batch])                                  // moves nothing
let before = try session.value(of: norm.movingMean)                             // [0, 0, 0, 0]
_ = try session.run([loss.anyTensor, step.anyTensor], feeding: [x: batch])      // about [0.5, 0.5, 0.5, 0.5]
let after = try session.value(of: norm.movingMean)
precondition(before.doubles == [0, 0, 0, 0] && after.doubles.allSatisfy { $0 > 0.3 })
#sourceLocation()
_ = x
_ = norm
_ = layer
_ = miss
_ = loss
_ = step
_ = session
_ = batch
_ = before
_ = after
    }
}
