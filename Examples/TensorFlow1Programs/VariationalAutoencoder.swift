// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Digits out of two numbers: an encoder, a draw, and a decoder.
let variationalAutoencoder = Program(
    name: "variational_autoencoder", original: "aymericdamien/TensorFlow-Examples"
) { isShort in
    typealias input_data = tf.examples.tutorials.mnist.input_data
    let mnist = try input_data.shipped_digits(one_hot: true)

    let learning_rate = 0.001
    let num_steps = isShort ? 100 : 3000
    let batch_size = 64

    let image_dim = 784
    let hidden_dim = 512
    let latent_dim = 2

    func glorot_init(_ shape: [Int]) -> tf.Tensor {
        tf.random_normal(shape: shape, stddev: 1 / tf.sqrt(Double(shape[0]) / 2))
    }

    let weights = [
        "encoder_h1": tf.Variable(glorot_init([image_dim, hidden_dim])),
        "z_mean": tf.Variable(glorot_init([hidden_dim, latent_dim])),
        "z_std": tf.Variable(glorot_init([hidden_dim, latent_dim])),
        "decoder_h1": tf.Variable(glorot_init([latent_dim, hidden_dim])),
        "decoder_out": tf.Variable(glorot_init([hidden_dim, image_dim])),
    ]
    let biases = [
        "encoder_b1": tf.Variable(glorot_init([hidden_dim])),
        "z_mean": tf.Variable(glorot_init([latent_dim])),
        "z_std": tf.Variable(glorot_init([latent_dim])),
        "decoder_b1": tf.Variable(glorot_init([hidden_dim])),
        "decoder_out": tf.Variable(glorot_init([image_dim])),
    ]

    let input_image = tf.placeholder(tf.float32, shape: [nil, image_dim])
    var encoder = tf.matmul(input_image, weights["encoder_h1"]!) + biases["encoder_b1"]!
    encoder = tf.nn.tanh(encoder)
    let z_mean = tf.matmul(encoder, weights["z_mean"]!) + biases["z_mean"]!
    let z_std = tf.matmul(encoder, weights["z_std"]!) + biases["z_std"]!

    let eps = tf.random_normal(
        tf.shape(z_std), mean: 0.0, stddev: 1.0, dtype: tf.float32, name: "epsilon")
    let z = z_mean + tf.exp(z_std / 2) * eps

    var decoder = tf.matmul(z, weights["decoder_h1"]!) + biases["decoder_b1"]!
    decoder = tf.nn.tanh(decoder)
    decoder = tf.matmul(decoder, weights["decoder_out"]!) + biases["decoder_out"]!
    decoder = tf.nn.sigmoid(decoder)

    func vae_loss(_ x_reconstructed: tf.Tensor, _ x_true: tf.Tensor) -> tf.Tensor {
        var encode_decode_loss =
            x_true * tf.log(1e-10 + x_reconstructed)
            + (1 - x_true) * tf.log(1e-10 + 1 - x_reconstructed)
        encode_decode_loss = -tf.reduce_sum(encode_decode_loss, 1)
        var kl_div_loss = 1 + z_std - tf.square(z_mean) - tf.exp(z_std)
        kl_div_loss = -0.5 * tf.reduce_sum(kl_div_loss, 1)
        return tf.reduce_mean(encode_decode_loss + kl_div_loss)
    }

    let loss_op = vae_loss(decoder, input_image)
    let optimizer = tf.train.RMSPropOptimizer(learning_rate: learning_rate)
    let train_op = try optimizer.minimize(loss_op)

    let start = tf.global_variables_initializer()

    try tf.with(tf.Session()) { sess in
        try sess.run(start)

        var (first, last) = (0.0, 0.0)
        for i in 1...num_steps {
            let (batch_x, _) = try mnist.train.next_batch(batch_size)

            let feed_dict: tf.FeedDict = [input_image: batch_x]
            let (_, l) = try sess.run((train_op, loss_op), feed_dict: feed_dict)
            last = l.doubles[0]
            if i == 1 { first = last }
            if i % 1000 == 0 || i == 1 { print("Step \(i), loss: \(l)") }
        }

        let noise_input = tf.placeholder(tf.float32, shape: [nil, latent_dim])
        var decoder = tf.matmul(noise_input, weights["decoder_h1"]!) + biases["decoder_b1"]!
        decoder = tf.nn.tanh(decoder)
        decoder = tf.matmul(decoder, weights["decoder_out"]!) + biases["decoder_out"]!
        decoder = tf.nn.sigmoid(decoder)

        let n = isShort ? 4 : 20
        let x_axis = np.linspace(-3, 3, n).doubles
        let y_axis = np.linspace(-3, 3, n).doubles
        var rows: [NDArray] = []
        for yi in x_axis {
            let pictures = try y_axis.map { xi in
                try sess.run(decoder, feed_dict: [noise_input: [[xi, yi]]]).reshaped(to: [28, 28])
            }
            rows.append(try np.hstack(pictures))
        }
        let canvas = try np.vstack(rows.reversed())
        print("loss from", first, "to", last, "and a canvas of", canvas.shape)
        try reach(canvas.shape == [28 * n, 28 * n], "a canvas of \(canvas.shape)")
        try reach(
            last < first * (isShort ? 0.75 : 0.6), "the loss went from \(first) to \(last)")
    }
}
