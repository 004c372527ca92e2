// SPDX-License-Identifier: Apache-2.0
import Weft

/// The numbers that every framework starts from: made by an integer hash, so that programs in any
/// language begin with the same bits and their checks can be compared.
package enum Numbers {
    /// Element number `index` of the numbers of `seed`.
    package static func hash32(_ seed: UInt32, _ index: UInt32) -> UInt32 {
        var x = index &* 0x9E37_79B9 &+ seed &* 0x85EB_CA6B
        x ^= x >> 16
        x = x &* 0x7FEB_352D
        x ^= x >> 15
        x = x &* 0x846C_A68B
        x ^= x >> 16
        return x
    }

    /// From `-scale` to below `scale`. The first product is exact, the second is one rounding.
    package static func uniform(_ seed: Int, _ shape: [Int], scale: Double = 1) -> NDArray {
        let factor = Float(scale)
        var array = NDArray.zeros(.float32, shape)
        array.withUnsafeMutableBytes { memory in
            let target = memory.assumingMemoryBound(to: Float.self)
            for i in 0..<shape.reduce(1, *) {
                let bits = Int32(hash32(UInt32(seed), UInt32(i)) >> 8) - 8_388_608
                target[i] = Float(bits) * 0x1p-23 * factor
            }
        }
        return array
    }

    /// Any numbers of an integer type of 8 bits.
    package static func bytes(_ seed: Int, _ shape: [Int], _ dtype: DType) -> NDArray {
        var array = NDArray.zeros(dtype, shape)
        array.withUnsafeMutableBytes { memory in
            for i in memory.indices { memory[i] = UInt8(hash32(UInt32(seed), UInt32(i)) >> 24) }
        }
        return array
    }

    /// Class numbers from 0 to below `classes`.
    package static func labels(_ seed: Int, _ count: Int, classes: Int) -> NDArray {
        NDArray((0..<count).map { Int32(hash32(UInt32(seed), UInt32($0)) % UInt32(classes)) })
    }

    /// How a parameter begins.
    package enum Initial {
        case zero, one
        /// Uniform up to `sqrt(6 / fan in)`.
        case he
        /// Uniform up to `sqrt(3 / fan in)`.
        case lecun
    }

    /// The first value of a parameter. Its fan in is the product of all dimensions but the last.
    package static func initial(_ seed: Int, _ shape: [Int], _ how: Initial) -> NDArray {
        let fanIn = Double(shape.dropLast().reduce(1, *))
        switch how {
        case .zero: return .filled(.float32, shape, 0)
        case .one: return .filled(.float32, shape, 1)
        case .he: return uniform(seed, shape, scale: (6 / fanIn).squareRoot())
        case .lecun: return uniform(seed, shape, scale: (3 / fanIn).squareRoot())
        }
    }

    /// The mean of `|aᵢ| · (1 + pᵢ)`, p uniform with seed 777: a number to compare arrays by.
    package static func weightedMean(_ numbers: [Double]) -> Double {
        let weights = uniform(777, [numbers.count]).doubles
        let sum = zip(numbers, weights).reduce(0) { $0 + abs($1.0) * (1 + $1.1) }
        return sum / Double(numbers.count)
    }
}
