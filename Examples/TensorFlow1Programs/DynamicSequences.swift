// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// Sequences of different lengths, made here: straight ones of class 0, random ones of class 1.
private final class ToySequenceData {
    var data: [[[Double]]] = []
    var labels: [[Double]] = []
    var seqlen: [Int] = []
    private var batch_id = 0

    init(n_samples: Int = 1000, max_seq_len: Int = 20, min_seq_len: Int = 3, max_value: Int = 1000)
    {
        for _ in 0..<n_samples {
            let len = np.random.randint(min_seq_len, max_seq_len)
            seqlen.append(len)
            var s: [[Double]]
            if np.random.random() < 0.5 {
                let rand_start = np.random.randint(0, max_value - len)
                s = (rand_start..<rand_start + len).map { [Double($0) / Double(max_value)] }
                labels.append([1, 0])
            } else {
                s = (0..<len).map { _ in
                    [Double(np.random.randint(0, max_value)) / Double(max_value)]
                }
                labels.append([0, 1])
            }
            s += (len..<max_seq_len).map { _ in [0] }
            data.append(s)
        }
    }

    func next(_ batch_size: Int) -> ([[[Double]]], [[Double]], [Int]) {
        if batch_id == data.count { batch_id = 0 }
        let range = batch_id..<min(batch_id + batch_size, data.count)
        batch_id = range.upperBound
        return (Array(data[range]), Array(labels[range]), Array(seqlen[range]))
    }
}

/// Whether a sequence is straight, by a recurrent network that stops at each one's end.
let dynamicSequences = Program(
    name: "dynamic_rnn", original: "aymericdamien/TensorFlow-Examples"
) { isShort in
    let learning_rate = 0.01
    let training_steps = isShort ? 40 : 3000
    let batch_size = 128
    let display_step = 200

    let seq_max_len = 20
    let n_hidden = 64
    let n_classes = 2

    let trainset = ToySequenceData(n_samples: 1000, max_seq_len: seq_max_len)
    let testset = ToySequenceData(n_samples: 500, max_seq_len: seq_max_len)

    let x = tf.placeholder("float", [nil, seq_max_len, 1])
    let y = tf.placeholder("float", [nil, n_classes])
    let seqlen = tf.placeholder(tf.int32, [nil])

    let weights = ["out": tf.Variable(tf.random_normal([n_hidden, n_classes]))]
    let biases = ["out": tf.Variable(tf.random_normal([n_classes]))]

    func dynamicRNN(
        _ x: tf.Tensor, _ seqlen: tf.Tensor, _ weights: [String: tf.Variable],
        _ biases: [String: tf.Variable]
    ) throws -> tf.Tensor {
        let x = tf.unstack(x, seq_max_len, 1)

        let lstm_cell = tf.contrib.rnn.BasicLSTMCell(n_hidden)

        let (steps, _) = try tf.contrib.rnn.static_rnn(
            lstm_cell, x, dtype: tf.float32, sequence_length: seqlen)

        var outputs = tf.stack(steps)
        outputs = tf.transpose(outputs, [1, 0, 2])

        let batch_size = tf.shape(outputs)[0]
        let index = tf.range(0, batch_size) * seq_max_len + (seqlen - 1)
        outputs = tf.gather(tf.reshape(outputs, [-1, n_hidden]), index)

        return tf.matmul(outputs, weights["out"]!) + biases["out"]!
    }

    let pred = try dynamicRNN(x, seqlen, weights, biases)

    let cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels: y, logits: pred))
    let optimizer = try tf.train.GradientDescentOptimizer(learning_rate: learning_rate).minimize(
        cost)

    let correct_pred = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
    let accuracy = tf.reduce_mean(tf.cast(correct_pred, tf.float32))

    let start = tf.global_variables_initializer()

    try tf.with(tf.Session()) { sess in
        try sess.run(start)

        var losses: [Double] = []
        for step in 1...training_steps {
            let (batch_x, batch_y, batch_seqlen) = trainset.next(batch_size)
            try sess.run(optimizer, feed_dict: [x: batch_x, y: batch_y, seqlen: batch_seqlen])
            if step % display_step == 0 || step == 1 || step == training_steps {
                let (acc, loss) = try sess.run(
                    (accuracy, cost), feed_dict: [x: batch_x, y: batch_y, seqlen: batch_seqlen])
                losses.append(loss.doubles[0])
                print(
                    "Step \(step * batch_size), minibatch loss = \(loss), training accuracy = \(acc)"
                )
            }
        }
        print("Optimization finished")

        let reached = try sess.run(
            accuracy,
            feed_dict: [x: testset.data, y: testset.labels, seqlen: testset.seqlen]
        ).doubles[0]
        print("Testing accuracy:", reached)
        try reach(losses[losses.count - 1] < losses[0], "the losses are \(losses)")
        try reach(reached > (isShort ? 0.3 : 0.6), "an accuracy of \(reached)")
    }
}
