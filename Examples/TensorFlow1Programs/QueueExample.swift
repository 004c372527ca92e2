// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// A queue that four threads fill, and a loop that takes out of it.
let queueExample = Program(
    name: "09_queue_example", original: "chiphuyen/stanford-tensorflow-tutorials"
) { _ in
    let N_SAMPLES = 1000
    let NUM_THREADS = 4
    let data = try 10 * np.random.randn(N_SAMPLES, 4) + 1
    let target = np.random.randint(0, 2, N_SAMPLES)

    let queue = tf.FIFOQueue(capacity: 50, dtypes: [tf.float32, tf.int32], shapes: [[4], []])

    let enqueue_op = queue.enqueue_many([data, target])
    let (data_sample, label_sample) = queue.dequeue()

    let qr = tf.train.QueueRunner(queue, Array(repeating: enqueue_op, count: NUM_THREADS))
    var samples = 0
    try tf.with(tf.Session()) { sess in
        let coord = tf.train.Coordinator()
        let enqueue_threads = qr.create_threads(sess, coord: coord, start: true)
        do {
            for step in 0..<100 {
                if coord.should_stop() {
                    break
                }
                let (data_batch, label_batch) = try sess.run((data_sample, label_sample))
                samples += 1
                if step < 3 { print(data_batch, label_batch) }
            }
        } catch {
            coord.request_stop(error)
        }
        coord.request_stop()
        try coord.join(enqueue_threads)
    }
    try reach(samples == 100, "there were \(samples) samples")
}
