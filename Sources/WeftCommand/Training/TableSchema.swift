// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftData
import WeftTraining

/// How the records of a table become numbers: which columns, of which categories, how they are standardised. It
/// is kept with the model, so that other files are read as the one was that it was trained on.
struct TableSchema: Codable, Equatable {
    /// A column that goes into the model.
    struct Column: Codable, Equatable {
        let name: String
        /// The texts that it may have, each of which is a number of its own; none of a column of numbers.
        let categories: [String]
        /// What is taken away from a number, and what it is divided by then.
        var mean = 0.0
        var deviation = 1.0

        /// How many numbers it becomes.
        var width: Int { max(categories.count, 1) }
    }

    /// What is to be predicted.
    struct Label: Codable, Equatable {
        let name: String
        /// The texts of the classes; none where it is a number.
        let classes: [String]
        var mean = 0.0
        var deviation = 1.0

        var isClass: Bool { !classes.isEmpty }
    }

    var columns: [Column]
    var label: Label
    let separator: String
    let hasHeader: Bool

    /// How many numbers an example becomes.
    var width: Int { columns.reduce(0) { $0 + $1.width } }

    /// A file that is to have the same columns.
    func open(_ path: String) throws -> CSVFile {
        try Self.open(path, separator: separator, hasHeader: hasHeader)
    }

    static func open(_ path: String, separator: String, hasHeader: Bool) throws -> CSVFile {
        let name = separator == "tab" || separator == "\\t" ? "\t" : separator
        guard let character = name.first, name.count == 1 else {
            throw CleanFailure("--separator is one character, or tab; not '\(separator)'")
        }
        return try CSVFile(
            path, columns: hasHeader ? .firstRecord : .numbered, separator: character)
    }

    /// The numbers of a record: numbers that are missing are NaN, unknown categories 0 in all places.
    private func appendInputs(_ record: CSVRecord, to numbers: inout [Float]) throws {
        for column in columns {
            if column.categories.isEmpty {
                numbers.append(Float(try record.number(column.name, missing: .nan)))
                continue
            }
            let place = try record.category(column.name, among: column.categories, missing: -1)
            numbers += column.categories.indices.map { $0 == Int(place) ? Float(1) : 0 }
        }
    }

    /// The records of a file: `f32[n, width]`, with the targets, `i32[n]` of classes and `f32[n, 1]` of numbers.
    ///
    /// - Parameter hasTargets: Whether there is a label; if not, the targets are 0.
    func read(_ file: CSVFile, hasTargets: Bool) throws -> Labeled {
        var (inputs, numbers, classes): ([Float], [Float], [Int32]) = ([], [], [])
        var count = 0
        let stream = file.records().stream()
        while let record = try stream.next() {
            count += 1
            try appendInputs(record, to: &inputs)
            if label.isClass {
                classes.append(
                    hasTargets ? try record.category(label.name, among: label.classes) : 0)
            } else {
                numbers.append(hasTargets ? Float(try record.number(label.name)) : 0)
            }
        }
        guard count > 0 else { throw CleanFailure("'\(file.path)' has no records") }
        return try Labeled(
            NDArray(inputs, shape: [count, width]),
            label.isClass ? NDArray(classes) : NDArray(numbers, shape: [count, 1]))
    }

    /// The same with means and deviations of what is trained on.
    mutating func standardize(by training: Dataset<Labeled>) throws {
        let moments = try Standardizer(fitting: training.map { $0.inputs })
        let (means, deviations) = (moments.mean.doubles, moments.standardDeviation.doubles)
        var place = 0
        for index in columns.indices {
            if columns[index].categories.isEmpty {
                columns[index].mean = means[place]
                columns[index].deviation = deviations[place] > 0 ? deviations[place] : 1
            }
            place += columns[index].width
        }
        guard !label.isClass else { return }
        let targets = try Standardizer(fitting: training.map { $0.targets })
        label.mean = targets.mean.doubles.first ?? 0
        let deviation = targets.standardDeviation.doubles.first ?? 0
        label.deviation = deviation > 0 ? deviation : 1
    }

