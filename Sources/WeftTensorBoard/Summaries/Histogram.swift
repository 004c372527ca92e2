// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
import WeftProtos

/// How many of an array's elements are in which range, in TensorBoard's buckets: their ends grow by a tenth each, from
/// 1e-12 to 1e20 on both sides of zero.
public struct Histogram: Hashable, Sendable {
    /// The least element.
    public let minimum: Double
    /// The greatest element.
    public let maximum: Double
    /// How many elements there are.
    public let count: Double
    /// Their sum.
    public let sum: Double
    /// The sum of their squares.
    public let sumOfSquares: Double
    /// Where each bucket ends, not included, ascending. Buckets without elements are left out, but for one in
    /// front of others that says where those begin.
    public let limits: [Double]
    /// How many elements are in each bucket.
    public let counts: [Double]

    /// The histogram of an array of numbers or truth values; of an empty one, an empty bucket.
    ///
    /// - Throws: `SummaryError` for an array of strings or complex numbers, or when elements are NaN or infinite.
    public init(_ array: NDArray) throws { try self.init(array, tag: nil) }

    init(_ array: NDArray, tag: String?) throws {
        guard array.dtype.isNumeric || array.dtype == .bool else {
            throw SummaryError(
                .shape, tag, "a histogram is of numbers, and this is an array of \(array.dtype)")
        }
        let numbers = try array.cast(to: .float64)
        var tally = Tally()
        numbers.withUnsafeBytes { bytes in
            for number in bytes.bindMemory(to: Double.self) { tally.add(number) }
        }
        guard tally.nonFinite == 0 else {
            throw SummaryError(
                .notFinite, tag,
                "\(tally.nonFinite) of \(array.count) elements are NaN or infinite, which are in no bucket; "
                    + "`Session.Options.findsNonFinite` finds where they come from")
        }
        (limits, counts) = Self.packed(tally.counts)
        minimum = array.count == 0 ? 0 : tally.minimum
        maximum = array.count == 0 ? 0 : tally.maximum
        count = Double(array.count)
        sum = tally.sum
        sumOfSquares = tally.sumOfSquares
    }

    /// Leaves out buckets without elements, but for the last of several.
    private static func packed(_ all: [Int]) -> (limits: [Double], counts: [Double]) {
        var (limits, counts): ([Double], [Double]) = ([], [])
        for (bucket, count) in all.enumerated() {
            if count == 0, counts.last == 0 {
                limits[limits.count - 1] = Buckets.limits[bucket]
            } else {
                limits.append(Buckets.limits[bucket])
                counts.append(Double(count))
            }
        }
        return (limits, counts)
    }
}

extension Histogram {
    init(_ proto: TFHistogramProto) {
        (minimum, maximum) = (proto.min, proto.max)
        (count, sum, sumOfSquares) = (proto.num, proto.sum, proto.sumSquares)
        (limits, counts) = (proto.bucketLimit, proto.bucket)
    }

    var proto: TFHistogramProto {
        var proto = TFHistogramProto()
        (proto.min, proto.max) = (minimum, maximum)
        (proto.num, proto.sum, proto.sumSquares) = (count, sum, sumOfSquares)
        (proto.bucketLimit, proto.bucket) = (limits, counts)
        return proto
    }
}

/// What is counted while the elements go by.
private struct Tally {
    var counts = [Int](repeating: 0, count: Buckets.limits.count)
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var sum = 0.0
    var sumOfSquares = 0.0
    var nonFinite = 0

    mutating func add(_ number: Double) {
        guard number.isFinite else {
            nonFinite += 1
            return
        }
        minimum = min(minimum, number)
        maximum = max(maximum, number)
        sum += number
        sumOfSquares += number * number
        counts[Buckets.index(of: number)] += 1
    }
}

private enum Buckets {
    /// The positive ends: 1e-12 · 1.1ᵏ.
    private static let positive: [Double] = {
        var limits: [Double] = []
        var limit = 1e-12
        while limit < 1e20 {
            limits.append(limit)
            limit *= 1.1
        }
        return limits + [.greatestFiniteMagnitude]
    }()
    /// All ends, ascending.
    static let limits = positive.reversed().map { -$0 } + [0] + positive

    private static let leastExponent = -40
    private static let greatestExponent = 67
    /// For each power of two, how many positive ends are at most it.
    private static let ranks = (leastExponent...greatestExponent).map { exponent in
        positive.count { $0 <= Double(sign: .plus, exponent: exponent, significand: 1) }
    }

    /// The first bucket whose end is greater; of the greatest number, the last one.
    @inline(__always)
    static func index(of number: Double) -> Int {
        let magnitude = number.magnitude
        var rank = 0
        if magnitude >= 1e-12 {
            let exponent = Int(magnitude.exponent)
            rank =
                exponent > greatestExponent ? positive.count - 1 : ranks[exponent - leastExponent]
            while rank < positive.count, positive[rank] <= magnitude { rank += 1 }
        }
        // Of the positive ends, `rank` are at most the magnitude.
        if number > 0 { return min(positive.count + 1 + rank, limits.count - 1) }
        if number == 0 { return positive.count + 1 }
        // A negative end is greater where its magnitude is less.
        if rank > 0, positive[rank - 1] == magnitude { rank -= 1 }
        return positive.count - rank
    }
}
