// SPDX-License-Identifier: Apache-2.0
import Weft

/// A workload ready to run: its graph is built, its arrays are made.
///
/// Single steps are timed one after the other on a warm program, as for the frameworks that Weft is
/// compared with.
struct Bench {
    enum Kind {
        /// A step trains on the next batch and returns the loss first.
        case train
        /// A step returns a finished result.
        case apply
    }

    let kind: Kind
    let session: Session
    /// What a step computes, and what it is fed with: batch `step % feeds.count`.
    let fetches: [AnyTensor]
    let feeds: [Feeds]
    /// Few steps of Adam: converged weights would make subnormal moments.
    var usesAdam = false
    /// What the results of an `apply` are called, the one that is checked last.
    var resultNames = ["result"]
    /// The number that is checked, from the first step's results of an `apply`.
    var check: (_ results: [NDArray]) -> Double = { results in
        results.last.map { Numbers.weightedMean($0.doubles) } ?? .nan
    }
    /// What is checked besides, from the first step's results or after the tenth of a training.
    var extras: (_ results: [NDArray]) throws -> [(name: String, value: Double)] = { _ in [] }
    /// Does a step and returns its results.
    let step: (_ number: Int) throws -> [NDArray]

    static let checkedSteps = 10

    /// Median, minimum and 90th percentile in microseconds of single steps, and the checks.
    func measure(_ effort: Effort) throws -> Measurement {
        var result = Measurement()
        var number = 1
        switch kind {
        case .train:
            let losses = try (0..<Self.checkedSteps).map { try step($0)[0].doubles[0] }
            result.check = losses[Self.checkedSteps - 1]
            result.extras = [("check_first", losses[0])] + (try extras([]))
            number = Self.checkedSteps
        case .apply:
            let results = try step(0)
            result.check = check(results)
            result.extras = try extras(results)
            if effort.keepsArrays {
                for (name, array) in zip(resultNames, results) { result.arrays[name] = array }
            }
        }
        if let budget = effort.budget {
            result.setTimes(try times(budget, from: number))
        }
        return result
    }

    private func times(_ budget: Double, from first: Int) throws -> [Double] {
        var number = first
        var end = microseconds() + 0.3e6
        var warm = 0
        while warm < 1 || (microseconds() < end && warm < (usesAdam ? 30 : 2000)) {
            _ = try step(number)
            number += 1
            warm += 1
        }
        let most = usesAdam ? 250 : 20_000
        var times: [Double] = []
        times.reserveCapacity(most)
        end = microseconds() + budget * 1e6
        let late = microseconds() + 4 * budget * 1e6  // Of very slow steps three must do.
        while times.count < (microseconds() > late ? 3 : 10)
            || (microseconds() < end && times.count < most)
        {
            let start = microseconds()
            let results = try step(number)
            let time = microseconds() - start
            times.append(time)
            // The results are released after the clock has been read.
            withExtendedLifetime(results) {}
            number += 1
        }
        return times
    }
}
