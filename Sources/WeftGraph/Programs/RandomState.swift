// SPDX-License-Identifier: Apache-2.0

/// The counter-based generator Philox 4x32-10 (Salmon et al. 2011).
package enum Philox {
    /// The four words for a key and a counter.
    package static func block(
        key: (UInt32, UInt32), counter: (UInt32, UInt32, UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var (k0, k1) = key
        var (c0, c1, c2, c3) = counter
        for round in 0..<10 {
            if round > 0 {
                k0 &+= 0x9E37_79B9
                k1 &+= 0xBB67_AE85
            }
            let (high0, low0) = UInt32(0xD251_1F53).multipliedFullWidth(by: c0)
            let (high1, low1) = UInt32(0xCD9E_8D57).multipliedFullWidth(by: c2)
            (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0)
        }
        return (c0, c1, c2, c3)
    }
}

/// What random draws are functions of: `[key0, key1, step low, step high]`, an input of the program.
///
/// A draw derives its own key from the state's and its stream, so that streams and draws are
/// independent of each other and of the number of other operations. Its numbers are the words of
/// the blocks with counters (block low, block high, step low, step high), in order.
package struct RandomState: Hashable, Sendable {
    package var words: (UInt32, UInt32, UInt32, UInt32)

    package init(seed: UInt64, step: UInt64) {
        words = (
            UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32),
            UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32)
        )
    }

    package init(_ words: [UInt32]) { self.words = (words[0], words[1], words[2], words[3]) }

    package static let type = ArrayType(.uint32, [4])

    package var array: NDArray { NDArray([words.0, words.1, words.2, words.3]) }

    /// The key of a draw.
    package func key(of draw: RandomDraw) -> (UInt32, UInt32) {
        let block = Philox.block(
            key: (words.0, words.1),
            counter: (
                UInt32(truncatingIfNeeded: draw.stream),
                UInt32(truncatingIfNeeded: draw.stream >> 32),
                draw.ordinal, 1
            ))
        return (block.0, block.1)
    }

    /// The state of one iteration of a loop.
    package func folded(_ iteration: Int64) -> RandomState {
        let bits = UInt64(bitPattern: iteration)
        let block = Philox.block(
            key: (words.0, words.1),
            counter: (
                UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32), 0, 2
            ))
        return RandomState([block.0, block.1, words.2, words.3])
    }

    package static func == (a: RandomState, b: RandomState) -> Bool { a.words == b.words }
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// A stream of random numbers for initial values: a function of seed and name alone.
public struct RandomStream: Sendable {
    private let key: (UInt32, UInt32)
    private var blockIndex: UInt64 = 0
    private var words: [UInt32] = []

    /// The stream of that name for a seed.
    public init(seed: UInt64, name: String) {
        let hash = StableHash.of(name)
        let block = Philox.block(
            key: (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)),
            counter: (
                UInt32(truncatingIfNeeded: hash), UInt32(truncatingIfNeeded: hash >> 32), 0, 3
            ))
        key = (block.0, block.1)
    }

    /// The next 32 random bits.
    public mutating func nextBits() -> UInt32 {
        if words.isEmpty {
            let block = Philox.block(
                key: key,
                counter: (
                    UInt32(truncatingIfNeeded: blockIndex),
                    UInt32(truncatingIfNeeded: blockIndex >> 32), 0, 0
                ))
            blockIndex += 1
            words = [block.3, block.2, block.1, block.0]
        }
        return words.removeLast()
    }

    /// A number of [0, 1), a multiple of 2 to the power of −32.
    public mutating func nextUniform() -> Double { Double(nextBits()) * 0x1p-32 }

    /// A number of the standard normal distribution (by its inverse distribution function).
    public mutating func nextNormal() -> Double {
        let u = (Double(nextBits()) + 0.5) * 0x1p-32
        return 1.4142135623730951 * SpecialFunctions.erfInverse(2 * u - 1)
    }
}

/// A hash that is the same in every process (FNV-1a, 64 bits).
package enum StableHash {
    package static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
