// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing

extension TensorFlow1Tests {
    /// Graphs, scopes, collections, control dependencies and what optimizers keep.
    @Suite("State and scopes") struct StateTests {
        init() { tf.reset_default_graph() }

        private func errorText(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "no error"
            } catch {
                return "\(error)"
            }
        }

        @Test("variable_scope names variables, and reuses them only where told so")
        func variableScope() throws {
            let a = try tf.variable_scope("a") { try tf.get_variable("w", [2]) }
            #expect(a.name == "a/w:0")
            let again = errorText {
                try tf.variable_scope("a") { _ = try tf.get_variable("w", [2]) }
            }
            #expect(again.contains("Variable a/w already exists, disallowed"), "\(again)")
            let b = try tf.variable_scope("a", reuse: true) { try tf.get_variable("w", [2]) }
            #expect(a.handle == b.handle)
            let c = try tf.variable_scope("a", reuse: tf.AUTO_REUSE) {
                (try tf.get_variable("w", [2]), try tf.get_variable("v", [2]))
            }
            #expect(c.0.handle == a.handle && c.1.name == "a/v:0")
            let missing = errorText {
                try tf.variable_scope("a", reuse: true) { _ = try tf.get_variable("u", [2]) }
            }
            #expect(missing.contains("Variable a/u does not exist"), "\(missing)")
            let shape = errorText {
                try tf.variable_scope("a", reuse: true) { _ = try tf.get_variable("w", [3]) }
            }
            #expect(shape.contains("shape [3]") && shape.contains("[2]"), "\(shape)")
            try tf.variable_scope("a") { scope in
                scope.reuse_variables()
                let w = try tf.get_variable("w", [2])
                #expect(w.handle == a.handle)
                tf.variable_scope("inner") {
                    #expect(tf.get_variable_scope().reuse == .required)
                }
            }
            let inner = try tf.variable_scope("x") {
                try tf.variable_scope("y", initializer: tf.constant_initializer(3)) {
                    try tf.get_variable("w", [1])
                }
            }
            #expect(inner.name == "x/y/w:0")
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            #expect(try session.run(inner).doubles == [3])
        }

        @Test(
            "name_scope names operations and what tf.Variable makes, and not what get_variable makes"
        )
        func nameScope() throws {
            try tf.name_scope("n") {
                let g = try tf.get_variable("g", [1])
                #expect(g.name == "g:0")
                #expect(tf.Variable(0.0, name: "v").name == "n/v:0")
                #expect(tf.add(1, 2, name: "sum").name == "n/sum:0")
            }
            tf.name_scope("n") { scope in
                #expect(scope == "n_1/")
                #expect(tf.add(3, 4, name: "sum").name == "n_1/sum:0")
            }
        }

