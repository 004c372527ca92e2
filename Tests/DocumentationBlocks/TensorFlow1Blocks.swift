// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Sources/TensorFlow1/TensorFlow1.docc/TensorFlow1.md; change that.
// swift-format-ignore-file
import TensorFlow1

enum TensorFlow1Blocks: Page {
    static let path = "Sources/TensorFlow1/TensorFlow1.docc/TensorFlow1.md"
    static let blocks: [(line: Int, run: Block)] = [
        (11, line11),
    ]

    static func line11() async throws {
#sourceLocation(file: "Sources/TensorFlow1/TensorFlow1.docc/TensorFlow1.md", line: 13)
let x = tf.placeholder(dtype: tf.float32, shape: [nil, 2])
let w = try tf.get_variable("w", [2, 1])
let y = tf.matmul(x, w)
#sourceLocation()
_ = x
_ = w
_ = y
    }
}
