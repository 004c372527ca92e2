// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Two clouds of points told apart.
let simpleClassification = Program(
    name: "302_simple_classification", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    tf.set_random_seed(1)

    let x0 = try np.random.normal(2, 1, size: [100, 2])
    let y0 = try np.zeros([100])
    let x1 = try np.random.normal(-2, 1, size: [100, 2])
    let y1 = try np.ones([100])
    let x = try np.vstack([x0, x1])
    let y = try np.hstack([y0, y1])

    let tf_x = tf.placeholder(tf.float32, x.shape)
    let tf_y = tf.placeholder(tf.int32, y.shape)

    let l1 = tf.layers.dense(tf_x, 10, tf.nn.relu)
    let output = tf.layers.dense(l1, 2)

    let loss = tf.losses.sparse_softmax_cross_entropy(labels: tf_y, logits: output)
    let accuracy = tf.metrics.accuracy(
        labels: tf.squeeze(tf_y), predictions: tf.argmax(output, axis: 1)
    ).1
    let optimizer = tf.train.GradientDescentOptimizer(learning_rate: 0.05)
    let train_op = try optimizer.minimize(loss)

    let sess = tf.Session()
    let init_op = tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())
    try sess.run(init_op)

    var acc = NDArray(Float(0))
    for step in 0..<100 {
        (_, acc, _) = try sess.run((train_op, accuracy, output), [tf_x: x, tf_y: y])
        if step % 20 == 0 { print("step", step, "accuracy", acc) }
    }
    print("accuracy", acc)
    try reach(acc.doubles[0] > 0.95, "an accuracy of \(acc)")
}
