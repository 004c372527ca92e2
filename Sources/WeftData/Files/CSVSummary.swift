// SPDX-License-Identifier: Apache-2.0
/// What stands in the columns of a ``CSVFile``.
public struct CSVSummary: Sendable {
    /// A column and what stands in it.
    public struct Column: Sendable, Hashable {
        /// What all values that are not missing are.
        public enum Kind: Sendable, Hashable {
            /// Integers of 64 bits.
            case integer
            /// Numbers.
            case number
            /// Texts, some of which are no numbers.
            case text
            /// Nothing: all values are missing.
            case missing
        }

        /// The column's name.
        public let name: String
        /// What all values that are not missing are.
        public let kind: Kind
        /// How many values are missing.
        public let missingCount: Int
        /// The different texts, sorted; nil where there are more than were asked for.
        public let values: [String]?
        /// The least number; nil where the column has others than numbers.
        public let minimum: Double?
        /// The largest number; nil where the column has others than numbers.
        public let maximum: Double?
        /// The mean of the numbers; nil where the column has others than numbers.
        public let mean: Double?
        /// The standard deviation of the numbers, of the population; nil where the column has others than numbers.
        public let standardDeviation: Double?
    }

    /// The number of records.
    public let recordCount: Int
    /// The columns in the file's order.
    public let columns: [Column]

    /// The column of a name; nil when there is none.
    public func column(_ name: String) -> Column? { columns.first { $0.name == name } }
}

extension CSVFile {
    /// Reads the whole file once, to say what stands in its columns.
    ///
    /// - Parameter mostValues: Up to how many different values of a column are kept.
    /// - Throws: `DataError` when a record is damaged, `FileError` when the file cannot be read.
    public func summary(mostValues: Int = 1000) throws -> CSVSummary {
        var count = 0
        var tallies = columns.map { _ in ColumnTally(mostValues: max(0, mostValues)) }
        let stream = records().stream()
        while let record = try stream.next() {
            count += 1
            for (place, name) in columns.enumerated() { tallies[place].add(try record.text(name)) }
        }
        return CSVSummary(
            recordCount: count, columns: zip(columns, tallies).map { $1.column(named: $0) })
    }
}

/// What is known of a column so far.
private struct ColumnTally {
    let mostValues: Int
    private var missing = 0
    private var areIntegers = true
    private var areNumbers = true
    private var values: Set<String>? = []
    private var moments = RunningMoments()
    private var (minimum, maximum) = (Double.infinity, -Double.infinity)

    init(mostValues: Int) { self.mostValues = mostValues }

    mutating func add(_ text: String?) {
        guard let text else {
            missing += 1
            return
        }
        values?.insert(text)
        if values?.count ?? 0 > mostValues { values = nil }
        guard areNumbers else { return }
        let trimmed = text.trimmingBlanks()
        if areIntegers { areIntegers = Int64(trimmed) != nil }
        guard let number = Double(trimmed) else {
            (areNumbers, areIntegers) = (false, false)
            return
        }
        moments.add(number)
        (minimum, maximum) = (min(minimum, number), max(maximum, number))
    }

    func column(named name: String) -> CSVSummary.Column {
        let hasNumbers = areNumbers && moments.count > 0
        let kind: CSVSummary.Column.Kind =
            areNumbers && moments.count == 0
            ? .missing : areIntegers ? .integer : areNumbers ? .number : .text
        return CSVSummary.Column(
            name: name, kind: kind, missingCount: missing, values: values?.sorted(),
            minimum: hasNumbers ? minimum : nil, maximum: hasNumbers ? maximum : nil,
            mean: hasNumbers ? moments.mean : nil,
            standardDeviation: hasNumbers ? moments.standardDeviation : nil)
    }
}
