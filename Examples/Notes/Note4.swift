// SPDX-License-Identifier: Apache-2.0
import TensorFlow1

extension Notes {
    /// The fourth note: `grad_ys` weights the outputs of `gradients`, and so does multiplying them.
    static func gradientsAndTheirWeights(_ steps: Steps) throws -> NoteReport {
        var report = NoteReport("Note 4: gradients and their weights")
        tf.reset_default_graph()

        let a = tf.constant([[2.0, 2.0]])
        let aa = try tf.get_variable(
            "aa", [1, 2], dtype: tf.float32, initializer: tf.constant_initializer(2))
        let b = tf.constant([[2.0, 3.0], [4.0, 5.0]])
        let c = tf.matmul(aa, b)
        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())

        // print sess.run(tf.gradients(c, aa))
        report.check("gradients(c, aa)", try numbers(sess.run(tf.gradients(c, aa))), is: [5, 9])
        // print sess.run(tf.gradients(c,aa,[a]))
        report.check(
            "gradients(c, aa, [a])", try numbers(sess.run(tf.gradients(c, aa, [a]))), is: [10, 18])
        // print sess.run(tf.gradients(c*a, aa, ))
        report.check(
            "gradients(c * a, aa)", try numbers(sess.run(tf.gradients(c * a, aa))), is: [10, 18])
        // print sess.run(tf.train.AdamOptimizer(0.01).compute_gradients(a*c))
        let weighted = try sess.run(tf.train.AdamOptimizer(0.01).compute_gradients(a * c))
        report.check(
            "AdamOptimizer(0.01).compute_gradients(a * c)",
            weighted.flatMap { $0.gradient.doubles + $0.variable.doubles }, is: [10, 18, 2, 2])
        // print sess.run(tf.train.AdamOptimizer(0.01).compute_gradients(c))
        let plain = try sess.run(tf.train.AdamOptimizer(0.01).compute_gradients(c))
        report.check(
            "AdamOptimizer(0.01).compute_gradients(c)",
            plain.flatMap { $0.gradient.doubles + $0.variable.doubles }, is: [5, 9, 2, 2])

        report.check("c", try sess.run(c).doubles, is: [12, 16])
        let uneven = tf.constant([[1.0, 10.0]])
        report.check(
            "weights [[1, 10]], both ways",
            try numbers(sess.run(tf.gradients(c, aa, [uneven])))
                + numbers(sess.run(tf.gradients(c * uneven, aa))), is: [32, 54, 32, 54])
        // Where the two differ: weights made from x count as constant as grad_ys, not in a product.
        report.check(
            "weights made from aa, both ways",
            try numbers(sess.run(tf.gradients(c, aa, [aa.anyTensor * 1])))
                + numbers(sess.run(tf.gradients(c * aa.anyTensor, aa))), is: [10, 18, 22, 34])

        try compareSeedsWithWeights(graphs: steps.graphs, in: &report)
        try checkAdam(onAllSets: steps.isAlone, in: &report)
        return report
    }

    private static func numbers(_ arrays: [NDArray]) -> [Double] { arrays.flatMap(\.doubles) }
}
