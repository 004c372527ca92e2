// SPDX-License-Identifier: Apache-2.0
// Written by Scripts/snippets.py from Documentation/ComingFromTensorFlow1.md; change that.
// swift-format-ignore-file
import TensorFlow1

enum ComingFromTensorFlow1Blocks: Page {
    static let path = "Documentation/ComingFromTensorFlow1.md"
    static let blocks: [(line: Int, run: Block)] = [
        (12, line12),
    ]

    static func line12() async throws {
let images = try NDArray(repeating: Float(0), shape: [8, 784])
let labels = try NDArray(repeating: Int64(3), shape: [8])
#sourceLocation(file: "Documentation/ComingFromTensorFlow1.md", line: 14)
let x = tf.placeholder(tf.float32, [nil, 784])
let y_ = tf.placeholder(tf.int64, [nil])
let W = tf.Variable(tf.zeros([784, 10]))
let b = tf.Variable(tf.zeros([10]))
let y = tf.matmul(x, W) + b
let loss = tf.losses.sparse_softmax_cross_entropy(labels: y_, logits: y)
let train_step = try tf.train.GradientDescentOptimizer(0.5).minimize(loss)

let sess = tf.Session()
try sess.run(tf.global_variables_initializer())
let (_, cost) = try sess.run((train_step, loss), feed_dict: [x: images, y_: labels])
#sourceLocation()
_ = images
_ = labels
_ = x
_ = y_
_ = W
_ = b
_ = y
_ = loss
_ = train_step
_ = sess
_ = cost
    }
}
