// SPDX-License-Identifier: Apache-2.0
import WeftArrays
import WeftFormats

/// The bytes of a file one after the other, a block at a time in memory; those of a file that gzip has compressed as they
/// were before.
final class ByteStream {
    private static let blockSize = 1 << 18

    let path: String
    private let file: ReadableFile
    private let gzip: GzipReader?
    private var block: [UInt8]
    private var blockCount = 0
    /// The next byte in the block.
    private var next = 0
    /// Where the block begins.
    private var blockStart = 0
    /// Whether the bytes that follow cannot be had.
    private var isLost = false

    /// - Throws: `FileError` when the file cannot be read.
    init(_ path: String) throws {
        self.path = path
        file = try ReadableFile(path)
        gzip = try GzipReader.isGzip(file) ? GzipReader(file) : nil
        let size = gzip == nil ? min(Self.blockSize, max(1, file.size)) : Self.blockSize
        block = [UInt8](repeating: 0, count: size)
    }

    /// How many bytes have been read, uncompressed.
    var position: Int { blockStart + next }

    /// The most bytes that may follow: those of the file, or what they could unpack to.
    var mostRemaining: Int {
        gzip.map { _ in GzipReader.most(from: file.size) - position } ?? file.size - position
    }

    /// The next byte; nil at the end.
    func read() throws -> UInt8? {
        if next == blockCount, try !refill() { return nil }
        defer { next += 1 }
        return block[next]
    }

    /// The next byte, which stays.
    func peek() throws -> UInt8? {
        if next == blockCount, try !refill() { return nil }
        return block[next]
    }

    /// Gives the bytes that are at hand and takes as many of them as `body` says, which are all or up to what it
    /// looks for.
    ///
    /// - Returns: whether there were any.
    func take(_ body: (UnsafeBufferPointer<UInt8>) throws -> Int) throws -> Bool {
        if next == blockCount, try !refill() { return false }
        next += try block.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[next..<blockCount]))
        }
        return true
    }

    /// Fills `target` with the next bytes.
    ///
    /// - Throws: `FileError` when there are fewer.
    func read(into target: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < target.count {
            let start = position
            let isAny = try take { bytes in
                let count = min(bytes.count, target.count - done)
                UnsafeMutableRawBufferPointer(rebasing: target[done..<done + count])
                    .copyMemory(
                        from: UnsafeRawBufferPointer(
                            rebasing: UnsafeRawBufferPointer(bytes)[..<count]))
                done += count
                return count
            }
            if !isAny {
                throw error(
                    at: start,
                    "the file ends here, and \(target.count - done) more bytes are wanted; it was cut off, "
                        + "write or copy it again")
            }
        }
    }

    /// The next bytes.
    ///
    /// - Throws: `FileError` when there are fewer, before memory is taken for them.
    func bytes(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= mostRemaining else {
            throw error(
                at: position,
                "\(count) bytes are wanted from here on, and there are at most \(mostRemaining); the file is "
                    + "damaged or was cut off, write or copy it again")
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let (start, part) = (bytes.count, min(count - bytes.count, Self.blockSize))
            do {
                try bytes.makeRoom(for: part)
            } catch {
                throw file.error(.memory, at: position, "\(count) bytes: \(error)")
            }
            bytes += repeatElement(0, count: part)
            try bytes.withUnsafeMutableBytes {
                try read(into: UnsafeMutableRawBufferPointer(rebasing: $0[start...]))
            }
        }
        return bytes
    }

    /// What follows counts as the end: nothing says where the next record would begin. So somebody who passes over errors
    /// comes to an end.
    func giveUp() {
        isLost = true
        next = blockCount
    }

    /// Goes to a place; in a compressed file by reading up to it.
    ///
    /// - Throws: `FileError` when the file has no such place.
    func seek(to place: Int) throws {
        isLost = false
        if place >= blockStart, place <= blockStart + blockCount {
            next = place - blockStart
            return
        }
        guard let gzip else {
            guard place <= file.size else {
                throw error(
                    at: file.size,
                    "the file ends here, before byte \(place) at which reading was to go on; it is another "
                        + "one or was cut off")
            }
            (blockStart, blockCount, next) = (place, 0, 0)
            return
        }
        if place < blockStart {
            try gzip.restart()
            (blockStart, blockCount, next) = (0, 0, 0)
        }
        while blockStart + blockCount < place {
            next = blockCount
            guard try refill() else {
                throw error(
                    at: position, "the file ends before byte \(place) at which reading was to go on"
                )
            }
        }
        next = place - blockStart
    }

    private func refill() throws -> Bool {
        if isLost { return false }
        let start = blockStart + blockCount
        let count: Int
        do {
            count = try block.withUnsafeMutableBytes { target -> Int in
                if let gzip { return try gzip.read(into: target) }
                let count = min(target.count, file.size - start)
                guard count > 0 else { return 0 }
                try file.read(
                    at: start, into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]))
                return count
            }
        } catch {
            giveUp()
            throw error
        }
        (blockStart, blockCount, next) = (start, count, 0)
        return count > 0
    }

    func error(_ kind: FileError.Kind = .malformed, at offset: Int?, _ reason: String) -> FileError
    {
        file.error(kind, at: offset, reason)
    }
}
