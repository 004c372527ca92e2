// SPDX-License-Identifier: Apache-2.0
import Weft

/// How a workload is run: single steps are timed one after the other on a warm program, as for the
/// frameworks that Weft is compared with.
struct Bench {
    enum Kind {
        /// A step trains on batch `step % 4` and returns the loss first.
        case train
        /// A step returns a finished result.
        case apply
    }

    let kind: Kind
    /// Few steps of Adam: converged weights would make subnormal moments.
    var usesAdam = false
    /// Does a step and returns its results.
    let step: (_ number: Int) throws -> [NDArray]
    /// What is checked besides, from the first step's results or after the tenth of a training.
    var extras: (_ results: [NDArray]) throws -> [(name: String, value: Double)] = { _ in [] }
    /// Which of the results of an `apply` is checked.
    var checkedResult = 0

    private static let checkStep = 10

    /// Median, minimum and 90th percentile in microseconds of single steps, and the checks.
    func measure(budget: Double) throws -> Measurement {
        var result = Measurement()
        var number = 1
        switch kind {
        case .train:
            let losses = try (0..<Self.checkStep).map { try step($0)[0].doubles[0] }
            result.check = losses[Self.checkStep - 1]
            result.extras = [("check_first", losses[0])] + (try extras([]))
            number = Self.checkStep
        case .apply:
            let results = try step(0)
            result.check = Numbers.weightedMean(results[checkedResult].doubles)
            result.extras = try extras(results)
        }

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
        result.setTimes(times)
        return result
    }
}

/// What one workload took, and what it computed.
public struct Measurement: Sendable {
    /// The middle of the times of single steps, in microseconds.
    public internal(set) var median = 0.0
    /// The shortest time.
    public internal(set) var minimum = 0.0
    /// The time that nine tenths of the steps stay below.
    public internal(set) var percentile90 = 0.0
    /// How many steps were timed.
    public internal(set) var count = 0
    /// The number by which results are compared.
    public internal(set) var check = Double.nan
    /// Further checks and measurements, in order.
    public internal(set) var extras: [(name: String, value: Double)] = []

    mutating func setTimes(_ times: [Double]) {
        let sorted = times.sorted()
        guard let first = sorted.first else { return }
        count = sorted.count
        median = sorted[count / 2]
        minimum = first
        percentile90 = sorted[min(count - 1, Int(Double(count) * 0.9))]
    }

    /// The value of a check by its name in the results of other frameworks.
    func value(_ name: String) -> Double? {
        name == "check" ? check : extras.first { $0.name == name }?.value
    }
}
