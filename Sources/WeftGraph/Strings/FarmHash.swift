// SPDX-License-Identifier: Apache-2.0

/// FarmHash's 64-bit fingerprint (`farmhashna`), which is the same on all machines and for ever.
enum FarmHash {
    private static let k0: UInt64 = 0xC3A5_C85C_97CB_3127
    private static let k1: UInt64 = 0xB492_B66F_BE98_F273
    private static let k2: UInt64 = 0x9AE1_6A3B_2F90_404F

    static func fingerprint(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let words = Words(bytes: UnsafeRawBufferPointer(bytes))
        switch bytes.count {
        case ...16: return short(words, bytes.count)
        case ...32: return middle(words, bytes.count)
        case ...64: return longer(words, bytes.count)
        default: return long(words, bytes.count)
        }
    }

    private struct Words {
        let bytes: UnsafeRawBufferPointer

        /// Eight bytes from a place on.
        subscript(place: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        }

        /// Four bytes from a place on.
        func half(_ place: Int) -> UInt64 {
            UInt64(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        }
    }

    private static func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { x >> by | x << (64 - by) }
    private static func mixed(_ x: UInt64) -> UInt64 { x ^ x >> 47 }

    private static func combined(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
        let a = mixed((u ^ v) &* factor)
        return mixed((v ^ a) &* factor) &* factor
    }

    private static func short(_ s: Words, _ count: Int) -> UInt64 {
        let length = UInt64(count)
        let factor = k2 &+ length &* 2
        if count >= 8 {
            let a = s[0] &+ k2
            let b = s[count - 8]
            return combined(
                rotated(b, 37) &* factor &+ a, (rotated(a, 25) &+ b) &* factor, factor)
        }
        if count >= 4 {
            return combined(length &+ s.half(0) << 3, s.half(count - 4), factor)
        }
        if count > 0 {
            let y = UInt64(s.bytes[0]) + UInt64(s.bytes[count >> 1]) << 8
            let z = length + UInt64(s.bytes[count - 1]) << 2
            return mixed(y &* k2 ^ z &* k0) &* k2
        }
        return k2
    }

    /// What the first 16 and the last 16 bytes give.
    private struct Ends {
        let factor: UInt64
        let a: UInt64
        let y: UInt64
        /// The end of what is mixed.
        let z: UInt64

        init(_ s: Words, _ count: Int, _ first: UInt64) {
            factor = k2 &+ UInt64(count) &* 2
            a = s[0] &* first
            let b = s[8]
            let c = s[count - 8] &* factor
            y = rotated(a &+ b, 43) &+ rotated(c, 30) &+ s[count - 16] &* k2
            z = a &+ rotated(b &+ k2, 18) &+ c
        }
    }

    private static func middle(_ s: Words, _ count: Int) -> UInt64 {
        let ends = Ends(s, count, k1)
        return combined(ends.y, ends.z, ends.factor)
    }

    private static func longer(_ s: Words, _ count: Int) -> UInt64 {
        let ends = Ends(s, count, k2)
        let (factor, y) = (ends.factor, ends.y)
        let z = combined(y, ends.z, factor)
        let e = s[16] &* factor
        let f = s[24]
        let g = (y &+ s[count - 32]) &* factor
        let h = (z &+ s[count - 24]) &* factor
        return combined(
            rotated(e &+ f, 43) &+ rotated(g, 30) &+ h, e &+ rotated(f &+ ends.a, 18) &+ g, factor)
    }

    private typealias Pair = (first: UInt64, second: UInt64)

    /// 32 bytes from a place on, with two seeds.
    private static func block(_ s: Words, _ place: Int, _ a: UInt64, _ b: UInt64) -> Pair {
        let z = s[place + 24]
        let start = a &+ s[place]
        let sum = start &+ s[place + 8] &+ s[place + 16]
        let second = rotated(b &+ start &+ z, 21) &+ rotated(sum, 44)
        return (sum &+ z, second &+ start)
    }

    private static func long(_ s: Words, _ count: Int) -> UInt64 {
        let seed: UInt64 = 81
        var x = seed &* k2 &+ s[0]
        var y = seed &* k1 &+ 113
        var z = mixed(y &* k2 &+ 113) &* k2
        var (v, w): (Pair, Pair) = ((0, 0), (0, 0))
        let end = (count - 1) / 64 * 64
        for place in stride(from: 0, to: end, by: 64) {
            x = rotated(x &+ y &+ v.first &+ s[place + 8], 37) &* k1
            y = rotated(y &+ v.second &+ s[place + 48], 42) &* k1
            x ^= w.second
            y = y &+ v.first &+ s[place + 40]
            z = rotated(z &+ w.first, 33) &* k1
            v = block(s, place, v.second &* k1, x &+ w.first)
            w = block(s, place + 32, z &+ w.second, y &+ s[place + 16])
            swap(&z, &x)
        }
        let factor = k1 &+ (z & 0xFF) << 1
        // The last 64 bytes, of which the loop may have seen some.
        let last = count - 64
        w.first = w.first &+ UInt64((count - 1) & 63)
        v.first = v.first &+ w.first
        w.first = w.first &+ v.first
        x = rotated(x &+ y &+ v.first &+ s[last + 8], 37) &* factor
        y = rotated(y &+ v.second &+ s[last + 48], 42) &* factor
        x ^= w.second &* 9
        y = y &+ v.first &* 9 &+ s[last + 40]
        z = rotated(z &+ w.first, 33) &* factor
        v = block(s, last, v.second &* factor, x &+ w.first)
        w = block(s, last + 32, z &+ w.second, y &+ s[last + 16])
        swap(&z, &x)
        return combined(
            combined(v.first, w.first, factor) &+ mixed(y) &* k0 &+ z,
            combined(v.second, w.second, factor) &+ x, factor)
    }
}
