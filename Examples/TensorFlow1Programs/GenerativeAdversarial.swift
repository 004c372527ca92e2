// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A network that draws curves, and one that tells them from those between two parabolas.
let generativeAdversarial = Program(
    name: "406_GAN", original: "MorvanZhou/Tensorflow-Tutorial"
) { isShort in
    tf.set_random_seed(1)

    let BATCH_SIZE = 64
    let LR_G = 0.0001
    let LR_D = 0.0001
    let N_IDEAS = 5
    let ART_COMPONENTS = 15
    let PAINT_POINTS = try np.vstack(
        (0..<BATCH_SIZE).map { _ in
            try np.linspace(-1, 1, ART_COMPONENTS).expandingDimensions(at: [0])
        })

    func artist_works() throws -> NDArray {
        let a = try np.random.uniform(1, 2, size: [BATCH_SIZE, 1])
        let paintings = try a * np.power(PAINT_POINTS, 2) + (a - 1)
        return paintings
    }

    let (G_in, G_out) = tf.variable_scope("Generator") {
        let G_in = tf.placeholder(tf.float32, [nil, N_IDEAS])
        let G_l1 = tf.layers.dense(G_in, 128, tf.nn.relu)
        let G_out = tf.layers.dense(G_l1, ART_COMPONENTS)
        return (G_in, G_out)
    }

    let (real_art, prob_artist0, prob_artist1) = tf.variable_scope("Discriminator") {
        let real_art = tf.placeholder(tf.float32, [nil, ART_COMPONENTS], name: "real_in")
        let D_l0 = tf.layers.dense(real_art, 128, tf.nn.relu, name: "l")
        let prob_artist0 = tf.layers.dense(D_l0, 1, tf.nn.sigmoid, name: "out")
        let D_l1 = tf.layers.dense(G_out, 128, tf.nn.relu, name: "l", reuse: true)
        let prob_artist1 = tf.layers.dense(D_l1, 1, tf.nn.sigmoid, name: "out", reuse: true)
        return (real_art, prob_artist0, prob_artist1)
    }

    let D_loss = -tf.reduce_mean(tf.log(prob_artist0) + tf.log(1 - prob_artist1))
    let G_loss = tf.reduce_mean(tf.log(1 - prob_artist1))

    let train_D = try tf.train.AdamOptimizer(LR_D, name: "Adam_D").minimize(
        D_loss,
        var_list: tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope: "Discriminator"))
    let train_G = try tf.train.AdamOptimizer(LR_G, name: "Adam_G").minimize(
        G_loss, var_list: tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope: "Generator"))

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())

    var painting = NDArray(Float(0))
    for step in 0..<(isShort ? 1500 : 5000) {
        let artist_paintings = try artist_works()
        let G_ideas = try np.random.randn(BATCH_SIZE, N_IDEAS)
        let (G_paintings, pa0, Dl, _, _) = try sess.run(
            (G_out, prob_artist0, D_loss, train_D, train_G),
            [G_in: G_ideas, real_art: artist_paintings])
        painting = G_paintings

        if step % 500 == 0 {
            print("step", step, "D accuracy", try pa0.mean(), "D score", try -1 * Dl)
        }
    }

    // Between the parabolas x² and 2x² + 1, as far as the drawing is learnt.
    let middle = try (np.power(PAINT_POINTS, 2) * 1.5 + 0.5) - painting.mean(axes: [0])
    let distance = try np.power(middle, 2).mean().doubles[0].squareRoot()
    print("distance from the middle of the band", distance)
    try reach(distance < (isShort ? 1 : 0.4), "the drawings are \(distance) from the middle")
}
