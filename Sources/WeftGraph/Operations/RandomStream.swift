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

/// A stream of random numbers for initial values: a function of seed and name alone.
public struct RandomStream: Sendable {
    private let key: (UInt32, UInt32)
    private var blockIndex: UInt64 = 0
    /// What is left of a block: the words from `next` on.
    private var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    private var next = 4

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
        if next == 4 {
            words = Philox.block(
                key: key,
                counter: (
                    UInt32(truncatingIfNeeded: blockIndex),
                    UInt32(truncatingIfNeeded: blockIndex >> 32), 0, 0
                ))
            blockIndex += 1
            next = 0
        }
        next += 1
        return switch next {
        case 1: words.0
        case 2: words.1
        case 3: words.2
        default: words.3
        }
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
