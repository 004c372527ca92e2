// SPDX-License-Identifier: Apache-2.0

/// Names of parts of variables as bytes that sort as the names and numbers in them do.
enum OrderedCode {
    /// The key of a part of a tensor: `extents` has where it begins on each axis and how long it is there; nil
    /// is all of an axis.
    static func key(of name: [UInt8], _ extents: [Range<Int>?]) -> [UInt8] {
        var key = number(0)
        for byte in name {
            switch byte {
            case 0: key += [0, 0xFF]
            case 0xFF: key += [0xFF, 0]
            default: key.append(byte)
            }
        }
        key += [0, 1] + number(UInt64(extents.count))
        for extent in extents {
            key += signed(Int64(extent?.lowerBound ?? 0))
            key += signed(Int64(extent.map { $0.upperBound - $0.lowerBound } ?? -1))
        }
        return key
    }

    /// How many bytes follow, and the number in as many, the highest first.
    static func number(_ value: UInt64) -> [UInt8] {
        let count = (64 - value.leadingZeroBitCount + 7) / 8
        return [UInt8(count)] + bytes(value, count)
    }

    /// The number in two's complement, the highest byte first, in so many bytes that 7 bits for each hold it:
    /// its first bits, turned over, say how many bytes there are.
    static func signed(_ value: Int64) -> [UInt8] {
        let magnitude = UInt64(bitPattern: value < 0 ? ~value : value)
        let count = max((64 - magnitude.leadingZeroBitCount) / 7 + 1, 1)
        let sign: UInt8 = value < 0 ? 0xFF : 0
        var result = Array(
            ([sign, sign] + bytes(UInt64(bitPattern: value), 8)).suffix(count))
        // As many ones as there are bytes, from the highest bit on.
        for bit in 0..<count { result[bit / 8] ^= 0x80 >> UInt8(bit % 8) }
        return result
    }

    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
