// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Digits told apart by a convolutional network of bare operations.
let convolutionalNetwork = Program(
    name: "convolutional_network_raw", original: "aymericdamien/TensorFlow-Examples"
) { isShort in
    typealias input_data = tf.examples.tutorials.mnist.input_data
    let mnist = try input_data.shipped_digits(one_hot: true)

    let learning_rate = 0.001
    let training_iters = isShort ? 128 * 12 : 128 * 120
    let batch_size = 128
    let display_step = 10

    let n_input = 784
    let n_classes = 10
    let dropout = 0.75

    let X = tf.placeholder(tf.float32, [nil, n_input])
    let Y = tf.placeholder(tf.float32, [nil, n_classes])
    let keep_prob = tf.placeholder(tf.float32, [])

    func conv2d(_ x: tf.Tensor, _ W: tf.Variable, _ b: tf.Variable, strides: Int = 1) -> tf.Tensor {
        var x = tf.nn.conv2d(x, W, strides: [1, strides, strides, 1], padding: "SAME")
        x = tf.nn.bias_add(x, b)
        return tf.nn.relu(x)
    }

    func maxpool2d(_ x: tf.Tensor, k: Int = 2) -> tf.Tensor {
        tf.nn.max_pool(x, ksize: [1, k, k, 1], strides: [1, k, k, 1], padding: "SAME")
    }

    func conv_net(
        _ x: tf.Tensor, _ weights: [String: tf.Variable], _ biases: [String: tf.Variable],
        _ dropout: tf.Tensor
    ) -> tf.Tensor {
        let x = tf.reshape(x, shape: [-1, 28, 28, 1])

        var conv1 = conv2d(x, weights["wc1"]!, biases["bc1"]!)
        conv1 = maxpool2d(conv1, k: 2)

        var conv2 = conv2d(conv1, weights["wc2"]!, biases["bc2"]!)
        conv2 = maxpool2d(conv2, k: 2)

        var fc1 = tf.reshape(conv2, [-1, weights["wd1"]!.get_shape().as_list()[0]])
        fc1 = tf.add(tf.matmul(fc1, weights["wd1"]!), biases["bd1"]!)
        fc1 = tf.nn.relu(fc1)
        fc1 = tf.nn.dropout(fc1, dropout)

        let out = tf.add(tf.matmul(fc1, weights["out"]!), biases["out"]!)
        return out
    }

    let weights = [
        "wc1": tf.Variable(tf.random_normal([5, 5, 1, 32])),
        "wc2": tf.Variable(tf.random_normal([5, 5, 32, 64])),
        "wd1": tf.Variable(tf.random_normal([7 * 7 * 64, 1024])),
        "out": tf.Variable(tf.random_normal([1024, n_classes])),
    ]

    let biases = [
        "bc1": tf.Variable(tf.random_normal([32])),
        "bc2": tf.Variable(tf.random_normal([64])),
        "bd1": tf.Variable(tf.random_normal([1024])),
        "out": tf.Variable(tf.random_normal([n_classes])),
    ]

    let pred = conv_net(X, weights, biases, keep_prob)

    let loss_op = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels: Y, logits: pred))
    let optimizer = tf.train.AdamOptimizer(learning_rate: learning_rate)
    let train_op = try optimizer.minimize(loss_op)

    let correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(Y, 1))
    let accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    let start = tf.global_variables_initializer()

    try tf.with(tf.Session()) { sess in
        try sess.run(start)
        var step = 1
        while step * batch_size < training_iters {
            let (batch_x, batch_y) = try mnist.train.next_batch(batch_size)
            try sess.run(
                train_op, feed_dict: [X: batch_x, Y: batch_y, keep_prob: dropout])
            if step % display_step == 0 {
                let (loss, acc) = try sess.run(
                    (loss_op, accuracy), feed_dict: [X: batch_x, Y: batch_y, keep_prob: 1.0])
                print(
                    "Iter \(step * batch_size), minibatch loss = \(loss), training accuracy = \(acc)"
                )
            }
            step += 1
        }
        print("Optimization finished")

        let reached = try sess.run(
            accuracy,
            feed_dict: [
                X: mnist.test.images[0..<256], Y: mnist.test.labels[0..<256], keep_prob: 1.0,
            ]
        ).doubles[0]
        print("Testing accuracy:", reached)
        try reach(reached > (isShort ? 0.15 : 0.93), "an accuracy of \(reached)")
    }
}
