// SPDX-License-Identifier: Apache-2.0

/// The entries of a zip file, as its directory at the end lists them.
struct ZipArchive: Sendable {
    struct Entry: Sendable {
        let name: String
        let isDeflated: Bool
        let crc: UInt32
        /// The bytes in the file.
        let range: Range<Int>
        /// How many they are uncompressed.
        let size: Int
        /// Where the directory says so.
        let place: Int
    }

    let file: ReadableFile
    let entries: [Entry]

    private static let endSize = 22
    private static let localSize = 30
    private static let centralSize = 46
    /// Deflate makes at most so many bytes of one.
    private static let mostInflation = 1032

    /// - Throws: `FileError` when the file is no zip file or is damaged.
    init(_ file: ReadableFile) throws {
        self.file = file
        let end = try Self.findEnd(file)
        guard end.offset <= end.place, end.size <= end.place - end.offset else {
            throw file.error(
                at: end.place,
                "the archive's directory is said to be at byte \(end.offset) with \(end.size) bytes, where it "
                    + "cannot be; the file was cut off or damaged, copy it again")
        }
        let directory = Fields(
            try file.bytes(at: end.offset, count: end.size), file, at: end.offset)
        var entries: [Entry] = []
        var names: Set<String> = []
        var place = 0
        while place < end.size {
            let (entry, length) = try Self.entry(directory, place, before: end.offset)
            guard names.insert(entry.name).inserted else {
                throw file.error(
                    at: end.offset + place,
                    "the entry '\(entry.name)' is there twice, and it is not to be known which one counts"
                )
            }
            entries.append(entry)
            place += length
        }
        guard entries.count == end.count else {
            throw file.error(
                at: end.place,
                "the archive is said to have \(end.count) entries and has \(entries.count)")
        }
        // What lies in two entries could unpack to far more than the file has.
        var last = 0
        for entry in entries.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard entry.range.lowerBound >= last else {
                throw file.error(
                    entry: entry.name, at: entry.place, "the entry lies in another one's bytes")
            }
            last = entry.range.upperBound
        }
        self.entries = entries
    }

    private struct End {
        var place: Int
        var count: Int
        var size: Int
        var offset: Int
    }

    /// The record at the end: before a comment, if there is one.
    private static func findEnd(_ file: ReadableFile) throws -> End {
        let length = min(file.size, endSize + 0xFFFF)
        let start = file.size - length
        let tail = Fields(try file.bytes(at: start, count: length), file, at: start)
        for place in stride(from: length - endSize, through: 0, by: -1)
        where try tail.word(place) == 0x0605_4B50 {
            guard try tail.half(place + 20) == length - endSize - place else { continue }
            guard try tail.half(place + 4) == 0, try tail.half(place + 6) == 0 else {
                throw file.error(
                    .unsupported, at: start + place, "a part of an archive of several files")
            }
            let end = End(
                place: start + place, count: try tail.half(place + 10),
                size: try tail.word(place + 12), offset: try tail.word(place + 16))
            return try large(end, file) ?? end
        }
        throw file.error(
            at: max(0, file.size - endSize),
            "no .npz file, or its end is missing: an archive ends with its directory. If it was cut off, "
                + "write or copy it again")
    }

    /// What the record for large archives says, which stands before the other one where there is one.
    private static func large(_ end: End, _ file: ReadableFile) throws -> End? {
        guard end.place >= 20 else { return nil }
        let locator = Fields(
            try file.bytes(at: end.place - 20, count: 20), file, at: end.place - 20)
        guard try locator.word(0) == 0x0706_4B50 else { return nil }
        let place = try locator.double(8)
        guard place <= end.place - 20 - 56 else {
            throw file.error(
                at: end.place - 12, "the archive's end is said to be where it cannot be")
        }
        let record = Fields(try file.bytes(at: place, count: 56), file, at: place)
        guard try record.word(0) == 0x0606_4B50 else {
            throw file.error(at: place, "the archive's end is not here, where it is said to be")
        }
        return End(
            place: place, count: try record.double(32), size: try record.double(40),
            offset: try record.double(48))
    }

    /// An entry of the directory, and the bytes that it takes there.
    private static func entry(
        _ fields: Fields, _ place: Int, before limit: Int
    ) throws -> (Entry, Int) {
        let file = fields.file
        guard try fields.word(place) == 0x0201_4B50 else {
            throw file.error(at: fields.base + place, "no entry of the archive's directory")
        }
        let nameLength = try fields.half(place + 28)
        let extraLength = try fields.half(place + 30)
        let length = try centralSize + nameLength + extraLength + fields.half(place + 32)
        let nameBytes = try fields.bytes(place + centralSize, nameLength)
        guard let name = String(validating: nameBytes, as: UTF8.self) else {
            throw file.error(
                .unsupported, at: fields.base + place + centralSize, "a name that is not UTF-8")
        }
        func error(_ kind: FileError.Kind, _ reason: String) -> FileError {
            file.error(kind, entry: name, at: fields.base + place, reason)
        }
        guard try fields.half(place + 8) & 0x41 == 0 else {
            throw error(.unsupported, "the entry is encrypted; write it without a password")
        }
        let method = try fields.half(place + 10)
        guard method == 0 || method == 8 else {
            throw error(
                .unsupported,
                "compressed by method \(method); stored (0) and deflated (8) entries are read")
        }
        var numbers = try [
            fields.word(place + 24), fields.word(place + 20), fields.word(place + 42),
        ]
        try fields.fillLarge(
            &numbers, from: place + centralSize + nameLength, length: extraLength)
        let (size, packed, offset) = (numbers[0], numbers[1], numbers[2])
        guard offset <= limit - localSize else {
            throw error(
                .malformed, "the entry is said to be at byte \(offset), where it cannot be")
        }
        let local = Fields(try file.bytes(at: offset, count: localSize), file, at: offset)
        guard try local.word(0) == 0x0403_4B50, try local.half(8) == method else {
            throw file.error(entry: name, at: offset, "no such entry here, where it is said to be")
        }
        let start = try offset + localSize + local.half(26) + local.half(28)
        guard try local.half(26) == nameLength,
            try file.bytes(at: offset + localSize, count: nameLength) == nameBytes
        else { throw file.error(entry: name, at: offset, "the entry has another name here") }
        guard start <= limit, packed <= limit - start else {
            throw error(
                .malformed,
                "the entry is said to have \(packed) bytes from byte \(start) on, and there are not as many"
            )
        }
        let isPossible = method == 0 ? size == packed : size / mostInflation <= packed
        guard isPossible else {
            throw error(.malformed, "\(packed) bytes cannot be \(size) bytes uncompressed")
        }
        let result = Entry(
            name: name, isDeflated: method == 8, crc: UInt32(try fields.word(place + 16)),
            range: start..<start + packed, size: size, place: fields.base + place)
        return (result, length)
    }
}

