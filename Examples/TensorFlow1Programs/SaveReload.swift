// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A trained network saved, and taken up again in another graph.
let saveReload = Program(
    name: "303_save_reload", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    tf.set_random_seed(1)

    let x = try np.linspace(-1, 1, 100).expandingDimensions(at: [1])
    let noise = try np.random.normal(0, 0.1, size: x.shape)
    let y = try np.power(x, 2) + noise

    func save() throws -> NDArray {
        print("This is save")
        let tf_x = tf.placeholder(tf.float32, x.shape)
        let tf_y = tf.placeholder(tf.float32, y.shape)
        let l = tf.layers.dense(tf_x, 10, tf.nn.relu)
        let o = tf.layers.dense(l, 1)
        let loss = tf.losses.mean_squared_error(tf_y, o)
        let train_op = try tf.train.GradientDescentOptimizer(learning_rate: 0.5).minimize(loss)

        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())

        let saver = tf.train.Saver()

        for _ in 0..<100 {
            try sess.run(train_op, [tf_x: x, tf_y: y])
        }

        try saver.save(sess, "./params", write_meta_graph: false)

        let (_, save_loss) = try sess.run((o, loss), [tf_x: x, tf_y: y])
        print("Save loss", save_loss)
        return save_loss
    }

    func reload() throws -> NDArray {
        print("This is reload")
        let tf_x = tf.placeholder(tf.float32, x.shape)
        let tf_y = tf.placeholder(tf.float32, y.shape)
        let l_ = tf.layers.dense(tf_x, 10, tf.nn.relu)
        let o_ = tf.layers.dense(l_, 1)
        let loss_ = tf.losses.mean_squared_error(tf_y, o_)

        let sess = tf.Session()
        let saver = tf.train.Saver()
        try saver.restore(sess, "./params")

        let (_, reload_loss) = try sess.run((o_, loss_), [tf_x: x, tf_y: y])
        print("Reload loss", reload_loss)
        return reload_loss
    }

    let saved = try save()

    tf.reset_default_graph()

    let reloaded = try reload()
    try reach(saved == reloaded, "the losses are \(saved) and \(reloaded)")
    try reach(saved.doubles[0] < 0.03, "a loss of \(saved)")
}
