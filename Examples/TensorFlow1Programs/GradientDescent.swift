// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Two parameters of a curve, and the way that gradient descent takes to them.
let gradientDescent = Program(
    name: "503_visualize_gradient_descent", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    let LR = 0.1
    let REAL_PARAMS = [1.2, 2.5]
    let INIT_PARAMS: [Double] = [[5, 4], [0, 0], [2, 4.5]][2]

    let x = np.linspace(-1, 1, 200)

    let y_fun = { (a: Double, b: Double) in try np.sin(b * np.cos(a * x)) }
    let tf_y_fun = { (a: tf.Variable, b: tf.Variable) in tf.sin(b * tf.cos(a * x)) }

    let noise = try np.random.randn(200) / 10
    let y = try y_fun(REAL_PARAMS[0], REAL_PARAMS[1]) + noise

    let params = INIT_PARAMS.map { p in tf.Variable(initial_value: p, dtype: tf.float32) }
    let (a, b) = (params[0], params[1])
    let pred = tf_y_fun(a, b)
    let mse = tf.reduce_mean(tf.square(y - pred))
    let train_op = try tf.train.GradientDescentOptimizer(LR).minimize(mse)

    var (a_list, b_list, cost_list): ([Double], [Double], [Double]) = ([], [], [])
    try tf.with(tf.Session()) { sess in
        try sess.run(tf.global_variables_initializer())
        for _ in 0..<400 {
            let (a_, b_, mse_) = try sess.run((a, b, mse))
            a_list.append(a_.doubles[0])
            b_list.append(b_.doubles[0])
            cost_list.append(mse_.doubles[0])
            let (_, _) = try sess.run((pred, train_op))
        }
    }

    print("a=", a_list[399], "b=", b_list[399], "cost", cost_list[0], "to", cost_list[399])
    try reach(cost_list[399] < 0.05, "a cost of \(cost_list[399])")
}
