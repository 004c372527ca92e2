// SPDX-License-Identifier: Apache-2.0
import Weft

/// Texts in several encodings: what characters they have, and where these begin.
enum UnicodeOperations {
    private static let defaults: [String: AttributeDefault] = [
        "errors": "replace", "replacement_char": 0xFFFD, "replace_control_characters": false,
        "Tsplits": .type(.int64),
    ]

    static let all: [OperationDefinition] = [
        OperationDefinition(
            "UnicodeDecodeWithOffsets",
            outputs: ["row_splits", "char_values", "char_to_byte_starts"], defaults: defaults,
            tensors: { call in
                let reader = try CharacterReader(call)
                let splits = try call.dtype("Tsplits")
                return call.measured(
                    [(splits, 1), (.int32, 1), (.int64, 1)], [try call.tensor(0)]
                ) { inputs in
                    let all = try inputs[0].byteStrings().map(reader.characters)
                    let ends = all.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
                    return [
                        try NDArray.longs(ends).cast(to: splits),
                        NDArray(all.flatMap { $0.map { Int32(bitPattern: $0.code) } }),
                        .longs(all.flatMap { $0.map(\.start) }),
                    ]
                }
            }),
        OperationDefinition("UnicodeTranscode", defaults: defaults) { call in
            let reader = try CharacterReader(call)
            let encoding = try CharacterEncoding(call, "output_encoding")
            return call.hosted([.like(0)], [try call.tensor(0)]) { inputs in
                let strings = try inputs[0].byteStrings().map { bytes in
                    try reader.characters(bytes).flatMap { encoding.bytes($0.code) }
                }
                return [try NDArray(byteStrings: strings, shape: inputs[0].shape)]
            }[0]
        },
    ]
}

/// How characters are written as bytes.
private enum CharacterEncoding: Sendable {
    case utf8, utf16, utf32, latin1

    init(_ call: NodeCall, _ attribute: String) throws {
        switch try call.string(attribute) {
        case "UTF-8", "utf-8", "UTF8", "US-ASCII": self = .utf8
        case "UTF-16-BE", "UTF-16BE": self = .utf16
        case "UTF-32-BE", "UTF-32BE": self = .utf32
        case "ISO-8859-1", "latin1": self = .latin1
        case let other:
            throw call.error(
                .unsupported,
                "the encoding '\(other)'; there are UTF-8, UTF-16-BE, UTF-32-BE and ISO-8859-1")
        }
    }

    func bytes(_ code: UInt32) -> [UInt8] {
        func big(_ number: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
        }
        switch self {
        case .utf8: return Unicode.Scalar(code).map { Array(String($0).utf8) } ?? []
        case .utf16:
            return Unicode.Scalar(code).map { scalar in
                String(scalar).utf16.flatMap { big(UInt32($0), 2) }
            } ?? []
        case .utf32: return big(code, 4)
        case .latin1: return [code < 256 ? UInt8(code) : UInt8(ascii: "?")]
        }
    }

    /// The characters, nil for what is none, with the number of their bytes.
    func parts(_ bytes: [UInt8]) -> [(code: UInt32?, count: Int)] {
        switch self {
        case .utf8:
            var parser = Unicode.UTF8.ForwardParser()
            var input = bytes.makeIterator()
            var parts: [(code: UInt32?, count: Int)] = []
            while true {
                switch parser.parseScalar(from: &input) {
                case .valid(let encoded):
                    parts.append((Unicode.UTF8.decode(encoded).value, encoded.count))
                case .error(let length): parts.append((nil, length))
                case .emptyInput: return parts
                }
            }
        case .utf16:
            var parts: [(code: UInt32?, count: Int)] = []
            var place = 0
            func unit(_ place: Int) -> UInt32? {
                place + 1 < bytes.count
                    ? UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1]) : nil
            }
            while place < bytes.count {
                guard let first = unit(place) else {
                    parts.append((nil, bytes.count - place))
                    break
                }
                if (0xD800..<0xDC00).contains(first), let second = unit(place + 2),
                    (0xDC00..<0xE000).contains(second)
                {
                    parts.append((0x10000 + (first - 0xD800) << 10 + (second - 0xDC00), 4))
                } else {
                    parts.append(((0xD800..<0xE000).contains(first) ? nil : first, 2))
                }
                place += parts.last?.count ?? 2
            }
            return parts
        case .utf32:
            return stride(from: 0, to: bytes.count, by: 4).map { place in
                let part = bytes[place..<min(place + 4, bytes.count)]
                let code = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                return (part.count == 4 ? Unicode.Scalar(code)?.value : nil, part.count)
            }
        case .latin1: return bytes.map { (UInt32($0), 1) }
        }
    }
}

/// The characters of texts, with what is to be done about faults.
private struct CharacterReader: Sendable {
    private enum Faults { case replaced, ignored, errors }

    private let encoding: CharacterEncoding
    private let faults: Faults
    private let replacement: UInt32
    private let replacesControls: Bool

    init(_ call: NodeCall) throws {
        encoding = try CharacterEncoding(call, "input_encoding")
        switch try call.string("errors") {
        case "replace": faults = .replaced
        case "ignore": faults = .ignored
        case "strict": faults = .errors
        case let other: throw call.error(.malformed, "the attribute 'errors' is '\(other)'")
        }
        guard
            let scalar = UInt32(exactly: try call.int("replacement_char")).flatMap(
                Unicode.Scalar.init)
        else { throw call.error(.malformed, "the attribute 'replacement_char' is no character") }
        replacement = scalar.value
        replacesControls = try call.bool("replace_control_characters")
    }

    func characters(_ bytes: [UInt8]) throws -> [(code: UInt32, start: Int)] {
        var result: [(code: UInt32, start: Int)] = []
        var start = 0
        for part in encoding.parts(bytes) {
            defer { start += part.count }
            if let code = part.code {
                result.append((code < 0x20 && replacesControls ? replacement : code, start))
                continue
            }
            switch faults {
            case .replaced: result.append((replacement, start))
            case .ignored: continue
            case .errors: throw HostProblem("byte \(start) of a string begins no character")
            }
        }
        return result
    }
}
