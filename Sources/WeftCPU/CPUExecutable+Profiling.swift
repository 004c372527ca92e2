// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CPUExecutable {
    package var stepCount: Int { plan.steps.count }
    /// The bytes of intermediate results that a run keeps.
    package var arenaBytes: Int { plan.arenaBytes }
    /// The bytes of the copies of weights that runs share; see ``PackedWeights``.
    package var packedBytes: Int { packedWeights?.byteCount ?? 0 }

    package func profile(
        _ arguments: inout RunArguments, control: RunControl?
    ) throws -> (RunResults, [StepTiming]) {
        let recorder = StepRecorder(control)
        let results = try run(&arguments, control) { frame in
            frame.recorder = recorder
            try frame.execute()
        }
        return (results, recorder.timings)
    }

    /// The plan in words: its steps, what was fused and why no more, and the memory of a run.
    package func explain() -> String { PlanReport(plan).text(indentation: "") }
}
