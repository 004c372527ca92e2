// SPDX-License-Identifier: Apache-2.0
public import WeftArrays
import WeftFormats

extension Dataset<String> {
    /// The lines of a text in UTF-8, without their ends (LF or CRLF), also where gzip has compressed the file. A byte order
    /// mark at the beginning is none of it.
    ///
    /// - Parameter path: Where the file is. That it cannot be read is told when a stream begins.
    public init(linesOf path: String) {
        self.init(source: "lines") { try LineCursor(path) }
    }
}

private final class LineCursor: Cursor {
    /// A line that is longer is one of a file without lines, as a rule.
    private static let mostBytes = 1 << 28

    private let stream: ByteStream
    private var pass = 0
    private var line = 0
    private(set) var origin: Origin?

    init(_ path: String) throws { stream = try ByteStream(path) }

    func begin(pass: Int) throws {
        try stream.seek(to: 0)
        (self.pass, line) = (pass, 0)
    }

    func next() throws -> String? {
        guard var bytes = try lineBytes() else { return nil }
        if line == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DataError(
                "lines", file: stream.path, record: line - 1, line: line,
                "the line is no text in UTF-8")
        }
        return text
    }

    private func lineBytes() throws -> [UInt8]? {
        var bytes: [UInt8] = []
        var isDone = false
        var isAny = false
        while !isDone {
            let isMore = try stream.take { part in
                let end = part.firstIndex(of: UInt8(ascii: "\n"))
                try makeRoom(for: end ?? part.count, in: &bytes)
                bytes += part[..<(end ?? part.count)]
                isDone = end != nil
                return end.map { $0 + 1 } ?? part.count
            }
            if !isMore { break }
            isAny = true
        }
        guard isAny else { return nil }
        origin = Origin(file: stream.path, record: line)
        line += 1
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }

    private func makeRoom(for more: Int, in bytes: inout [UInt8]) throws {
        do {
            guard bytes.count + more <= Self.mostBytes else {
                throw DataError(
                    "lines", file: stream.path, record: line, line: line &+ 1,
                    "the line is longer than 256 MiB; this may be no file of lines")
            }
            try bytes.makeRoom(for: more)
        } catch {
            stream.giveUp()
            throw DataError("lines", of: Origin(file: stream.path, record: line), error)
        }
    }

    func skip(_ count: Int) throws -> Int {
        var skipped = 0
        while skipped < count, try lineBytes() != nil { skipped += 1 }
        return skipped
    }

    var position: Position { Position(numbers: [pass, stream.position, line]) }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(3)
        try stream.seek(to: numbers[1])
        (pass, line) = (numbers[0], numbers[2])
    }
}

/// The characters of a text and their numbers.
///
/// ```swift
/// let characters = CharacterVocabulary(of: text)
/// let windows = Dataset(windowsOf: try characters.numbers(of: text), length: 65)
/// ```
public struct CharacterVocabulary: Sendable, Hashable {
    /// The characters, sorted by their code points; their places are their numbers.
    public let characters: [Character]
    private let places: [Character: Int32]

    /// The characters of a text, each once.
    public init(of text: String) {
        let ordered = Set(text).sorted {
            $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
        }
        characters = ordered
        places = ordered.enumerated().reduce(into: [:]) {
            $0[$1.element] = Int32(truncatingIfNeeded: $1.offset)
        }
    }

    /// How many characters there are.
    public var count: Int { characters.count }

    /// The numbers of a text's characters: `i32[n]`.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - unknown: The number of a character that is not in the vocabulary; nil when all must be.
    /// - Throws: `DataError` that names the first character that is not.
    public func numbers(of text: String, unknown: Int32? = nil) throws -> NDArray {
        NDArray(
            try text.enumerated().map { place, character in
                guard let number = places[character] ?? unknown else {
                    throw DataError(
                        "characters", record: place,
                        "'\(character)' is not in the vocabulary of \(count) characters")
                }
                return number
            })
    }

    /// The text of numbers, which are those of an array in row-major order.
    ///
    /// - Throws: `DataError` when a number is none of a character, `ArrayError` when the array has no numbers.
    public func text(of numbers: NDArray) throws -> String {
        String(
            try numbers.cast(to: .int64).scalars(as: Int64.self).map { number in
                guard let place = Int(exactly: number), characters.indices.contains(place) else {
                    throw DataError(
                        "characters", "\(number) is the number of none of \(count) characters")
                }
                return characters[place]
            })
    }
}

extension Dataset<NDArray> {
    /// Parts of one length of a long array, along its first axis: of a text's numbers, to learn what comes next.
    ///
    /// - Parameters:
    ///   - array: The numbers of a text, or rows of measurements.
    ///   - length: The length of a part; at least 1.
    ///   - step: How far the beginnings of two parts are from one another; at least 1.
    public init(windowsOf array: NDArray, length: Int, step: Int = 1) {
        var fault: String?
        if length < 1 || step < 1 {
            fault = "a length of \(length) and a step of \(step); both are 1 or more"
        } else if array.rank == 0 {
            fault = "a scalar has no parts"
        }
        let rows = array.shape.first ?? 0
        let count = fault == nil && rows >= length ? (rows - length) / step + 1 : 0
        self.init(
            "windows(\(rows), length: \(length), step: \(step))",
            Ordered(order: IndexOrder(count)) { order in
                IndexedCursor(order, stage: "windows") { index in
                    try Stacking.rows(
                        of: array, .even(start: index * step, stride: 1, count: length), 0..<length)
                }
            }, fault: fault.map { DataError("windows", $0) })
    }
}
