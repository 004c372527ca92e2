// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What a run takes, step by step: medians over several.
///
/// Printed, it is two tables: the steps, and what they sum up to by name scope.
public struct RunProfile: Sendable {
    /// One step of a plan: an instruction, or several that were fused.
    public struct Step: Sendable {
        /// What is computed, with the names of what the program named.
        public let label: String
        /// The types of what it gives: `f32[32, 10]`.
        public let result: String
        /// Which of the plan's steps it is: the same number in each iteration of a loop.
        public let number: Int
        /// When it began, in seconds since the first step did.
        public let start: Double
        /// The time in seconds, with the steps inside a branch or loop.
        public let seconds: Double
        /// The part of the time that no step inside took: the median of the runs.
        public let ownSeconds: Double
        /// In how many branches and loops the step is.
        public let depth: Int
        /// The bytes read and written; 0 for a branch or loop, whose steps tell theirs.
        public let bytes: Int
        /// The estimated floating-point operations; 0 for a branch or loop, and where the engine has no
        /// estimate.
        public let operations: Double
        /// The scopes that its instructions come from, each with its part of the work: `conv1`,
        /// `conv1/gradient`, `Adam/conv1`; empty for what stands outside of all scopes. Of a fused step the
        /// parts are estimates. They sum up to 1.
        public let scopes: [(name: String, share: Double)]
    }

    /// What the steps of a name scope take.
    public struct Scope: Sendable {
        /// The scope: `conv1`, `conv1/gradient`; empty for what stands outside of all.
        public let name: String
        /// The time of its steps, and of fused ones the scope's estimated part.
        public let seconds: Double
        /// How many steps of the plan have a part in it.
        public let stepCount: Int
    }

    /// The steps in the order in which they began. A branch or loop is followed by the steps
    /// inside it, once for each iteration.
    public let steps: [Step]
    /// The time of the whole run in seconds: the median of the runs.
    public let seconds: Double
    /// How many runs were measured.
    public let runCount: Int
    /// The values of the fetches.
    public let results: [NDArray]

    /// The times by name scope, the longest first.
    ///
    /// - Parameter depth: How many levels of scopes are told apart; nil for all. With 1, `block1/conv1` and
    ///   `block1/conv2` are both `block1`.
    public func scopes(depth: Int? = nil) -> [Scope] {
        var seconds: [String: Double] = [:]
        var numbers: [String: Set<Int>] = [:]
        for step in steps {
            for (name, share) in step.scopes {
                let parts = name.split(separator: "/").prefix(Swift.max(depth ?? .max, 1))
                let scope = parts.joined(separator: "/")
                seconds[scope, default: 0] += share * step.ownSeconds
                numbers[scope, default: []].insert(step.number)
            }
        }
        return seconds.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map {
            Scope(name: $0.key, seconds: $0.value, stepCount: numbers[$0.key]?.count ?? 0)
        }
    }
}

extension RunProfile {
    /// A profile from the times of the steps in each of several runs.
    init(_ runs: [[StepTiming]], seconds: [Double], results: [NDArray]) {
        /// Which execution of which step.
        struct Place: Hashable {
            let step: StepTiming.Identity
            let iteration: Int
        }
        var samples: [Place: [Double]] = [:]
        var order: [(place: Place, timing: StepTiming)] = []
        for run in runs {
            var iterations: [StepTiming.Identity: Int] = [:]
            // Runs may differ in the branches that they take: the longest tells the order.
            let places = run.map { timing in
                let iteration = iterations[timing.identity, default: 0]
                iterations[timing.identity] = iteration + 1
                return Place(step: timing.identity, iteration: iteration)
            }
            for (place, timing) in zip(places, run) {
                samples[place, default: []].append(timing.ownNanoseconds * 1e-9)
            }
            if run.count > order.count { order = Array(zip(places, run)) }
        }
        var numbers: [StepTiming.Identity: Int] = [:]
        var own = order.map { Self.median(samples[$0.place] ?? []) }
        let ownSeconds = own
        // What a step takes is its own time and that of the steps inside, which follow it.
        for index in order.indices.reversed() {
            var inside = index + 1
            while inside < order.count, order[inside].timing.depth > order[index].timing.depth {
                if order[inside].timing.depth == order[index].timing.depth + 1 {
                    own[index] += own[inside]
                }
                inside += 1
            }
        }
        // Steps follow each other; those inside begin with the step around them.
        var clocks: [Double] = [0]
        var steps: [Step] = []
        for (index, (_, timing)) in order.enumerated() {
            let number = numbers[timing.identity] ?? numbers.count
            numbers[timing.identity] = number
            clocks.removeLast(Swift.max(0, clocks.count - timing.depth - 1))
            let start = clocks[clocks.count - 1]
            steps.append(
                Step(
                    label: timing.label, result: timing.words.result, number: number, start: start,
                    seconds: own[index], ownSeconds: ownSeconds[index], depth: timing.depth,
                    bytes: timing.bytes, operations: timing.flops, scopes: timing.words.scopes))
            clocks[clocks.count - 1] = start + own[index]
            clocks.append(start)
        }
        self.init(
            steps: steps, seconds: Self.median(seconds), runCount: runs.count, results: results)
    }

    private static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
