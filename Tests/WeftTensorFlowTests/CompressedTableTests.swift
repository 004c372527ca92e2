// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftFormats
import WeftTensorFlow

/// Tables whose blocks are made here, sound and hostile.
@Suite struct CompressedTableTests {
    private static func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func fixed(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// A table of one data block that is stored as given.
    private static func table(_ stored: [UInt8], type: UInt8) -> [UInt8] {
        func block(_ bytes: [UInt8], _ type: UInt8) -> [UInt8] {
            bytes + [type] + fixed(UInt64(CRC32C(of: bytes + [type]).masked), 4)
        }
        var file = block(stored, type)
        let handle = varint(0) + varint(stored.count)
        let index =
            varint(0) + varint(1) + varint(handle.count) + [0xFF] + handle + fixed(0, 4)
            + fixed(1, 4)
        let start = file.count
        file += block(index, 0)
        let end = varint(0) + varint(0) + varint(start) + varint(index.count)
        return file + end + [UInt8](repeating: 0, count: 40 - end.count)
            + fixed(0xDB47_7524_8B80_FB57, 8)
    }

    /// The data block of what TensorFlow has written: it is the first thing there, and the empty block and the
    /// index follow.
    private static func recordedBlock() throws -> [UInt8] {
        let bytes = try RecordedFiles.bytes("plain.index")
        for size in stride(from: bytes.count - 60, to: 8, by: -1) where bytes[size] == 0 {
            let sum = bytes[(size + 1)..<(size + 5)].reversed().reduce(UInt32(0)) {
                $0 << 8 | UInt32($1)
            }
            if CRC32C(of: Array(bytes[...size])).masked == sum { return Array(bytes[..<size]) }
        }
        throw NothingThrown()
    }

    /// Compressed with all four kinds of elements, as far as bytes come again.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var result = varint(bytes.count)
        var (place, kind) = (0, 0)
        while place < bytes.count {
            let ends = stride(from: min(60, bytes.count - place), to: 3, by: -1)
            let copy = ends.lazy.compactMap { length -> (Int, Int)? in
                let wanted = bytes[place..<place + length]
                let first = max(0, place - 2000)
                guard place >= length,
                    let from = (first..<max(first, place - length + 1)).last(where: {
                        bytes[$0..<$0 + length].elementsEqual(wanted)
                    })
                else { return nil }
                return (length, place - from)
            }.first
            guard let (length, offset) = copy else {
                let count = min(5, bytes.count - place)
                result += (kind % 2 == 0 ? [UInt8(count - 1) << 2] : [60 << 2, UInt8(count - 1)])
                result += bytes[place..<place + count]
                (place, kind) = (place + count, kind + 1)
                continue
            }
            kind += 1
            if length <= 11, kind % 3 == 0 {
                result += [UInt8((offset >> 8) << 5 | (length - 4) << 2 | 1), UInt8(offset & 255)]
            } else if kind % 3 == 1 {
                result += [UInt8((length - 1) << 2 | 2)] + fixed(UInt64(offset), 2)
            } else {
                result += [UInt8((length - 1) << 2 | 3)] + fixed(UInt64(offset), 4)
            }
            place += length
        }
        return result
    }

    private func names(_ table: [UInt8]) throws -> [String] {
        var names: [String] = []
        try inFolder { folder in
            try write(table, to: folder + "/made.index")
            names = try TensorFlowCheckpoint(folder + "/made").names
        }
        return names
    }

    @Test func compressedBlocksAreRead() throws {
        let block = try Self.recordedBlock()
        let packed = Self.compressed(block)
        #expect(packed.count < block.count)
        let expected = try TensorFlowCheckpoint(RecordedFiles.path("plain")).names
        #expect(try names(Self.table(block, type: 0)) == expected)
        #expect(try names(Self.table(packed, type: 1)) == expected)
    }

    @Test(
        "a hostile compressed block is an error",
        arguments: [
            [], [0x80], Self.varint(1 << 40) + [0], Self.varint(4) + [1, 1],
            Self.varint(2) + [0, 65, 0, 66, 0, 67], Self.varint(5) + [0, 65, 2, 9, 0],
            Self.varint(4) + [63 << 2, 255, 255, 255, 255], Self.varint(9) + [0, 65],
            Self.varint(3) + [0, 65, 254, 1, 0],
            [255, 255, 255, 255, 255, 255, 255, 255, 255, 127],
        ] as [[UInt8]])
    func hostile(_ block: [UInt8]) throws {
        let error = try thrown(FileError.self) { _ = try names(Self.table(block, type: 1)) }
        #expect(error.kind == .malformed)
    }

    @Test(
        "a hostile block is an error",
        arguments: [
            [], [0, 0, 0, 0], [255, 255, 255, 255], [0, 0, 0, 0, 1, 0, 0, 0],
            [5, 0, 0] + [0, 0, 0, 0, 1, 0, 0, 0], [0, 200, 1, 1] + [0, 0, 0, 0, 1, 0, 0, 0],
            // Two keys that are not in order, and two that are the same.
            [0, 0, 0, 0, 1, 0, 66, 0, 1, 0, 65] + [0, 0, 0, 0, 1, 0, 0, 0],
            [0, 0, 0, 0, 1, 0, 66, 1, 0, 0] + [0, 0, 0, 0, 1, 0, 0, 0],
            // A value that is no message.
            [0, 0, 3, 255, 255, 255] + [0, 0, 0, 0, 1, 0, 0, 0],
        ] as [[UInt8]])
    func hostileEntries(_ block: [UInt8]) throws {
        let error = try thrown(FileError.self) { _ = try names(Self.table(block, type: 0)) }
        #expect(error.kind == .malformed)
    }

    @Test func otherCompressionsAndBigEndianAreNotSupported() throws {
        let block = try Self.recordedBlock()
        let other = try thrown(FileError.self) { _ = try names(Self.table(block, type: 4)) }
        #expect(other.kind == .unsupported)
        // An entry with the empty key: {num_shards: 1, endianness: BIG}
        let big: [UInt8] = [0, 0, 4, 8, 1, 16, 1] + [0, 0, 0, 0, 1, 0, 0, 0]
        let error = try thrown(FileError.self) { _ = try names(Self.table(big, type: 0)) }
        #expect(error.kind == .unsupported)
    }
}
