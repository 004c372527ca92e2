// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

extension Session {
    /// Measures each step of a run, also those inside branches and loops: the medians of several runs.
    ///
    /// Whatever the number of runs, it counts as one: all begin with the same variables and draw the same
    /// random numbers, and what they update changes once, to what the last one gives. Other runs that update
    /// variables wait until it is over. What measuring itself takes shows as the own time of a loop.
    ///
    /// - Parameters:
    ///   - runs: How many runs are measured; at least one. Where other programs run beside this one, a
    ///     single run can show a step many times as long as it is.
    ///   - warmUp: How many runs come before those that are measured, for memory and caches that the first
    ///     ones find cold.
    /// - Throws: as `run`.
    public func profile(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:], runs: Int = 10,
        warmUp: Int = 2, control: RunControl? = nil
    ) throws -> RunProfile {
        let (plan, feeds) = try prepare(fetches.map(\.anyTensor), feeds.pairs)
        let clock = ContinuousClock()
        var timings: [[StepTiming]] = []
        var seconds: [Double] = []
        let fetched = try execute(plan, feeds, control) { arguments in
            (timings, seconds) = ([], [])
            let (warmUp, runs) = (max(warmUp, 0), max(runs, 1))
            var run = 0
            while true {
                run += 1
                let start = clock.now
                let (results, taken) = try plan.executable.profile(&arguments, control: control)
                if run > warmUp {
                    timings.append(taken)
                    seconds.append((clock.now - start).inSeconds)
                }
                if timings.count == runs { return results }
                // As from step to step, memory of the last run is the next one's.
                arguments.donated = results.newState
            }
        }
        return RunProfile(timings, seconds: seconds, results: fetched)
    }

    /// The plan of a run in words: its steps, what is fused into one, which arrays are written
    /// between them and why, and the memory it takes.
    ///
    /// - Throws: as `run`; nothing is run.
    public func explain(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:]
    ) throws -> String {
        try prepare(fetches.map(\.anyTensor), feeds.pairs).plan.explain()
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
