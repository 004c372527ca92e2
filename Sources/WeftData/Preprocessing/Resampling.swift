// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// A number that weighted sums of others are made of.
protocol ResampledNumber {
    associatedtype Weight
    /// What a sum begins with.
    static var start: Weight { get }
    static func weight(_ weight: Double) -> Weight
    static func add(_ number: Self, times weight: Weight, to sum: inout Weight)
    static func number(_ sum: Weight) -> Self
}

/// Fixed-point numbers with 22 digits behind the point, as Pillow takes: 255 times the sum of all weights, which is 1, stays
/// below 2³¹.
extension UInt8: ResampledNumber {
    static var start: Int32 { 1 << 21 }
    static func weight(_ weight: Double) -> Int32 {
        Int32((weight * Double(1 << 22)).rounded(.toNearestOrAwayFromZero))
    }
    static func add(_ number: UInt8, times weight: Int32, to sum: inout Int32) {
        sum &+= Int32(number) &* weight
    }
    static func number(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> 22) }
}

extension UInt16: ResampledNumber {
    static var start: Double { 0.5 }
    static func weight(_ weight: Double) -> Double { weight }
    static func add(_ number: UInt16, times weight: Double, to sum: inout Double) {
        sum += Double(number) * weight
    }
    static func number(_ sum: Double) -> UInt16 { UInt16(clamping: Int(sum)) }
}

extension Float: ResampledNumber {
    static var start: Double { 0 }
    static func weight(_ weight: Double) -> Double { weight }
    static func add(_ number: Float, times weight: Double, to sum: inout Double) {
        sum += Double(number) * weight
    }
    static func number(_ sum: Double) -> Float { Float(sum) }
}

/// What each number of a longer or shorter row is made of: neighbours in a row, weighted by a triangle over them.
struct Resampling<S: ResampledNumber> {
    private let inputCount: Int
    private let outputCount: Int
    /// The first neighbour of each number, and how many there are.
    private var neighbours: [(first: Int, count: Int)] = []
    /// The weights, so many places for each number.
    private var weights: [S.Weight] = []
    private let most: Int

    /// - Parameter part: Which part of the row: pixel i lies from i to i + 1.
    init(
        _ part: ClosedRange<Double>, of inputCount: Int, to outputCount: Int
    )
        throws(MemoryShortage)
    {
        self.inputCount = inputCount
        self.outputCount = outputCount
        let scale = (part.upperBound - part.lowerBound) / Double(outputCount)
        // A pixel reaches as far as its neighbours' middles, of the larger ones of both rows.
        let reach = max(scale, 1)
        most = min(inputCount, Int(reach.rounded(.up)) * 2 + 1)
        try neighbours.makeRoom(for: outputCount)
        guard let room = (CheckedSize(outputCount) * CheckedSize(most)).value else {
            throw MemoryShortage(bytes: .max)
        }
        try weights.makeRoom(for: room)
        var own = [Double](repeating: 0, count: most)
        for place in 0..<outputCount {
            let middle = part.lowerBound + (Double(place) + 0.5) * scale
            let first = min(max(0, Int(middle - reach + 0.5)), inputCount - 1)
            let end = max(first + 1, min(inputCount, Int(middle + reach + 0.5)))
            let count = min(end - first, most)
            var sum = 0.0
            for k in 0..<count {
                own[k] = max(0, 1 - abs((Double(k + first) - middle + 0.5) * (1 / reach)))
                sum += own[k]
            }
            neighbours.append((first, count))
            for k in 0..<most {
                let weight = sum > 0 ? own[k] / sum : k == 0 ? 1 : 0
                weights.append(S.weight(k < count ? weight : 0))
            }
        }
    }

    /// Resamples the rows of an image.
    func horizontally(
        _ source: UnsafeBufferPointer<S>, rows: Int, channels: Int,
        into target: UnsafeMutablePointer<S>
    ) {
        weights.withUnsafeBufferPointer { weights in
            for row in 0..<rows {
                var to = row * outputCount * channels
                for (place, neighbours) in neighbours.enumerated() {
                    let from = (row * inputCount + neighbours.first) * channels
                    for channel in 0..<channels {
                        var sum = S.start
                        for k in 0..<neighbours.count {
                            S.add(
                                source[from + k * channels + channel],
                                times: weights[place * most + k], to: &sum)
                        }
                        target[to] = S.number(sum)
                        to += 1
                    }
                }
            }
        }
    }

    /// Resamples the columns of an image whose rows have so many numbers.
    func vertically(
        _ source: UnsafeBufferPointer<S>, width: Int, into target: UnsafeMutablePointer<S>
    ) {
        var sums = [S.Weight](repeating: S.start, count: width)
        sums.withUnsafeMutableBufferPointer { sums in
            for (place, neighbours) in neighbours.enumerated() {
                sums.update(repeating: S.start)
                for k in 0..<neighbours.count {
                    let (weight, from) = (weights[place * most + k], (neighbours.first + k) * width)
                    for column in 0..<width {
                        S.add(source[from + column], times: weight, to: &sums[column])
                    }
                }
                for column in 0..<width {
                    target[place * width + column] = S.number(sums[column])
                }
            }
        }
    }
}
