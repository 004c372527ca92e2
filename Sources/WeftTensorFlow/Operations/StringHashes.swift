// SPDX-License-Identifier: Apache-2.0

/// Hashes of strings that are the same in every process, as TensorFlow has them.
enum StringHashes {
    /// Eight bytes, or as many as there are, the first one lowest.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Appleby's MurmurHash64A with the seed that TensorFlow takes.
    static func murmur(_ bytes: [UInt8]) -> UInt64 {
        let factor: UInt64 = 0xC6A4_A793_5BD1_E995
        func mixed(_ x: UInt64) -> UInt64 { x ^ x >> 47 }
        var hash: UInt64 = 0xDECA_FCAF_FE ^ UInt64(bytes.count) &* factor
        var rest = bytes[...]
        while rest.count >= 8 {
            hash ^= mixed(word(rest) &* factor) &* factor
            hash = hash &* factor
            rest = rest.dropFirst(8)
        }
        if !rest.isEmpty { hash = (hash ^ word(rest)) &* factor }
        return mixed(mixed(hash) &* factor)
    }

    /// Aumasson and Bernstein's SipHash-2-4.
    static func sip(_ bytes: [UInt8], _ key0: UInt64, _ key1: UInt64) -> UInt64 {
        var state: (UInt64, UInt64, UInt64, UInt64) = (
            key0 ^ 0x736F_6D65_7073_6575, key1 ^ 0x646F_7261_6E64_6F6D,
            key0 ^ 0x6C79_6765_6E65_7261, key1 ^ 0x7465_6462_7974_6573
        )
        func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { x << by | x >> (64 - by) }
        func rounds(_ count: Int) {
            for _ in 0..<count {
                state.0 = state.0 &+ state.1
                state.2 = state.2 &+ state.3
                state.1 = rotated(state.1, 13) ^ state.0
                state.3 = rotated(state.3, 16) ^ state.2
                state.0 = rotated(state.0, 32)
                state.2 = state.2 &+ state.1
                state.0 = state.0 &+ state.3
                state.1 = rotated(state.1, 17) ^ state.2
                state.3 = rotated(state.3, 21) ^ state.0
                state.2 = rotated(state.2, 32)
            }
        }
        func add(_ word: UInt64) {
            state.3 ^= word
            rounds(2)
            state.0 ^= word
        }
        var rest = bytes[...]
        while rest.count >= 8 {
            add(word(rest))
            rest = rest.dropFirst(8)
        }
        add(word(rest) | UInt64(bytes.count) << 56)
        state.2 ^= 0xFF
        rounds(4)
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }
}
