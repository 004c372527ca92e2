// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Summaries of a training in a file for TensorBoard.
let tensorBoard = Program(
    name: "305_tensorboard", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    tf.set_random_seed(1)

    let x = try np.linspace(-1, 1, 100).expandingDimensions(at: [1])
    let noise = try np.random.normal(0, 0.1, size: x.shape)
    let y = try np.power(x, 2) + noise

    let (tf_x, tf_y) = tf.variable_scope("Inputs") {
        (
            tf.placeholder(tf.float32, x.shape, name: "x"),
            tf.placeholder(tf.float32, y.shape, name: "y")
        )
    }

    let output = tf.variable_scope("Net") {
        let l1 = tf.layers.dense(tf_x, 10, tf.nn.relu, name: "hidden_layer")
        let output = tf.layers.dense(l1, 1, name: "output_layer")

        tf.summary.histogram("h_out", l1)
        tf.summary.histogram("pred", output)
        return output
    }

    let loss = tf.losses.mean_squared_error(tf_y, output, scope: "loss")
    let train_op = try tf.train.GradientDescentOptimizer(learning_rate: 0.5).minimize(loss)
    tf.summary.scalar("loss", loss)

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())

    let writer = try tf.summary.FileWriter("./log", sess.graph)
    let merge_op = tf.summary.merge_all()

    for step in 0..<100 {
        let (_, result) = try sess.run((train_op, merge_op), [tf_x: x, tf_y: y])
        try writer.add_summary(result, step)
    }
    try writer.close()

    let files = try tf.gfile.ListDirectory("./log")
    print("written:", files)
    let last = try tf.train.summary_iterator("./log/\(files[0])").last { event in
        event.summary.value.contains { $0.tag == "loss" }
    }
    try reach(last?.step == 99, "the last step in the file is \(last?.step ?? -1)")
}
