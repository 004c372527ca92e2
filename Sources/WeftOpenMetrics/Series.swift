// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import WeftArrays

/// One metric with its labels.
protocol Series: AnyObject, Sendable {
    /// What it says now.
    var samples: SeriesSamples { get }
}

/// What a series says at a moment.
enum SeriesSamples {
    case number(Double)
    case integer(Int64)
    /// How many are in each bucket, not summed up; the last one has no limit.
    case buckets(limits: [Double], counts: [UInt64], sum: Double)
}

/// A number that only grows. Integers are exact as long as nothing else is added.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    private struct Amount {
        var integer: Int64 = 0
        var rest: Double?
    }

    private let amount = Guarded(Amount())

    func increment(by increment: Int64) {
        guard increment > 0 else { return }
        amount.withLock { amount in
            let (sum, overflows) = amount.integer.addingReportingOverflow(increment)
            if overflows {
                amount.rest = (amount.rest ?? 0) + Double(increment)
            } else {
                amount.integer = sum
            }
        }
    }

    func increment(by increment: Double) {
        guard increment > 0 else { return }
        amount.withLock { $0.rest = ($0.rest ?? 0) + increment }
    }

    func reset() { amount.withLock { $0 = Amount() } }

    var samples: SeriesSamples {
        amount.withLock { amount in
            amount.rest.map { .number(Double(amount.integer) + $0) } ?? .integer(amount.integer)
        }
    }
}

/// A number that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let value = Guarded(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by increment: Double) { value.withLock { $0 += increment } }
    func decrement(by decrement: Double) { value.withLock { $0 -= decrement } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    var samples: SeriesSamples { .number(value.withLock(\.self)) }
}

/// How many values were in which range. NaN is in none, and not counted.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    private struct Tally {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let limits: [Double]
    private let tally: Guarded<Tally>

    init(limits: [Double]) {
        self.limits = limits
        tally = Guarded(Tally(counts: [UInt64](repeating: 0, count: limits.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        // Limits belong to the bucket below them.
        var (low, high) = (0, limits.count)
        while low < high {
            let middle = (low + high) / 2
            if limits[middle] < value { low = middle + 1 } else { high = middle }
        }
        tally.withLock { tally in
            tally.counts[low] &+= 1
            tally.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    var samples: SeriesSamples {
        let tally = tally.withLock(\.self)
        return .buckets(limits: limits, counts: tally.counts, sum: tally.sum)
    }
}
