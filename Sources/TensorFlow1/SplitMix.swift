// SPDX-License-Identifier: Apache-2.0

/// A generator whose numbers follow from one number.
struct SplitMix: RandomNumberGenerator, Sendable {
    var state: UInt64

    init(state: UInt64) { self.state = state }

    /// The numbers of a seed; without one, those that a name stands for, the same in each process.
    init(seed: Int?, name: String) {
        let own = name.utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        state = seed.map { UInt64(bitPattern: Int64($0)) } ?? own
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
