// SPDX-License-Identifier: Apache-2.0
import TensorFlow1
import WeftCPU

extension Notes {
    /// Adam, step by step, to the bit, on every instruction set that the machine has.
    ///
    /// Bits agree because the kernels do what the operations say, one rounding each: nothing is
    /// contracted into a fused multiply-add, whatever the instruction set.
    static func checkAdam(onAllSets: Bool, in report: inout NoteReport) throws {
        let present = CPUEngine.instructionSet
        defer { _ = CPUEngine.selectInstructionSet(present) }
        for set in CPUEngine.InstructionSet.allCases where onAllSets || set == present {
            guard CPUEngine.selectInstructionSet(set) else {
                report.fact("\(set): this machine has it not")
                continue
            }
            for numbers in AdamNumbers.all { try checkTrajectory(numbers, "\(set)", in: &report) }
            try checkNotesTrajectory("\(set)", in: &report)
        }
    }

    /// loss = 0.5 * sum([1, 2, 3] * (w - [.5, .5, 0])^2) from w = [1, -2, 3].
    private static func checkTrajectory(
        _ numbers: AdamNumbers, _ set: String, in report: inout NoteReport
    ) throws {
        tf.reset_default_graph()
        let w = tf.Variable(tf.constant([1.0, -2.0, 3.0]), name: "w")
        let difference = w.anyTensor - tf.constant([0.5, 0.5, 0.0])
        let loss = tf.reduce_sum(tf.constant([1.0, 2.0, 3.0]) * tf.square(difference)) * 0.5
        let optimizer = tf.train.AdamOptimizer(
            LearningRate(numbers.learningRate), epsilon: numbers.epsilon)
        let train = try optimizer.minimize(loss)
        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())

        var losses: [Float] = []
        var trajectory: [Float] = []
        for _ in 0..<10 {
            losses += try sess.run(loss).scalars(as: Float.self)
            try sess.run(train)
            trajectory += try sess.run(w).scalars(as: Float.self)
        }
        let name = "Adam \(numbers.learningRate), epsilon \(numbers.epsilon), \(set)"
        report.check("\(name): w after each of 10 steps", trajectory, hasBitsOf: numbers.trajectory)
        // A sum of three has two orders; TensorFlow's is not ours to follow to the bit.
        report.check(
            "\(name): loss before each step", losses.map(Double.init),
            isNear: numbers.losses.map(Double.init))
        let slots = Dictionary(uniqueKeysWithValues: optimizer.base.variables.map { ($0.name, $0) })
        for (slot, expected) in numbers.slots {
            guard let variable = slots[slot] else {
                report.check("\(name): \(slot)", "there is none", is: "\(expected)", false)
                continue
            }
            report.check(
                "\(name): \(slot)", try sess.session.value(of: variable).scalars(as: Float.self),
                hasBitsOf: expected)
        }
    }

    /// The note's own graph: AdamOptimizer(0.01).minimize(c) from [[2, 2]].
    private static func checkNotesTrajectory(_ set: String, in report: inout NoteReport) throws {
        tf.reset_default_graph()
        let aa = try tf.get_variable(
            name: "aa", shape: [1, 2], initializer: tf.constant_initializer(2))
        let c = tf.matmul(aa, tf.constant([[2.0, 3.0], [4.0, 5.0]]))
        let train = try tf.train.AdamOptimizer(0.01).minimize(c)
        let sess = tf.Session()
        try sess.run(tf.global_variables_initializer())
        var trajectory: [Float] = []
        for _ in 0..<10 {
            try sess.run(train)
            trajectory += try sess.run(aa).scalars(as: Float.self)
        }
        report.check(
            "the note's graph, \(set): aa after each of 10 steps", trajectory,
            hasBitsOf: AdamNumbers.notesTrajectory)
    }
}
