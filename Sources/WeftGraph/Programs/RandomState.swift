// SPDX-License-Identifier: Apache-2.0

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
