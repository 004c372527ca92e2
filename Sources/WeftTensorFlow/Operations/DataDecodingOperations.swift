// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Weft
import WeftProtos

/// Arrays that strings hold: as bytes, as messages, as lines of tables.
enum DataDecodingOperations {
    static let all: [OperationDefinition] = raw + messages + tables

    // MARK: Bytes

    private static let raw: [OperationDefinition] = [
        OperationDefinition("DecodeRaw", defaults: ["little_endian": true]) { call in
            let (x, type) = (try call.tensor(0), try call.dtype("out_type"))
            let isSwapped = try !call.bool("little_endian")
            return call.measured([(type, try call.rank(0) + 1)], [x]) { inputs in
                let strings = try inputs[0].byteStrings()
                let width = strings.first?.count ?? 0
                guard strings.allSatisfy({ $0.count == width }), width % type.size == 0 else {
                    throw HostProblem(
                        "the strings must be of one length, a multiple of \(type.size)")
                }
                return [
                    try array(
                        strings, type, isSwapped: isSwapped,
                        shape: inputs[0].shape + [width / type.size])
                ]
            }[0]
        },
        OperationDefinition("DecodePaddedRaw", defaults: ["little_endian": true]) { call in
            let (x, type) = (try call.tensor(0), try call.dtype("out_type"))
            let isSwapped = try !call.bool("little_endian")
            let inputs = [x, try call.tensor(1)]
            return call.measured([(type, try call.rank(0) + 1)], inputs) { inputs in
                let width = try inputs[1].integer
                guard width >= 0, width % type.size == 0, width < 1 << 40 else {
                    throw HostProblem("\(width) bytes are no multiple of \(type.size)")
                }
                let strings = try inputs[0].byteStrings().map { bytes in
                    bytes.prefix(width)
                        + Array(repeating: 0, count: width - min(bytes.count, width))
                }
                return [
                    try array(
                        strings.map { Array($0) }, type, isSwapped: isSwapped,
                        shape: inputs[0].shape + [width / type.size])
                ]
            }[0]
        },
        // The bits under another type: an axis more or less where its size is another.
        OperationDefinition("Bitcast") { call in
            let (x, type) = (try call.tensor(0), try call.dtype("type"))
            if x.dtype == type { return x }
            let (from, to) = (x.dtype.size, type.size)
            let rank = try call.rank(0)
            guard x.dtype != .string, type != .string, from > 0, to > 0,
                from >= to || rank > 0
            else { throw call.error(.malformed, "\(x.type) as \(type)") }
            let result = HostResult.array(type) { operands in
                let sizes = operands[0]
                if from == to { return sizes }
                if from > to {
                    return Shape((0..<rank).map { sizes[$0] } + [from / to])
                }
                return Shape((0..<rank - 1).map { sizes[$0] })
            }
            return call.hosted([result], [x]) { inputs in
                let sizes = inputs[0].shape
                if from < to, sizes.last != to / from {
                    throw HostProblem("\(sizes) has no rows of \(to / from)")
                }
                let shape =
                    from == to ? sizes : from > to ? sizes + [from / to] : Array(sizes.dropLast())
                return try inputs[0].withUnsafeBytes {
                    [try NDArray(dtype: type, shape: shape, bytes: $0)]
                }
            }[0]
        },
    ]

    private static func array(
        _ strings: [[UInt8]], _ type: DType, isSwapped: Bool, shape: [Int]
    ) throws -> NDArray {
        // Complex numbers are swapped part by part.
        let size = type.isComplex ? type.size / 2 : type.size
        var bytes = strings.flatMap { $0 }
        if isSwapped, size > 1 {
            for start in stride(from: 0, to: bytes.count - size + 1, by: size) {
                bytes[start..<start + size].reverse()
            }
        }
        return try NDArray(dtype: type, shape: shape, bytes: bytes)
    }

    // MARK: Messages

    private static let messages: [OperationDefinition] = [
        OperationDefinition("SerializeTensor") { call in
            call.hosted([.array(.string, [])], [try call.tensor(0)]) { inputs in
                let bytes: [UInt8] = try TFTensorProto(inputs[0]).serializedBytes()
                return [try NDArray(byteStrings: [bytes], shape: [])]
            }[0]
        },
        OperationDefinition("ParseTensor") { call in
            let (x, type) = (try call.tensor(0), try call.dtype("out_type"))
            // How many axes there are a constant tells before the run.
            guard let bytes = try x.constant?.byteStrings().first else {
                throw call.error(
                    .unsupported,
                    "the rank of the array must be known before the graph runs; make the string a "
                        + "constant, or feed the array")
            }
            do {
                let array = try TFTensorProto(serializedBytes: bytes).array()
                guard array.dtype == type else {
                    throw call.error(
                        .invalidRequest, "the array is \(array.dtype), and \(type) is wanted")
                }
                return .constant(array)
            } catch let error as BinaryDecodingError {
                throw call.error(.malformed, "the string is no array: \(error)")
            }
        },
    ]

