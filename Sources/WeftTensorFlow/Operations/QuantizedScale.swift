// SPDX-License-Identifier: Apache-2.0
import Weft

/// The range of numbers that quantized integers stand for, and the arithmetic that TensorFlow does with it.
struct QuantizedScale {
    let type: DType
    /// f32[].
    let low: AnyTensor
    let high: AnyTensor

    init(_ call: NodeCall, _ type: DType, low: Int, high: Int) throws {
        try self.init(
            call, type, low: try call.tensor(low).reshaped(to: []),
            high: try call.tensor(high).reshaped(to: []))
    }

    init(_ call: NodeCall, _ type: DType, low: AnyTensor, high: AnyTensor) throws {
        guard type.integers != nil, [1, 2, 4].contains(type.size) else {
            throw call.error(.malformed, "\(type) is no type of quantized numbers")
        }
        self.init(type, low: low, high: high)
    }

    private init(_ type: DType, low: AnyTensor, high: AnyTensor) {
        self.type = type
        self.low = low.cast(to: .float32)
        self.high = high.cast(to: .float32)
    }

    private var steps: Double { Double(sign: .plus, exponent: 8 * type.size, significand: 1) }
    private var least: Double { Double(type.integers?.lowerBound ?? 0) }
    private var greatest: Double { least + steps - 1 }

    private func number(_ number: Double) -> AnyTensor { .scalar(number, .float64) }

    /// The distance of two levels.
    private var step: AnyTensor {
        (high.cast(to: .float64) - low.cast(to: .float64)) * number(1 / (steps - 1))
    }

    /// What integers stand for: f32.
    func numbers(_ x: AnyTensor) -> AnyTensor {
        // The step counts as a number of single precision where the lowest level is rounded to a multiple of it.
        let rounded = step.cast(to: .float32)
        let start = roundAwayFromZero(low / rounded) * rounded
        let levels = x.cast(to: .float64) - number(least)
        let values = start.cast(to: .float64) + levels * step
        return select(low .== high, low, values.cast(to: .float32))
    }

    /// The level of a number, which may be none that the type has: i64.
    func level(_ x: AnyTensor) -> AnyTensor {
        let scale = number(1) / step
        let levels =
            roundAwayFromZero(x.cast(to: .float64) * scale)
            - roundAwayFromZero(low.cast(to: .float64) * scale) + number(least)
        return select(low .== high, number(0), levels).cast(to: .int64)
    }

    /// The levels nearest to numbers.
    func levels(_ x: AnyTensor) -> AnyTensor {
        level(x).clipped(from: .scalar(least, .int64), to: .scalar(greatest, .int64))
            .cast(to: type)
    }

    /// The distances of integers from what stands for 0: i32.
    func centred(_ x: AnyTensor) -> AnyTensor {
        x.cast(to: .int32) - level(.scalar(0, .float32)).cast(to: .int32)
    }

    /// The range of products with numbers of another range.
    func products(with other: QuantizedScale, type: DType) -> QuantizedScale {
        let unit = step.cast(to: .float32) * other.step.cast(to: .float32)
        let own = QuantizedScale(type, low: low, high: high)
        return QuantizedScale(
            type, low: unit * .scalar(own.least, .float32),
            high: unit * .scalar(own.greatest, .float32))
    }

    /// A range in which numbers of two are added.
    ///
    /// - Parameter bits: How many bits are left for sums.
    func sums(with other: QuantizedScale, type: DType, bits: Int) -> QuantizedScale {
        let greatest = maximum(
            maximum(abs(low), abs(high)), maximum(abs(other.low), abs(other.high)))
        let room = greatest * .scalar(Double(1 << bits), .float32)
        return QuantizedScale(type, low: -room, high: room)
    }

    /// Integers of this range as those of another.
    func requantized(_ x: AnyTensor, to other: QuantizedScale) -> AnyTensor {
        other.levels(numbers(x))
    }

    /// The same by whole steps: what one level is in the other range, times as many as there are.
    func stepped(_ x: AnyTensor, to other: QuantizedScale) -> AnyTensor {
        if x.rank == 0 { return requantized(x, to: other) }
        let levels = [0.0, 1].map { other.level(numbers(.scalar($0, type))) }
        return (levels[0] + x.cast(to: .int64) * (levels[1] - levels[0]))
            .clipped(from: .scalar(other.least, .int64), to: .scalar(other.greatest, .int64))
            .cast(to: other.type)
    }

    /// The same, all of it in single precision.
    func roughlyRequantized(_ x: AnyTensor, to other: QuantizedScale) -> AnyTensor {
        func number(_ number: Double) -> AnyTensor { .scalar(number, .float32) }
        let unit = (high - low) / number(steps - 1)
        let start = roundAwayFromZero(low / unit) * unit
        let values = (x.cast(to: .float32) - number(least)) * unit + start
        let scale = number(other.steps - 1) / (other.high - other.low)
        let levels =
            roundAwayFromZero(values * scale)
            - (roundAwayFromZero(other.low * scale) - number(other.least))
        return levels.clipped(from: number(other.least), to: number(other.greatest))
            .cast(to: other.type)
    }

    /// Integers with the ends of the range.
    func with(_ x: AnyTensor) -> [AnyTensor] { [x, low, high] }
}
