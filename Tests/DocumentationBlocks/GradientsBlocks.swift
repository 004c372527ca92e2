// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/Gradients.md; change that.
// swift-format-ignore-file
import Weft

enum GradientsBlocks: Page {
    static let path = "Documentation/Gradients.md"
    static let blocks: [(line: Int, run: Block)] = [
        (6, line6),
        (32, line32),
    ]

    static func line6() async throws {
#sourceLocation(file: "Documentation/Gradients.md", line: 8)
let w = Variable<Float>("w", shape: [2], initializer: .constant(3))
let loss = (w.value * w.value).sum()
let slopes = try gradients(of: loss, withRespectTo: [w.value])     // [2w]; nil where nothing depends on it
let curvature = try slopes[0].map { try gradients(of: $0.sum(), withRespectTo: [w.value]) }
let session = Session()
if let slope = slopes[0] { print(try session.run(slope)) }          // [6, 6]
_ = curvature
#sourceLocation()
_ = w
_ = loss
_ = slopes
_ = curvature
_ = session
    }

    static func line32() async throws {
#sourceLocation(file: "Documentation/Gradients.md", line: 34)
let layer = Dense<Float>("layer", inputs: 4, units: 1)
let x = Tensor<Float>.placeholder(shape: [nil, 4], name: "x")
let loss = (layer(x) * layer(x)).mean()
let optimizer = Adam()
let pairs = try optimizer.computeGradients(loss)
let step = try optimizer.apply(clipped(pairs, toGlobalNorm: 1).gradients, loss: loss.anyTensor)
_ = try Session().run([loss.anyTensor, step.anyTensor], feeding: [x: [[1.0, 2.0, 3.0, 4.0]]])
#sourceLocation()
_ = layer
_ = x
_ = loss
_ = optimizer
_ = pairs
_ = step
    }
}
