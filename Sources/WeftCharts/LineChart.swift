// SPDX-License-Identifier: Apache-2.0

/// Curves over one axis, drawn as SVG: what a training gives, for example.
///
/// ```swift
/// let chart = LineChart(
///     title: "loss", x: "epoch",
///     series: [.init("training", x: [1, 2, 3], y: [0.9, 0.5, 0.4])])
/// try chart.svg().write(toFile: "loss.svg", atomically: true, encoding: .utf8)
/// ```
public struct LineChart: Sendable {
    /// One curve.
    public struct Series: Sendable {
        /// What it is.
        public var name: String
        /// Where its points are.
        public var x: [Double]
        /// How high they are; where one is not finite, the curve is interrupted.
        public var y: [Double]
        /// Whether the line has gaps: for what was measured on other data.
        public var isDashed: Bool

        /// A curve; points without a partner in the other array are left out.
        public init(_ name: String, x: [Double], y: [Double], isDashed: Bool = false) {
            self.name = name
            self.x = x
            self.y = y
            self.isDashed = isDashed
        }

        var points: [(x: Double, y: Double)] { zip(x, y).map { (x: $0, y: $1) } }
    }

    /// What stands above it.
    public var title: String
    /// What the horizontal axis is.
    public var x: String
    /// The curves.
    public var series: [Series]
    /// Whether ticks of the horizontal axis are whole numbers.
    public var countsOnX: Bool

    /// A chart of some curves.
    public init(title: String, x: String, series: [Series], countsOnX: Bool = true) {
        self.title = title
        self.x = x
        self.series = series
        self.countsOnX = countsOnX
    }

    /// The chart as a document in SVG.
    public func svg() -> String { Self.svg([self]) }

    /// Charts below one another, in one document.
    public static func svg(_ charts: [LineChart]) -> String {
        var document = SVGDocument()
        for (place, chart) in charts.enumerated() {
            chart.draw(in: &document, top: Double(place) * size.height)
        }
        return document.document(
            width: size.width, height: size.height * Double(max(charts.count, 1)))
    }

    private static let size = (width: 640.0, height: 300.0)
    private static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#555555",
    ]

    private func draw(in document: inout SVGDocument, top: Double) {
        let (left, right, upper, lower) = (64.0, Self.size.width - 16, top + 46, top + 262)
        let xs = Axis(
            series.lazy.flatMap(\.x), ticks: 8, isWhole: countsOnX, margin: 0.02)
        let ys = Axis(series.lazy.flatMap(\.y), ticks: 6, margin: 0.06)
        func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
            (left + xs.place(x) * (right - left), lower - ys.place(y) * (lower - upper))
        }
        document.text(title, left, top + 18, isBold: true)
        for tick in ys.ticks {
            let y = place(0, tick).y
            document.line(left, y, right, y)
            document.text(ys.label(tick), left - 6, y + 4, anchor: .end)
        }
        for tick in xs.ticks {
            let x = place(tick, 0).x
            document.line(x, lower, x, lower + 4, colour: "#888")
            document.text(xs.label(tick), x, lower + 16, anchor: .middle)
        }
        document.line(left, lower, right, lower, colour: "#888")
        document.text(x, (left + right) / 2, lower + 31, anchor: .middle, colour: "#555")
        var legend = left
        for (number, curve) in series.enumerated() {
            let colour = Self.colours[number % Self.colours.count]
            for part in curve.parts {
                let points = part.map { place($0.x, $0.y) }
                if points.count > 1 {
                    document.path(points, colour: colour, isDashed: curve.isDashed)
                }
                // Of a long curve the line says enough.
                if part.count <= 60 {
                    for (point, number) in zip(points, part) {
                        document.dot(
                            point.x, point.y, colour: colour,
                            title: "\(x) \(ChartNumber.text(number.x, digits: 6)): "
                                + ChartNumber.text(number.y, digits: 6))
                    }
                }
            }
            document.path(
                [(legend, top + 32), (legend + 22, top + 32)], colour: colour,
                isDashed: curve.isDashed)
            document.text(curve.name, legend + 27, top + 36)
            legend += 44 + 6.2 * Double(curve.name.count)
        }
    }
}

extension LineChart.Series {
    /// Points in a row that are all finite.
    fileprivate var parts: [[(x: Double, y: Double)]] {
        points.split { !(abs($0.x) < 1e300 && abs($0.y) < 1e300) }.map(Array.init)
    }
}
