// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Two networks that share their variables, and the graph in a file for TensorBoard.
let variableSharing = Program(
    name: "05_variable_sharing", original: "chiphuyen/stanford-tensorflow-tutorials"
) { _ in
    let x1 = tf.truncated_normal([200, 100], name: "x1")
    let x2 = tf.truncated_normal([200, 100], name: "x2")

    func fully_connected(_ x: tf.Tensor, _ output_dim: Int, _ scope: String) throws -> tf.Tensor {
        try tf.variable_scope(scope, reuse: tf.AUTO_REUSE) {
            let w = try tf.get_variable(
                "weights", [x.shape[1], output_dim], initializer: tf.random_normal_initializer())
            let b = try tf.get_variable(
                "biases", [output_dim], initializer: tf.constant_initializer(0.0))
            return tf.matmul(x, w) + b
        }
    }

    func two_hidden_layers(_ x: tf.Tensor) throws -> tf.Tensor {
        try reach(x.shape.as_list() == [200, 100], "inputs of \(x.shape)")
        let h1 = try fully_connected(x, 50, "h1")
        try reach(h1.shape.as_list() == [200, 50], "a layer of \(h1.shape)")
        return try fully_connected(h1, 10, "h2")
    }

    let (logits1, logits2) = try tf.variable_scope("two_layers") {
        (try two_hidden_layers(x1), try two_hidden_layers(x2))
    }

    let writer = try tf.summary.FileWriter("./graphs/cool_variables", tf.get_default_graph())
    try writer.close()

    let names = tf.global_variables().map(\.name)
    print(names, logits1.shape, logits2.shape)
    try reach(
        names
            == ["h1/weights:0", "h1/biases:0", "h2/weights:0", "h2/biases:0"].map {
                "two_layers/\($0)"
            }, "the variables are \(names)")
}
