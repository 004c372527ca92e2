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
            let sum = CRC32C(of: Array(bytes[start..<end])).masked
            for place in 0..<4 {
                bytes[end + place] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(place)))
            }
        }
        return bytes
    }
}
