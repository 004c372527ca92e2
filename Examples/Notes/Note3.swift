// SPDX-License-Identifier: Apache-2.0
import TensorFlow1

extension Notes {
    /// The third note: two batch normalisations, one that trains and one that does not unless told.
    ///
    /// Weft's own layer has no such default. These are TensorFlow's two, with their defaults and
    /// their numbers; `BatchNormNumbers` holds what TensorFlow 2.21 printed.
    static func batchNormalizations() throws -> NoteReport {
        var report = NoteReport("Note 3: two batch normalisations")
        for rows in [1, 5] { try checkOwnNumbers(rows, in: &report) }
        for numbers in BatchNormNumbers.all { try checkFixed(numbers, in: &report) }
        try checkTrap(in: &report)
        return report
    }

    /// The note's program. Its numbers are drawn, so what is checked is what it says of them.
    private static func checkOwnNumbers(_ rows: Int, in report: inout NoteReport) throws {
        tf.reset_default_graph()
        // a = tf.get_variable('a',[1,2],dtype=tf.float32,
        //                     initializer=tf.random_uniform_initializer(-10.,10.))
        let a = try tf.get_variable(
            "a", [rows, 2], dtype: tf.float32,
            initializer: tf.random_uniform_initializer(-10, 10))
        let b = try tf.get_variable(
            "b", [rows, 2], dtype: tf.float32,
            initializer: tf.random_uniform_initializer(-10, 10))
        let c = tf.contrib.layers.batch_norm(a)
        let cc = tf.layers.batch_normalization(b)
        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())
        let first = try sess.run(c)
        let second = try sess.run(cc)

        let drawn = try sess.run(a).doubles
        let expected = (0..<rows * 2).map { i -> Double in
            let column = stride(from: i % 2, to: rows * 2, by: 2).map { drawn[$0] }
            let mean = column.reduce(0, +) / Double(rows)
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
            return (drawn[i] - mean) / (variance + 0.001).squareRoot()
        }
        // The formula is worked out in float64; cancellation in x - mean costs float32 its digits.
        report.check(
            "batch \(rows), c: (a - mean) / deviation", first.doubles, isNear: expected,
            within: 3e-6)
        if rows == 1 { report.check("batch 1, c", first.doubles, is: [0, 0]) }
        let untouched = try sess.run(b).doubles.map { $0 / 1.001.squareRoot() }
        report.check("batch \(rows), cc: b / sqrt(1.001)", second.doubles, isNear: untouched)
    }

    /// Training, inference and two updates of the moving averages on inputs that are written down.
    private static func checkFixed(_ numbers: BatchNormNumbers, in report: inout NoteReport) throws
    {
        let input = try NDArray(numbers.input, shape: numbers.shape)
        for rule in numbers.rules {
            tf.reset_default_graph()
            let x = tf.placeholder(dtype: tf.float32, shape: Shape(numbers.shape))
            let scope = "bn"
            func output(_ mode: Mode, _ name: String) -> tf.Tensor {
                switch rule.library {
                case .contrib:
                    tf.contrib.layers.batch_norm(
                        x, is_training: mode, fused: rule.isFused, scope: name)
                case .layers:
                    tf.layers.batch_normalization(
                        x, training: mode, fused: rule.isFused, name: name)
                }
            }
            let name = "\(numbers.name), \(rule.name)"
            let training = output(.training, scope)
            let sess = tf.Session()
            try sess.run(tf.global_variables_initializer())
            if let expected = numbers.training {
                report.check(
                    "\(name), training", try sess.run(training, feed_dict: [x: input]).doubles,
                    isNear: expected.map(Double.init))
            }
            // sess.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
            let updates = tf.update_ops(of: training)
            for _ in 0..<2 { try sess.run(updates, feed_dict: [x: input]) }
            let moving = try movingAverages(sess, scope)
            report.check("\(name), moving mean", moving.mean, isNear: rule.mean.map(Double.init))
            report.check(
                "\(name), moving variance", moving.variance, isNear: rule.variance.map(Double.init))

            guard let expected = numbers.inference else { continue }
            let inference = output(.inference, "fresh")
            try sess.run(tf.global_variables_initializer())
            report.check(
                "\(name), inference", try sess.run(inference, feed_dict: [x: input]).doubles,
                isNear: expected.map(Double.init))
        }
    }

    /// The trap: in TensorFlow the moving averages stood still unless UPDATE_OPS was run too.
    private static func checkTrap(in report: inout NoteReport) throws {
        tf.reset_default_graph()
        let x = tf.placeholder(dtype: tf.float32, shape: [5, 2])
        let normalized = tf.layers.batch_normalization(x, training: .training)
        let loss = tf.reduce_mean(tf.square(normalized - 1))
        let train = try tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())
        let input = try NDArray(BatchNormNumbers.fiveRows.input, shape: [5, 2])
        let feeds: tf.FeedDict = [x: input]

        // Running an output alone updates nothing, here and there.
        _ = try sess.run(normalized, feed_dict: feeds)
        let still = try movingAverages(sess, "batch_normalization")
        report.check("the trap: before a step", still.mean + still.variance, is: [0, 0, 1, 1])
        for _ in 0..<3 { try sess.run(train, feed_dict: feeds) }

        let moving = try movingAverages(sess, "batch_normalization")
        report.check(
            "the trap: moving mean after 3 steps", moving.mean,
            isNear: [0.0594019964, 0.00297009991])
        report.check(
            "the trap: moving variance after 3 steps", moving.variance,
            isNear: [1.59996021, 1.43482256])
        for (name, expected) in [
            ("gamma", [0.729011476, 0.729015529]), ("beta", [0.270999998, 0.270999998]),
        ] {
            report.check(
                "the trap: \(name) after 3 steps",
                try value(sess, "batch_normalization/\(name)"), isNear: expected)
        }
        report.check(
            "the trap: loss after 3 steps", try sess.run(loss, feed_dict: feeds).doubles,
            isNear: [1.06287205])
    }

    private static func movingAverages(
        _ sess: tf.Session, _ scope: String
    ) throws -> (mean: [Double], variance: [Double]) {
        (try value(sess, "\(scope)/moving_mean"), try value(sess, "\(scope)/moving_variance"))
    }

    private static func value(_ sess: tf.Session, _ name: String) throws -> [Double] {
        guard let variable = tf.global_variables().first(where: { $0.op.name == name }) else {
            return []
        }
        return try sess.run(variable).doubles
    }
}
