// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A drawing in SVG, to which elements are added from the back to the front.
struct SVGDocument {
    private var elements: [String] = []

    enum Anchor: String { case start, middle, end }

    mutating func line(
        _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, colour: String = "#ddd"
    ) {
        elements.append(
            "<line x1=\"\(Self.text(x0))\" y1=\"\(Self.text(y0))\" x2=\"\(Self.text(x1))\" "
                + "y2=\"\(Self.text(y1))\" stroke=\"\(colour)\"/>")
    }

    /// A line through points.
    mutating func path(_ points: [(x: Double, y: Double)], colour: String, isDashed: Bool) {
        let places = points.map { "\(Self.text($0.x)) \(Self.text($0.y))" }
        let dashes = isDashed ? " stroke-dasharray=\"5 3\"" : ""
        elements.append(
            "<path d=\"M\(places.joined(separator: "L"))\" fill=\"none\" stroke=\"\(colour)\" "
                + "stroke-width=\"1.6\" stroke-linejoin=\"round\"\(dashes)/>")
    }

    mutating func dot(_ x: Double, _ y: Double, colour: String, title: String) {
        elements.append(
            "<circle cx=\"\(Self.text(x))\" cy=\"\(Self.text(y))\" r=\"2.2\" fill=\"\(colour)\">"
                + "<title>\(title.inMarkup)</title></circle>")
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, width: Double, height: Double, fill: String, title: String? = nil
    ) {
        let title = title.map { "<title>\($0.inMarkup)</title>" } ?? ""
        elements.append(
            "<rect x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" width=\"\(Self.text(width))\" "
                + "height=\"\(Self.text(height))\" fill=\"\(fill)\">\(title)</rect>")
    }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, isBold: Bool = false,
        colour: String = "#222", turned degrees: Int = 0
    ) {
        let weight = isBold ? " font-weight=\"bold\"" : ""
        let turn =
            degrees == 0 ? "" : " transform=\"rotate(\(degrees) \(Self.text(x)) \(Self.text(y)))\""
        elements.append(
            "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" text-anchor=\"\(anchor.rawValue)\" "
                + "fill=\"\(colour)\"\(weight)\(turn)>\(text.inMarkup)</text>")
    }

    /// The whole document.
    func document(width: Double, height: Double) -> String {
        let (width, height) = (Self.text(width), Self.text(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="Helvetica, Arial, sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            \(elements.joined(separator: "\n"))
            </svg>

            """
    }

    /// A length with at most two decimals.
    private static func text(_ number: Double) -> String {
        let rounded = (number * 100).rounded() / 100
        return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
    }
}
