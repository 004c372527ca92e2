// SPDX-License-Identifier: Apache-2.0
import WeftFormats

/// Writes a sorted table in LevelDB's format, blocks uncompressed, byte for byte as TensorFlow does.
struct TableWriter {
    /// A block is ended when it has so many bytes.
    private static let blockSize = 1 << 18

    private let file: AtomicFile
    private var block = TableBlock()
    private var index = TableBlock()
    private var last: [UInt8] = []
    /// The block that was written last, which the index tells of when the key after it is known.
    private var pending: [UInt8]?

    init(_ file: AtomicFile) { self.file = file }

    /// Adds an entry, whose key must come after all others.
    mutating func add(_ key: [UInt8], _ value: [UInt8]) throws {
        if let handle = pending {
            index.add(Self.separator(last, key), handle)
            pending = nil
        }
        block.add(key, value)
        last = key
        if block.size >= Self.blockSize { try endBlock() }
    }

    /// Writes what is left, and where all of it is.
    mutating func finish() throws {
        if !block.isEmpty { try endBlock() }
        let meta = try write(TableBlock())
        if let handle = pending { index.add(Self.successor(last), handle) }
        let handles = meta + (try write(index))
        try file.write(handles)
        try file.write([UInt8](repeating: 0, count: TableFile.footerSize - 8 - handles.count))
        try file.write((0..<8).map { UInt8(truncatingIfNeeded: TableFile.magic >> UInt64(8 * $0)) })
    }

    private mutating func endBlock() throws {
        pending = try write(block)
        block = TableBlock()
    }

    /// - Returns: where the block is, as the index holds it.
    private func write(_ block: TableBlock) throws -> [UInt8] {
        let start = file.position
        let bytes = block.bytes
        let uncompressed: UInt8 = 0
        let sum = CRC32C(of: bytes + [uncompressed]).masked
        try file.write(bytes)
        try file.write([uncompressed] + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) })
        return VariableLength.bytes(start) + VariableLength.bytes(bytes.count)
    }

    /// A short key that is not before the first and is before the second.
    private static func separator(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
        let common = zip(first, second).prefix { $0 == $1 }.count
        guard common < first.count, common < second.count, first[common] < 0xFF,
            first[common] + 1 < second[common]
        else { return first }
        return first[..<common] + [first[common] + 1]
    }

    /// A short key that is not before another.
    private static func successor(_ key: [UInt8]) -> [UInt8] {
        guard let place = key.firstIndex(where: { $0 < 0xFF }) else { return key }
        return key[..<place] + [key[place] + 1]
    }
}

/// The entries of a block, keys without the beginning that they share with the one before.
private struct TableBlock {
    /// Each so many keys there is one that shares nothing.
    private static let restartInterval = 16

    private var entries: [UInt8] = []
    private var restarts = [0]
    private var sinceRestart = 0
    private var last: [UInt8] = []

    var isEmpty: Bool { entries.isEmpty }
    var size: Int { entries.count + 4 * (restarts.count + 1) }

    mutating func add(_ key: [UInt8], _ value: [UInt8]) {
        var shared = 0
        if sinceRestart < Self.restartInterval {
            shared = zip(last, key).prefix { $0 == $1 }.count
        } else {
            restarts.append(entries.count)
            sinceRestart = 0
        }
        for number in [shared, key.count - shared, value.count] {
            entries += VariableLength.bytes(number)
        }
        entries += key[shared...]
        entries += value
        last = key
        sinceRestart += 1
    }

    var bytes: [UInt8] {
        (restarts + [restarts.count]).reduce(into: entries) { bytes, number in
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
    }
}

/// Numbers in as many bytes as they need, 7 bits in each, the lowest first.
enum VariableLength {
    static func bytes(_ number: Int) -> [UInt8] {
        var rest = UInt(bitPattern: number)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
