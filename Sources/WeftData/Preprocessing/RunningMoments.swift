// SPDX-License-Identifier: Apache-2.0

/// Mean and variance of numbers that come one at a time (Welford), which lose no digits to a large mean.
struct RunningMoments {
    private(set) var count = 0
    private(set) var mean = 0.0
    private var squares = 0.0

    mutating func add(_ number: Double) {
        count += 1
        let distance = number - mean
        mean += distance / Double(count)
        squares += distance * (number - mean)
    }

    /// Of the population: the sum is divided by the count. 0 without numbers.
    var standardDeviation: Double { count > 0 ? (squares / Double(count)).squareRoot() : 0 }
}
