// SPDX-License-Identifier: Apache-2.0
import WeftArrays
import WeftFormats

/// The fields of one record, as bytes.
struct CSVFields: Sendable {
    /// The line at which it begins.
    var line: Int
    var bytes: [UInt8] = []
    /// Where each field ends.
    var ends: [Int] = []

    var count: Int { ends.count }

    func field(_ place: Int) -> ArraySlice<UInt8> {
        bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]]
    }

    func texts(file: String) throws -> [String] {
        try (0..<count).map { place in
            guard let text = String(validating: field(place), as: UTF8.self) else {
                throw DataError(
                    "csv", file: file, line: line,
                    "field \(place) is no text in UTF-8; save the file in that encoding")
            }
            return text
        }
    }
}

/// Takes records out of a file, one at a time.
final class CSVReader {
    /// A record that takes more memory has a quote without its other one, as a rule.
    private static let mostBytes = 1 << 28
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let (quote, lineFeed, carriageReturn) = (
        UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")
    )

    private let stream: ByteStream
    private let separator: UInt8
    /// What ends a run of bytes that stand for themselves.
    private let stops: [Bool]
    private(set) var place = CSVPlace()
    /// How many records come before those that are counted: one, where the first has the names.
    private let uncounted: Int

    init(_ path: String, separator: UInt8, uncounted: Int = 0) throws {
        stream = try ByteStream(path)
        self.separator = separator
        self.uncounted = uncounted
        var stops = [Bool](repeating: false, count: 256)
        for byte in [separator, Self.lineFeed, Self.carriageReturn] { stops[Int(byte)] = true }
        self.stops = stops
    }

    func seek(to place: CSVPlace) throws {
        try stream.seek(to: place.offset)
        self.place = place
    }

    /// The next record; nil at the end of the file.
    func next() throws -> CSVFields? {
        if stream.position == 0 { try passMark() }
        while let first = try stream.peek() {
            if first == Self.lineFeed || first == Self.carriageReturn {
                try endLine()
                continue
            }
            defer {
                place.record += 1
                place.offset = stream.position
            }
            return try record()
        }
        return nil
    }

    private func passMark() throws {
        for byte in Self.mark {
            guard try stream.peek() == byte else {
                // A part of a mark is text.
                try stream.seek(to: 0)
                return
            }
            _ = try stream.read()
        }
    }

    private func endLine() throws {
        let byte = try stream.read()
        if byte == Self.carriageReturn, try stream.peek() == Self.lineFeed {
            _ = try stream.read()
        }
        place.line += 1
    }

    /// A record whose first byte is there.
    private func record() throws -> CSVFields {
        var fields = CSVFields(line: place.line)
        while true {
            if try stream.peek() == Self.quote {
                try quoted(&fields)
            } else {
                try plain(&fields)
            }
            try endField(&fields)
            guard let byte = try stream.peek() else { return fields }
            if byte != separator {
                try endLine()
                return fields
            }
            _ = try stream.read()
        }
    }

    private func plain(_ fields: inout CSVFields) throws {
        var isDone = false
        while !isDone {
            let isAny = try stream.take { bytes in
                let end = bytes.firstIndex { stops[Int($0)] } ?? bytes.count
                isDone = end < bytes.count
                try add(bytes[..<end], to: &fields)
                return end
            }
            if !isAny { return }
        }
    }

    private func quoted(_ fields: inout CSVFields) throws {
        let line = place.line
        _ = try stream.read()
        // A line end belongs to the field; the lines are counted all the same.
        var last: UInt8 = 0
        while true {
            let isAny = try stream.take { bytes in
                let end = bytes.firstIndex { $0 == Self.quote } ?? bytes.count
                try add(bytes[..<end], to: &fields)
                for byte in bytes[..<end] {
                    if byte == Self.carriageReturn
                        || byte == Self.lineFeed && last != Self.carriageReturn
                    {
                        place.line += 1
                    }
                    last = byte
                }
                return end
            }
            guard isAny else {
                throw fault(fields, "a quote in line \(line) has no other one")
            }
            guard try stream.peek() == Self.quote else { continue }
            _ = try stream.read()
            guard let byte = try stream.peek() else { return }
            if byte == Self.quote {
                _ = try stream.read()
                try add([Self.quote][...], to: &fields)
            } else if stops[Int(byte)] {
                return
            } else {
                try passLine()
                throw fault(
                    fields,
                    "text follows a quoted field; a separator or the line's end must, and a quote in a field is "
                        + "doubled")
            }
        }
    }

    /// Goes to the next line, so that reading can go on behind an error.
    private func passLine() throws {
        while let byte = try stream.peek() {
            if byte == Self.lineFeed || byte == Self.carriageReturn { return try endLine() }
            _ = try stream.read()
        }
    }

    private func add(_ part: some Collection<UInt8>, to fields: inout CSVFields) throws {
        try require(part.count, of: fields)
        do {
            try fields.bytes.makeRoom(for: part.count)
        } catch {
            throw fault(fields, "\(error)")
        }
        fields.bytes += part
    }

    private func endField(_ fields: inout CSVFields) throws {
        try require(MemoryLayout<Int>.stride, of: fields)
        do {
            try fields.ends.makeRoom(for: 1)
        } catch {
            throw fault(fields, "\(error)")
        }
        fields.ends.append(fields.bytes.count)
    }

    /// - Throws: `DataError` when so many more bytes are too much for a record. Empty fields take memory, too.
    private func require(_ more: Int, of fields: CSVFields) throws {
        let taken = fields.bytes.count + fields.ends.count * MemoryLayout<Int>.stride
        guard taken + more <= Self.mostBytes else {
            throw fault(
                fields, "the record takes more than 256 MiB; a quote may lack its other one")
        }
    }

    private func fault(_ fields: CSVFields, _ reason: String) -> DataError {
        DataError(
            "csv", file: stream.path, record: place.record - uncounted, line: fields.line,
            column: nil, reason)
    }
}
