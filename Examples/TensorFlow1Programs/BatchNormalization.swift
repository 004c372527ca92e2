// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A deep network of tanh with bad offsets, with and without batch normalisation.
let batchNormalization = Program(
    name: "502_batch_normalization", original: "MorvanZhou/Tensorflow-Tutorial"
) { isShort in
    tf.set_random_seed(1)

    let N_SAMPLES = 2000
    let BATCH_SIZE = 64
    let EPOCH = isShort ? 3 : 12
    let LR = 0.03
    let N_HIDDEN = 8
    let ACTIVATION: tf.Activation = { tf.nn.tanh($0) }
    let B_INIT = tf.constant_initializer(-0.2)

    var x = try np.linspace(-7, 10, N_SAMPLES).expandingDimensions(at: [1])
    x = try x.gathered(at: np.random.permutation(N_SAMPLES))
    var noise = try np.random.normal(0, 2, size: x.shape)
    let y = try np.square(x) - 5 + noise
    var train_data = try np.hstack([x, y])

    let test_x = try np.linspace(-7, 10, 200).expandingDimensions(at: [1])
    noise = try np.random.normal(0, 2, size: test_x.shape)
    let test_y = try np.square(test_x) - 5 + noise

    let tf_x = tf.placeholder(tf.float32, [nil, 1])
    let tf_y = tf.placeholder(tf.float32, [nil, 1])
    let tf_is_train = tf.placeholder(tf.bool, [])

    final class NN {
        let is_bn: Bool
        let w_init = tf.random_normal_initializer(0.0, 0.1)
        var pre_activation: [tf.Tensor]
        var layer_input: [tf.Tensor]
        let loss: tf.Tensor
        let out: tf.Tensor
        let train: tf.Operation

        init(
            batch_normalization: Bool, _ tf_x: tf.Tensor, _ tf_y: tf.Tensor,
            _ tf_is_train: tf.Tensor, _ n_hidden: Int, _ lr: Double, _ ac: tf.Activation,
            _ b_init: Initializer
        ) throws {
            is_bn = batch_normalization
            pre_activation = [tf_x]
            if is_bn {
                layer_input = [tf.layers.batch_normalization(tf_x, training: tf_is_train)]
            } else {
                layer_input = [tf_x]
            }
            for _ in 0..<n_hidden {
                var x = tf.layers.dense(
                    layer_input[layer_input.count - 1], 10, kernel_initializer: w_init,
                    bias_initializer: b_init)
                pre_activation.append(x)
                if is_bn {
                    x = tf.layers.batch_normalization(x, momentum: 0.4, training: tf_is_train)
                }
                layer_input.append(ac(x))
            }
            out = tf.layers.dense(
                layer_input[layer_input.count - 1], 1, kernel_initializer: w_init,
                bias_initializer: b_init)
            loss = tf.losses.mean_squared_error(tf_y, out)

            let update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
            let loss = loss
            train = try tf.control_dependencies(update_ops) {
                try tf.train.AdamOptimizer(lr, name: batch_normalization ? "Adam_BN" : "Adam")
                    .minimize(loss)
            }
        }
    }

    let nets = try [false, true].map {
        try NN(
            batch_normalization: $0, tf_x, tf_y, tf_is_train, N_HIDDEN, LR, ACTIVATION,
            B_INIT)
    }

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())

    var losses: [[Double]] = [[], []]
    for epoch in 0..<EPOCH {
        print("Epoch:", epoch)
        train_data = try train_data.gathered(at: np.random.permutation(N_SAMPLES))
        var step = 0
        var in_epoch = true
        while in_epoch {
            let b_s = (step * BATCH_SIZE) % N_SAMPLES
            var b_f = ((step + 1) * BATCH_SIZE) % N_SAMPLES
            step += 1
            if b_f < b_s {
                b_f = N_SAMPLES
                in_epoch = false
            }
            let batch = train_data[b_s..<b_f]
            let (b_x, b_y) = (try batch.sliced(0..., 0..<1), try batch.sliced(0..., 1..<2))
            _ = try sess.run(
                [nets[0].train, nets[1].train], [tf_x: b_x, tf_y: b_y, tf_is_train: true])

            if step == 1 {
                let (l0, l1) = try sess.run(
                    (nets[0].loss, nets[1].loss),
                    [tf_x: test_x, tf_y: test_y, tf_is_train: false])
                for (number, l) in [l0, l1].enumerated() { losses[number].append(l.doubles[0]) }
            }
        }
    }

    print("test losses without:", losses[0].map { Int($0) })
    print("test losses with:", losses[1].map { Int($0) })
    let (pred, pred_bn) = try sess.run(
        (nets[0].out, nets[1].out), [tf_x: test_x, tf_is_train: false])
    func error(_ pred: NDArray) throws -> Double {
        try np.square(pred - test_y).mean().doubles[0]
    }
    let (last, last_bn) = (try error(pred), try error(pred_bn))
    print("at the end:", last, "and", last_bn)
    let isReached = isShort ? last_bn < losses[1][0] : last_bn < 0.5 * last && last_bn < 400
    try reach(isReached, "with \(last_bn), without \(last)")
}