    // MARK: Tables

    private static let tables: [OperationDefinition] = [
        OperationDefinition(
            "DecodeCSV", outputs: ["output"],
            defaults: [
                "field_delim": ",", "use_quote_delim": true, "na_value": "", "select_cols": [],
            ],
            tensors: { call in
                let defaults = try call.tensors(from: 1)
                let table = LineTable(
                    delimiter: try call.bytes("field_delim").first ?? 0x2C,
                    hasQuotes: try call.bool("use_quote_delim"),
                    missing: try call.bytes("na_value"), columns: try call.ints("select_cols"))
                return call.hosted(
                    defaults.map { fallback in .array(fallback.dtype) { $0[0] } },
                    [try call.tensor(0)] + defaults
                ) { inputs in
                    let rows = try inputs[0].byteStrings().map {
                        try table.fields($0, count: inputs.count - 1)
                    }
                    return try inputs.dropFirst().enumerated().map { column, fallback in
                        try table.column(
                            rows.map { $0[column] }, fallback, number: column
                        ).reshaped(to: inputs[0].shape)
                    }
                }
            })
    ]
}

/// Lines of a table, whose fields are separated by a character.
private struct LineTable: Sendable {
    let delimiter: UInt8
    let hasQuotes: Bool
    /// What stands for a missing field, besides nothing.
    let missing: [UInt8]
    /// The columns that are read; all where it is empty.
    let columns: [Int]

    /// The fields that are read of a line.
    func fields(_ line: [UInt8], count: Int) throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        var place = 0
        while true {
            var field: [UInt8] = []
            if hasQuotes, place < line.count, line[place] == UInt8(ascii: "\"") {
                place += 1
                while true {
                    guard place < line.count else {
                        throw HostProblem("a field begins with a quote that nothing ends")
                    }
                    if line[place] == UInt8(ascii: "\"") {
                        guard place + 1 < line.count, line[place + 1] == UInt8(ascii: "\"") else {
                            break
                        }
                        place += 1
                    }
                    field.append(line[place])
                    place += 1
                }
                place += 1
            } else {
                while place < line.count, line[place] != delimiter {
                    field.append(line[place])
                    place += 1
                }
            }
            all.append(field)
            guard place < line.count else { break }
            guard line[place] == delimiter else {
                throw HostProblem("a quote is followed by neither a separator nor the end")
            }
            place += 1
        }
        let chosen = columns.isEmpty ? Array(all.indices) : columns
        guard chosen.count == count, chosen.allSatisfy({ all.indices.contains($0) }) else {
            throw HostProblem("a line has \(all.count) fields, and \(count) are wanted")
        }
        return chosen.map { all[$0] }
    }

    /// A column, read as what its default is.
    func column(_ fields: [[UInt8]], _ fallback: NDArray, number: Int) throws -> NDArray {
        func value<T>(_ field: [UInt8], _ given: T?, _ read: (String) -> T?) throws -> T {
            if field.isEmpty || field == missing {
                guard let given else {
                    throw HostProblem("field \(number) is required and missing in a line")
                }
                return given
            }
            let text = String(decoding: field, as: UTF8.self)
            guard let value = read(text.trimmingCharacters(in: .whitespaces)) else {
                throw HostProblem("field \(number) is no \(fallback.dtype): '\(text)'")
            }
            return value
        }
        if fallback.dtype == .string {
            let given = try fallback.byteStrings().first
            return try NDArray(
                byteStrings: try fields.map { field in
                    try field.isEmpty || field == missing ? value(field, given) { _ in nil } : field
                }, shape: [fields.count])
        }
        if fallback.dtype.isInteger {
            let given = try fallback.integers.first.map { Int64($0) }
            return try NDArray(try fields.map { try value($0, given) { Int64($0) } })
                .cast(to: fallback.dtype)
        }
        let given = fallback.doubles.first
        return try NDArray(try fields.map { try value($0, given) { Double($0) } })
            .cast(to: fallback.dtype)
    }
}
