// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Test data that is the same on every machine and in every run (SplitMix64).
package struct TestRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(_ name: String) { state = StableHash.of(name) }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number of [low, high), with 53 random bits.
    package mutating func number(in range: ClosedRange<Double>) -> Double {
        let unit = Double(next() >> 11) * 0x1p-53
        return range.lowerBound + (range.upperBound - range.lowerBound) * unit
    }

    package mutating func index(below limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }

    /// An array of numbers of a range; of integers those of the range that the type has, of bool
    /// either.
    package mutating func array(
        _ dtype: DType, _ shape: [Int], in range: ClosedRange<Double> = -2...2
    ) -> NDArray {
        let count = shape.reduce(1, *)
        if dtype.isFloatingPoint {
            let numbers = (0..<count).map { _ in number(in: range) }
            return .from(numbers, dtype, shape)
        }
        let low = dtype.isSignedInteger ? Int64(range.lowerBound.rounded(.up)) : 0
        let high = dtype == .bool ? 1 : max(Int64(range.upperBound.rounded(.down)), low + 1)
        let numbers = (0..<count).map { _ in low + Int64(next() % UInt64(high - low + 1)) }
        return NDArray(integers: numbers, dtype: dtype, shape: shape)
    }

    /// An array of integers (or bool) with random bits everywhere.
    package mutating func bits(_ dtype: DType, _ shape: [Int]) -> NDArray {
        let numbers = (0..<shape.reduce(1, *)).map { _ in Int64(bitPattern: next()) }
        return NDArray(
            integers: dtype == .bool ? numbers.map { $0 & 1 } : numbers, dtype: dtype, shape: shape)
    }
}

extension NDArray {
    /// An array of numbers rounded to a floating-point type, or cast to another.
    package static func from(_ numbers: [Double], _ dtype: DType, _ shape: [Int]? = nil) -> NDArray
    {
        do {
            return try NDArray(numbers).reinterpreted(shape: shape ?? [numbers.count])
                .cast(to: dtype)
        } catch {
            fatalError("\(error)")
        }
    }

    package var type: ArrayType { ArrayType(dtype, shape) }
}
