// SPDX-License-Identifier: Apache-2.0
import WeftFormats

/// Checksums of damaged files made right again, for whoever writes a hostile file can do that, too.
enum Checksums {
    /// Those of the blocks of a checkpoint's index: its entries, its meta block and its index block, which
    /// stand where the last 48 bytes say. A file of another form stays as it is.
    static func mend(index bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 48 else { return bytes }
        var footer = bytes.suffix(48)
        var numbers: [Int] = []
        for _ in 0..<4 {
            var (value, shift) = (0, 0)
            while let byte = footer.popFirst() {
                guard shift < 42 else { return bytes }
                value |= Int(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            numbers.append(value)
        }
        var bytes = bytes
        for (start, count) in [
            (0, numbers[0] - 5), (numbers[0], numbers[1]), (numbers[2], numbers[3]),
        ] where count >= 0 && start + count + 5 <= bytes.count {
            let end = start + count + 1
            put(CRC32C(of: Array(bytes[start..<end])).masked, at: end, &bytes)
        }
        return bytes
    }

    /// Those of records, each its length and its data with a checksum behind, as far as lengths hold.
    static func mend(records bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var start = 0
        while start + 12 <= bytes.count {
            let length = bytes[start..<start + 8].reversed().reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            }
            put(CRC32C(of: Array(bytes[start..<start + 8])).masked, at: start + 8, &bytes)
            guard length <= UInt64(bytes.count), start + 16 + Int(length) <= bytes.count else {
                break
            }
            let end = start + 12 + Int(length)
            put(CRC32C(of: Array(bytes[start + 12..<end])).masked, at: end, &bytes)
            start = end + 4
        }
        return bytes
    }

    private static func put(_ sum: UInt32, at start: Int, _ bytes: inout [UInt8]) {
        for place in 0..<4 {
            bytes[start + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place)))
        }
    }
}
