// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFlow1

/// What the programs take of NumPy and `NDArray` does not have under another name: random numbers, and functions of
/// each element. All arrays are of single precision.
enum np {
    static let random = Random()

    static func linspace(_ start: Double, _ stop: Double, _ num: Int) -> NDArray {
        NDArray((0..<num).map { Float(start + (stop - start) * Double($0) / Double(num - 1)) })
    }
    static func sin(_ x: NDArray) throws -> NDArray { try each(x, Foundation.sin) }
    static func cos(_ x: NDArray) throws -> NDArray { try each(x, Foundation.cos) }
    static func power(_ x: NDArray, _ exponent: Double) throws -> NDArray {
        try each(x) { pow($0, exponent) }
    }
    static func square(_ x: NDArray) throws -> NDArray { try each(x) { $0 * $0 } }
    static func ones(_ shape: [Int]) throws -> NDArray {
        try NDArray(repeating: Float(1), shape: shape)
    }
    static func zeros(_ shape: [Int]) throws -> NDArray {
        try NDArray(repeating: Float(0), shape: shape)
    }
    static func vstack(_ rows: [NDArray]) throws -> NDArray { try concatenated(rows, axis: 0) }
    static func hstack(_ columns: [NDArray]) throws -> NDArray {
        try concatenated(columns, axis: columns[0].rank == 1 ? 0 : 1)
    }

    private static func each(_ x: NDArray, _ body: (Double) -> Double) throws -> NDArray {
        try NDArray(x.doubles.map { Float(body($0)) }).reshaped(to: x.shape)
    }

    /// Random numbers that follow from a seed.
    final class Random: @unchecked Sendable {
        private var state: UInt64 = 1

        func seed(_ number: UInt64) { state = number }

        /// From 0 to below 1.
        func random() -> Double {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
        }
        /// From `low` to `high`, both included.
        func randint(_ low: Int, _ high: Int) -> Int {
            low + Int(random() * Double(high - low + 1))
        }
        func randint(_ low: Int, _ high: Int, _ count: Int) -> NDArray {
            NDArray((0..<count).map { _ in Int32(randint(low, high - 1)) })
        }
        func randn() -> Double {
            (-2 * log(1 - random())).squareRoot() * Foundation.cos(2 * .pi * random())
        }
        func randn(_ sizes: Int...) throws -> NDArray { try filled(sizes) { self.randn() } }
        func normal(_ mean: Double, _ scale: Double, size: [Int]) throws -> NDArray {
            try filled(size) { mean + scale * self.randn() }
        }
        func uniform(_ low: Double, _ high: Double, size: [Int]) throws -> NDArray {
            try filled(size) { low + (high - low) * self.random() }
        }
        /// The numbers from 0 on in a random order.
        func permutation(_ count: Int) -> NDArray {
            var order = (0..<count).map { Int64($0) }
            for last in stride(from: count - 1, to: 0, by: -1) {
                order.swapAt(last, randint(0, last))
            }
            return NDArray(order)
        }
        /// A number from 0 on, drawn by its probability.
        func choice(_ p: [Double]) -> Int {
            var left = random()
            for (index, share) in p.enumerated() {
                left -= share
                if left < 0 { return index }
            }
            return p.count - 1
        }

        private func filled(_ shape: [Int], _ body: () -> Double) throws -> NDArray {
            let count = shape.reduce(1, *)
            return try NDArray((0..<count).map { _ in Float(body()) }).reshaped(to: shape)
        }
    }
}
