// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What a run took, step by step.
public struct RunProfile: Sendable, CustomStringConvertible {
    /// One step of a plan: an instruction, or several that were fused.
    public struct Step: Sendable {
        /// What is computed, with the names of what the program named.
        public let label: String
        /// When it began, in seconds since the first step did.
        public let start: Double
        /// The time in seconds, with the steps inside a branch or loop.
        public let seconds: Double
        /// The part of the time that no step inside took.
        public let ownSeconds: Double
        /// In how many branches and loops the step is.
        public let depth: Int
        /// The bytes read and written; 0 for a branch or loop, whose steps tell theirs.
        public let bytes: Int
        /// The estimated floating-point operations; 0 for a branch or loop, and where the engine has no
        /// estimate.
        public let operations: Double
    }

    /// The steps in the order in which they began. A branch or loop is followed by the steps
    /// inside it, once for each iteration.
    public let steps: [Step]
    /// The time of the whole run in seconds.
    public let seconds: Double
    /// The values of the fetches.
    public let results: [NDArray]

    /// A table with a line for each kind of step, the longest first.
    public var description: String {
        struct Group {
            var (count, seconds, bytes, operations) = (0, 0.0, 0, 0.0)
        }
        var groups: [String: Group] = [:]
        for step in steps {
            groups[step.label, default: Group()].count += 1
            groups[step.label, default: Group()].seconds += step.ownSeconds
            groups[step.label, default: Group()].bytes += step.bytes
            groups[step.label, default: Group()].operations += step.operations
        }
        let sum = max(steps.reduce(0) { $0 + $1.ownSeconds }, .leastNonzeroMagnitude)
        var text = Self.row("time", "share", "times", "GB/s", "GFLOP/s", "step")
        for (label, group) in groups.sorted(by: {
            ($0.value.seconds, $1.key) > ($1.value.seconds, $0.key)
        }) {
            let time = max(group.seconds, 1e-12)
            text += Self.row(
                "\(Self.rounded(group.seconds * 1e6)) µs",
                "\(Self.rounded(100 * group.seconds / sum))%", "\(group.count)",
                Self.rounded(Double(group.bytes) / time * 1e-9),
                Self.rounded(group.operations / time * 1e-9), label)
        }
        return text + "\(steps.count) steps, \(Self.rounded(seconds * 1e6)) µs in all\n"
    }

    private static func row(_ cells: String...) -> String {
        let widths = [12, 8, 7, 8, 9]
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += String(repeating: " ", count: max(width - cell.count, 1)) + cell
        }
        return line + "  " + (cells.last ?? "") + "\n"
    }

    /// One digit behind the point.
    private static func rounded(_ number: Double) -> String {
        let tenths = (number * 10).rounded()
        guard tenths.magnitude < 1e15 else { return "\(number)" }
        return "\(Int(tenths) / 10).\(abs(Int(tenths)) % 10)"
    }
}

extension Session {
    /// Runs once and measures each step, also those inside branches and loops. It is a run like
    /// any other: updates happen.
    ///
    /// What measuring itself takes shows as the own time of a loop.
    ///
    /// - Throws: as `run`.
    public func profile(
        _ fetches: [any TensorConvertible], feeding feeds: Feeds = [:], control: RunControl? = nil
    ) throws -> RunProfile {
        let (plan, feeds) = try prepare(fetches.map(\.anyTensor), feeds.pairs)
        let clock = ContinuousClock()
        let start = clock.now
        var timings: [StepTiming] = []
        let fetched = try execute(plan, feeds, control) { arguments in
            let (results, taken) = try plan.executable.profile(&arguments, control: control)
            timings = taken
            return results
        }
        return RunProfile(
            steps: timings.map(RunProfile.Step.init), seconds: (clock.now - start).inSeconds,
            results: fetched)
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

extension RunProfile.Step {
    fileprivate init(_ timing: StepTiming) {
        label = timing.label
        start = timing.startNanoseconds * 1e-9
        seconds = timing.nanoseconds * 1e-9
        ownSeconds = timing.ownNanoseconds * 1e-9
        depth = timing.depth
        bytes = timing.bytes
        operations = timing.flops
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
