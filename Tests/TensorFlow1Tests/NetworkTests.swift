// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1
import Testing

extension TensorFlow1Tests {
    /// Layers, cells, sampled losses, images and savers.
    @Suite("Networks") struct NetworkTests {
        init() { tf.reset_default_graph() }

        private func started() throws -> tf.Session {
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            return session
        }

        @Test("a loop over a cell is the cell step by step, and stops at each example's end")
        func dynamicRNN() throws {
            let x = tf.placeholder(tf.float32, [2, 3, 4])
            let cells: [(() -> tf.nn.rnn_cell.RNNCell, [String])] = [
                (
                    { tf.nn.rnn_cell.BasicLSTMCell(5) },
                    ["rnn/basic_lstm_cell/kernel:0", "rnn/basic_lstm_cell/bias:0"]
                ),
                (
                    { tf.contrib.rnn.GRUCell(5) },
                    [
                        "rnn/gru_cell/gates/kernel:0", "rnn/gru_cell/gates/bias:0",
                        "rnn/gru_cell/candidate/kernel:0", "rnn/gru_cell/candidate/bias:0",
                    ]
                ),
                (
                    {
                        tf.nn.rnn_cell.MultiRNNCell([
                            tf.nn.rnn_cell.BasicRNNCell(num_units: 3),
                            tf.nn.rnn_cell.LSTMCell(5),
                        ])
                    },
                    [
                        "rnn/multi_rnn_cell/cell_0/basic_rnn_cell/kernel:0",
                        "rnn/multi_rnn_cell/cell_0/basic_rnn_cell/bias:0",
                        "rnn/multi_rnn_cell/cell_1/lstm_cell/kernel:0",
                        "rnn/multi_rnn_cell/cell_1/lstm_cell/bias:0",
                    ]
                ),
            ]
            for (cell, names) in cells {
                tf.reset_default_graph()
                let (outputs, state) = tf.nn.dynamic_rnn(
                    cell(), x, sequence_length: [3, 2], dtype: tf.float32)
                #expect(outputs.error == nil, "\(outputs)")
                #expect(outputs.shape == [2, 3, 5])
                #expect(tf.trainable_variables().map(\.name) == names)
                let steps = tf.unstack(x, axis: 1)
                let (list, last) = try tf.variable_scope("", reuse: true) {
                    try tf.nn.static_rnn(cell(), steps, dtype: tf.float32)
                }
                let session = try started()
                let numbers = NDArray((0..<24).map { Float($0 % 7) / 7 })
                let feeds: tf.FeedDict = [x: try numbers.reshaped(to: [2, 3, 4])]
                let all = try session.run(
                    [outputs, state.h, tf.stack(list, axis: 1), last.h], feed_dict: feeds)
                // The first example is as long as the list, the second ends a step before.
                #expect(all[0][0] == all[2][0])
                #expect(all[0][1][0..<2] == all[2][1][0..<2])
                #expect(all[0][1][2].doubles.allSatisfy { $0 == 0 })
                #expect(all[1][0] == all[3][0])
                #expect(all[1][1] == all[2][1][1])
            }
        }

        @Test("an LSTM's step is TensorFlow's: gates i, j, f and o, and a forget bias of 1")
        func lstmStep() throws {
            let cell = tf.nn.rnn_cell.BasicLSTMCell(1)
            let (output, state) = try tf.variable_scope(
                "s", initializer: tf.constant_initializer(0.5)
            ) {
                try cell(
                    tf.constant([[1.0]]),
                    tf.nn.rnn_cell.LSTMStateTuple(tf.constant([[2.0]]), tf.constant([[3.0]])))
            }
            let session = try started()
            let values = try session.run([output, state.c]).map { $0.doubles[0] }
            func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
            let z = 0.5 * 1 + 0.5 * 3
            let c = 2 * sigmoid(z + 1) + sigmoid(z) * tanh(z)
            #expect(abs(values[1] - c) < 1e-6)
            #expect(abs(values[0] - tanh(c) * sigmoid(z)) < 1e-6)
        }

        @Test("a network of layers learns")
        func layers() throws {
            tf.set_random_seed(1)
            let x = tf.placeholder(tf.float32, [nil, 8, 8, 1])
            let y = tf.placeholder(tf.int32, [nil])
            var h = tf.layers.conv2d(
                inputs: x, filters: 4, kernel_size: [3, 3], padding: "same",
                activation: { tf.nn.relu($0) })
            h = tf.layers.max_pooling2d(inputs: h, pool_size: [2, 2], strides: 2)
            #expect(h.shape == [nil, 4, 4, 4])
            let larger = tf.layers.conv2d_transpose(h, 2, 3, strides: 2, padding: "same")
            #expect(larger.shape == [nil, 8, 8, 2])
            h = tf.contrib.layers.flatten(h)
            #expect(h.shape == [nil, 64])
            h = tf.layers.dropout(h, rate: 0.1, training: true)
            let logits = tf.contrib.layers.fully_connected(h, 2, activation_fn: nil)
            let loss = tf.losses.sparse_softmax_cross_entropy(labels: y, logits: logits)
            let train = try tf.train.AdamOptimizer(0.01).minimize(
                loss, global_step: tf.train.get_or_create_global_step())
            #expect(
                tf.trainable_variables().map(\.name).suffix(2) == [
                    "fully_connected/weights:0", "fully_connected/biases:0",
                ])
            let session = try started()
            let numbers = (0..<2 * 64).map { Float(($0 / 64 == 0) == ($0 % 8 < 4) ? 1 : 0) }
            let feeds: tf.FeedDict = [
                x: try NDArray(numbers).reshaped(to: [2, 8, 8, 1]), y: [0, 1],
            ]
            let before = try session.run(loss, feed_dict: feeds).doubles[0]
            for _ in 0..<40 { try session.run(train, feed_dict: feeds) }
            #expect(try session.run(loss, feed_dict: feeds).doubles[0] < before / 4)
            #expect(try session.run(tf.train.get_or_create_global_step()).doubles == [40])
        }

