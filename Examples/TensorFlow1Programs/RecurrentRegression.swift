// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// The cosine out of the sine, by a recurrent network whose state goes on from step to step.
let recurrentRegression = Program(
    name: "403_RNN_regression", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    let TIME_STEP = 10
    let INPUT_SIZE = 1
    let CELL_SIZE = 32
    let LR = 0.02

    let tf_x = tf.placeholder(tf.float32, [nil, TIME_STEP, INPUT_SIZE])
    let tf_y = tf.placeholder(tf.float32, [nil, TIME_STEP, INPUT_SIZE])

    let rnn_cell = tf.contrib.rnn.BasicRNNCell(num_units: CELL_SIZE)
    let init_s = rnn_cell.zero_state(batch_size: 1, dtype: tf.float32)
    let (outputs, final_s) = tf.nn.dynamic_rnn(
        rnn_cell,
        tf_x,
        initial_state: init_s,
        time_major: false
    )
    let outs2D = tf.reshape(outputs, [-1, CELL_SIZE])
    let net_outs2D = tf.layers.dense(outs2D, INPUT_SIZE)
    let outs = tf.reshape(net_outs2D, [-1, TIME_STEP, INPUT_SIZE])

    let loss = tf.losses.mean_squared_error(labels: tf_y, predictions: outs)
    let train_op = try tf.train.AdamOptimizer(LR).minimize(loss)

    let sess = tf.Session()
    try sess.run(tf.global_variables_initializer())

    var final_s_: NDArray?
    var errors: [Double] = []
    for step in 0..<60 {
        let (start, end) = (Double(step) * .pi, Double(step + 1) * .pi)
        let steps = np.linspace(start, end, TIME_STEP)
        let x = try np.sin(steps).expandingDimensions(at: [0, 2])
        let y = try np.cos(steps).expandingDimensions(at: [0, 2])
        var feed_dict: tf.FeedDict = [tf_x: x, tf_y: y]
        if let final_s_ { feed_dict[init_s] = final_s_ }
        let (_, l, last) = try sess.run((train_op, loss, final_s), feed_dict)
        final_s_ = last
        errors.append(l.doubles[0])
        if step % 10 == 0 { print("step", step, "loss", l) }
    }
    let last = errors.suffix(5).reduce(0, +) / 5
    print("last losses", last)
    try reach(last < 0.4, "the last losses are \(last)")
}
