// SPDX-License-Identifier: Apache-2.0
public import WeftArrays

/// A record of a ``CSVFile``: its fields by the names of the columns. Numbers may have blanks around them.
public struct CSVRecord: Sendable {
    private let layout: CSVLayout
    /// Which record it is, counted from 0.
    public let number: Int
    private let fields: CSVFields

    init(layout: CSVLayout, number: Int, fields: CSVFields) {
        self.layout = layout
        self.number = number
        self.fields = fields
    }

    /// The line at which the record begins, counted from 1.
    public var line: Int { fields.line }

    /// The text of a column; nil where it is missing.
    ///
    /// - Throws: `DataError` when there is no such column, or it is no text in UTF-8.
    public func text(_ column: String) throws -> String? {
        guard let place = layout.place(of: column) else {
            let names = layout.columns.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
            throw DataError(
                "csv", file: layout.path,
                "there is no column '\(column)'; the first are \(names)")
        }
        guard let text = String(validating: fields.field(place), as: UTF8.self) else {
            throw fault(column, "the field is no text in UTF-8; save the file in that encoding")
        }
        return isMissing(text) ? nil : text
    }

    private func isMissing(_ text: String) -> Bool {
        layout.missing.contains(text) || layout.missing.contains(text.trimmingBlanks())
    }

    /// The number of a column.
    ///
    /// - Parameters:
    ///   - column: The column's name.
    ///   - missing: What a missing value is; nil when there must be one.
    /// - Throws: `DataError` when there is none, or the field is no number.
    public func number(_ column: String, missing: Double? = nil) throws -> Double {
        guard let text = try present(column, unless: missing != nil) else { return missing ?? .nan }
        guard let number = Double(text.trimmingBlanks()) else {
            throw fault(column, "'\(text.shortened)' is no number")
        }
        return number
    }

    /// The integer of a column.
    ///
    /// - Parameters:
    ///   - column: The column's name.
    ///   - missing: What a missing value is; nil when there must be one.
    /// - Throws: `DataError` when there is none, or the field is no integer of 64 bits.
    public func integer(_ column: String, missing: Int64? = nil) throws -> Int64 {
        guard let text = try present(column, unless: missing != nil) else { return missing ?? 0 }
        guard let number = Int64(text.trimmingBlanks()) else {
            throw fault(column, "'\(text.shortened)' is no integer of 64 bits")
        }
        return number
    }

    /// Which of some categories stands in a column, from 0 on.
    ///
    /// - Parameters:
    ///   - column: The column's name.
    ///   - categories: The texts of the categories, as ``CSVSummary/Column/values`` finds them.
    ///   - missing: What a missing value, or one that is none of the categories, is; nil when there must be one of
    ///     them.
    /// - Throws: `DataError` when there is none.
    public func category(
        _ column: String, among categories: [String], missing: Int32? = nil
    ) throws -> Int32 {
        guard let text = try present(column, unless: missing != nil) else { return missing ?? 0 }
        if let index = categories.firstIndex(of: text), let number = Int32(exactly: index) {
            return number
        }
        if let missing { return missing }
        let names = categories.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
        throw fault(column, "'\(text.shortened)' is none of the categories \(names)")
    }

    /// The numbers of some columns: `f32[columns]`.
    ///
    /// - Parameters:
    ///   - columns: The columns' names.
    ///   - missing: What a missing value is; nil when there must be one.
    /// - Throws: as ``number(_:missing:)``.
    public func numbers(_ columns: [String], missing: Double? = nil) throws -> NDArray {
        NDArray(try columns.map { Float(try number($0, missing: missing)) })
    }

    private func present(_ column: String, unless mayBeMissing: Bool) throws -> String? {
        if let text = try text(column) { return text }
        if mayBeMissing { return nil }
        throw fault(column, "the value is missing; say what stands for it with `missing:`")
    }

    private func fault(_ column: String, _ reason: String) -> DataError {
        DataError(
            "csv", file: layout.path, record: number, line: line, column: column, reason)
    }
}

extension String {
    /// Without blanks and tabs around it.
    func trimmingBlanks() -> String {
        guard let first = utf8.first, let last = utf8.last else { return self }
        let isClean = ![first, last].contains { $0 == 0x20 || $0 == 0x09 }
        if isClean { return self }
        let bytes = utf8.drop { $0 == 0x20 || $0 == 0x09 }
        guard let end = bytes.lastIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { return "" }
        return String(bytes[...end]) ?? self
    }

    /// For messages.
    var shortened: String { count > 40 ? prefix(40) + "…" : self }
}
