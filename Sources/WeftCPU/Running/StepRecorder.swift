// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Measures the steps of one run, also those inside branches and loops.
final class StepRecorder {
    private let stopwatch = StepStopwatch()
    private let control: RunControl?
    /// The steps in the order of their times; words are found for them when the run is over.
    private var records: [(step: Step, program: Program)] = []

    init(_ control: RunControl?) { self.control = control }

    func execute(_ frame: Frame) throws {
        for step in frame.plan.steps {
            try control?.check()
            records.append((step, frame.plan.program))
            do {
                try stopwatch.measure { try step.run(frame) }
            } catch {
                // What a stopped step made of unfinished results is no failure of the step's.
                if let control, control.isStopping { try control.check() }
                throw error
            }
            if let control, control.isStopping { try control.check() }
        }
    }

    var timings: [StepTiming] {
        var known: [StepTiming.Identity: StepWords] = [:]
        return zip(records, stopwatch.times).map { record, time in
            let (step, program) = record
            // What the steps inside do is counted there.
            let work = step.children.isEmpty ? step.work : Work()
            let identity = StepTiming.Identity(step)
            let words =
                known[identity]
                ?? StepWords(
                    step.label(program), step.members.map { program.instructions[Int($0)] },
                    of: program)
            known[identity] = words
            return StepTiming(identity, words, time: time, bytes: work.bytes, flops: work.flops)
        }
    }
}
