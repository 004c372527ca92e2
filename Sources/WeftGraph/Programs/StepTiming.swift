// SPDX-License-Identifier: Apache-2.0

/// What one step of a run took.
package struct StepTiming: Sendable {
    /// The instruction, or the instructions that were fused.
    package var label: String
    /// When it began, in nanoseconds since the run's first step did.
    package var startNanoseconds: Double
    /// How long it took, with the steps inside it.
    package var nanoseconds: Double
    /// What of that time was not the time of steps inside it.
    package var ownNanoseconds: Double
    /// In how many branches and loops it is.
    package var depth: Int
    /// Read and written; 0 for a step that holds others.
    package var bytes: Int
    /// Estimated floating-point operations; 0 for a step that holds others, and where an engine has no
    /// estimate.
    package var flops: Double

    package init(label: String, time: StepStopwatch.Time, bytes: Int, flops: Double) {
        self.label = label
        startNanoseconds = time.start
        nanoseconds = time.taken
        ownNanoseconds = time.own
        depth = time.depth
        self.bytes = bytes
        self.flops = flops
    }
}

/// Takes the times of steps, some of which may run inside others. Used by one run.
package final class StepStopwatch {
    /// In nanoseconds.
    package struct Time: Sendable {
        package fileprivate(set) var start = 0.0
        package fileprivate(set) var taken = 0.0
        package fileprivate(set) var own = 0.0
        package let depth: Int
    }

    /// The times of steps in the order in which they began.
    package private(set) var times: [Time] = []
    private let clock = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private var depth = 0
    /// The nanoseconds that steps inside the step at hand have taken.
    private var inner = 0.0

    package init() { origin = clock.now }

    /// Runs a step, whose time is the next of `times`: before those of the steps inside it.
    package func measure<R>(_ step: () throws -> R) rethrows -> R {
        let place = times.count
        times.append(Time(depth: depth))
        let innerBefore = inner
        inner = 0
        depth += 1
        defer { depth -= 1 }
        let start = clock.now
        let result = try step()
        let taken = (clock.now - start).nanoseconds
        times[place].start = (start - origin).nanoseconds
        times[place].taken = taken
        times[place].own = max(taken - inner, 0)
        inner = innerBefore + taken
        return result
    }
}

extension Duration {
    fileprivate var nanoseconds: Double {
        Double(components.seconds) * 1e9 + Double(components.attoseconds) * 1e-9
    }
}
