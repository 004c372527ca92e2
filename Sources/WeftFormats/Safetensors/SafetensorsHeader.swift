// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// What the beginning of a .safetensors file says, and whether it can be so.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let dtypeName: String
        let shape: [Int]
        /// In the whole file.
        let range: Range<Int>
        /// Where its description is.
        let place: Int
    }

    /// In the order of their bytes.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    /// Where the bytes of the arrays begin.
    let end: Int

    /// The format's own limit.
    static let longest = 100_000_000
    static let metadataKey = "__metadata__"

    /// - Throws: `FileError` when the file does not begin so, or what it says cannot be.
    init(_ file: ReadableFile) throws {
        guard file.size >= 8 else {
            throw file.error(at: 0, "no .safetensors file: it has \(file.size) bytes, fewer than 8")
        }
        let length = try file.bytes(at: 0, count: 8).reversed()
            .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.longest else {
            throw file.error(
                at: 0,
                "no .safetensors file: its header would have \(length) bytes, and \(Self.longest) are allowed"
            )
        }
        end = 8 + Int(length)
        guard end <= file.size else {
            throw file.error(
                at: 0,
                "the header is said to have \(length) bytes, and the file has \(file.size - 8) behind this "
                    + "number; it was cut off, write or copy it again")
        }
        let bytes = try file.bytes(at: 8, count: Int(length))
        guard bytes.first == UInt8(ascii: "{") else {
            throw file.error(at: 8, "no .safetensors file: its header must begin with '{'")
        }
        var scanner = JSONScanner(bytes)
        do {
            try read(&scanner)
            try scanner.end()
        } catch {
            throw file.error(at: 8 + error.offset, "the header is damaged: \(error.reason)")
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name)
                < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        try requireCovering(file)
    }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) {
        var names: Set<String> = []
        var (entries, metadata, end) = ([Entry](), [String: String](), self.end)
        try scanner.object { (scanner, name, place) throws(JSONScanner.Fault) in
            guard names.insert(name).inserted else {
                throw JSONScanner.Fault(offset: place, reason: "'\(name)' is there twice")
            }
            if name == Self.metadataKey {
                metadata = try Self.strings(&scanner)
            } else {
                entries.append(try Self.entry(&scanner, name, at: place, behind: end))
            }
        }
        (self.entries, self.metadata) = (entries, metadata)
    }

    private static func strings(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Fault) -> [String: String] {
        var result: [String: String] = [:]
        try scanner.object { (scanner, key, place) throws(JSONScanner.Fault) in
            let isNew = result.updateValue(try scanner.string(), forKey: key) == nil
            if !isNew { throw JSONScanner.Fault(offset: place, reason: "'\(key)' is there twice") }
        }
        return result
    }

    private static func entry(
        _ scanner: inout JSONScanner, _ name: String, at place: Int, behind end: Int
    ) throws(JSONScanner.Fault) -> Entry {
        var (dtype, shape, offsets): (String?, [Int]?, [Int]?)
        try scanner.object { (scanner, key, place) throws(JSONScanner.Fault) in
            switch key {
            case "dtype" where dtype == nil: dtype = try scanner.string()
            case "shape" where shape == nil: shape = try counts(&scanner)
            case "data_offsets" where offsets == nil: offsets = try counts(&scanner)
            case "dtype", "shape", "data_offsets":
                throw JSONScanner.Fault(offset: place, reason: "'\(key)' is there twice")
            default: try scanner.skip()
            }
        }
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw JSONScanner.Fault(
                offset: place, reason: "'\(name)' must have 'dtype', 'shape' and two 'data_offsets'"
            )
        }
        guard offsets[0] <= offsets[1], offsets[1] <= Int.max - end else {
            throw JSONScanner.Fault(
                offset: place,
                reason: "'\(name)' is said to be at \(offsets), which is no part of a file")
        }
        let range = end + offsets[0]..<end + offsets[1]
        if let bits = SafetensorsType.bits[dtype] {
            let size = CheckedSize(ArraySize.count(shape)) * CheckedSize(bits)
            guard let size = size.value, size % 8 == 0, size / 8 == range.count else {
                throw JSONScanner.Fault(
                    offset: place,
                    reason:
                        "'\(name)' is \(dtype) of \(shape), and is said to have \(range.count) bytes"
                )
            }
        }
        return Entry(name: name, dtypeName: dtype, shape: shape, range: range, place: place + 8)
    }

    private static func counts(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) -> [Int] {
        var result: [Int] = []
        try scanner.array { (scanner) throws(JSONScanner.Fault) in
            result.append(try scanner.count())
        }
        return result
    }

    /// The arrays must take all bytes behind the header, each byte once.
    private func requireCovering(_ file: ReadableFile) throws {
        var next = end
        for entry in entries {
            guard entry.range.lowerBound == next else {
                throw file.error(
                    entry: entry.name, at: entry.place,
                    "its bytes begin at \(entry.range.lowerBound), and those before end at \(next): arrays must "
                        + "neither overlap nor leave gaps")
            }
            next = entry.range.upperBound
        }
        guard next == file.size else {
            throw file.error(
                at: min(next, file.size),
                "the arrays end at byte \(next), and the file has \(file.size); it was cut off or damaged, write "
                    + "or copy it again")
        }
    }
}

/// The types that the format knows.
enum SafetensorsType {
    /// The bits of an element.
    static let bits: [String: Int] = [
        "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64,
        "I64": 64,
        "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
        "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    ]

    private static let names: [DType: String] = [
        .bool: "BOOL", .uint8: "U8", .int8: "I8", .uint16: "U16", .int16: "I16", .uint32: "U32",
        .int32: "I32", .uint64: "U64", .int64: "I64", .float16: "F16", .bfloat16: "BF16",
        .float32: "F32", .float64: "F64", .complex64: "C64",
    ]
    private static let dtypes = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })

    /// The format's name of a type; nil when it has none.
    static func name(of dtype: DType) -> String? { names[dtype] }
    /// The type of a name; nil when arrays here have none.
    static func dtype(_ name: String) -> DType? { dtypes[name] }
}
