// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A line through points, one point a step.
let linearRegression = Program(
    name: "linear_regression", original: "aymericdamien/TensorFlow-Examples"
) { isShort in
    let rng = np.random
    let learning_rate = 0.01
    let training_epochs = isShort ? 200 : 1000
    let display_step = 50

    let train_X: NDArray = [
        3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167,
        7.042, 10.791, 5.313, 7.997, 5.654, 9.27, 3.1,
    ]
    let train_Y: NDArray = [
        1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221,
        2.827, 3.465, 1.65, 2.904, 2.42, 2.94, 1.3,
    ]
    let n_samples = train_X.shape[0]

    let X = tf.placeholder("float", [nil])
    let Y = tf.placeholder("float", [nil])

    let W = tf.Variable(rng.randn(), name: "weight")
    let b = tf.Variable(rng.randn(), name: "bias")

    let pred = tf.add(tf.multiply(X, W), b)

    let cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
    let optimizer = try tf.train.AdamOptimizer(learning_rate: learning_rate).minimize(cost)

    let start = tf.global_variables_initializer()

    try tf.with(tf.Session()) { sess in
        try sess.run(start)

        for epoch in 0..<training_epochs {
            for (x, y) in zip(train_X.doubles, train_Y.doubles) {
                try sess.run(optimizer, feed_dict: [X: [x], Y: [y]])
            }
            if (epoch + 1) % display_step == 0 {
                let c = try sess.run(cost, feed_dict: [X: train_X, Y: train_Y])
                print("Epoch:", epoch + 1, "cost=", c, "W=", try sess.run(W), "b=", try sess.run(b))
            }
        }

        print("Optimization finished")
        let training_cost: Float = try sess.run(cost, feed_dict: [X: train_X, Y: train_Y]).scalar()
        print("Training cost=", training_cost, "W=", try sess.run(W), "b=", try sess.run(b))

        let test_X: NDArray = [6.83, 4.668, 8.9, 7.91, 5.7, 8.7, 3.1, 2.1]
        let test_Y: NDArray = [1.84, 2.273, 3.2, 2.831, 2.92, 3.24, 1.35, 1.03]

        let testing_cost: Float = try sess.run(
            tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * test_X.shape[0]),
            feed_dict: [X: test_X, Y: test_Y]
        ).scalar()
        print("Testing cost=", testing_cost)
        print("Absolute mean square loss difference:", abs(training_cost - testing_cost))
        try reach(training_cost < 0.12, "a training cost of \(training_cost)")
    }
}
