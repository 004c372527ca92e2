// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Values at which functions behave differently from everywhere else.
enum SpecialValues {
    static func of(_ dtype: DType) -> NDArray {
        if dtype.isFloatingPoint { return .from(floats(dtype), dtype) }
        let integers = integers(dtype)
        return NDArray(integers: integers, dtype: dtype, shape: [integers.count])
    }

    /// Zeros, infinities, NaN, subnormal and extreme numbers, ties of rounding, neighbours of 1.
    static func floats(_ dtype: DType) -> [Double] {
        let (least, normal): (Double, Double) =
            switch dtype {
            case .float16: (0x1p-24, 0x1p-14)
            case .bfloat16: (0x1p-133, 0x1p-126)
            case .float32: (0x1p-149, 0x1p-126)
            default: (Double.leastNonzeroMagnitude, Double.leastNormalMagnitude)
            }
        let positive =
            [
                0, least, normal - least, normal, dtype.epsilon, 0.25, 0.5, 1 - dtype.epsilon / 2,
                1,
                1 + dtype.epsilon, 1.5, 2, 2.5, 3, 3.5, 10, 88.5, 1000.5, NDArray.greatest(dtype),
                .infinity,
            ]
        return positive + positive.map { -$0 } + [.nan]
    }

    static func integers(_ dtype: DType) -> [Int64] {
        if dtype == .bool { return [0, 1] }
        let bits = Int64(dtype.size * 8)
        let least: Int64 = dtype.isSignedInteger ? -1 << (bits - 1) : 0
        let greatest: Int64 = dtype.isSignedInteger ? ~(-1 << (bits - 1)) : ~(-1 << bits)
        var values: [Int64] = [
            0, 1, 2, 3, 7, 31, 100, greatest, greatest &- 1, least, least &+ 1, greatest / 2,
        ]
        if dtype.isSignedInteger { values += [-1, -2, -3, -7, -100] }
        // 8-bit types wrap nothing here: all values lie inside every type.
        return values
    }

    /// All pairs of two vectors.
    static func pairs(_ a: NDArray, _ b: NDArray) -> (NDArray, NDArray) {
        let (m, n) = (a.count, b.count)
        let first = a.repeating((0..<m * n).map { $0 / max(n, 1) })
        let second = b.repeating((0..<m * n).map { $0 % max(n, 1) })
        return (first, second)
    }
}

extension NDArray {
    /// The elements at the given places, as a vector.
    func repeating(_ places: [Int]) -> NDArray {
        do {
            return try taking(places, shape: [places.count])
        } catch {
            fatalError("\(error)")
        }
    }

    /// The array with the element at some places replaced by special floating-point values.
    func salted(with values: [Double], every step: Int) -> NDArray {
        var numbers = doubles
        for (k, place) in stride(from: 0, to: numbers.count, by: step).enumerated() {
            numbers[place] = values[k % values.count]
        }
        return .from(numbers, dtype, shape)
    }
}
