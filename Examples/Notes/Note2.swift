// SPDX-License-Identifier: Apache-2.0
import TensorFlow1

extension Notes {
    /// The second note: `if [False]` is `if True` in Python, `if tensor` an error or always true.
    ///
    /// In Swift neither compiles (the test `TypeErrorTests` shows the compiler's words). In the
    /// graph a condition is a tensor of bool, a branch is `cond`, a loop `while_loop`.
    static func conditions() throws -> NoteReport {
        var report = NoteReport("Note 2: conditions")
        let sess = tf.Session()
        try checkBranches(sess, in: &report)
        try checkUntaken(sess, in: &report)
        try checkLoops(sess, in: &report)
        report.fact(
            "`if tensor`, `if [false]`, `while tensor`, `!tensor`, `tensor && p` do not compile")
        return report
    }

    private static func checkBranches(_ sess: tf.Session, in report: inout NoteReport) throws {
        let p = tf.placeholder(dtype: tf.bool, shape: [])
        let x = tf.placeholder(dtype: tf.float32, shape: [])
        let y = tf.placeholder(dtype: tf.float32, shape: [])
        let feeds: [Bool: tf.FeedDict] = [
            true: [p: true, x: 5.0, y: 7.0], false: [p: false, x: 5.0, y: 7.0],
        ]
        func run(_ tensors: [tf.Tensor?], _ value: Bool) throws -> [Double] {
            try sess.run(tensors, feed_dict: feeds[value] ?? [:]).flatMap(\.doubles)
        }

        // tf.cond(p, lambda: x*2, lambda: x-1)
        let simple = tf.cond(p, { x * 2 }, { x - 1 })
        let slope = try tf.gradients(simple, x)
        report.check(
            "cond(p, x*2, x-1) at 5, taken and not", try run([simple], true) + run([simple], false),
            is: [10, 4])
        report.check("its gradient", try run(slope, true) + run(slope, false), is: [2, 1])

        // tf.cond(p, lambda: x*x, lambda: y*3): zeros, not None, for the branch not taken.
        let mixed = tf.cond(p, { x * x }, { y * 3 })
        let slopes = try tf.gradients([mixed], [x, y])
        report.check(
            "cond(p, x*x, y*3) at 5 and 7", try run([mixed], true) + run([mixed], false),
            is: [25, 21])
        report.check("its gradients, p true", try run(slopes, true), is: [10, 0])
        report.check("its gradients, p false", try run(slopes, false), is: [0, 3])

        // Second order, through the gradient's own branches.
        let curvature = try tf.gradients([slopes[0] ?? x], [x])
        report.check(
            "the second derivative by x", try run(curvature, true) + run(curvature, false),
            is: [2, 0])

        // A condition that is no scalar of bool is an error when the run is asked for, with words.
        let vector = tf.constant([false])
        report.check("cond of a vector", throwsMentioning: "scalar") {
            _ = try sess.run(tf.cond(vector, { x * 2 }, { x - 1 }), feed_dict: [x: 5.0])
        }
        report.check("cond of a number", throwsMentioning: "bool") {
            _ = try sess.run(tf.cond(x, { x * 2 }, { x - 1 }), feed_dict: [x: 5.0])
        }
    }

    /// The branch not taken does not run: no assignment, no division by zero.
    private static func checkUntaken(_ sess: tf.Session, in report: inout NoteReport) throws {
        let p = tf.placeholder(dtype: tf.bool, shape: [])
        let v = tf.Variable(tf.zeros([]), name: "counter")
        try sess.run(tf.global_variables_initializer())
        let counted = tf.cond(p, { v.assign_add(tf.ones([])) }, { v })
        var seen: [Double] = []
        for value in [false, true, false, true] {
            _ = try sess.run(counted, feed_dict: [p: NDArray(value)])
            seen += try sess.run(v).doubles
        }
        report.check("a variable that one branch adds 1 to", seen, is: [0, 1, 1, 2])

        let k = tf.placeholder(dtype: tf.int32, shape: [])
        let quotient = tf.cond(p, { tf.div(tf.constant(7), k) }, { k - 1 })
        let untaken = try sess.run(quotient, feed_dict: [p: false, k: 0]).doubles
        report.check("7 / 0 in the branch not taken", untaken, is: [-1])
        report.check("7 / 0 in the branch taken", throwsMentioning: "divided by zero") {
            _ = try sess.run(quotient, feed_dict: [p: true, k: 0])
        }

        // An assignment in a branch that then fails has not happened either.
        let failing = tf.cond(
            p, { [v.assign_add(tf.ones([])).anyTensor, tf.div(tf.constant(7), k)] },
            { [v.anyTensor, k] })
        report.check("a branch that assigns and fails", throwsMentioning: "divided by zero") {
            _ = try sess.run(failing, feed_dict: [p: true, k: 0])
        }
        report.check("the variable then", try sess.run(v).doubles, is: [2])
    }

    private static func checkLoops(_ sess: tf.Session, in report: inout NoteReport) throws {
        let x = tf.placeholder(dtype: tf.float32, shape: [])
        let n = tf.placeholder(dtype: tf.int32, shape: [])
        // i, s = tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, s + float(i)*x), (0, 0.0))
        let results = tf.while_loop(
            { tf.less($0[0], n) }, { [$0[0] + 1, $0[1] + $0[0].cast(to: tf.float32) * x] },
            [tf.constant(0), tf.constant(0.0)])
        let slope = try tf.gradients(results[1], x)
        let feeds: tf.FeedDict = [x: 2.0, n: 5]
        report.check(
            "the sum of i * x for i in 0..<5 at 2",
            try sess.run(results, feed_dict: feeds).flatMap(\.doubles),
            is: [5, 20])
        report.check(
            "its gradient", try sess.run(slope, feed_dict: feeds).flatMap(\.doubles), is: [10])
        let none: tf.FeedDict = [x: 2.0, n: 0]
        report.check(
            "no iterations",
            try sess.run(results + [slope[0] ?? x], feed_dict: none).flatMap(\.doubles),
            is: [0, 0, 0])
    }
}
