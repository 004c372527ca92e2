// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing

extension TensorFlow1Tests {
    /// The ways in which programs write calls, line by line.
    @Suite("Forms of calls") struct FormTests {
        private let x: tf.Tensor
        private let y: tf.Tensor
        private let w: tf.Variable
        private let b: tf.Variable
        private let session: tf.Session

        init() throws {
            tf.reset_default_graph()
            x = tf.placeholder(tf.float32, [2, 2], name: "x")
            y = tf.placeholder(tf.float32, [2, 2], name: "y")
            w = tf.Variable(tf.ones([2, 2]), name: "w")
            b = tf.Variable([0.5, 1.5], name: "b")
            session = tf.Session()
            try session.run(tf.global_variables_initializer())
        }

        private var feeds: tf.FeedDict {
            [x: [[1.0, 2.0], [3.0, 4.0]], y: [[1.0, 1.0], [0.0, 4.0]]]
        }

        private func expect(
            _ tensor: some TensorConvertible, _ numbers: [Double],
            _ location: Testing.SourceLocation = #_sourceLocation
        ) throws {
            let found = try session.run(tensor, feed_dict: feeds).doubles
            #expect(found.count == numbers.count, sourceLocation: location)
            for (a, b) in zip(found, numbers) {
                #expect(
                    abs(a - b) <= 1e-6 * max(1, abs(b)), "\(found)", sourceLocation: location)
            }
        }

        @Test("placeholders: type and shape with and without labels")
        func placeholders() {
            #expect(tf.placeholder(tf.float32, [nil, 784]).shape == [nil, 784])
            #expect(tf.placeholder(tf.float32, shape: [nil, 784], name: "p").name == "p:0")
            #expect(tf.placeholder(dtype: tf.float32, shape: [nil, 784]).dtype == .float32)
            #expect(tf.placeholder(shape: [nil, 4], dtype: tf.int32).dtype == .int32)
            #expect(tf.placeholder(tf.float32).shape == .unknown)
        }

        @Test("constants: numbers, lists, shapes")
        func constants() throws {
            let rate = 0.25
            try expect(tf.constant(0.1, shape: [3]), [0.1, 0.1, 0.1].map { Double(Float($0)) })
            try expect(tf.constant([[1.0, 2.0]]), [1, 2])
            try expect(tf.constant(rate), [0.25])
            try expect(tf.constant([1.0, 2.0], dtype: tf.float32), [1, 2])
            #expect(tf.constant([1, 2]).dtype == .int32)
            #expect(tf.constant([1.0, 2.0], dtype: tf.float64).dtype == .float64)
            #expect(tf.constant(2.5, dtype: tf.int32).error != nil)
            try expect(tf.constant([1, 2], shape: [5]), [1, 2, 2, 2, 2])
            try expect(tf.zeros([2, 3], tf.float32), [0, 0, 0, 0, 0, 0])
            try expect(tf.ones([], dtype: tf.int32), [1])
            try expect(tf.zeros(x.shape), [0, 0, 0, 0])
            try expect(tf.zeros(tf.shape(x)), [0, 0, 0, 0])
            let batch = 2
            #expect(tf.zeros([batch, 10]).shape == [2, 10])
        }

        @Test("variables: numbers, lists, types")
        func variables() throws {
            let made = [
                tf.Variable(0.0), tf.Variable(0, trainable: false, name: "step"),
                tf.Variable([0.3], dtype: tf.float32), tf.Variable(tf.zeros([2])),
                tf.Variable(
                    tf.random_normal([2, 3], stddev: 0.1), name: "named", trainable: false),
                tf.Variable(5, dtype: tf.int64, name: "count"), tf.Variable(initial_value: 2),
            ]
            #expect(made.map(\.name)[0...1] == ["Variable:0", "step:0"])
            #expect(made[2].name == "Variable_1:0" && made[5].dtype == .int64)
            #expect(made[4].shape == [2, 3])
            try session.run(tf.global_variables_initializer())
            #expect(try session.run(made[2]).doubles == [Double(Float(0.3))])
            #expect(made[1].op.name == "step")
        }

