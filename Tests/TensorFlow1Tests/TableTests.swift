// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing
import Weft

/// Which rows of a table an optimizer changes, with the numbers of TensorFlow 2.21's `tf.compat.v1`.
@Suite struct TableTests {
    /// Three steps: two rows, one of them twice, then a third row two times.
    private func trained(
        _ minimize: (tf.Tensor) throws -> tf.Operation, _ w: tf.Variable, _ i: tf.Tensor,
        _ loss: tf.Tensor
    ) throws -> [Double] {
        let train = try minimize(loss)
        let session = tf.Session()
        try session.run(tf.global_variables_initializer())
        for rows in [[0, 1, 1], [2], [2]] { try session.run(train, feed_dict: [i: rows]) }
        return try session.run(w).doubles
    }

    private func check(
        _ expected: [Double], _ minimize: (tf.Tensor) throws -> tf.Operation
    ) throws {
        let w = tf.Variable(tf.ones([4, 1]))
        let i = tf.placeholder(tf.int32, [nil])
        let loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(w, i)))
        for (a, b) in zip(try trained(minimize, w, i, loss), expected) {
            // TensorFlow printed eight digits of 32-bit numbers.
            #expect(abs(a - b) < 4e-7, "\(a), must be \(b)")
        }
    }

    @Test("rows that are not looked up stay, but for Adam")
    func rows() throws {
        try check([0.8, 0.6, 0.46, 1]) { try tf.train.MomentumOptimizer(0.1, 0.9).minimize($0) }
        try check([0.8245884, 0.7470178, 0.59954554, 1]) {
            try tf.train.RMSPropOptimizer(0.1, momentum: 0.5).minimize($0)
        }
        try check([0.90122706, 0.90031105, 0.8347373, 1]) {
            try tf.train.AdagradOptimizer(0.1).minimize($0)
        }
        try check([0.78119916, 0.78119916, 0.8399778, 1]) {
            try tf.train.AdamOptimizer(0.1).minimize($0)
        }
    }
}
