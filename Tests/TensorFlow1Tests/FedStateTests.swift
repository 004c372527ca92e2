// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing
import Weft

/// States of zeros that a program feeds with where the last run ended.
@Suite struct FedStateTests {
    /// The gradient of a recurrent network's loss, from a first state that is fed.
    private func gradient(
        _ state: (tf.contrib.rnn.BasicRNNCell) -> tf.Tensor
    ) throws -> [Double] {
        try tf.Graph().as_default {
            tf.set_random_seed(1)
            let x = tf.placeholder(tf.float32, [1, 3, 2])
            let cell = tf.contrib.rnn.BasicRNNCell(4)
            let first = state(cell)
            let (outputs, _) = tf.nn.dynamic_rnn(cell, x, initial_state: .tensor(first))
            let loss = tf.reduce_sum(tf.square(outputs))
            let gradients = try tf.gradients(loss, tf.trainable_variables())
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let given = try NDArray([0.5, -1, 0.25, 2] as [Float], shape: [1, 4])
            let batch = try NDArray([1, 2, -1, 0.5, 0, 1] as [Float], shape: [1, 3, 2])
            return try session.run(
                gradients.compactMap(\.self), feed_dict: [x: batch, first: given]
            ).flatMap(\.doubles)
        }
    }

    @Test("a fed state of zeros changes no other zeros")
    func fed() throws {
        let zeros = try gradient { $0.zero_state(1).tensors[0] }
        let placeholder = try gradient { _ in tf.placeholder(tf.float32, [1, 4]) }
        #expect(zeros.count == 28 && zeros == placeholder)
    }

    @Test("a default that is fed changes no equal tensor")
    func defaults() throws {
        let two = tf.constant([2.0, 2.0])
        let fed = tf.placeholder_with_default(two, shape: [2])
        let sum = two * 10 + fed
        let session = tf.Session()
        #expect(try session.run(sum).doubles == [22, 22])
        #expect(try session.run(sum, feed_dict: [fed: [1.0, 3.0]]).doubles == [21, 23])
        #expect(try session.run(tf.gradients(sum, [fed])[0]!).doubles == [1, 1])
    }
}
