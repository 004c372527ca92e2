// SPDX-License-Identifier: Apache-2.0
import HostileSupport
import Weft

/// Seeded draws of numbers, sizes and shapes, most of them plausible and the rest hostile, and a text
/// of all that was drawn.
struct Draws {
    private var state: UInt64
    /// What was drawn so far, for people.
    private(set) var text = ""
    /// Whether the text also goes out as it grows: the last words before a process ends.
    let isLoud: Bool

    init(seed: UInt64, isLoud: Bool) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x5DEE_CE66_D1CE_4E5B
        self.isLoud = isLoud
    }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func say(_ words: String) {
        text += words
        if isLoud { Console.write(words) }
    }

    mutating func below(_ count: Int) -> Int { Int(bits() % UInt64(max(count, 1))) }

    /// True once in `n` times.
    mutating func once(in n: Int) -> Bool { below(n) == 0 }

    mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }

    // MARK: Numbers

    private static let hostileIntegers: [Int] = [
        .min, .min + 1, -1 << 62, -1 << 32, -1 << 31, -65_537, -1000, -2, -1, 0, 7, 64, 127, 128,
        255, 256, 257, 1000, 4096, 65_535, 65_536, 1 << 20, 16_777_215, 1 << 24, (1 << 31) - 1,
        1 << 31, (1 << 31) + 1, 1 << 32, 281_474_976_710_657, 1 << 48, 1 << 53, 1 << 61, 1 << 62,
        .max - 1, .max,
    ]
    private static let hostileNumbers: [Double] = [
        0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e-38, 1e-8, -1e-8, 0.001,
        0.999999999, 1, -1,
        2, -2, 100, 256, 65_504, 65_536, 1e7, -1e7, 1e19, -1e19, 1e30, 3.4e38, 1e300,
        .greatestFiniteMagnitude,
        -1.7e308, 9.3e18,
    ]

    /// An integer that a caller might mean, one time in eight one that nobody means.
    mutating func int() -> Int {
        let value = once(in: 8) ? pick(Self.hostileIntegers) : below(7) - 1
        say(" \(value)")
        return value
    }

    mutating func axis() -> Int {
        let value = once(in: 12) ? pick(Self.hostileIntegers) : below(6) - 3
        say(" axis \(value)")
        return value
    }

    mutating func ints(most: Int = 4) -> [Int] {
        let list = (0..<below(most + 1)).map { _ in
            once(in: 12) ? pick(Self.hostileIntegers) : below(5)
        }
        say(" \(list)")
        return list
    }

    /// Positive sizes, now and then others: of windows, strides, dilations.
    mutating func sizes(_ count: Int) -> [Int] {
        let count = once(in: 12) ? below(5) : count
        let list = (0..<count).map { _ in
            once(in: 12) ? pick(Self.hostileIntegers) : 1 + below(3)
        }
        say(" \(list)")
        return list
    }

    mutating func axes() -> [Int]? {
        if once(in: 4) {
            say(" nil")
            return nil
        }
        let list = (0..<below(3)).map { _ in
            once(in: 16) ? pick(Self.hostileIntegers) : below(5) - 2
        }
        say(" \(list)")
        return list
    }

    mutating func number() -> Double {
        let value = once(in: 3) ? pick(Self.hostileNumbers) : Double(below(40) - 10) / 8
        say(" \(value)")
        return value
    }

    mutating func flag() -> Bool {
        let value = once(in: 2)
        say(" \(value)")
        return value
    }

    mutating func choice<T>(_ list: [T]) -> T {
        let value = pick(list)
        say(" \(value)")
        return value
    }

    mutating func padding(_ rank: Int) -> Padding {
        if !once(in: 3) { return choice([.same, .valid]) }
        return .explicit(low: sizes(rank).map { $0 &- 1 }, high: sizes(rank).map { $0 &- 1 })
    }

    mutating func pads() -> [(before: Int, after: Int)] {
        let list = (0..<below(4)).map { _ in
            once(in: 8)
                ? (before: pick(Self.hostileIntegers), after: pick(Self.hostileIntegers))
                : (before: below(3), after: below(4) - 1)
        }
        say(" \(list)")
        return list
    }

    // MARK: Shapes

    /// Dimensions of something small.
    mutating func dimensions(rank: Int? = nil) -> [Int] {
        let rank = rank ?? pick([0, 1, 1, 2, 2, 2, 3, 3, 4, 5])
        let dims = (0..<rank).map { _ in
            once(in: 14) ? 0 : once(in: 20) ? 5 + below(40) : 1 + below(3)
        }
        return dims.reduce(1, *) <= 5000 ? dims : dims.map { min($0, 3) }
    }

    /// Dimensions that nobody could hold.
    mutating func hugeDimensions() -> [Int] {
        (0..<1 + below(4)).map { _ in once(in: 2) ? pick(Self.hostileIntegers) : below(3) }
    }

    /// Dimensions for a function that makes an array of them.
    mutating func shape() -> [Int] {
        let dims = once(in: 5) ? hugeDimensions() : dimensions()
        say(" \(dims)")
        return dims
    }

    /// An array of numbers of all kinds.
    /// The bytes of a string: words, numbers, empty ones, what is no UTF-8, a long one.
    mutating func string() -> [UInt8] {
        switch below(8) {
        case 0: []
        case 1: [0xFF, 0, 0xC3]
        case 2: Array(repeating: UInt8(ascii: "a"), count: below(300))
        case 3: Array("\(pick(Self.hostileNumbers))".utf8)
        default: Array(pick(["a", "b", "a b", " x\t", "a,b,,c", "é€😀", "12", "-3"]).utf8)
        }
    }

    mutating func array(_ dtype: DType, _ shape: [Int]) -> NDArray {
        let count = shape.reduce(1, *)
        if dtype == .string {
            let strings = (0..<count).map { _ in string() }
            return (try? NDArray(byteStrings: strings, shape: shape)) ?? NDArray("")
        }
        let isWild = once(in: 3)
        let numbers = (0..<count).map { _ in
            isWild && once(in: 3) ? pick(Self.hostileNumbers) : Double(below(9) - 3) / pick([1, 2])
        }
        return (try? NDArray(numbers, shape: shape).cast(to: dtype)) ?? NDArray(numbers)
    }
}
