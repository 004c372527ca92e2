// SPDX-License-Identifier: Apache-2.0
import WeftFormats

/// Bytes of a file that are taken apart from the front: no length or place that they claim is used before it
/// is compared with what there is.
struct FieldReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    /// The error for a place in the bytes.
    private let failure: (_ position: Int, _ reason: String) -> FileError

    init(
        _ bytes: ArraySlice<UInt8>,
        _ failure: @escaping (_ position: Int, _ reason: String) -> FileError
    ) {
        self.bytes = bytes
        position = bytes.startIndex
        self.failure = failure
    }

    var remaining: Int { bytes.endIndex - position }

    func error(_ reason: String) -> FileError { failure(position, reason) }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.endIndex else { throw error("it ends in the middle of a number") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw error("\(count) bytes are wanted from here on, and there are \(remaining)")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A number of up to 64 bits, 7 in each byte, the lowest first.
    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let next = try byte()
            if shift == 63, next > 1 { break }
            value |= UInt64(next & 0x7F) << UInt64(shift)
            if next < 0x80 { return value }
        }
        throw error("a number takes more than 64 bits")
    }

    /// A number that says how many bytes or places there are, which memory must be able to hold.
    mutating func size() throws -> Int {
        let place = position
        let value = try varint()
        guard let size = Int(exactly: value) else {
            throw failure(place, "\(value) is more than a file could have")
        }
        return size
    }

    /// A number of `count` bytes, at most 8, the lowest first.
    mutating func fixed(_ count: Int) throws -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
