// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// How many steps a second callers get that run one graph in one session at once.
public struct Throughput: Sendable {
    /// How many threads called.
    public let callers: Int
    /// The steps a second of one caller that has the session to itself.
    public let alone: Double
    /// The steps a second of all callers together.
    public let together: Double
    /// The checks that the last results of callers fail, each caller's of each round.
    public let deviations: [Workload.Deviation]

    /// How often one caller and all of them take turns, so that a drift of the machine meets both.
    private static let rounds = 5

    /// Measures a workload for about `budget` seconds; nil for one whose steps train, which wait for
    /// each other, or that has no steps on a warm program.
    ///
    /// - Parameter threads: The most threads that one run uses.
    /// - Throws: what a run throws.
    public init?(_ workload: Workload, callers: Int, threads: Int, budget: Double) throws {
        guard let bench = try workload.bench(threads: threads), bench.kind == .apply else {
            return nil
        }
        let calls = Calls(session: bench.session, fetches: bench.fetches, feeds: bench.feeds)
        let seconds = budget / Double(2 * Self.rounds)
        var (alone, together): ([Double], [Double]) = ([], [])
        var deviations: [String: Workload.Deviation] = [:]
        _ = try calls.made(by: callers, for: seconds)
        for _ in 0..<Self.rounds {
            alone.append(try calls.made(by: 1, for: seconds).rate)
            let (rate, results) = try calls.made(by: callers, for: seconds)
            together.append(rate)
            for results in results {
                var measurement = Measurement()
                measurement.check = bench.check(results)
                measurement.extras = try bench.extras(results)
                for deviation in workload.deviations(of: measurement) {
                    deviations[deviation.description] = deviation
                }
            }
        }
        self.callers = callers
        self.alone = alone.sorted()[Self.rounds / 2]
        self.together = together.sorted()[Self.rounds / 2]
        self.deviations = deviations.keys.sorted().compactMap { deviations[$0] }
    }

    /// A JSON line of these numbers.
    public func jsonLine(_ workload: Workload, threads: Int, version: String) -> String {
        "{\"workload\": \"\(workload.name)\", \"peer\": \"weft\", \"unit\": \"steps/s\", "
            + "\"callers\": \(callers), \"alone\": \(workload.json(alone, decimals: 3)), "
            + "\"together\": \(workload.json(together, decimals: 3)), "
            + "\"threads\": \(threads), \"version\": \"\(version)\"}"
    }
}

/// Runs of one graph on several threads.
private struct Calls: Sendable {
    let session: Session
    let fetches: [AnyTensor]
    let feeds: [Feeds]

    /// The runs a second of `count` callers in about `seconds`, and each caller's last results, which are
    /// of the first batch.
    func made(
        by count: Int, for seconds: Double
    ) throws -> (rate: Double, results: [[NDArray]]) {
        let outcomes = Outcomes()
        let group = DispatchGroup()
        let start = microseconds()
        for _ in 0..<count {
            group.enter()
            Thread.detachNewThread {
                outcomes.append(Result { try called(until: start + seconds * 1e6) })
                group.leave()
            }
        }
        group.wait()
        let time = (microseconds() - start) / 1e6
        let all = try outcomes.all.map { try $0.get() }
        return (Double(all.reduce(0) { $0 + $1.runs }) / time, all.map(\.results))
    }

    private func called(until end: Double) throws -> (runs: Int, results: [NDArray]) {
        var runs = 0
        while microseconds() < end {
            _ = try session.run(fetches, feeding: feeds[runs % feeds.count])
            runs += 1
        }
        return (runs + 1, try session.run(fetches, feeding: feeds[0]))
    }
}

/// What callers have done.
///
/// `@unchecked Sendable`: every access to the array is under the lock.
private final class Outcomes: @unchecked Sendable {
    private let lock = NSLock()
    private var outcomes: [Result<(runs: Int, results: [NDArray]), any Error>] = []

    var all: [Result<(runs: Int, results: [NDArray]), any Error>] { lock.withLock { outcomes } }

    func append(_ outcome: Result<(runs: Int, results: [NDArray]), any Error>) {
        lock.withLock { outcomes.append(outcome) }
    }
}
