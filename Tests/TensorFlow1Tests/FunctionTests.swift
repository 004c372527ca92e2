// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing

extension TensorFlow1Tests {
    /// Functions under TensorFlow 1's names that the notes do not use.
    @Suite("TensorFlow 1's functions") struct FunctionTests {
        init() { tf.reset_default_graph() }

        /// The text of the error that `body` throws; "no error" when it throws none.
        private func errorText(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "no error"
            } catch {
                return "\(error)"
            }
        }

        @Test("logical_not turns truth around")
        func logicalNot() throws {
            let x = tf.placeholder(dtype: tf.bool, shape: [2])
            let y = tf.logical_not(x)
            #expect(y.dtype == .bool)
            let value = try tf.Session().run(y, feed_dict: [x: NDArray([true, false])])
            #expect(value == NDArray([false, true]))
            #expect(tf.logical_not(tf.constant([1.0])).error != nil)
        }

        @Test("Print gives values to the run's owner wherever its input is computed")
        func printing() throws {
            let x = tf.placeholder(dtype: tf.float32, shape: [2])
            let y = tf.Print(tf.square(x), [x, tf.reduce_sum(x)], message: "x: ")
            var texts: [String] = []
            let results = try tf.Session().session.run([y + 1], feeding: [x: [1.0, 2.0]]) {
                texts.append("\($0.name)\($0.value)")
            }
            #expect(results[0].doubles == [2, 5])
            #expect(texts == ["x: [1.0, 2.0]", "x: 3.0"])
        }

        @Test("stop_gradient is its operand, constant to gradients")
        func stopGradient() throws {
            let x = tf.constant([[2.0, 2.0]])
            let gradients = try tf.gradients([tf.stop_gradient(x) * x], [x])
            let session = tf.Session()
            #expect(try session.run(gradients)[0].doubles == [2, 2])
            #expect(try session.run(tf.stop_gradient(x)).doubles == [2, 2])
            #expect(try tf.gradients([tf.stop_gradient(x)], [x])[0] == nil)
        }

        @Test("apply_gradients takes gradients that the program has changed")
        func applyGradients() throws {
            let a = try tf.get_variable(
                "a", [2], dtype: tf.float32, initializer: tf.constant_initializer(3))
            let b = try tf.get_variable("b", [], initializer: tf.constant_initializer(1))
            let loss = tf.reduce_sum(tf.square(a))
            let optimizer = tf.train.GradientDescentOptimizer(0.1)
            var pairs = try optimizer.compute_gradients(loss, var_list: [a, b])
            #expect(pairs.map { $0.gradient == nil } == [false, true])
            pairs[0].gradient = pairs[0].gradient.map { $0 * 0.5 }
            // A pair without a gradient is left out.
            let step = try optimizer.apply_gradients(pairs)
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            try session.run(step)
            let expected = Double(Float(3) - Float(0.1) * 3)
            #expect(try session.run(a).doubles == [expected, expected])
            #expect(try session.run(b).doubles == [1])
            let text = errorText { _ = try optimizer.apply_gradients([pairs[1]]) }
            #expect(text.contains("no gradients for any variable"), "\(text)")
            #expect(text.contains("'b'"), "\(text)")
        }

