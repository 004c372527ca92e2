// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Writes a zip file, entry by entry.
final class ZipWriter {
    private struct Written {
        let name: [UInt8]
        let isDeflated: Bool
        let offset: Int
        var crc: UInt = 0
        var packed = 0
        var size = 0
    }

    private let file: AtomicFile
    /// Numbers from here on stand in the fields for large ones.
    private let limit: Int
    private var entries: [Written] = []

    init(_ file: AtomicFile, largeFrom limit: Int = 0xFFFF_FFFF) {
        self.file = file
        self.limit = limit
    }

    /// Adds an entry of so many bytes, which `body` writes.
    func add(
        _ name: String, byteCount: Int, isDeflated: Bool, _ body: (any ByteOutput) throws -> Void
    ) throws {
        var entry = Written(
            name: Array(name.utf8), isDeflated: isDeflated, offset: file.position)
        // Deflate makes what it cannot compress a little larger.
        let isLarge = byteCount + byteCount >> 8 + 1024 >= limit
        try file.write(localHeader(entry, isLarge: isLarge))
        let start = file.position
        let output = ZipEntryOutput(file)
        if isDeflated {
            let deflater = try Deflater(output, path: file.path)
            try body(deflater)
            try deflater.finish()
            (entry.crc, entry.size) = (deflater.sum, deflater.count)
        } else {
            try body(output)
            (entry.crc, entry.size) = (output.sum, output.count)
        }
        entry.packed = file.position - start
        try file.overwrite(localHeader(entry, isLarge: isLarge), at: entry.offset)
        entries.append(entry)
    }

    /// Writes the directory.
    func finish() throws {
        let start = file.position
        for entry in entries { try file.write(centralHeader(entry)) }
        let (size, count) = (file.position - start, entries.count)
        if size >= limit || start >= limit || count >= 0xFFFF {
            let place = file.position
            try file.write(
                Self.number(0x0606_4B50, 4) + Self.number(44, 8) + Self.number(45, 2)
                    + Self.number(45, 2) + Self.number(0, 8) + Self.number(count, 8)
                    + Self.number(count, 8) + Self.number(size, 8) + Self.number(start, 8)
                    + Self.number(0x0706_4B50, 4) + Self.number(0, 4) + Self.number(place, 8)
                    + Self.number(1, 4))
        }
        try file.write(
            Self.number(0x0605_4B50, 4) + Self.number(0, 4)
                + Self.number(min(count, 0xFFFF), 2) + Self.number(min(count, 0xFFFF), 2)
                + word(size) + word(start) + Self.number(0, 2))
    }

    /// The sizes are known to be small or not before they are known.
    private func localHeader(_ entry: Written, isLarge: Bool) -> [UInt8] {
        let sizes =
            isLarge
            ? Self.number(0xFFFF_FFFF, 4) + Self.number(0xFFFF_FFFF, 4)
            : Self.number(entry.packed, 4) + Self.number(entry.size, 4)
        let extra =
            isLarge
            ? Self.number(1, 2) + Self.number(16, 2) + Self.number(entry.size, 8)
                + Self.number(entry.packed, 8) : []
        return Self.number(0x0403_4B50, 4) + common(entry, isLarge: isLarge) + sizes
            + Self.number(entry.name.count, 2) + Self.number(extra.count, 2) + entry.name + extra
    }

    private func centralHeader(_ entry: Written) -> [UInt8] {
        let large = [entry.size, entry.packed, entry.offset].filter { $0 >= limit }
            .flatMap { Self.number($0, 8) }
        let extra = large.isEmpty ? [] : Self.number(1, 2) + Self.number(large.count, 2) + large
        return Self.number(0x0201_4B50, 4) + Self.number(45, 2)
            + common(entry, isLarge: !large.isEmpty) + word(entry.packed) + word(entry.size)
            + Self.number(entry.name.count, 2) + Self.number(extra.count, 2) + Self.number(0, 2)
            + Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 4) + word(entry.offset)
            + entry.name + extra
    }

    /// Version, flags (names in UTF-8), method, and the first day of 1980, so that equal arrays make equal files.
    private func common(_ entry: Written, isLarge: Bool) -> [UInt8] {
        Self.number(isLarge ? 45 : 20, 2) + Self.number(0x0800, 2)
            + Self.number(entry.isDeflated ? 8 : 0, 2) + Self.number(0, 2) + Self.number(0x21, 2)
            + Self.number(Int(entry.crc), 4)
    }

    private func word(_ number: Int) -> [UInt8] {
        Self.number(number >= limit ? 0xFFFF_FFFF : number, 4)
    }

    private static func number(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}

/// Counts what goes into a file, and its checksum.
private final class ZipEntryOutput: ByteOutput {
    private let file: AtomicFile
    private(set) var sum: UInt = 0
    private(set) var count = 0

    init(_ file: AtomicFile) { self.file = file }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        sum = Checksum.crc32(sum, bytes)
        count += bytes.count
        try file.write(bytes)
    }
}

/// Compresses what is written.
private final class Deflater: ByteOutput {
    private static let blockSize = 1 << 16
    private let output: ZipEntryOutput
    // zlib keeps the address of what it is given.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: blockSize, alignment: 16)
    private(set) var sum: UInt = 0
    private(set) var count = 0

    init(_ output: ZipEntryOutput, path: String) throws {
        self.output = output
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw FileError(.memory, path, "there is no memory to compress an entry")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        block.deallocate()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        sum = Checksum.crc32(sum, bytes)
        count += bytes.count
        for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
            let part = UnsafeRawBufferPointer(
                rebasing: bytes[start..<min(start + 1 << 30, bytes.count)])
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: part.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(part.count)
            try drain(Z_NO_FLUSH)
        }
    }

    func finish() throws { try drain(Z_FINISH) }

    /// Compresses all that is there.
    private func drain(_ flush: Int32) throws {
        while true {
            stream.pointee.next_out = block.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(Self.blockSize)
            let status = deflate(stream, flush)
            let count = Self.blockSize - Int(stream.pointee.avail_out)
            try output.write(UnsafeRawBufferPointer(rebasing: block[..<count]))
            if flush == Z_FINISH ? status == Z_STREAM_END : stream.pointee.avail_out > 0 { return }
        }
    }
}
