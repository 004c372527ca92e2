// SPDX-License-Identifier: Apache-2.0

/// The beginning of a .npy file: `\x93NUMPY`, a version, and a dictionary as Python writes it.
struct NpyHeader {
    /// The type of the elements: `<f4`.
    var descr: String
    var isFortranOrdered: Bool
    var shape: [Int]

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// NumPy itself refuses to evaluate more than 10,000 bytes.
    private static let longest = 1 << 16

    /// - Throws: `FileError` when the input does not begin so.
    init(reading input: any ByteInput) throws {
        let start = input.position
        guard input.remaining >= 10, try input.bytes(6) == Self.magic else {
            throw input.error(
                .malformed, at: start, "no .npy file: it does not begin with \\x93NUMPY")
        }
        let version = try input.bytes(2)
        guard (1...3).contains(version[0]), version[1] == 0 else {
            throw input.error(
                .unsupported, at: start + 6,
                "version \(version[0]).\(version[1]) of the format is not known; 1.0, 2.0 and 3.0 are"
            )
        }
        let length = try input.bytes(version[0] == 1 ? 2 : 4).reversed()
            .reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.longest else {
            throw input.error(
                .malformed, at: start + 8,
                "a header of \(length) bytes is none of an array; they are \(Self.longest) at most")
        }
        let base = input.position
        var parser = NpyHeaderParser(try input.bytes(length))
        do {
            self = try parser.header()
        } catch {
            throw input.error(error.kind, at: base + error.offset, error.reason)
        }
    }

    init(descr: String, isFortranOrdered: Bool = false, shape: [Int]) {
        self.descr = descr
        self.isFortranOrdered = isFortranOrdered
        self.shape = shape
    }

    /// The bytes before the elements, a multiple of 64.
    var bytes: [UInt8] {
        let dimensions = shape.map { "\($0)," }.joined(separator: " ")
        let text =
            "{'descr': '\(descr)', 'fortran_order': \(isFortranOrdered ? "True" : "False"), "
            + "'shape': (\(shape.count > 1 ? String(dimensions.dropLast()) : dimensions)), }"
        // With one more byte for the end of the line; version 1 has 16 bits for the length.
        let isShort = text.utf8.count < 65_000
        let before = isShort ? 10 : 12
        let length = (before + text.utf8.count + 1 + 63) / 64 * 64 - before
        var bytes = Self.magic + [isShort ? 1 : 2, 0]
        for index in 0..<(isShort ? 2 : 4) {
            bytes.append(UInt8(truncatingIfNeeded: length >> (8 * index)))
        }
        bytes += text.utf8
        bytes += [UInt8](repeating: UInt8(ascii: " "), count: length - text.utf8.count - 1)
        return bytes + [UInt8(ascii: "\n")]
    }
}

/// Reads the dictionary of a header. It has three keys, and of Python's values those that can stand there.
private struct NpyHeaderParser {
    struct Fault: Error {
        let kind: FileError.Kind
        let offset: Int
        let reason: String
    }

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func header() throws(Fault) -> NpyHeader {
        var descr: String?
        var isFortranOrdered: Bool?
        var shape: [Int]?
        try require("{")
        while !take("}") {
            let start = skipBlanks()
            let key = try string()
            try require(":")
            switch key {
            case "descr" where descr == nil: descr = try type()
            case "fortran_order" where isFortranOrdered == nil: isFortranOrdered = try boolean()
            case "shape" where shape == nil: shape = try dimensions()
            default:
                throw fault(
                    at: start,
                    "the key '\(key)' stands in the header twice or does not belong there")
            }
            if !take(",") {
                try require("}")
                break
            }
        }
        let end = skipBlanks()
        guard end == bytes.count else {
            throw fault(at: end, "more follows the header's dictionary")
        }
        guard let descr, let isFortranOrdered, let shape else {
            throw fault(
                at: end, "the header must have 'descr', 'fortran_order' and 'shape', and lacks one")
        }
        return NpyHeader(descr: descr, isFortranOrdered: isFortranOrdered, shape: shape)
    }

    private func fault(
        _ kind: FileError.Kind = .malformed, at offset: Int, _ reason: String
    ) -> Fault {
        Fault(kind: kind, offset: offset, reason: reason)
    }

    @discardableResult
    private mutating func skipBlanks() -> Int {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        return place
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func require(_ character: Unicode.Scalar) throws(Fault) {
        if !take(character) { throw fault(at: place, "the header must have '\(character)' here") }
    }

    /// A string without escapes, which names of types and keys do not have.
    private mutating func string() throws(Fault) -> String {
        skipBlanks()
        let start = place
        guard place < bytes.count,
            bytes[place] == UInt8(ascii: "'") || bytes[place] == UInt8(ascii: "\"")
        else { throw fault(at: start, "the header must have a string here") }
        let rest = bytes[(place + 1)...]
        guard let end = rest.firstIndex(of: bytes[place]),
            let text = String(validating: bytes[place + 1..<end], as: UTF8.self)
        else { throw fault(at: start, "a string of the header has no end, or is no text") }
        place = end + 1
        return text
    }

    private mutating func type() throws(Fault) -> String {
        if skipBlanks() < bytes.count, bytes[place] == UInt8(ascii: "[") {
            throw fault(
                .unsupported, at: place,
                "a structured array, whose elements are records; write each field as an array of its own"
            )
        }
        return try string()
    }

    private mutating func boolean() throws(Fault) -> Bool {
        skipBlanks()
        for (text, value) in [("True", true), ("False", false)]
        where bytes[place...].starts(with: text.utf8) {
            place += text.utf8.count
            return value
        }
        throw fault(at: place, "'fortran_order' must be True or False")
    }

    /// A tuple of dimensions; Python 2 wrote an L behind each.
    private mutating func dimensions() throws(Fault) -> [Int] {
        var result: [Int] = []
        try require("(")
        while !take(")") {
            let start = skipBlanks()
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
            guard let number = Int(String(decoding: bytes[start..<place], as: UTF8.self)) else {
                throw fault(
                    at: start, "a dimension must be a whole number from 0 to \(Int.max)")
            }
            result.append(number)
            _ = take("L")
            if !take(",") {
                try require(")")
                break
            }
        }
        return result
    }
}
