// SPDX-License-Identifier: Apache-2.0
public import Weft

/// A workload's program, to be looked at instead of measured.
public struct Inspection {
    private let bench: Bench

    /// Builds a workload; nil for one that is not made of steps on a warm program.
    ///
    /// - Throws: what building throws.
    public init?(_ workload: Workload, threads: Int) throws {
        guard let bench = try workload.bench(threads: threads) else { return nil }
        self.bench = bench
    }

    /// The plan of a step in words.
    ///
    /// - Throws: what a run throws.
    public func explain() throws -> String {
        try bench.session.explain(bench.fetches, feeding: bench.feeds[0])
    }

    /// What a step takes once the program is warm.
    ///
    /// - Throws: what a run throws.
    public func profile() throws -> RunProfile {
        for number in 0..<Bench.checkedSteps { _ = try bench.step(number) }
        return try bench.session.profile(bench.fetches, feeding: bench.feeds[0])
    }
}