    /// Inputs as the model takes them; a number that is missing counts as the mean.
    func standardized(_ inputs: NDArray) throws -> NDArray {
        let scales = columns.flatMap { column in
            Array(repeating: (mean: column.mean, deviation: column.deviation), count: column.width)
        }
        let numbers = inputs.doubles.enumerated().map { place, number -> Float in
            let scale = scales[place % max(scales.count, 1)]
            return number.isNaN ? 0 : Float((number - scale.mean) / scale.deviation)
        }
        return try NDArray(numbers, shape: inputs.shape)
    }
}

/// What a column is taken for, where the file does not say enough.
struct TableChoices {
    let label: String
    /// Whether classes are to be predicted; nil for what the column looks like.
    var isClassification: Bool?
    var ignored: Set<String> = []
    var categorical: Set<String> = []

    private static let mostCategories = 100
    /// Up to how many different integers count as classes.
    private static let mostIntegerClasses = 20

    func schema(of file: CSVFile, separator: String, hasHeader: Bool) throws -> TableSchema {
        let summary = try file.summary()
        let names = NearNames(file.columns)
        for name in [label] + ignored.sorted() + categorical.sorted()
        where !file.columns.contains(name) {
            throw CleanFailure(
                "'\(file.path)' has no column '\(name)'\(names.hint(name)); there are "
                    + file.columns.map { "'\($0)'" }.joined(separator: ", ")
                    + Self.separatorHint(file))
        }
        let columns = try summary.columns.filter { $0.name != label && !ignored.contains($0.name) }
            .compactMap { try column($0, file.path) }
        guard !columns.isEmpty else {
            throw CleanFailure("no column is left in '\(file.path)' to predict '\(label)' from")
        }
        guard let target = summary.column(label) else {
            throw CleanFailure("'\(file.path)' has no column '\(label)'")
        }
        return TableSchema(
            columns: columns, label: try labelled(target, file.path), separator: separator,
            hasHeader: hasHeader)
    }

    /// What to say of a file whose lines seem to be divided by another character.
    private static func separatorHint(_ file: CSVFile) -> String {
        guard file.columns.count == 1, let name = file.columns.first,
            let separator = [";", "\t", "|", ","].first(where: name.contains)
        else { return "" }
        let written = separator == "\t" ? "tab" : "'\(separator)'"
        return ". If \(written) stands between the columns, say so: --separator \(written)"
    }

    private func column(
        _ column: CSVSummary.Column, _ path: String
    ) throws -> TableSchema.Column? {
        let isText = column.kind == .text || categorical.contains(column.name)
        if column.kind == .missing { return nil }
        guard isText else { return TableSchema.Column(name: column.name, categories: []) }
        guard let values = column.values, values.count <= Self.mostCategories else {
            throw CleanFailure(
                "column '\(column.name)' of '\(path)' has texts, and more than \(Self.mostCategories) "
                    + "different ones; leave it out with --ignore, or write numbers with a point, not a comma"
            )
        }
        return TableSchema.Column(name: column.name, categories: values)
    }

    private func labelled(
        _ column: CSVSummary.Column, _ path: String
    ) throws -> TableSchema.Label {
        guard column.missingCount == 0 else {
            throw CleanFailure(
                "column '\(label)' of '\(path)' has no value in \(column.missingCount) of its records; they "
                    + "cannot be learnt from: remove them")
        }
        let values = column.values ?? []
        let looksLikeClasses =
            column.kind == .text
            || column.kind == .integer && !values.isEmpty
                && values.count <= Self.mostIntegerClasses
        let isClassification = isClassification ?? looksLikeClasses
        guard isClassification else {
            guard column.kind == .integer || column.kind == .number else {
                throw CleanFailure(
                    "column '\(label)' of '\(path)' has texts, which are no numbers to predict; leave out "
                        + "--task regression")
            }
            return TableSchema.Label(name: label, classes: [])
        }
        guard values.count >= 2 else {
            throw CleanFailure(
                values.isEmpty
                    ? "column '\(label)' of '\(path)' has too many different values to be classes"
                    : "column '\(label)' of '\(path)' has one value only; there is nothing to tell apart"
            )
        }
        return TableSchema.Label(name: label, classes: values)
    }
}