        @Test("layers number their scopes, and take them again where they are to be reused")
        func layerScopes() throws {
            let x = tf.placeholder(tf.float32, [nil, 4])
            func net() -> tf.Tensor {
                let hidden = tf.layers.dense(x, 8, activation: { tf.nn.relu($0) })
                return tf.layers.dense(hidden, 2, name: "out")
            }
            let first = tf.variable_scope("net") { net() }
            let second = tf.variable_scope("net", reuse: true) { net() }
            #expect(first.error == nil && second.error == nil)
            #expect(
                tf.trainable_variables().map(\.name) == [
                    "net/dense/kernel:0", "net/dense/bias:0", "net/out/kernel:0", "net/out/bias:0",
                ])
            let other = tf.layers.dense(tf.layers.dense(x, 3), 3)
            #expect(other.error == nil)
            #expect(
                tf.trainable_variables(scope: "dense").map(\.name) == [
                    "dense/kernel:0", "dense/bias:0", "dense_1/kernel:0", "dense_1/bias:0",
                ])
            let taken = tf.variable_scope("net") { tf.layers.dense(x, 2, name: "out") }
            #expect(taken.error?.reason.contains("already exists") == true)
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let batch: NDArray = [[1.0, 2.0, 3.0, 4.0]]
            let values = try session.run([first, second], feed_dict: [x: batch])
            #expect(values[0] == values[1] && values[0].shape == [1, 2])
        }

        @Test("a graph has variables, names and collections of its own")
        func graphs() throws {
            let outer = tf.Variable(1.0, name: "v")
            let graph = tf.Graph()
            let inner = graph.as_default {
                #expect(tf.get_default_graph() === graph)
                #expect(tf.global_variables().isEmpty)
                return tf.Variable(2.0, name: "v")
            }
            #expect(inner.name == "v:0" && outer.name == "v:0")
            #expect(tf.global_variables().map(\.handle) == [outer.handle])
            let session = tf.Session(graph: graph)
            try session.as_default {
                try tf.global_variables_initializer().run()
                #expect(try inner.eval().doubles == [2])
            }
            #expect(errorText { _ = try session.run(outer) } != "no error")
            let y = tf.identity(outer + 1, name: "y")
            #expect(try tf.get_default_graph().get_tensor_by_name("y:0") == y)
            #expect(errorText { _ = try graph.get_tensor_by_name("y:0") }.contains("'y:0'"))
        }

        @Test("draws without a seed differ, draws with one are the same")
        func draws() throws {
            let (a, b) = (tf.Variable(tf.random_normal([3])), tf.Variable(tf.random_normal([3])))
            let (c, d) = (tf.random_uniform([3], seed: 5), tf.random_uniform([3], seed: 5))
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            #expect(try session.run(a) != session.run(b))
            let values = try session.run([c, d])
            #expect(values[0] == values[1])
            let integers = try session.run(tf.random_uniform([100], 3, 6, tf.int32)).doubles
            #expect(Set(integers) == [3, 4, 5])
        }

        @Test("control_dependencies run what they wait for, and variables are new behind them")
        func controlDependencies() throws {
            let v = tf.Variable(1.0, name: "v")
            let add = v.assign_add(2)
            let y = tf.control_dependencies([add]) { tf.identity(v * 10) }
            let step = tf.control_dependencies([add]) { tf.no_op() }
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            #expect(try session.run(y).doubles == [30])
            #expect(try session.run(v).doubles == [3])
            try session.run(step)
            #expect(try session.run(v).doubles == [5])
            let w = tf.Variable(0.0, name: "w")
            try session.run(w.initializer)
            let copy = tf.control_dependencies([add]) { w.assign(v) }
            try session.run(copy)
            #expect(try session.run([v, w]).map(\.doubles) == [[7], [7]])
        }

        @Test("an initializer resets what layers and optimizers keep")
        func optimizerState() throws {
            let v = tf.Variable([1.0, 2.0], name: "v")
            let optimizer = tf.train.AdamOptimizer(0.1)
            let train = try optimizer.minimize(tf.reduce_sum(tf.square(v)))
            #expect(
                tf.global_variables().map(\.name).contains("v/Adam:0"),
                "\(tf.global_variables().map(\.name))")
            #expect(tf.trainable_variables().map(\.name) == ["v:0"])
            let reset = tf.global_variables_initializer()
            let session = tf.Session()
            try session.run(reset)
            try session.run(train)
            let once = try session.run(v)
            try session.run(train)
            try session.run(reset)
            #expect(try session.run(try #require(optimizer.get_slot(v, "m"))).doubles == [0, 0])
            try session.run(train)
            #expect(try session.run(v) == once)
        }

        @Test("regularizers and losses are in their collections")
        func collections() throws {
            let x = tf.ones([2, 3])
            let y = tf.layers.dense(
                x, 1, kernel_initializer: tf.ones_initializer(),
                kernel_regularizer: tf.contrib.layers.l2_regularizer(0.1))
            let loss = tf.losses.mean_squared_error(tf.zeros([2, 1]), y)
            #expect(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES).count == 1)
            #expect(tf.losses.get_losses() == [loss])
            tf.add_to_collection("mine", loss)
            #expect(tf.get_collection("mine") == [loss])
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            let total = try session.run(tf.losses.get_total_loss()).doubles[0]
            #expect(abs(total - (9 + 0.15)) < 1e-5)
        }

        @Test("schedules and moving averages are TensorFlow's")
        func schedules() throws {
            let step = tf.train.get_or_create_global_step()
            #expect(tf.train.get_global_step()?.handle == step.handle)
            #expect(step.name == "global_step:0" && step.dtype == .int64)
            let rates = [
                tf.train.exponential_decay(0.1, step, 10, 0.5),
                tf.train.exponential_decay(0.1, step, 10, 0.5, staircase: true),
                tf.train.polynomial_decay(0.1, step, 10, end_learning_rate: 0.0),
                tf.train.piecewise_constant(step, [4, 8], [1, 0.5, 0.25]),
            ]
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            try session.run(tf.assign(step, 5))
            let values = try session.run(rates.map { $0 as any TensorConvertible }).map {
                $0.doubles[0]
            }
            for (value, wanted) in zip(values, [0.1 * 0.5.squareRoot(), 0.1, 0.05, 0.5]) {
                #expect(abs(value - wanted) < 1e-7, "\(values)")
            }
            let v = tf.Variable(10.0, name: "v")
            let average = tf.train.ExponentialMovingAverage(decay: 0.9)
            let update = average.apply([v])
            try session.run(tf.global_variables_initializer())
            try session.run(v.assign(20))
            try session.run(update)
            let kept = try #require(average.average(v))
            #expect(kept.name == "v/ExponentialMovingAverage:0")
            #expect(abs(try session.run(kept).doubles[0] - 11) < 1e-5)
        }

        @Test("metrics count over runs")
        func metrics() throws {
            let labels = tf.placeholder(tf.int64, [nil])
            let predictions = tf.placeholder(tf.int64, [nil])
            let (value, update) = tf.metrics.accuracy(labels, predictions)
            let session = tf.Session()
            try session.run(tf.local_variables_initializer())
            #expect(tf.local_variables().map(\.name) == ["accuracy/count:0", "accuracy/total:0"])
            #expect(tf.global_variables().isEmpty)
            let first = try session.run(update, feed_dict: [labels: [1, 2], predictions: [1, 3]])
            #expect(first.doubles == [0.5])
            let second = try session.run(
                update, feed_dict: [labels: [1, 2], predictions: [1, 2]])
            #expect(second.doubles == [0.75])
            #expect(try session.run(value).doubles == [0.75])
        }

        @Test("flags are read from a command line")
        func flags() throws {
            tf.flags.DEFINE_integer("batch", 10, "")
            tf.flags.DEFINE_string("name", nil, "")
            tf.flags.DEFINE_bool("fast", true, "")
            tf.flags.DEFINE_float("rate", 0.5, "")
            let rest = try tf.flags.FLAGS.parse(
                ["program", "--batch=3", "--name", "n", "--nofast", "-rate=1e-2", "file"])
            #expect(rest == ["program", "file"])
            let batch: Int = tf.flags.FLAGS.batch
            let name: String = tf.flags.FLAGS.name
            let fast: Bool = tf.flags.FLAGS.fast
            let rate: Double = tf.flags.FLAGS.rate
            #expect(batch == 3 && name == "n" && !fast && rate == 0.01)
            #expect(
                errorText { _ = try tf.flags.FLAGS.parse(["p", "--batch=x"]) }.contains("batch"))
            #expect(
                errorText { _ = try tf.flags.FLAGS.parse(["p", "--other"]) }.contains("'other'"))
        }

        @Test("loops: while_loop, map_fn, foldl, scan, case")
        func loops() throws {
            let session = tf.Session()
            let (i, sum) = tf.while_loop(
                { i, _ in i < 5 }, { i, sum in (i + 1, sum + tf.to_float(i)) }, (0, 0.0))
            #expect(try session.run([i, sum]).map(\.doubles) == [[5], [10]])
            let elems = tf.constant([1.0, 2.0, 3.0])
            #expect(try session.run(tf.map_fn({ $0 * $0 }, elems)).doubles == [1, 4, 9])
            #expect(try session.run(tf.foldl({ $0 + $1 }, elems)).doubles == [6])
            #expect(try session.run(tf.scan({ $0 + $1 }, elems)).doubles == [1, 3, 6])
            #expect(try session.run(tf.foldr({ $0 - $1 }, elems)).doubles == [0])
            #expect(
                try session.run(tf.scan({ $0 + $1 }, elems, reverse: true)).doubles == [6, 5, 3])
            let k = tf.placeholder(tf.int32, [])
            let chosen = try tf.case(
                [
                    (tf.equal(k, 0), { tf.constant(10) }), (tf.equal(k, 1), { tf.constant(11) }),
                ], default: { tf.constant(-1) })
            let values = try [0, 1, 2].map {
                try session.run(chosen, feed_dict: [k: $0]).doubles[0]
            }
            #expect(values == [10, 11, -1])
            let doubled = tf.py_func(
                { NDArray($0[0].doubles.map { Float(2 * $0) }) }, [elems], tf.float32)
            #expect(try session.run(doubled).doubles == [2, 4, 6])
        }
    }
}
