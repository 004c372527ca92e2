// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftFormats
import WeftProtos

/// Reads the arrays that an index tells of out of the files of data.
struct CheckpointReading {
    private let index: CheckpointIndex
    private let prefix: String
    /// So much is read and summed up at a time, that it is still in a cache.
    private static let chunk = 1 << 18

    init(_ index: CheckpointIndex, _ prefix: String) {
        self.index = index
        self.prefix = prefix
    }

    static func dataPath(_ prefix: String, _ shard: Int, of count: Int) -> String {
        shardPath("\(prefix).data", shard, of: count)
    }

    /// The name of one file of several.
    static func shardPath(_ name: String, _ shard: Int, of count: Int) -> String {
        func digits(_ number: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(5 - text.count, 0)) + text
        }
        return "\(name)-\(digits(shard))-of-\(digits(count))"
    }

    /// The shape that the index gives.
    func shape(_ name: String, _ entry: CheckpointIndex.Entry) throws -> [Int] {
        let shape = entry.message.shape
        let dims = shape.dim.compactMap { Int(exactly: $0.size) }
        guard !shape.unknownRank, dims.count == shape.dim.count, dims.allSatisfy({ $0 >= 0 }),
            ArraySize.fits(dims, entry.dtype ?? .int8)
        else {
            throw index.file.error(
                entry: name, at: entry.place,
                "\(shape.dim.map(\.size)) is not the shape of an array that fits memory")
        }
        return dims
    }

    /// The array of an entry, put together where it was written in parts.
    func array(_ name: String, _ entry: CheckpointIndex.Entry) throws -> NDArray {
        guard let dtype = entry.dtype else {
            throw index.file.error(
                .unsupported, entry: name, at: entry.place,
                "elements of \(entry.message.dtype) have no type here")
        }
        let shape = try shape(name, entry)
        if !entry.message.slices.isEmpty {
            return try CheckpointParts(self, index, name, entry, shape).array(dtype)
        }
        if let slice = entry.slice {
            return try SliceTable.array(slice, dtype, shape, name: name)
        }
        let (file, start, size) = try place(name, entry)
        if dtype == .string { return try strings(name, entry, shape, file, start, size) }
        guard let count = ArraySize.count(shape), size == count * dtype.size else {
            throw index.file.error(
                entry: name, at: entry.place,
                "an array \(TensorType(dtype, shape)) has \(size) bytes")
        }
        let storage: Storage
        do {
            storage = try Storage(allocating: size)
        } catch {
            throw file.error(
                .memory, entry: name, at: start, "an array of \(dtype)\(shape): \(error)")
        }
        let bytes = UnsafeMutableRawBufferPointer(start: storage.address, count: size)
        var sum = CRC32C()
        for offset in stride(from: 0, to: size, by: Self.chunk) {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: bytes[offset..<min(offset + Self.chunk, size)])
            try file.read(at: start + offset, into: part)
            sum.update(UnsafeRawBufferPointer(part))
        }
        try compare(sum, name, entry, file, start)
        if dtype == .bool { ByteOrder.normalizeBooleans(bytes) }
        return NDArray(dtype: dtype, shape: shape, storage: storage)
    }

    /// Where the bytes of an entry are.
    private func place(
        _ name: String, _ entry: CheckpointIndex.Entry
    ) throws -> (file: ReadableFile, start: Int, size: Int) {
        let message = entry.message
        guard message.shardID >= 0, message.shardID < index.shards else {
            throw index.file.error(
                entry: name, at: entry.place,
                "it is in file \(message.shardID), and there are \(index.shards)")
        }
        let file = try ReadableFile(
            Self.dataPath(prefix, Int(message.shardID), of: index.shards))
        guard let start = Int(exactly: message.offset), let size = Int(exactly: message.size),
            start >= 0, size >= 0, start <= file.size, size <= file.size - start
        else {
            throw file.error(
                entry: name, at: file.size,
                "its \(message.size) bytes from byte \(message.offset) on do not fit the \(file.size) of the "
                    + "file; it was cut off, write or copy it again")
        }
        return (file, start, size)
    }

    private func compare(
        _ sum: CRC32C, _ name: String, _ entry: CheckpointIndex.Entry, _ file: ReadableFile,
        _ start: Int
    ) throws {
        guard sum.masked == entry.message.crc32C else {
            throw file.error(
                entry: name, at: start,
                "its bytes are not as the checksum says; write or copy the file again")
        }
    }

    /// Strings: how long each is, a checksum of that, and the bytes one after the other.
    private func strings(
        _ name: String, _ entry: CheckpointIndex.Entry, _ shape: [Int], _ file: ReadableFile,
        _ start: Int, _ size: Int
    ) throws -> NDArray {
        guard let count = ArraySize.count(shape), count <= size else {
            throw index.file.error(
                entry: name, at: entry.place, "\(size) bytes are too few for strings of \(shape)")
        }
        let bytes = try file.bytes(at: start, count: size)
        var reader = FieldReader(bytes[...]) { file.error(entry: name, at: start + $0, $1) }
        var lengths: [Int] = []
        lengths.reserveCapacity(count)
        var sum = CRC32C()
        for _ in 0..<count {
            let length = try reader.size()
            lengths.append(length)
            sum.update(StringLengths.bytes(length))
        }
        let place = start + reader.position
        let expected = UInt32(truncatingIfNeeded: try reader.fixed(4))
        guard sum.masked == expected else {
            throw file.error(
                entry: name, at: place,
                "the lengths of its strings are not as their checksum says; write or copy the file again"
            )
        }
        sum.update(StringLengths.bytes(Int(expected)))
        var strings: [[UInt8]] = []
        strings.reserveCapacity(count)
        for length in lengths {
            let string = Array(try reader.take(length))
            sum.update(string)
            strings.append(string)
        }
        guard reader.remaining == 0 else {
            throw reader.error("\(reader.remaining) bytes follow the strings")
        }
        try compare(sum, name, entry, file, start)
        do {
            return try NDArray(byteStrings: strings, shape: shape)
        } catch {
            throw file.error(.memory, entry: name, at: start, "\(error)")
        }
    }
}

/// The lengths of strings as their checksum counts them.
enum StringLengths {
    static func bytes(_ length: Int) -> [UInt8] {
        let count = length > Int(UInt32.max) ? 8 : 4
        return (0..<count).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    }
}