        @Test("two dropouts of one shape draw apart, and one built again is the same")
        func dropouts() throws {
            let x = tf.ones([1000])
            let (w, v) = (tf.Variable(1.0, name: "w"), tf.Variable(1.0, name: "v"))
            let (a, b) = (tf.nn.dropout(x * w, 0.5), tf.nn.dropout(x * v, 0.5))
            #expect(a == tf.nn.dropout(x * w, 0.5))
            let values = try started().run([a, b])
            #expect(values[0] != values[1])
            #expect(values.allSatisfy { Set($0.doubles) == [0, 2] })
        }

        @Test("sampled losses near the whole ones when nearly all classes are drawn")
        func sampledLosses() throws {
            let (weights, biases) = (tf.random_normal([10, 3], seed: 1), tf.zeros([10]))
            let inputs = tf.random_normal([4, 3], seed: 2)
            let labels = tf.constant([[0], [1], [2], [3]], dtype: tf.int64)
            let loss = tf.nn.nce_loss(
                weights: weights, biases: biases, labels: labels, inputs: inputs, num_sampled: 5,
                num_classes: 10)
            let sampled = tf.nn.sampled_softmax_loss(
                weights: weights, biases: biases, labels: labels, inputs: inputs, num_sampled: 10,
                num_classes: 10)
            // All classes are drawn: but for corrections of their counts it is the softmax over all.
            let values = try started().run([loss, sampled])
            #expect(
                values.allSatisfy {
                    $0.shape == [4] && $0.doubles.allSatisfy { $0 > 0 && $0.isFinite }
                })
        }

        @Test("a saver writes what another session reads")
        func saver() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "saver-\(UInt64.random(in: 0...(.max)))"
            ).path
            try tf.gfile.MakeDirs(folder)
            defer { try? tf.gfile.DeleteRecursively(folder) }
            let v = tf.Variable([1.0, 2.0], name: "v")
            let train = try tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(tf.square(v)))
            let saver = tf.train.Saver(max_to_keep: 2)
            let session = try started()
            var paths: [String] = []
            for step in 1...3 {
                try session.run(train)
                paths.append(try saver.save(session, folder + "/model", global_step: step))
            }
            let wanted = try session.run(v)
            #expect(tf.train.latest_checkpoint(folder) == folder + "/model-3")
            #expect(
                tf.train.get_checkpoint_state(folder)?.all_model_checkpoint_paths.count == 2)
            #expect(!tf.train.checkpoint_exists(paths[0]) && tf.train.checkpoint_exists(paths[2]))
            #expect(
                try tf.train.list_variables(folder).map(\.name) == [
                    "beta1_power", "beta2_power", "v", "v/Adam", "v/Adam_1",
                ])
            let other = tf.Session()
            try saver.restore(other, paths[2])
            #expect(try other.run(v) == wanted)
            try session.run(train)
            try other.run(train)
            #expect(try other.run(v) == session.run(v))
            #expect(throws: (any Error).self) { try saver.restore(other, folder + "/none") }
        }

        @Test("images: sizes, crops, mirrors")
        func images() throws {
            let x = tf.constant([[[1.0], [2.0]], [[3.0], [4.0]]])
            let session = tf.Session()
            func numbers(_ tensor: tf.Tensor) throws -> [Double] { try session.run(tensor).doubles }
            #expect(try numbers(tf.image.flip_left_right(x)) == [2, 1, 4, 3])
            #expect(try numbers(tf.image.rot90(x)) == [2, 4, 1, 3])
            #expect(
                try numbers(tf.image.resize_image_with_crop_or_pad(x, 1, 4)) == [0, 1, 2, 0])
            let larger = tf.image.resize_images(x, [4, 4], method: .NEAREST_NEIGHBOR)
            #expect(
                try numbers(larger) == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
            let flipped = try numbers(tf.image.random_flip_left_right(x))
            #expect(flipped == [1, 2, 3, 4] || flipped == [2, 1, 4, 3])
            #expect(
                try numbers(tf.image.convert_image_dtype(x / 4, tf.uint8)) == [63, 127, 191, 255])
        }
    }
}
