// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// One network and four ways to train it.
let optimizers = Program(
    name: "304_optimizer", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    tf.set_random_seed(1)

    let LR = 0.01
    let BATCH_SIZE = 32

    let x = try np.linspace(-1, 1, 100).expandingDimensions(at: [1])
    let noise = try np.random.normal(0, 0.1, size: x.shape)
    let y = try np.power(x, 2) + noise

    struct Net {
        let x = tf.placeholder(tf.float32, [nil, 1])
        let y = tf.placeholder(tf.float32, [nil, 1])
        let loss: tf.Tensor
        let train: tf.Operation

        init(_ opt: (tf.Tensor) throws -> tf.Operation) throws {
            let l = tf.layers.dense(x, 20, tf.nn.relu)
            let out = tf.layers.dense(l, 1)
            loss = tf.losses.mean_squared_error(y, out)
            train = try opt(loss)
        }
    }

    let net_SGD = try Net { try tf.train.GradientDescentOptimizer(LR).minimize($0) }
    let net_Momentum = try Net { try tf.train.MomentumOptimizer(LR, momentum: 0.9).minimize($0) }
    let net_RMSprop = try Net { try tf.train.RMSPropOptimizer(LR).minimize($0) }
    let net_Adam = try Net { try tf.train.AdamOptimizer(LR).minimize($0) }
    let nets = [net_SGD, net_Momentum, net_RMSprop, net_Adam]

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())
    var losses_his: [[Double]] = [[], [], [], []]

    for _ in 0..<300 {
        let index = np.random.randint(0, x.shape[0], BATCH_SIZE)
        let b_x = try x.gathered(at: index)
        let b_y = try y.gathered(at: index)

        for (number, net) in nets.enumerated() {
            let (_, l) = try sess.run((net.train, net.loss), [net.x: b_x, net.y: b_y])
            losses_his[number].append(l.doubles[0])
        }
    }

    for (label, losses) in zip(["SGD", "Momentum", "RMSprop", "Adam"], losses_his) {
        let last = losses.suffix(20).reduce(0, +) / 20
        print(label, "first loss", losses[0], "last losses", last)
        try reach(last < (label == "SGD" ? 0.12 : 0.03), "\(label) ends at \(last)")
    }
}
