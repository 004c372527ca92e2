// SPDX-License-Identifier: Apache-2.0

/// Seeded damage to the bytes of a file: what disks, networks and malice do.
struct Damage {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x2545_F491_4F6C_DD1D }

    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(bits() % UInt64(max(count, 1))) }

    /// The numbers at which lengths, offsets and signs turn over.
    private static let edges: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
        0x1_0000_0000, 0x3FFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        0xFFFF_FFFF_FFFF_FFFF,
    ]
    private static let digits: [[UInt8]] = [
        "0", "-1", "99999999999999999999", "9223372036854775807", "1e999", "nan", "[", "{", "\"",
        "\\",
        "(", ",", ":", "\n", "\u{0}",
    ].map { Array($0.utf8) }

    /// A number at which something turns over.
    mutating func edge() -> UInt64 { Self.edges[below(Self.edges.count)] }

    /// One to four changes of `bytes`; `other` is a file to take pieces from.
    mutating func apply(
        to bytes: [UInt8], other: [UInt8], keepsCount: Bool = false
    ) -> [UInt8] {
        var changed = bytes
        for _ in 0...below(4) { change(&changed, other) }
        if keepsCount { changed = Array((changed + bytes).prefix(bytes.count)) }
        return changed
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let place = below(bytes.count + 1)
        let rest = bytes.count - place
        switch below(12) {
        case 0: bytes.removeSubrange(place...)
        case 1, 2, 3: if rest > 0 { bytes[place] ^= 1 << UInt8(below(8)) }
        case 4: if rest > 0 { bytes[place] = UInt8(truncatingIfNeeded: bits()) }
        case 5, 6: overwrite(&bytes, place, littleEndian(edge()))
        case 7:
            if rest > 0 {
                bytes.replaceSubrange(
                    place..<place + 1, with: varint(edge()))
            }
        case 8: bytes.removeSubrange(place..<place + below(min(rest, 64) + 1))
        case 9:
            let count = below(min(rest, 256) + 1)
            bytes.insert(
                contentsOf: Array(bytes[place..<place + count]), at: below(bytes.count + 1))
        case 10: overwrite(&bytes, place, Self.digits[below(Self.digits.count)])
        default:
            let start = below(other.count + 1)
            let count = below(min(other.count - start, 256) + 1)
            bytes.insert(contentsOf: other[start..<start + count], at: place)
        }
    }

    private mutating func littleEndian(_ value: UInt64) -> [UInt8] {
        let width = 1 << below(4)
        return (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var (value, bytes): (UInt64, [UInt8]) = (value, [])
        while value > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    private func overwrite(_ bytes: inout [UInt8], _ place: Int, _ with: [UInt8]) {
        for (index, byte) in with.enumerated() where place + index < bytes.count {
            bytes[place + index] = byte
        }
    }
}
