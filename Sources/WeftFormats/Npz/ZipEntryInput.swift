// SPDX-License-Identifier: Apache-2.0
import CZlib

/// The bytes of an entry of a zip file, uncompressed. At their end the checksum is compared.
final class ZipEntryInput: ByteInput {
    private let archive: ZipArchive
    private let entry: ZipArchive.Entry
    private let packed: FileSection
    private let inflater: Inflater?
    private var sum: UInt = 0
    private(set) var remaining: Int

    init(_ archive: ZipArchive, _ entry: ZipArchive.Entry) throws {
        self.archive = archive
        self.entry = entry
        packed = FileSection(archive.file, entry.range, entry: entry.name)
        inflater = entry.isDeflated ? try Inflater(packed) : nil
        remaining = entry.size
    }

    var position: Int {
        entry.isDeflated ? entry.size - remaining : packed.position
    }

    func error(_ kind: FileError.Kind, at offset: Int?, _ reason: String) -> FileError {
        archive.file.error(kind, entry: entry.name, at: offset, reason)
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        guard target.count <= remaining else {
            throw error(
                .malformed, at: position,
                "\(target.count) bytes are wanted from here on, and there are \(remaining)")
        }
        if let inflater {
            try inflater.read(into: target)
        } else {
            try packed.read(into: target)
        }
        sum = Checksum.crc32(sum, UnsafeRawBufferPointer(target))
        remaining -= target.count
        if remaining == 0 { try finish() }
    }

    /// - Throws: `FileError` when the entry is not as its checksum says, or has more bytes.
    private func finish() throws {
        try inflater?.finish()
        guard sum == UInt(entry.crc) else {
            throw error(
                .malformed, at: entry.range.lowerBound,
                "the checksum differs: the entry is damaged; write or copy the file again")
        }
    }
}

/// CRC-32, as zip files and checkpoints have it.
package enum Checksum {
    package static func crc32(_ sum: UInt, _ bytes: UnsafeRawBufferPointer) -> UInt {
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return sum }
        return UInt(CZlib.crc32_z(uLong(sum), base, bytes.count))
    }
}

/// Undoes deflate.
private final class Inflater {
    private static let blockSize = 1 << 16
    private let source: FileSection
    // zlib keeps the address of what it is given.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: blockSize, alignment: 16)
    private var isAtEnd = false

    init(_ source: FileSection) throws {
        self.source = source
        stream.initialize(to: z_stream())
        // Negative: without zlib's own header.
        let status = inflateInit2_(
            stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw source.error(.memory, at: nil, "there is no memory to uncompress it")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        block.deallocate()
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < target.count {
            done += try step(UnsafeMutableRawBufferPointer(rebasing: target[done...]))
        }
    }

    /// - Throws: `FileError` unless the compressed bytes end here.
    func finish() throws {
        var more: UInt8 = 0
        while !isAtEnd {
            guard try withUnsafeMutableBytes(of: &more, { try step($0) }) == 0 else {
                throw damage("more bytes than the archive says")
            }
        }
        guard source.remaining == 0, stream.pointee.avail_in == 0 else {
            throw damage("the compressed bytes end before the entry does")
        }
    }

    /// Some of the next bytes.
    private func step(_ target: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !isAtEnd else {
            throw damage("it ends before it has as many bytes as the archive says")
        }
        if stream.pointee.avail_in == 0 {
            let count = min(source.remaining, Self.blockSize)
            try source.read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<count]))
            stream.pointee.next_in = block.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_in = UInt32(count)
        }
        let room = min(target.count, 1 << 30)
        stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        isAtEnd = status == Z_STREAM_END
        // Z_BUF_ERROR: nothing could be done, since the compressed bytes are at their end.
        guard isAtEnd || status == Z_OK else { throw damage("the compressed bytes are damaged") }
        return room - Int(stream.pointee.avail_out)
    }

    private func damage(_ reason: String) -> FileError {
        source.error(
            .malformed, at: source.position - Int(stream.pointee.avail_in),
            "\(reason); write or copy the file again")
    }
}
