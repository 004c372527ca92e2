// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import Testing
import WeftTestSupport

extension TensorFlow1Tests {
    /// Both batch normalisations against everything that TensorFlow gave
    /// (Tests/Goldens/tf_batch_norm.json). Sums go in another order there, hence the tolerance.
    @Suite("Batch normalisation, TensorFlow's numbers") struct BatchNormGoldenTests {
        private let golden: Golden

        init() throws { golden = try Golden("tf_batch_norm.json") }

        private func expect(_ found: NDArray, near value: Any?, _ what: String) throws {
            let wanted = try Golden.requiredArray(value)
            #expect(found.shape == wanted.shape, "\(what)")
            for (a, b) in zip(found.doubles, wanted.doubles) {
                #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(what): \(a), must be \(b)")
            }
        }

        /// The layer of a recorded case, under the scope "bn".
        private func layer(
            _ record: [String: Any], _ x: tf.Tensor, _ mode: Mode
        ) throws -> tf.Tensor {
            let fused = try #require(record["fused"] as? Bool)
            return record["library"] as? String == "contrib.layers.batch_norm"
                ? tf.contrib.layers.batch_norm(x, is_training: mode, fused: fused, scope: "bn")
                : tf.layers.batch_normalization(x, training: mode, fused: fused, name: "bn")
        }

        private func variable(_ name: String) throws -> tf.Variable {
            try #require(tf.global_variables().first { $0.name == "bn/\(name):0" })
        }

        @Test("training, inference, and each update of the moving averages")
        func cases() throws {
            let cases = try golden.list("cases")
            #expect(cases.count == 16)
            for record in cases {
                let what = "\(record["library"] ?? ""), \(record["input name"] ?? "")"
                let input = try Golden.requiredArray(record["input"])
                for decided in [false, true] {
                    tf.reset_default_graph()
                    let x = tf.placeholder(dtype: tf.float32, shape: Shape(input.shape))
                    let trains = tf.placeholder(dtype: tf.bool, shape: [])
                    let mode: Mode = decided ? .decided(by: Tensor<Bool>(trains)) : .training
                    let output = try layer(record, x, mode)
                    let session = tf.Session()
                    try session.run(tf.global_variables_initializer())
                    let feeds: tf.FeedDict = [x: input, trains: true]
                    try expect(
                        session.run(output, feed_dict: feeds), near: record["training"], what)
                    if decided {
                        let value = try session.run(output, feed_dict: [x: input, trains: false])
                        try expect(value, near: record["inference, fed mode"], what)
                        // A run that is told to infer moves nothing.
                        let update = tf.update_ops(of: output)
                        try session.run(update, feed_dict: [x: input, trains: false])
                    }
                    for step in try #require(record["moving"] as? [[String: Any]]) {
                        if step["updates"] as? Int != 0 {
                            try session.run(tf.update_ops(of: output), feed_dict: feeds)
                        }
                        try expect(
                            session.run(variable("moving_mean")), near: step["mean"],
                            "\(what), mean")
                        try expect(
                            session.run(variable("moving_variance")), near: step["variance"],
                            "\(what), variance")
                    }
                }
                tf.reset_default_graph()
                let x = tf.placeholder(dtype: tf.float32, shape: Shape(input.shape))
                let output = try layer(record, x, .inference)
                let session = tf.Session()
                try session.run(tf.global_variables_initializer())
                try expect(
                    session.run(output, feed_dict: [x: input]), near: record["inference, fresh"],
                    what)
            }
        }

        @Test("gradients with respect to input, scale and offset")
        func gradients() throws {
            for record in try golden.list("gradients") {
                tf.reset_default_graph()
                let input = try Golden.requiredArray(record["input"])
                let x = tf.placeholder(dtype: tf.float32, shape: Shape(input.shape))
                let output = try layer(record, x, .training)
                let session = tf.Session()
                try session.run(tf.global_variables_initializer())
                let recorded = try #require(record["gradients"] as? [String: Any])
                for (name, value) in recorded {
                    let source = name == "input" ? x : try variable(name).anyTensor
                    let gradient = try tf.gradients(
                        [output], [source],
                        grad_ys: [tf.constant(Golden.requiredArray(record["seeds"]))])
                    let found = try session.run(gradient, feed_dict: [x: input])[0]
                    try expect(found, near: value, "gradient by \(name)")
                }
            }
        }

        @Test("the trap: the moving averages move, as if UPDATE_OPS had been run")
        func trap() throws {
            let record = try #require(
                try golden.list("trap").first { $0["update ops are run"] as? Bool == true })
            tf.reset_default_graph()
            let input = try Golden.requiredArray(record["input"])
            let x = tf.placeholder(dtype: tf.float32, shape: Shape(input.shape))
            let output = tf.layers.batch_normalization(x, training: .training, name: "bn")
            let loss = tf.reduce_mean(tf.square(output - 1))
            let train = try tf.train.GradientDescentOptimizer(0.1).minimize(loss)
            let session = tf.Session()
            try session.run(tf.global_variables_initializer())
            var losses: [Double] = []
            for _ in 0..<3 {
                losses += try session.run(loss, feed_dict: [x: input]).doubles
                try session.run(train, feed_dict: [x: input])
            }
            losses += try session.run(loss, feed_dict: [x: input]).doubles
            let name = "losses, before each step and after the last"
            try expect(NDArray(losses), near: record[name], name)
            let variables = try #require(record["variables after 3 steps"] as? [String: Any])
            #expect(variables.count == 4)
            for (name, value) in variables {
                try expect(session.run(variable(name)), near: value, name)
            }
        }
    }
}