        @Test("trainable_variables are those that optimizers change")
        func trainableVariables() throws {
            let a = tf.Variable(tf.zeros([2]), name: "a")
            let still = tf.Variable(tf.zeros([2]), trainable: false, name: "still")
            let b = try tf.get_variable("b", [1])
            let fixed = try tf.get_variable("fixed", [1], trainable: false)
            let x = tf.placeholder(dtype: tf.float32, shape: [4, 2])
            let y = tf.layers.batch_normalization(x, training: .training, name: "bn")
            #expect(
                tf.trainable_variables().map(\.name) == ["a:0", "b:0", "bn/gamma:0", "bn/beta:0"])
            #expect(
                tf.global_variables().map(\.name) == [
                    "a:0", "still:0", "b:0", "fixed:0", "bn/gamma:0", "bn/beta:0",
                    "bn/moving_mean:0",
                    "bn/moving_variance:0",
                ])
            withExtendedLifetime((a, still, b, fixed, y)) {}
        }

        @Test("random initializers draw what they say, by default what TensorFlow's do")
        func randomInitializers() throws {
            func numbers(_ name: String, _ initializer: Initializer) throws -> [Double] {
                let v = try tf.get_variable(name, [100, 100], initializer: initializer)
                let session = tf.Session(seed: 3)
                try session.run(tf.global_variables_initializer())
                return try session.run(v).doubles
            }
            func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
                let mean = x.reduce(0, +) / Double(x.count)
                let squares = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                return (mean, (squares / Double(x.count)).squareRoot())
            }
            let normal = moments(try numbers("n", tf.random_normal_initializer()))
            #expect(abs(normal.mean) < 0.04 && abs(normal.deviation - 1) < 0.04)
            let moved = moments(
                try numbers("m", tf.random_normal_initializer(mean: 5, stddev: 0.1)))
            #expect(abs(moved.mean - 5) < 0.004 && abs(moved.deviation - 0.1) < 0.004)
            let uniform = try numbers("u", tf.random_uniform_initializer())
            #expect(uniform.allSatisfy { $0 >= 0 && $0 <= 1 })
            #expect(abs(moments(uniform).mean - 0.5) < 0.02)
            #expect(abs(moments(uniform).deviation - 1 / 12.0.squareRoot()) < 0.02)
            let wide = try numbers("w", tf.random_uniform_initializer(-10, 10))
            #expect(wide.allSatisfy { abs($0) <= 10 } && wide.contains { $0 < -9 })
        }

        @Test("get_variable takes name and shape with or without labels")
        func getVariable() throws {
            let a = try tf.get_variable("a", [1, 2], dtype: tf.float64)
            #expect(a.name == "a:0" && a.handle.shape == [1, 2] && a.handle.dtype == .float64)
            let b = try tf.get_variable(name: "b", shape: [3])
            #expect(b.name == "b:0" && b.handle.shape == [3] && b.handle.isTrainable)
            let text = errorText { _ = try tf.get_variable("a", [1, 2]) }
            #expect(text.contains("Variable a already exists"), "\(text)")
            withExtendedLifetime((a, b)) {}
        }

        // MARK: Variables without a shape

        @Test("a variable's initial value must have a known shape")
        func unknownShape() throws {
            let session = tf.Session()
            for shape in [[nil, 3], .unknown] as [Shape] {
                tf.reset_default_graph()
                let x = tf.placeholder(dtype: tf.float32, shape: shape)
                let v = tf.Variable(x, name: "v")
                let feeds: tf.FeedDict = [x: [[1.0, 2.0, 3.0]]]
                let uses: [() throws -> Void] = [
                    { _ = try session.run(v, feed_dict: feeds) },
                    { _ = try session.run(v.anyTensor + 1, feed_dict: feeds) },
                    { try session.run(v.assign(tf.zeros([1, 3])), feed_dict: feeds) },
                    { try session.run(v.assign_add(tf.zeros([1, 3])), feed_dict: feeds) },
                    { try session.run(tf.global_variables_initializer(), feed_dict: feeds) },
                    { _ = try tf.train.AdamOptimizer().minimize(tf.reduce_sum(v)) },
                ]
                for (i, use) in uses.enumerated() {
                    let text = errorText(use)
                    #expect(
                        text.hasPrefix(
                            "Variable 'v': the shape of the initial value must be known, not "
                                + "\(x.type)"), "use \(i): \(text)")
                }
                // Found by its collection it is no other.
                let found = try #require(tf.global_variables().first)
                #expect(errorText { _ = try session.run(found) } != "no error")
            }
        }

        @Test("a variable carries its initial value's error")
        func wrongInitialValue() throws {
            let wrong = tf.matmul(tf.zeros([2, 3]), tf.zeros([2, 3]))
            let v = tf.Variable(wrong, name: "v")
            let text = errorText { _ = try tf.Session().run(v) }
            #expect(text.hasPrefix("matmul"), "\(text)")
        }

        @Test("div rounds quotients of integers down, and divides floats")
        func div() throws {
            let session = tf.Session()
            let (x, y) = (tf.constant([-7, 7, -7, 7, -6]), tf.constant([2, -2, -2, 2, 2]))
            #expect(try session.run(tf.div(x, y)).doubles == [-4, -4, 3, 3, -3])
            let halves = tf.div(tf.constant([-7.0, 7.0]), tf.constant([2.0, 2.0]))
            #expect(try session.run(halves).doubles == [-3.5, 3.5])
        }

        @Test("an initializer in a list of fetches initializes variables of both kinds")
        func initializerInList() throws {
            let a = try tf.get_variable("a", [2], initializer: tf.constant_initializer(3))
            let b = tf.Variable(tf.ones([2]), name: "b")
            let session = tf.Session()
            let x = tf.constant([5.0])
            let results = try session.run([tf.global_variables_initializer(), x])
            #expect(results[1].doubles == [5])
            #expect(try session.run([a, b]).map(\.doubles) == [[3, 3], [1, 1]])
        }

        @Test("an initializer that fails halfway resets no variable")
        func failedInitializer() throws {
            let x = tf.placeholder(dtype: tf.float32, shape: [])
            let a = try tf.get_variable("a", [2], initializer: tf.constant_initializer(3))
            let b = tf.Variable(tf.div(tf.ones([2]), x), name: "b")
            let session = tf.Session()
            let feeds: tf.FeedDict = [x: NDArray(Float(2))]
            try session.run(tf.global_variables_initializer(), feed_dict: feeds)
            try session.run(a.assign(tf.zeros([2])))
            // Without its feed the second first value cannot be computed.
            #expect(errorText { try session.run(tf.global_variables_initializer()) } != "no error")
            #expect(try session.run([a, b]).map(\.doubles) == [[0, 0], [0.5, 0.5]])
            // Nor with an initializer that has no value for its variable.
            let c = try tf.get_variable("c", [2], initializer: tf.orthogonal_initializer())
            #expect(
                errorText {
                    try session.run(tf.global_variables_initializer(), feed_dict: feeds)
                }.contains("orthogonal"))
            #expect(try session.run([a, b]).map(\.doubles) == [[0, 0], [0.5, 0.5]])
            _ = c
        }
    }
}
