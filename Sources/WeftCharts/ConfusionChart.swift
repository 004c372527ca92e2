// SPDX-License-Identifier: Apache-2.0

/// A confusion matrix, drawn as SVG: a row for each true class, a column for each predicted one.
///
/// A cell is the darker, the larger its share of its row is, and a browser says what is in it when the mouse
/// points at it.
public struct ConfusionChart: Sendable {
    /// What stands above it.
    public var title: String
    /// How many examples of the class of the row were taken for that of the column.
    public var counts: [[Int]]
    /// The names of the classes; where there are none, their numbers.
    public var classes: [String]

    /// A chart of counts, row by row.
    public init(title: String = "confusion", counts: [[Int]], classes: [String] = []) {
        self.title = title
        self.counts = counts
        self.classes = classes
    }

    /// Counts how often each class was taken for each.
    ///
    /// - Parameters:
    ///   - labels: The true classes, from 0 on.
    ///   - predictions: The predicted ones, in the same order.
    ///   - count: How many classes there are; pairs with others are left out.
    public static func counts(
        labels: some Sequence<Int>, predictions: some Sequence<Int>, classes count: Int
    ) -> [[Int]] {
        let count = max(0, count)
        var counts = Array(repeating: Array(repeating: 0, count: count), count: count)
        for (label, prediction) in zip(labels, predictions)
        where counts.indices.contains(label) && counts.indices.contains(prediction) {
            counts[label][prediction] += 1
        }
        return counts
    }

    /// The chart as a document in SVG.
    public func svg() -> String {
        let size = counts.count
        let cell = max(3, min(40, 900 / Double(max(size, 1))))
        let names = (0..<size).map { $0 < classes.count ? classes[$0] : "\($0)" }
        let longest = Double(min(names.map(\.count).max() ?? 1, Self.mostLetters))
        let (left, top) = (40 + 6.2 * longest, 76.0 + (longest > 3 ? 6.2 * longest : 10))
        let width = left + cell * Double(size)
        var document = SVGDocument()
        document.text(title, 16, 20, isBold: true)
        document.text(summary, 16, 37, colour: "#555")
        document.text("predicted", left + cell * Double(size) / 2, 58, anchor: .middle)
        document.text("true", 14, top + cell * Double(size) / 2, anchor: .middle, turned: -90)
        for (row, numbers) in counts.enumerated() {
            let y = top + cell * Double(row)
            let total = numbers.reduce(0, Self.sum)
            if cell >= 10 {
                document.text(shortened(names[row]), left - 6, y + cell / 2 + 4, anchor: .end)
                label(names[row], left + cell * (Double(row) + 0.5), top - 6, longest, &document)
            }
            for (column, number) in numbers.enumerated() {
                let share = total > 0 ? Double(number) / Double(total) : 0
                let x = left + cell * Double(column)
                let other = column < names.count ? names[column] : "\(column)"
                document.rectangle(
                    x, y, width: cell - 1, height: cell - 1,
                    fill: Self.colour(share, isRight: row == column),
                    title: "\(names[row]) taken for \(other): \(number)")
                if cell >= 24, number > 0 {
                    document.text(
                        "\(number)", x + cell / 2, y + cell / 2 + 4, anchor: .middle,
                        colour: share > 0.5 ? "#fff" : "#222")
                }
            }
        }
        return document.document(
            width: max(width + 16, 240), height: top + cell * Double(size) + 16)
    }

    private static let mostLetters = 24

    private func shortened(_ name: String) -> String {
        name.count > Self.mostLetters ? name.prefix(Self.mostLetters - 1) + "…" : name
    }

    private func label(
        _ name: String, _ x: Double, _ y: Double, _ longest: Double, _ document: inout SVGDocument
    ) {
        if longest > 3 {
            document.text(shortened(name), x + 4, y, turned: -90)
        } else {
            document.text(name, x, y, anchor: .middle)
        }
    }

    /// How many are right.
    private var summary: String {
        let total = counts.joined().reduce(0, Self.sum)
        let right = counts.indices.filter { $0 < counts[$0].count }.map { counts[$0][$0] }
            .reduce(0, Self.sum)
        let share = total > 0 ? Double(right) / Double(total) : 0
        return "\(right) of \(total) right (\(ChartNumber.fixed(share * 100, decimals: 2))%)"
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    /// From white to blue for what is right, to red for what is not.
    private static func colour(_ share: Double, isRight: Bool) -> String {
        let full = isRight ? (8.0, 81.0, 156.0) : (203.0, 24.0, 29.0)
        // A few that are wrong are to be seen among many.
        let share = max(0, min(1, isRight ? share : share.squareRoot()))
        func part(_ value: Double) -> Int { Int((255 - (255 - value) * share).rounded()) }
        return "rgb(\(part(full.0)),\(part(full.1)),\(part(full.2)))"
    }
}
