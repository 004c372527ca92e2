// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What one step of a run took.
package struct StepTiming: Sendable {
    /// The instruction, or the instructions that were fused.
    package var label: String
    /// When it began, counted from the beginning of the run's first step.
    package var startNanoseconds: Double
    /// How long it took, with the steps inside it.
    package var nanoseconds: Double
    /// What of that time was not the time of steps inside it.
    package var ownNanoseconds: Double
    /// In how many branches and loops it is.
    package var depth: Int
    /// Read and written.
    package var bytes: Int
    /// Estimated floating-point operations.
    package var flops: Double
}

/// Measures the steps of one run, also those inside branches and loops.
final class StepRecorder {
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let control: RunControl?
    /// What is measured while the run goes on; words are found for it afterwards.
    private struct Record {
        let step: Step
        let program: Program
        let depth: Int
        var start = 0.0
        var taken = 0.0
        var own = 0.0
    }
    private var records: [Record] = []
    private var depth = 0
    /// The nanoseconds that steps inside the step at hand have taken.
    private var inner = 0.0

    init(_ control: RunControl?) {
        self.control = control
        origin = clock.now
    }

    func execute(_ frame: Frame) throws {
        for step in frame.plan.steps {
            try control?.check()
            let place = records.count
            // A step comes before those inside it, so its place is taken before it runs.
            records.append(Record(step: step, program: frame.plan.program, depth: depth))
            let innerBefore = inner
            inner = 0
            depth += 1
            defer { depth -= 1 }
            let start = clock.now
            do {
                try step.run(frame)
            } catch {
                // What a stopped step made of unfinished results is no failure of the step's.
                if let control, control.isStopping { try control.check() }
                throw error
            }
            let taken = (clock.now - start).nanoseconds
            records[place].start = (start - origin).nanoseconds
            records[place].taken = taken
            records[place].own = max(taken - inner, 0)
            inner = innerBefore + taken
            if let control, control.isStopping { try control.check() }
        }
    }

    var timings: [StepTiming] {
        records.map { record in
            // What the steps inside do is counted there.
            let work = record.step.children.isEmpty ? record.step.work : Work()
            return StepTiming(
                label: record.step.label(record.program), startNanoseconds: record.start,
                nanoseconds: record.taken, ownNanoseconds: record.own, depth: record.depth,
                bytes: work.bytes, flops: work.flops)
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) * 1e-9
    }
}

extension CPUExecutable {
    package var stepCount: Int { plan.steps.count }
    /// The bytes of intermediate results that a run keeps.
    package var arenaBytes: Int { plan.arenaBytes }
    /// The bytes of the copies of weights that runs share; see ``PackedWeights``.
    package var packedBytes: Int { packedWeights?.byteCount ?? 0 }

    /// Runs the program and measures each step, also those inside branches and loops.
    ///
    /// - Parameter spares: as of `run`. Where a run takes them a profile must, or it would show what
    ///   fresh memory costs instead.
    package func profile(
        _ inputs: [NDArray], reusing spares: inout [Storage?], control: RunControl? = nil
    ) throws -> ([NDArray], [StepTiming]) {
        let recorder = StepRecorder(control)
        let results = try run(inputs, &spares, control) { frame in
            frame.recorder = recorder
            try frame.execute()
        }
        return (results, recorder.timings)
    }

    /// The plan in words: its steps, what was fused and why no more, and the memory of a run.
    package func explain() -> String { PlanReport(plan).text(indentation: "") }
}