/// Numbers in bytes of a file, the lowest byte first.
private struct Fields {
    let bytes: [UInt8]
    let file: ReadableFile
    /// Where the bytes are in the file.
    let base: Int

    init(_ bytes: [UInt8], _ file: ReadableFile, at base: Int) {
        self.bytes = bytes
        self.file = file
        self.base = base
    }

    func bytes(_ place: Int, _ count: Int) throws -> [UInt8] {
        guard place >= 0, place <= bytes.count, count <= bytes.count - place else {
            throw file.error(at: base + bytes.count, "the archive's directory ends too early")
        }
        return Array(bytes[place..<place + count])
    }

    private func number(_ place: Int, _ count: Int) throws -> UInt64 {
        try bytes(place, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func half(_ place: Int) throws -> Int { Int(try number(place, 2)) }
    func word(_ place: Int) throws -> Int { Int(try number(place, 4)) }

    func double(_ place: Int) throws -> Int {
        guard let number = Int(exactly: try number(place, 8)) else {
            throw file.error(at: base + place, "a number that no file is large enough for")
        }
        return number
    }

    /// Replaces numbers that 32 bits do not hold by those of the extra field for them, which has them in order.
    func fillLarge(_ numbers: inout [Int], from start: Int, length: Int) throws {
        var place = start
        while place + 4 <= start + length {
            let (kind, size) = (try half(place), try half(place + 2))
            guard kind == 1 else {
                place += 4 + size
                continue
            }
            var next = place + 4
            for index in numbers.indices where numbers[index] == 0xFFFF_FFFF {
                guard next + 8 <= place + 4 + size else {
                    throw file.error(at: base + place, "an extra field that is too short")
                }
                numbers[index] = try double(next)
                next += 8
            }
            return
        }
    }
}
