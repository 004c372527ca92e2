// SPDX-License-Identifier: Apache-2.0
import CZlib
import WeftFormats

/// Uncompresses a file that gzip has made, of one member or several. zlib compares the checksums.
final class GzipReader {
    private static let inputSize = 1 << 16
    /// Deflate makes no byte of more than 1032.
    private static let mostExpansion = 1032

    private let file: ReadableFile
    // zlib keeps the address of what it is given.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(
        byteCount: inputSize, alignment: 16)
    /// The next byte of the file that is not in `input` yet.
    private var place = 0
    private var isBetweenMembers = false

    init(_ file: ReadableFile) throws {
        self.file = file
        stream.initialize(to: z_stream())
        // 16 more: with gzip's header and checksum.
        let status = inflateInit2_(
            stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw file.error(.memory, at: nil, "there is no memory to uncompress it")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Whether a file begins as gzip's do.
    static func isGzip(_ file: ReadableFile) throws -> Bool {
        guard file.size >= 18 else { return false }
        return try file.bytes(at: 0, count: 3) == [0x1F, 0x8B, 8]
    }

    /// The most bytes that so many can unpack to.
    static func most(from count: Int) -> Int {
        let (most, isTooLarge) = count.multipliedReportingOverflow(by: mostExpansion)
        return isTooLarge ? .max : most
    }

    func restart() throws {
        inflateReset(stream)
        stream.pointee.avail_in = 0
        (place, isBetweenMembers) = (0, false)
    }

    /// Some of the next bytes.
    ///
    /// - Returns: how many; 0 at the end.
    /// - Throws: `FileError` when the file is damaged or cut off.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        let room = min(target.count, 1 << 30)
        stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(room)
        while stream.pointee.avail_out == UInt32(room) {
            if stream.pointee.avail_in == 0, try !refill() {
                if isBetweenMembers { return 0 }
                throw damage("the compressed bytes end too early")
            }
            if isBetweenMembers {
                inflateReset(stream)
                isBetweenMembers = false
            }
            let status = inflate(stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw damage("the compressed bytes are damaged")
            }
            isBetweenMembers = status == Z_STREAM_END
        }
        return room - Int(stream.pointee.avail_out)
    }

    private func refill() throws -> Bool {
        let count = min(Self.inputSize, file.size - place)
        guard count > 0 else { return false }
        try file.read(at: place, into: UnsafeMutableRawBufferPointer(rebasing: input[..<count]))
        place += count
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        return true
    }

    private func damage(_ reason: String) -> FileError {
        file.error(
            at: place - Int(stream.pointee.avail_in), "\(reason); write or copy the file again")
    }
}
