// SPDX-License-Identifier: Apache-2.0
import WeftFormats

/// A file of comma-separated values (RFC 4180), which may be larger than memory.
///
/// ```swift
/// let file = try CSVFile("wine.csv")
/// let rows = file.records().map { row in
///     Wine(
///         features: try row.numbers(["alcohol", "ash"], missing: 0),
///         kind: NDArray(try row.category("kind", among: ["red", "white"])))
/// }
/// ```
///
/// Fields may be quoted, and have separators, line ends and doubled quotes then. Lines end in LF, CRLF or CR; a byte order
/// mark at the beginning and blank lines are passed over. A record with more or fewer fields than the first has is an error
/// with its line. Files that gzip has compressed are read as they are.
public struct CSVFile: Sendable {
    /// Where the names of the columns come from.
    public enum Columns: Sendable, Hashable {
        /// The first record, without blanks around the names.
        case firstRecord
        /// These, for a file without names.
        case named([String])
        /// The numbers of the columns from 0 on, for a file without names: `0`, `1` …
        case numbered
    }

    /// Where the file is.
    public let path: String
    /// The names of the columns.
    public let columns: [String]
    let layout: CSVLayout
    private let start: CSVPlace

    /// Opens a file and reads its first record.
    ///
    /// - Parameters:
    ///   - path: Where the file is.
    ///   - columns: Where the names of the columns come from.
    ///   - separator: What stands between fields: a comma, `;`, a tab or another character of ASCII.
    ///   - missing: What stands for a value that is not known, without blanks around it.
    /// - Throws: `FileError` when the file cannot be read; `DataError` when it is empty, has two columns of one name
    ///   or another number of them than names.
    public init(
        _ path: String, columns: Columns = .firstRecord, separator: Character = ",",
        missing: Set<String> = CSVFile.usuallyMissing
    ) throws {
        guard let byte = separator.asciiValue, !Self.reserved.contains(byte) else {
            throw DataError(
                "csv", file: path,
                "fields cannot be separated by '\(separator)'; give a character of ASCII that "
                    + "is no quote and no line end")
        }
        self.path = path
        let reader = try CSVReader(path, separator: byte)
        let first = try reader.next()
        guard let first else {
            throw DataError("csv", file: path, "the file is empty")
        }
        switch columns {
        case .firstRecord:
            self.columns = try first.texts(file: path).map { $0.trimmingBlanks() }
            start = reader.place
        case .named(let names):
            self.columns = names
            start = CSVPlace()
        case .numbered:
            self.columns = (0..<first.count).map(String.init)
            start = CSVPlace()
        }
        guard self.columns.count == first.count else {
            throw DataError(
                "csv", file: path, line: first.line,
                "the record has \(first.count) fields for \(self.columns.count) columns")
        }
        layout = CSVLayout(path: path, columns: self.columns, separator: byte, missing: missing)
        if let twice = layout.duplicate {
            throw DataError(
                "csv", file: path, line: first.line, "two columns are called '\(twice)'")
        }
    }

    /// Empty fields, and what spreadsheets and statistics programs write for values that are not known.
    public static let usuallyMissing: Set<String> = [
        "", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?",
    ]

    private static let reserved = Set("\"\r\n".utf8)

    /// The records in the file's order. A stream keeps one of them and a part of the file in memory.
    public func records() -> Dataset<CSVRecord> {
        let (layout, start) = (layout, start)
        return Dataset(source: "csv") { try CSVCursor(layout, start) }
    }
}

/// What all records of a file have in common.
final class CSVLayout: Sendable {
    let path: String
    let columns: [String]
    let separator: UInt8
    let missing: Set<String>
    private let places: [String: Int]
    /// A name that two columns have.
    let duplicate: String?

    init(path: String, columns: [String], separator: UInt8, missing: Set<String>) {
        self.path = path
        self.columns = columns
        self.separator = separator
        self.missing = missing
        var places: [String: Int] = [:]
        var duplicate: String?
        for (place, name) in columns.enumerated()
        where places.updateValue(place, forKey: name) != nil {
            duplicate = duplicate ?? name
        }
        (self.places, self.duplicate) = (places, duplicate)
    }

    func place(of column: String) -> Int? { places[column] }
}

/// Where a reader stands.
struct CSVPlace: Sendable, Equatable {
    var offset = 0
    var record = 0
    var line = 1
}

private final class CSVCursor: Cursor {
    private let layout: CSVLayout
    private let start: CSVPlace
    private let reader: CSVReader
    private var pass = 0
    private(set) var origin: Origin?

    init(_ layout: CSVLayout, _ start: CSVPlace) throws {
        self.layout = layout
        self.start = start
        reader = try CSVReader(
            layout.path, separator: layout.separator, uncounted: start.record)
    }

    func begin(pass: Int) throws {
        try reader.seek(to: start)
        self.pass = pass
    }

    /// The fields of the next record that has as many as there are columns.
    private func fields() throws -> CSVFields? {
        let number = reader.place.record - start.record
        origin = Origin(file: layout.path, record: number)
        guard let fields = try reader.next() else { return nil }
        guard fields.count == layout.columns.count else {
            throw DataError(
                "csv", file: layout.path, record: number, line: fields.line,
                "the record has \(fields.count) fields for \(layout.columns.count) columns")
        }
        return fields
    }

    func next() throws -> CSVRecord? {
        let number = reader.place.record - start.record
        return try fields().map { CSVRecord(layout: layout, number: number, fields: $0) }
    }

    var position: Position {
        Position(numbers: [pass, reader.place.offset, reader.place.record, reader.place.line])
    }

    func seek(to position: Position) throws {
        let numbers = try position.numbers(4)
        try reader.seek(
            to: CSVPlace(offset: numbers[1], record: numbers[2], line: numbers[3]))
        pass = numbers[0]
    }
}