        @Test("operators on tensors, variables and numbers")
        func operators() throws {
            let (rate, n) = (0.5, 3)
            try expect(tf.matmul(x, w) + b, [3.5, 4.5, 7.5, 8.5])
            try expect(tf.matmul(x, w) + b.anyTensor, [3.5, 4.5, 7.5, 8.5])
            try expect(tf.add(tf.matmul(x, w), b), [3.5, 4.5, 7.5, 8.5])
            try expect(w * x + b, [1.5, 3.5, 3.5, 5.5])
            try expect(x + 1, [2, 3, 4, 5])
            try expect(x * rate, [0.5, 1, 1.5, 2])
            try expect(x * 2.0 - 1, [1, 3, 5, 7])
            try expect(x * n, [3, 6, 9, 12])
            try expect(0.5 * x, [0.5, 1, 1.5, 2])
            try expect(w * 2, [2, 2, 2, 2])
            try expect(x[0], [1, 2])
            try expect(x[1, 0], [3])
            try expect(w[0], [1, 1])
            try expect(x < 2, [1, 0, 0, 0])
            try expect(x >= y, [1, 1, 1, 1])
            try expect(-x, [-1, -2, -3, -4])
            try expect(w - 0.1 * x, [0.9, 0.8, 0.7, 0.6])
            try expect(x.anyTensor / tf.constant(2.0), [0.5, 1, 1.5, 2])
            try expect(1 / x, [1, 0.5, 1 / 3, 0.25])
            try expect(1 - w, [0, 0, 0, 0])
            try expect(b + b, [1, 3])
            try expect(tf.square(w), [1, 1, 1, 1])
            try expect(tf.multiply(x, 2.0), [2, 4, 6, 8])
            try expect(tf.add(x, 1), [2, 3, 4, 5])
            try expect(tf.equal(x, 1), [1, 0, 0, 0])
            try expect(tf.maximum(x, 2.5), [2.5, 2.5, 3, 4])
            try expect(tf.pow(x, 2), [1, 4, 9, 16])
        }

        @Test("reductions: axes as numbers and lists, dimensions kept by either name")
        func reductions() throws {
            try expect(tf.reduce_mean(x), [2.5])
            try expect(tf.reduce_mean(x, axis: [1]), [1.5, 3.5])
            try expect(tf.reduce_mean(x, axis: 1), [1.5, 3.5])
            try expect(tf.reduce_mean(x, 1), [1.5, 3.5])
            try expect(tf.reduce_mean(x, [0, 1]), [2.5])
            let kept = tf.reduce_mean(x, 1, keep_dims: true)
            #expect(kept.shape == [2, 1])
            #expect(tf.reduce_sum(x, axis: 0, keepdims: true).shape == [1, 2])
            try expect(tf.reduce_sum(x, reduction_indices: [1]), [3, 7])
            try expect(tf.reduce_sum(x, reduction_indices: 1), [3, 7])
            #expect(tf.reduce_mean(x, name: "loss").name == "loss:0")
            try expect(tf.reduce_mean(tf.square(x - y)), [2.5])
            try expect(tf.argmax(x, 1), [1, 1])
            try expect(tf.reduce_max(x, axis: 1), [2, 4])
            try expect(tf.reduce_logsumexp(tf.zeros([2])), [Double(Float(2).logarithm)])
        }

        @Test("matrices and networks: names and unlabelled arguments")
        func networks() throws {
            #expect(tf.matmul(x, w, name: "mm").name == "mm:0")
            let keep = tf.placeholder(tf.float32)
            for y in [
                tf.nn.dropout(x, keep_prob: 1.0), tf.nn.dropout(x, 1.0),
                tf.nn.dropout(x, keep), tf.nn.dropout(x, keep_prob: keep),
            ] {
                var feeds = feeds
                feeds[keep] = 1.0
                #expect(try session.run(y, feed_dict: feeds).doubles == [1, 2, 3, 4])
            }
            let p = tf.placeholder(tf.bool, [])
            let normalized = [
                tf.layers.batch_normalization(x, training: true),
                tf.layers.batch_normalization(x, training: p),
            ]
            #expect(normalized.allSatisfy { $0.error == nil })
            try expect(tf.nn.relu(x - 2, name: "r"), [0, 0, 1, 2])
            try expect(tf.cond(tf.constant(true), true_fn: { x }, false_fn: { y }), [1, 2, 3, 4])
            try expect(tf.cond(tf.constant(false), { x }, { y }), [1, 1, 0, 4])
        }

