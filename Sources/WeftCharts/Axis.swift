// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The part of the numbers that an axis shows, and where its ticks are.
struct Axis {
    let range: ClosedRange<Double>
    /// Numbers at round distances, inside the range.
    let ticks: [Double]
    private let decimals: Int

    /// An axis that shows all finite ones of some numbers.
    ///
    /// - Parameters:
    ///   - count: About how many ticks there are.
    ///   - isWhole: Whether only whole numbers are ticks.
    ///   - margin: Which share of the range is left free on both sides.
    init(_ numbers: some Sequence<Double>, ticks count: Int, isWhole: Bool = false, margin: Double)
    {
        // What is larger has no place on paper, and its distances overflow.
        let finite = numbers.filter { abs($0) < 1e300 }
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        if low == high {
            let room = max(abs(low) * 0.1, isWhole ? 1 : 1e-6)
            (low, high) = (low - room, high + room)
        }
        let room = (high - low) * margin
        (low, high) = (low - room, high + room)
        let step = Self.step(for: high - low, count, isWhole)
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        range = low...high
        ticks = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
        decimals = max(0, Int(-log10(step).rounded(.down)))
    }

    /// 1, 2 or 5 times a power of ten, so that a length has about `count` of them.
    private static func step(for length: Double, _ count: Int, _ isWhole: Bool) -> Double {
        let rough = length / Double(max(count, 1))
        let power = pow(10, log10(rough).rounded(.down))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
        return isWhole ? max(1, step.rounded()) : step
    }

    /// Where a number is, from 0 at the low end to 1 at the high one.
    func place(_ number: Double) -> Double {
        (number - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    /// A tick in as many digits as tell it from the next.
    func label(_ tick: Double) -> String {
        if tick == 0 { return "0" }
        let size = abs(tick)
        if size >= 1e6 || decimals > 5 { return ChartNumber.text(tick, digits: 3) }
        return ChartNumber.fixed(tick, decimals: decimals)
    }
}

/// Numbers as people read them.
enum ChartNumber {
    /// With so many decimals.
    static func fixed(_ number: Double, decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        let whole = (abs(number) * scale).rounded()
        guard whole < 1e15 else { return "\(number)" }
        let digits = String(Int(whole))
        let sign = number < 0 && whole > 0 ? "−" : ""
        if decimals == 0 { return sign + digits }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// With so many digits that count, as a power of ten where it is very large or small.
    static func text(_ number: Double, digits: Int) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "−∞" : "∞" }
        if number == 0 { return "0" }
        let power = Int(log10(abs(number)).rounded(.down))
        if (-4..<6).contains(power) {
            return fixed(number, decimals: max(0, digits - 1 - power))
        }
        return "\(fixed(number / pow(10, Double(power)), decimals: digits - 1))e\(power)"
    }
}
