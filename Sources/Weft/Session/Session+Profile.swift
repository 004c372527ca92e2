// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

extension Session {
    /// Measures each step of a run, also those inside branches and loops: the medians of several runs.
    ///
    /// Whatever the number of runs, it counts as one: all begin with the same variables and draw the same
    /// random numbers, and what they update changes once, to what the last one gives. Other runs that update
    /// variables wait until it is over. Values are emitted once, and stateful functions of the host are
    /// called in the first run only, which is not measured unless `warmUp` is 0. What measuring itself takes shows as the own time of a loop.
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
        let fetches = fetches.map(\.anyTensor)
        let (plan, feeds) = try prepare(fetches, feeds.pairs)
        let clock = ContinuousClock()
        var timings: [[StepTiming]] = []
        var seconds: [Double] = []
        let (warmUp, runs) = (max(warmUp, 0), max(runs, 1))
        let fetched = try execute(plan, fetches, feeds, control, mayRepeat: true) {
            segment, arguments in
            let start = arguments.host?.position
            // The first segment begins the run; others add to it.
            if segment === plan {
                timings = Array(repeating: [], count: runs)
                seconds = Array(repeating: 0, count: runs)
            }
            var run = -warmUp
            while true {
                let begin = clock.now
                let (results, taken) = try segment.executable.profile(&arguments, control: control)
                if run >= 0 {
                    let before = seconds[run] * 1e9
                    timings[run] += taken.map { step in
                        var step = step
                        step.startNanoseconds += before
                        return step
                    }
                    seconds[run] += (clock.now - begin).inSeconds
                }
                run += 1
                if run == runs { return results }
                // What the host has seen it does not see again.
                if let start { arguments.host?.rewind(to: start) }
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
