// SPDX-License-Identifier: Apache-2.0
import WeftFormats

/// A sorted table of keys and values, in LevelDB's format: blocks of entries, each with a checksum, and a
/// block that says where they are.
enum TableFile {
    struct Entry {
        let key: [UInt8]
        let value: ArraySlice<UInt8>
        /// Where in the file its block begins, for messages.
        let place: Int
        /// Where in the file the value's own bytes are; nil where the block is compressed.
        let start: Int?
    }

    static let magic: UInt64 = 0xDB47_7524_8B80_FB57
    static let footerSize = 48
    /// What follows the bytes of a block: how it is compressed, and the checksum.
    static let trailerSize = 5

    private struct Handle {
        let offset: Int
        let size: Int
    }

    /// Gives the entries to `body`, keys ascending as bytes; a block of them is in memory at a time.
    ///
    /// - Throws: `FileError` when the file is no table, or it is damaged or cut off; what `body` throws.
    static func read(_ file: ReadableFile, _ body: (Entry) throws -> Void) throws {
        let handle = try indexHandle(file)
        // Keys are shortened by what they share; real ones become a few times longer.
        var room = 64 * min(file.size, 1 << 40) + 1 << 20
        var dataRoom = room
        var last: [UInt8]?
        let (index, _) = try block(file, handle)
        try read(index, at: handle.offset, isStored: false, file, &room) { entry in
            var reader = FieldReader(entry.value) { _, reason in
                file.error(at: handle.offset, "in the index block, \(reason)")
            }
            let data = try Handle(offset: reader.size(), size: reader.size())
            let (bytes, isStored) = try block(file, data)
            try read(bytes, at: data.offset, isStored: isStored, file, &dataRoom) { entry in
                if let last, !last.lexicographicallyPrecedes(entry.key) {
                    throw file.error(
                        at: data.offset, "the keys are not in order; write or copy it again")
                }
                last = entry.key
                try body(entry)
            }
        }
    }

    /// Whether a file ends as tables do.
    static func isTable(_ file: ReadableFile) -> Bool {
        guard file.size >= footerSize, let bytes = try? file.bytes(at: file.size - 8, count: 8)
        else { return false }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } == magic
    }

    /// Where the footer says that the index block is.
    private static func indexHandle(_ file: ReadableFile) throws -> Handle {
        guard file.size >= footerSize else {
            throw file.error(
                at: file.size,
                "it is no table, or it was cut off: it has \(file.size) bytes, and the end alone takes "
                    + "\(footerSize)")
        }
        let start = file.size - footerSize
        var reader = FieldReader(try file.bytes(at: start, count: footerSize)[...]) {
            file.error(at: start + $0, $1)
        }
        var handles: [Handle] = []
        for _ in 0..<2 { handles.append(try Handle(offset: reader.size(), size: reader.size())) }
        var end = FieldReader(try file.bytes(at: file.size - 8, count: 8)[...]) {
            file.error(at: start + 40 + $0, $1)
        }
        guard try end.fixed(8) == magic else {
            throw file.error(
                at: file.size - 8, "it is no table, or it was cut off: it does not end as one does")
        }
        return handles[1]
    }

    /// The bytes of a block, its checksum compared, and whether they stand so in the file.
    private static func block(
        _ file: ReadableFile, _ handle: Handle
    ) throws -> (bytes: [UInt8], isStored: Bool) {
        let room = file.size - footerSize - trailerSize
        guard handle.offset <= room, handle.size <= room - handle.offset else {
            throw file.error(
                at: handle.offset,
                "a block of \(handle.size) bytes does not fit the \(file.size) of the file; it was cut off, "
                    + "write or copy it again")
        }
        var bytes = try file.bytes(at: handle.offset, count: handle.size + trailerSize)
        var trailer = FieldReader(bytes[(handle.size + 1)...]) { _, reason in
            file.error(at: handle.offset, reason)
        }
        let expected = try trailer.fixed(4)
        bytes.removeLast(4)
        guard UInt64(CRC32C(of: bytes).masked) == expected else {
            throw file.error(
                at: handle.offset,
                "the block of \(handle.size) bytes is not as its checksum says; write or copy it again"
            )
        }
        switch bytes.removeLast() {
        case 0: return (bytes, true)
        case 1:
            var reader = FieldReader(bytes[...]) { file.error(at: handle.offset + $0, $1) }
            return (try Snappy.uncompressed(&reader), false)
        case let other:
            throw file.error(
                .unsupported, at: handle.offset + handle.size,
                "the block is compressed in a way, \(other), that there is nothing for here")
        }
    }

    /// Gives the entries of a block. Each has its key without the beginning that it shares with the one before.
    private static func read(
        _ block: [UInt8], at place: Int, isStored: Bool, _ file: ReadableFile, _ room: inout Int,
        _ body: (Entry) throws -> Void
    ) throws {
        func failure(_ position: Int, _ reason: String) -> FileError {
            file.error(at: place, "byte \(position) of the block: \(reason)")
        }
        // At the end stands where keys begin that share nothing, and how many there are of them.
        var end = FieldReader(block.suffix(4), failure)
        let restarts = Int(try end.fixed(4))
        guard restarts < block.count / 4 else {
            throw failure(
                block.count - 4, "\(restarts) places do not fit a block of \(block.count) bytes")
        }
        var reader = FieldReader(block[..<(block.count - 4 * (restarts + 1))], failure)
        var key: [UInt8] = []
        while reader.remaining > 0 {
            let shared = try reader.size()
            let added = try reader.size()
            let value = try reader.size()
            guard shared <= key.count else {
                throw reader.error(
                    "a key has \(shared) bytes of one before it that has \(key.count)")
            }
            key.removeLast(key.count - shared)
            key += try reader.take(added)
            room -= key.count
            guard room >= 0 else {
                throw reader.error("the keys are longer than those of any file")
            }
            let start = isStored ? place + reader.position : nil
            try body(Entry(key: key, value: try reader.take(value), place: place, start: start))
        }
    }
}
