// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A network whose batches come out of a dataset, to which arrays are fed once.
let datasets = Program(
    name: "306_dataset", original: "MorvanZhou/Tensorflow-Tutorial"
) { _ in
    let npx = try np.random.uniform(-1, 1, size: [1000, 1])
    let npy = try np.power(npx, 2) + np.random.normal(0, 0.1, size: npx.shape)
    let (npx_train, npx_test) = (npx[0..<800], npx[800..<1000])
    let (npy_train, npy_test) = (npy[0..<800], npy[800..<1000])

    let tfx = tf.placeholder(npx_train.dtype, npx_train.shape)
    let tfy = tf.placeholder(npy_train.dtype, npy_train.shape)

    var dataset = tf.data.Dataset.from_tensor_slices((tfx, tfy))
    dataset = dataset.shuffle(buffer_size: 1000)
    dataset = dataset.batch(32)
    dataset = dataset.repeat(3)
    let iterator = dataset.make_initializable_iterator()

    let (bx, by) = iterator.get_next()
    let l1 = tf.layers.dense(bx, 10, tf.nn.relu)
    let out = tf.layers.dense(l1, npy.shape[1])
    let loss = tf.losses.mean_squared_error(by, out)
    let train = try tf.train.GradientDescentOptimizer(0.1).minimize(loss)

    let sess = tf.Session()
    _ = try sess.run(
        [iterator.initializer, tf.global_variables_initializer()],
        feed_dict: [tfx: npx_train, tfy: npy_train])

    var steps = 0
    var testl = NDArray(Float(0))
    for step in 0..<201 {
        do {
            let (_, trainl) = try sess.run((train, loss))
            steps += 1
            if step % 10 == 0 {
                testl = try sess.run(loss, [bx: npx_test, by: npy_test])
                print("step: \(step)/200", "|train loss:", trainl, "|test loss:", testl)
            }
        } catch is tf.errors.OutOfRangeError {
            print("Finished the last epoch")
            break
        }
    }
    try reach(steps == 75, "three epochs have 75 steps, not \(steps)")
    try reach(testl.doubles[0] < 0.08, "a test loss of \(testl)")
}
