// SPDX-License-Identifier: Apache-2.0
import TensorFlow1

extension Notes {
    /// Loops that build something else than one product: memory must be flat in all of them.
    static func observeRebuilding(
        _ sess: tf.Session, _ x: tf.Tensor, _ steps: Steps, in report: inout NoteReport
    ) throws {
        let a = NDArray([Float](repeating: 1, count: 100))
        // A new node and a new plan in every step. Both are gone when nobody uses them any more.
        var wrong = 0
        try Machine.observe("a new node", steps: steps.rebuilding, in: &report) { range in
            for i in range {
                let result = try sess.run(x * Double(Float(i)), feed_dict: [x: a])
                if result.doubles[99] != Double(Float(i)) { wrong += 1 }
            }
        }
        report.check("wrong results of x * i", "\(wrong)", is: "0", wrong == 0)

        let pred = tf.placeholder(dtype: tf.bool, shape: [])
        wrong = 0
        let conditions = sess.session.compilationCount
        try Machine.observe("a cond rebuilt", steps: steps.rebuilding, in: &report) { range in
            for i in range {
                let y = tf.cond(pred, { x * 2 }, { x - 1 })
                let result = try sess.run(y, feed_dict: [pred: NDArray(i % 2 == 0), x: a])
                if result.doubles[0] != (i % 2 == 0 ? 2 : 0) { wrong += 1 }
            }
        }
        report.check("wrong results of the cond", "\(wrong)", is: "0", wrong == 0)
        checkPlans(sess, since: conditions, 1, "cond", in: &report)

        let dropouts = sess.session.compilationCount
        var kept = 0.0
        try Machine.observe("a dropout rebuilt", steps: steps.rebuilding, in: &report) { range in
            for _ in range {
                let y = tf.nn.dropout(x, keep_prob: 0.5)
                kept += try sess.run(y, feed_dict: [x: a]).doubles.reduce(0) { $0 + $1 / 2 }
            }
        }
        // The warm-up's steps count too, so the share is of what was really drawn.
        let drawn = 100 * Double(steps.rebuilding + Machine.warmUp(steps.rebuilding))
        let share = kept / drawn
        report.check(
            "share that dropout keeps", "\(Float(share))", is: "0.5 within 5 deviations",
            abs(share - 0.5) < 5 * 0.5 / drawn.squareRoot())
        checkPlans(sess, since: dropouts, 1, "dropout", in: &report)
    }

    /// A whole training step, its gradients and Adam included, built anew in every step.
    ///
    /// Its updates are new each time (two increments are two), but the plan is found again by the
    /// graph's structure, and the optimizer's slots belong to optimizer and variable.
    static func observeTraining(_ steps: Steps, in report: inout NoteReport) throws {
        tf.reset_default_graph()
        let x = tf.placeholder(dtype: tf.float32, shape: [8, 4])
        let y = tf.placeholder(dtype: tf.float32, shape: [8, 1])
        let w1 = try tf.get_variable(name: "w1", shape: [4, 16])
        let b1 = tf.Variable(tf.zeros([16]), name: "b1")
        let w2 = try tf.get_variable(name: "w2", shape: [16, 1])
        let optimizer = tf.train.AdamOptimizer(0.01)
        let sess = tf.Session(seed: 1)
        try sess.run(tf.global_variables_initializer())

        var random = SplitMix(seed: 5)
        let inputs = try NDArray((0..<32).map { _ in Float(random.uniform()) }, shape: [8, 4])
        let targets = try NDArray((0..<8).map { _ in Float(random.uniform()) }, shape: [8, 1])
        func loss() -> tf.Tensor {
            let hidden = tf.nn.relu(tf.matmul(x, w1) + b1.anyTensor)
            return tf.reduce_mean(tf.square(tf.matmul(hidden, w2) - y))
        }
        func step() throws -> tf.Operation { try optimizer.minimize(loss()) }
        let feeds: tf.FeedDict = [x: inputs, y: targets]

        let before = try sess.run(loss(), feed_dict: feeds).doubles
        let compiled = sess.session.compilationCount
        try Machine.observe("a train step rebuilt", steps: steps.training, in: &report) { range in
            for _ in range { try sess.run(step(), feed_dict: feeds) }
        }
        checkPlans(sess, since: compiled, 1, "training step", in: &report)
        let after = try sess.run(loss(), feed_dict: feeds).doubles
        report.check(
            "the loss falls", "\(Float(before[0])) to \(Float(after[0]))", is: "less than a tenth",
            after[0] < before[0] / 10)
        let slots = optimizer.base.variables.count
        report.check("variables of the optimizer", "\(slots)", is: "8", slots == 8)
    }

    private static func checkPlans(
        _ sess: tf.Session, since before: Int, _ expected: Int, _ what: String,
        in report: inout NoteReport
    ) {
        let compiled = sess.session.compilationCount - before
        report.check(
            "plans compiled for the \(what)", "\(compiled)", is: "\(expected)", compiled == expected
        )
    }
}
