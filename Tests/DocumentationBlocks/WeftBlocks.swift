// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/Weft/Weft.docc/Weft.md; change that.
// swift-format-ignore-file
import Weft

enum WeftBlocks: Page {
    static let path = "Sources/Weft/Weft.docc/Weft.md"
    static let blocks: [(line: Int, run: Block)] = [
        (11, line11),
    ]

    static func line11() async throws {
#sourceLocation(file: "Sources/Weft/Weft.docc/Weft.md", line: 13)
let x = Tensor<Float>.placeholder(shape: [nil, 2], name: "x")
let w = Variable<Float>("w", shape: [2, 1], initializer: .glorotUniform)
let y = matmul(x, w.value)

let session = Session()
let result = try session.run(y, feeding: [x: [[1.0, 2.0]]])
#sourceLocation()
_ = x
_ = w
_ = y
_ = session
_ = result
    }
}
