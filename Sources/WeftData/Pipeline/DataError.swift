// SPDX-License-Identifier: Apache-2.0

/// An element of a dataset that cannot be had, or a dataset that is none: which stage says so, of which record of
/// which file, and what to do.
public struct DataError: Error, Sendable, CustomStringConvertible {
    /// The stage of the pipeline: `map`, `batch(64)`, `csv`.
    public let stage: String
    /// The file, where the element comes from one.
    public let file: String?
    /// Which record of the file, or element of the source, it is, counted from 0; nil where the fault is none of a
    /// single one.
    public let record: Int?
    /// The line of the file at which the record begins, counted from 1, for files of lines.
    public let line: Int?
    /// The column's name, for files of columns.
    public let column: String?
    /// What is wrong, and what to do.
    public let reason: String
    /// The error of a function or a file that is behind it.
    public let underlying: (any Error)?

    package init(
        _ stage: String, file: String? = nil, record: Int? = nil, line: Int? = nil,
        column: String? = nil, _ reason: String, underlying: (any Error)? = nil
    ) {
        self.stage = stage
        self.file = file
        self.record = record
        self.line = line
        self.column = column
        self.reason = reason
        self.underlying = underlying
    }

    /// What a function threw for an element. An error of an earlier stage says already where it comes from.
    init(_ stage: String, of origin: Origin?, _ error: any Error) {
        if let error = error as? DataError {
            guard error.file == nil, error.record == nil, let origin else {
                self = error
                return
            }
            self.init(
                error.stage, file: origin.file, record: origin.record, line: error.line,
                column: error.column, error.reason, underlying: error.underlying)
            return
        }
        self.init(stage, file: origin?.file, record: origin?.record, "\(error)", underlying: error)
    }

    /// The stage, the place, and what is wrong.
    public var description: String {
        var place = stage
        if let file { place += ", '\(file)'" }
        if let record { place += ", record \(record)" }
        if let line { place += ", line \(line)" }
        if let column { place += ", column '\(column)'" }
        return "\(place): \(reason)"
    }
}

/// Where an element comes from.
struct Origin: Sendable {
    var file: String?
    var record: Int
}
