// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What one step of a run took.
package struct StepTiming: Sendable {
    /// The instruction, or the instructions that were fused.
    package var label: String
    package var nanoseconds: Double
    /// Read and written.
    package var bytes: Int
    /// Estimated floating-point operations.
    package var flops: Double
}

extension CPUExecutable {
    package var stepCount: Int { plan.steps.count }
    /// The bytes of intermediate results that a run keeps.
    package var arenaBytes: Int { plan.arenaBytes }

    /// Runs the program and measures each step. Branches and loops count as one.
    package func profile(
        _ inputs: [NDArray], control: RunControl? = nil
    ) throws -> ([NDArray], [StepTiming]) {
        var timings: [StepTiming] = []
        timings.reserveCapacity(plan.steps.count)
        let clock = ContinuousClock()
        let results = try run(inputs, control: control) { frame in
            for step in plan.steps {
                try control?.check()
                let duration = try clock.measure { try step.run(frame) }
                let (seconds, attoseconds) = duration.components
                timings.append(
                    StepTiming(
                        label: step.label(plan.program),
                        nanoseconds: Double(seconds) * 1e9 + Double(attoseconds) * 1e-9,
                        bytes: step.work.bytes, flops: step.work.flops))
            }
        }
        return (results, timings)
    }

    /// The plan in words: its steps, what was fused, and the memory of a run.
    package func explain() -> String { Self.explain(plan, indentation: "") }

    private static func explain(_ plan: Plan, indentation: String) -> String {
        var text =
            "\(indentation)\(plan.steps.count) steps for \(plan.program.instructions.count) "
            + "instructions, \(plan.constants.count) constants, arena of \(plan.arenaBytes) bytes\n"
        for (i, step) in plan.steps.enumerated() {
            let last = step.members.last.map { plan.program.instructions[Int($0)].outputs.last }
            let type = last.flatMap(\.self).map { " -> \(plan.program.values[$0])" } ?? ""
            text += "\(indentation)  \(i): \(step.label(plan.program))\(type)\n"
            for child in step.children {
                text += explain(plan.children[child], indentation: indentation + "    ")
            }
        }
        return text
    }
}
