// SPDX-License-Identifier: Apache-2.0
import Weft

/// Numbers at equal distances, one of which is 0, of a range that is widened to what integers hold.
struct SymmetricRange {
    private let call: NodeCall
    private let given: (AnyTensor, AnyTensor)
    private let lowest: Double
    private let highest: Double

    init(_ call: NodeCall, bits: Int, _ given: (AnyTensor, AnyTensor)) throws {
        self.call = call
        self.given = given
        guard (1...32).contains(bits) else {
            throw call.error(.malformed, "\(bits) bits; there must be 1 to 32")
        }
        let isSigned = try call.bool("signed_input")
        let half = Double(sign: .plus, exponent: bits - 1, significand: 1)
        lowest = isSigned ? -half + (try call.bool("narrow_range") ? 1 : 0) : 0
        highest = isSigned ? half - 1 : 2 * half - 1
        guard try call.int("axis") == -1 else {
            throw call.error(
                .unsupported, "a range for each channel is not supported; use one for all")
        }
    }

    /// The nearest of the numbers. Gradients pass as if nothing were done.
    func passed(_ x: AnyTensor) throws -> AnyTensor {
        let (value, _) = try rounded(x)
        return withCustomGradient([x], body: { _ in [value] }, gradient: { _, _, seeds in seeds })[
            0]
    }

    /// The nearest of the numbers. Gradients pass within the range.
    func passedWithin(_ x: AnyTensor) throws -> AnyTensor {
        let (value, range) = try rounded(x)
        return withCustomGradient(
            [x], body: { _ in [value] },
            gradient: { inputs, _, seeds in
                let isWithin = (inputs[0] .>= range.0) .& (inputs[0] .<= range.1)
                return [select(isWithin, seeds[0], .zeros(like: seeds[0]))]
            })[0]
    }

    private func rounded(_ x: AnyTensor) throws -> (AnyTensor, (AnyTensor, AnyTensor)) {
        let x = stopGradient(x)
        func number(_ number: Double) -> AnyTensor { .scalar(number, x.dtype) }
        let isGiven = try call.bool("range_given")
        let low = isGiven ? given.0.reshaped(to: []) : x.min()
        let high = isGiven ? given.1.reshaped(to: []) : x.max()
        // The end that needs the larger steps says how large they are.
        func scale(_ integer: Double, _ end: AnyTensor) -> AnyTensor {
            select(
                number(integer) * end .> number(0), number(integer) / end,
                number(
                    x.dtype == .float64
                        ? .greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)))
        }
        let (fromLow, fromHigh) = (scale(lowest, low), scale(highest, high))
        let isLow = fromLow .< fromHigh
        let factor = select(isLow, fromLow, fromHigh)
        let step =
            lowest == 0
            ? high / number(highest) : select(isLow, low / number(lowest), high / number(highest))
        let range = (
            select(isLow, low, number(lowest) * step), select(isLow, number(highest) * step, high)
        )
        let inside = isGiven ? minimum(maximum(x, range.0), range.1) : x
        let scaled = inside * factor
        let isUp = try call.string("round_mode") == "HALF_UP"
        return ((isUp ? floor(scaled + number(0.5)) : round(scaled)) * step, range)
    }
}

/// The integers of an element type, and how they stand for a range of numbers.
struct IntegerLevels {
    private enum Mode { case combined, first, scaled }

    private let type: DType
    private let lowest: Double
    private let highest: Double
    private let mode: Mode
    private let roundsToEven: Bool
    private let isNarrow: Bool

    init(_ call: NodeCall, _ type: DType) throws {
        self.type = type
        switch type {
        case .int8: (lowest, highest) = (-128, 127)
        case .uint8: (lowest, highest) = (0, 255)
        case .int16: (lowest, highest) = (-32768, 32767)
        case .uint16: (lowest, highest) = (0, 65535)
        case .int32: (lowest, highest) = (-2_147_483_648, 2_147_483_647)
        default: throw call.error(.malformed, "\(type) is no type of quantized numbers")
        }
        guard try call.int("axis") == -1 else {
            throw call.error(
                .unsupported, "a range for each channel is not supported; use one for all")
        }
        switch try call.string("mode") {
        case "MIN_COMBINED": mode = .combined
        case "MIN_FIRST": mode = .first
        case "SCALED": mode = .scaled
        case let other: throw call.error(.malformed, "the mode '\(other)' is none")
        }
        isNarrow = try call.bool("narrow_range")
        roundsToEven = try call.string("round_mode") == "HALF_TO_EVEN"
    }

    private func number(_ number: Double) -> AnyTensor { .scalar(number, .float32) }
    private var half: Double { lowest < 0 ? (highest - lowest + 1) / 2 : 0 }

    /// What stands for numbers, and the range that it covers.
    func quantized(_ x: AnyTensor, _ low: AnyTensor, _ high: AnyTensor) -> [AnyTensor] {
        func rounded(_ x: AnyTensor) -> AnyTensor { roundsToEven ? round(x) : roundAwayFromZero(x) }
        switch mode {
        case .combined:
            let scale = number(highest - lowest) / (high - low)
            let inside = minimum(maximum(x, low), high)
            let levels = (inside - low) * scale - number(half)
            return [roundAwayFromZero(levels).cast(to: type), low, high]
        case .first:
            let scale = number(highest - lowest) / (high - low)
            let levels =
                roundAwayFromZero(x * scale) - roundAwayFromZero(low * scale) + number(lowest)
            let inside = levels.clipped(from: number(lowest), to: number(highest))
            return [inside.cast(to: type), low, high]
        case .scaled:
            let least = lowest + (isNarrow && lowest < 0 ? 1 : 0)
            let greatest = AnyTensor.scalar(Double(Float.greatestFiniteMagnitude), .float32)
            let fromLow = select(
                number(least) * low .> number(0), number(least) / low, greatest)
            let fromHigh = select(
                number(highest) * high .> number(0), number(highest) / high, greatest)
            let scale = minimum(fromLow, fromHigh)
            let (from, to) = (number(least) / scale, number(highest) / scale)
            let inside = minimum(maximum(x, from), to)
            return [rounded(inside * scale).cast(to: type), from, to]
        }
    }

    /// The numbers that integers stand for.
    func dequantized(_ x: AnyTensor, _ low: AnyTensor, _ high: AnyTensor) -> AnyTensor {
        let levels = x.cast(to: .float32)
        switch mode {
        case .combined:
            let step = (high - low) / number(highest - lowest)
            return (levels + number(half)) * step + low
        case .first:
            let step = (high - low) / number(highest - lowest)
            let start = roundAwayFromZero(low / step) * step
            return select(
                low .== high, low, start + (levels - number(lowest)) * step)
        case .scaled:
            let least = lowest + (isNarrow && lowest < 0 ? 1 : 0)
            let step =
                lowest < 0
                ? maximum(low / number(least), high / number(highest)) : high / number(highest)
            return levels * step
        }
    }
}
