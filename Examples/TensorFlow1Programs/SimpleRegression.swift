// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A network of two layers through a parabola.
let simpleRegression = Program(
    name: "301_simple_regression", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    tf.set_random_seed(1)

    let x = try np.linspace(-1, 1, 100).expandingDimensions(at: [1])
    let noise = try np.random.normal(0, 0.1, size: x.shape)
    let y = try np.power(x, 2) + noise

    let tf_x = tf.placeholder(tf.float32, x.shape)
    let tf_y = tf.placeholder(tf.float32, y.shape)

    let l1 = tf.layers.dense(tf_x, 10, tf.nn.relu)
    let output = tf.layers.dense(l1, 1)

    let loss = tf.losses.mean_squared_error(tf_y, output)
    let optimizer = tf.train.GradientDescentOptimizer(learning_rate: 0.5)
    let train_op = try optimizer.minimize(loss)

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())

    var l = NDArray(Float(0))
    for step in 0..<100 {
        (_, l, _) = try sess.run((train_op, loss, output), [tf_x: x, tf_y: y])
        if step % 20 == 0 { print("step", step, "loss", l) }
    }
    print("loss", l)
    try reach(l.doubles[0] < 0.03, "a loss of \(l)")
}