        @Test("gradients of one y for several xs, of variables and tensors")
        func gradients() throws {
            let loss = tf.reduce_sum(tf.matmul(x, w) + b)
            #expect(try tf.gradients(loss, tf.trainable_variables()).count == 2)
            let both = try tf.gradients(loss, [w, b])
            try expect(try #require(both[1]), [2, 2])
            #expect(try tf.gradients([loss], [w, b]).count == 2)
            try expect(try #require(try tf.gradients(loss, x)[0]), [2, 2, 2, 2])
            try expect(try #require(try tf.gradients(loss, w)[0]), [4, 4, 6, 6])
        }

        @Test("optimizers: rates as numbers, tensors and variables, with and without labels")
        func optimizers() throws {
            let rate = 0.01
            let lr = tf.placeholder(tf.float32, [])
            let v = tf.Variable(1.0, trainable: false)
            let step = tf.Variable(0, trainable: false)
            let loss = tf.reduce_sum(tf.square(w))
            let train = tf.train.self
            let forms = [
                train.AdamOptimizer(learning_rate: 0.01), train.AdamOptimizer(0.01),
                train.AdamOptimizer(rate), train.AdamOptimizer(learning_rate: rate),
                train.AdamOptimizer(2e-4, beta1: 0.5), train.AdamOptimizer(),
            ]
            #expect(forms.count == 6)
            let steps = [
                try train.AdamOptimizer(lr, name: "A").minimize(loss),
                try train.AdamOptimizer(v, name: "B").minimize(loss),
                try train.AdamOptimizer(0.01, name: "C").minimize(loss, global_step: step),
                try train.AdamOptimizer(0.01, name: "D").minimize(
                    loss, var_list: tf.trainable_variables()),
                try train.GradientDescentOptimizer(rate).minimize(loss),
                try train.GradientDescentOptimizer(learning_rate: 0.1).minimize(loss),
                try train.MomentumOptimizer(0.1, 0.9, name: "E").minimize(loss),
                try train.MomentumOptimizer(
                    learning_rate: 0.1, momentum: 0.9, name: "F"
                ).minimize(loss),
                try train.RMSPropOptimizer(0.01, 0.9).minimize(loss),
                try train.AdagradOptimizer(learning_rate: 0.1).minimize(loss),
            ]
            try session.run(tf.global_variables_initializer())
            for operation in steps {
                let before = try session.run(loss).doubles[0]
                try session.run(operation, feed_dict: [lr: 0.01])
                #expect(try session.run(loss).doubles[0] != before)
            }
            #expect(try session.run(step).doubles == [1])
        }

        @Test("get_variable: shapes, types and initializers in the orders that programs use")
        func getVariable() throws {
            let made = [
                try tf.get_variable("v0", [3, 3]), try tf.get_variable("v1", shape: [3, 3]),
                try tf.get_variable(
                    "v2", shape: [3, 3], initializer: tf.constant_initializer(0.0)),
                try tf.get_variable(
                    "v3", [3, 3], initializer: tf.random_normal_initializer(0, 0.02)),
                try tf.get_variable(
                    "v4", [3, 3], initializer: tf.random_normal_initializer(stddev: 0.02)),
                try tf.get_variable("v5", [3, 3], tf.float32),
                try tf.get_variable("v6", initializer: tf.zeros([3, 3])),
                try tf.get_variable(
                    name: "v7", shape: [3, 3], initializer: tf.constant_initializer(value: 0.1)),
                try tf.get_variable(
                    "v8", [3, 3], initializer: tf.random_uniform_initializer(minval: -1, maxval: 1)),
                try tf.get_variable(
                    "v9", [3, 3], initializer: tf.random_uniform_initializer(-1, 1)),
                try tf.get_variable("v10", initializer: 0.5),
            ]
            #expect(made.dropLast().allSatisfy { $0.shape == [3, 3] })
            try session.run(tf.global_variables_initializer())
            #expect(try session.run(made[10]).doubles == [0.5])
            #expect(
                try session.run(made[7]).doubles == Array(repeating: Double(Float(0.1)), count: 9))
        }

        @Test("runs: lists, tuples, dictionaries, names; feeds of every kind")
        func runs() throws {
            let configured = tf.Session(config: tf.ConfigProto(allow_soft_placement: true))
            configured.close()
            let loss = tf.reduce_sum(tf.matmul(x, w), name: "loss")
            let train = try tf.train.GradientDescentOptimizer(0.1).minimize(loss)
            let list = try session.run(
                [train, loss], feed_dict: [x: [[1.0, 0.0], [0.0, 0.0]]])
            #expect(list.count == 2)
            try session.run(train, feed_dict: [x: [[1.0, 0.0], [0.0, 0.0]]])
            let (_, value) = try session.run((train, loss), feed_dict: feeds)
            #expect(value.shape == [])
            let named = try session.run(["loss": loss, "w": w], feed_dict: feeds)
            #expect(named["w"]?.shape == [2, 2])
            #expect(
                try session.run("loss:0", feed_dict: ["x:0": [[0.0, 0.0], [0.0, 0.0]]]).doubles == [
                    0
                ])
            #expect(try session.run([loss, w], feed_dict: feeds).count == 2)
            let weights = try session.run(w)
            #expect(weights.shape == [2, 2])
            #expect(try session.run(loss, feeds).shape == [])
            let integers = try session.run(x, feed_dict: [x: [[1, 2], [3, 4]]])
            #expect(integers.dtype == .float32)
            // An initializer among others runs, also for what draws.
            let drawn = try tf.get_variable("drawn", [2])
            _ = try session.run([tf.global_variables_initializer(), tf.constant(1)])
            #expect(try session.run(drawn).count == 2)
        }

        @Test("values, names, shapes and assignments")
        func members() throws {
            #expect(x.get_shape().as_list() == [2, 2])
            #expect(x.shape[0] == 2)
            #expect(x.op.name == "x" && x.name == "x:0")
            try session.as_default {
                #expect(try w.eval().doubles == [1, 1, 1, 1])
                #expect(try tf.constant(2.0).eval().doubles == [2])
                try w.assign(w + 1).run()
                #expect(try w.eval().doubles == [2, 2, 2, 2])
                try tf.assign(w, tf.ones([2, 2])).run()
                #expect(tf.get_default_session() === session)
            }
            #expect(tf.get_default_session() == nil)
            _ = try session.run(w.assign(w.anyTensor + 1))
            #expect(try session.run(w).doubles == [2, 2, 2, 2])
            #expect(throws: RunError.self) { try tf.constant(1).eval() }
        }
    }
}

extension Float {
    fileprivate var logarithm: Float { 0.693_147_18 }
}
