// SPDX-License-Identifier: Apache-2.0
import Weft

/// How much is done to measure a workload.
public struct Effort: Sendable {
    /// The seconds of timed steps; nil for those steps alone whose results are checked.
    public var budget: Double?
    /// Whether the measurement keeps the arrays that were computed first.
    public var keepsArrays: Bool

    /// About `budget` seconds of timed steps, or without one only what the checks need.
    public init(budget: Double?, keepsArrays: Bool = false) {
        self.budget = budget
        self.keepsArrays = keepsArrays
    }
}

/// What one workload took, and what it computed.
public struct Measurement: Sendable {
    /// The middle of the times of single steps, in the workload's unit; NaN when none was timed.
    public internal(set) var median = Double.nan
    /// The mean, which a few late steps can raise by much.
    public internal(set) var mean = Double.nan
    /// The shortest time.
    public internal(set) var minimum = Double.nan
    /// The time that nine tenths of the steps stay below.
    public internal(set) var percentile90 = Double.nan
    /// How many steps were timed.
    public internal(set) var count = 0
    /// The number by which results are compared.
    public internal(set) var check = Double.nan
    /// Further checks and measurements, in order.
    public internal(set) var extras: [(name: String, value: Double)] = []
    /// What was computed first, by name, when it was asked for.
    public internal(set) var arrays: [String: NDArray] = [:]

    mutating func setTimes(_ times: [Double]) {
        let sorted = times.sorted()
        guard let first = sorted.first else { return }
        count = sorted.count
        median = sorted[count / 2]
        mean = sorted.reduce(0, +) / Double(count)
        minimum = first
        percentile90 = sorted[min(count - 1, Int(Double(count) * 0.9))]
    }

    /// The value of a check by its name in the results of other frameworks.
    func value(_ name: String) -> Double? {
        name == "check" ? check : extras.first { $0.name == name }?.value
    }
}
