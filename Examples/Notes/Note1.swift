// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

extension Notes {
    /// The first note: an operation's constructor called inside the training loop.
    ///
    /// In TensorFlow each call was a new node: memory grew by 36 kB a step, and a step took 9 ms
    /// after 1,000 of them. Here equal operations are one node, and only its users own a node.
    static func buildingInTheLoop(_ steps: Steps) throws -> NoteReport {
        var report = NoteReport(
            "Note 1: building nodes inside the loop", isAlone: steps.isAlone)
        tf.reset_default_graph()

        // a = np.ones([100],dtype=np.float32)
        let a = try NDArray(repeating: Float(1), shape: [100])
        let x = tf.placeholder(dtype: tf.float32, shape: [100])
        let w = tf.Variable(tf.ones([100, 100]))
        let out = tf.mul(x, w)
        let sess = tf.Session()
        let `init` = tf.initialize_all_variables()
        try sess.run(`init`)
        @Sendable func f() -> tf.Tensor { tf.mul(x, w) }

        try checkResults(sess, x, out, f, in: &report)
        try Machine.observe("sess.run(f())", steps: steps.loop, in: &report) { range in
            for _ in range {
                _ = try sess.run(f(), feed_dict: [x: a])
            }
        }
        try Machine.observe("sess.run(out)", steps: steps.loop, in: &report) { range in
            for _ in range {
                _ = try sess.run(out, feed_dict: [x: a])
            }
        }
        try observeThreads(sess, x, f, steps, in: &report)
        try observeRebuilding(sess, x, steps, in: &report)
        try observeTraining(steps, in: &report)
        return report
    }

    private static func checkResults(
        _ sess: tf.Session, _ x: tf.Tensor, _ out: tf.Tensor, _ f: () -> tf.Tensor,
        in report: inout NoteReport
    ) throws {
        let ones = try NDArray(repeating: Float(1), shape: [100, 100])
        let a = NDArray([Float](repeating: 1, count: 100))
        let results = try [sess.run(out, feed_dict: [x: a]), sess.run(f(), feed_dict: [x: a])]
        for (name, result) in zip(["out", "f()"], results) {
            report.check(
                "\(name) for ones", "\(result.shape), sum \(Int(result.doubles.reduce(0, +)))",
                is: "[100, 100], sum 10000", result.hasSameBits(as: ones))
        }
        // x lies across the rows, as TensorFlow broadcasts.
        let numbers = (0..<100).map { Float($0) }
        let rows = try sess.run(f(), feed_dict: [x: NDArray(numbers)])
        let expected = try NDArray((0..<100).flatMap { _ in numbers }, shape: [100, 100])
        report.check(
            "f() for 0...99", "row 99 ends in \(rows[99].doubles.last ?? .nan)",
            is: "99.0 in each row",
            rows.hasSameBits(as: expected))
        report.check(
            "f() is out", f() == out ? "the same node" : "another node", is: "the same node",
            f() == out)
    }

    /// The rebuilding loop from eight threads at once.
    private static func observeThreads(
        _ sess: tf.Session, _ x: tf.Tensor, _ f: @escaping @Sendable () -> tf.Tensor,
        _ steps: Steps,
        in report: inout NoteReport
    ) throws {
        let threads = 8
        let a = NDArray([Float](repeating: 1, count: 100))
        let failure = Guarded<(any Error)?>(nil)
        try Machine.observe(
            "rebuilt from 8 threads, each", steps: steps.rebuilding, in: &report
        ) { range in
            let done = DispatchGroup()
            for _ in 0..<threads {
                done.enter()
                // Not a dispatch queue: it would run as many blocks at once as there are cores.
                Thread.detachNewThread {
                    do {
                        for _ in range { _ = try sess.run(f(), feed_dict: [x: a]) }
                    } catch {
                        failure.withLock { $0 = error }
                    }
                    done.leave()
                }
            }
            done.wait()
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }
}
