// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The graph as a picture: a document in SVG.
    ///
    /// Operations stand in rows below what they use. A name scope that is closed is one box, which says
    /// how many operations of which kinds are inside (a browser lists them when the mouse points at the
    /// box), and with which variables. What belongs to a layer's gradient is one box beside the layer,
    /// what updates its variables another beside that. Variables and small constants stand in the boxes
    /// that use them. The bodies of branches and loops are pictures of their own below the graph's,
    /// where the operation that runs them is not inside of a closed box.
    ///
    /// - Parameter depth: How many levels of name scopes are open; with 0 a layer is one box. Gradients
    ///   and updates count as one level more than what they belong to. nil opens as many as give no more
    ///   than about forty boxes.
    public func svg(depth: Int? = nil) -> String {
        var (elements, width, top) = ([String](), 0, 12)
        for part in parts(depth: depth, of: outline) {
            let drawing = SectionDrawing(part.units, title: part.title, top: top)
            elements += drawing.elements
            top += drawing.height + 24
            width = Swift.max(width, drawing.width)
        }
        let size = "width=\"\(width)\" height=\"\(top)\" viewBox=\"0 0 \(width) \(top)\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" \(size) font-family="Helvetica, Arial, sans-serif" \
            font-size="11">
            <defs><marker id="arrow" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" \
            markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#777"/></marker></defs>
            <rect width="100%" height="100%" fill="white"/>
            \(elements.joined(separator: "\n"))
            </svg>

            """
    }
}

/// The picture of one section.
private struct SectionDrawing {
    private(set) var elements: [String] = []
    let width: Int
    let height: Int

    init(_ units: [GraphUnit], title: String, top: Int) {
        let texts = units.map(\.lines)
        let layout = GraphLayout(units, texts: texts)
        let titleHeight = title.isEmpty ? 0 : 20
        (width, height) = (layout.width, layout.height + titleHeight)
        if !title.isEmpty {
            elements.append(
                "<text x=\"12\" y=\"\(top + 12)\" font-weight=\"bold\">\(title.inMarkup)</text>")
        }
        let top = top + titleHeight
        for line in layout.lines {
            elements.append(Self.path(line, layout.boxes, units, top))
        }
        for (place, unit) in units.enumerated() {
            draw(unit, texts[place], layout.boxes[place], top)
        }
    }

    private static func path(
        _ line: GraphLayout.Line, _ boxes: [GraphLayout.Box], _ units: [GraphUnit], _ top: Int
    ) -> String {
        let (a, b) = (boxes[line.from], boxes[line.to])
        let isBeside = units[line.from].column != units[line.to].column
        var path: String
        if a.row == b.row || isBeside && units[line.to].column != .forward {
            // From side to side.
            let isRight = a.x < b.x
            let (x0, x1) = isRight ? (a.x + a.width, b.x) : (a.x, b.x + b.width)
            let (y0, y1) = (top + a.y + a.height / 2, top + b.y + b.height / 2)
            let bend = Swift.max(abs(x1 - x0) / 2, 30) * (isRight ? 1 : -1)
            path = "M\(x0) \(y0)C\(x0 + bend) \(y0) \(x1 - bend) \(y1) \(x1) \(y1)"
        } else if !isBeside, abs(a.row - b.row) > 1, line.points.isEmpty, !line.isAside {
            // Around the boxes between.
            let (x0, x1) = (a.x + a.width, b.x + b.width)
            let (y0, y1) = (top + a.y + a.height / 2, top + b.y + b.height / 2)
            let x = Swift.max(x0, x1) + 24 + 6 * Swift.min(abs(a.row - b.row), 6)
            path = "M\(x0) \(y0)C\(x) \(y0) \(x) \(y1) \(x1) \(y1)"
        } else {
            let isDown = a.row < b.row
            let start = (x: a.x + a.width / 2, y: top + (isDown ? a.y + a.height : a.y))
            let end = (x: b.x + b.width / 2, y: top + (isDown ? b.y : b.y + b.height))
            path = "M\(start.x) \(start.y)"
            var from = start
            for (index, point) in (line.points.map { ($0.x, $0.y + top) } + [end]).enumerated() {
                if index % 2 == 1 {
                    // Straight through a row.
                    path += "L\(point.0) \(point.1)"
                } else {
                    let bend = (point.1 - from.y) / 2
                    path += "C\(from.x) \(from.y + bend) \(point.0) \(point.1 - bend) "
                    path += "\(point.0) \(point.1)"
                }
                from = (point.0, point.1)
            }
        }
        let colour = line.isAside ? "#bbb" : "#777"
        let dashes = line.isAside ? " stroke-dasharray=\"3 2\"" : ""
        return "<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\"\(dashes) "
            + "marker-end=\"url(#arrow)\"/>"
    }

    private mutating func draw(
        _ unit: GraphUnit, _ lines: [GraphUnitLine], _ box: GraphLayout.Box, _ top: Int
    ) {
        let y = top + box.y
        let isClosed = unit.nodes.count > 1
        elements.append(
            "<g><title>\(unit.inside.inMarkup)</title><rect x=\"\(box.x)\" y=\"\(y)\" "
                + "width=\"\(box.width)\" height=\"\(box.height)\" "
                + "rx=\"\(unit.nodes.isEmpty ? box.height / 2 : 4)\" fill=\"\(unit.colour)\" "
                + "stroke=\"#555\"\(isClosed ? " stroke-width=\"1.8\"" : "")/>")
        let middle = box.x + box.width / 2
        for (number, line) in lines.enumerated() {
            let baseline = y + 5 + GraphLayout.lineHeight * number + 11
            if line.role == .variable || line.role == .constant {
                let colour = line.role == .variable ? "#fff2cc" : "#eeeeee"
                elements.append(
                    "<rect x=\"\(box.x + 4)\" y=\"\(baseline - 11)\" width=\"\(box.width - 8)\" "
                        + "height=\"\(GraphLayout.lineHeight)\" fill=\"\(colour)\"/>")
            }
            let style =
                switch line.role {
                case .title: " font-weight=\"bold\""
                case .contents: " fill=\"#444\""
                case .variable, .constant: ""
                case .type: " fill=\"#0b5394\""
                }
            elements.append(
                "<text x=\"\(middle)\" y=\"\(baseline)\" text-anchor=\"middle\"\(style)>"
                    + "\(line.text.inMarkup)</text>")
        }
        elements.append("</g>")
    }
}

extension GraphUnit {
    fileprivate var colour: String {
        guard let node = nodes.first else { return "#d9ead3" }
        if nodes.contains(where: { $0.error != nil }) { return "#f4cccc" }
        switch column {
        case .gradient: return "#fce5cd"
        case .update: return "#f9f3dd"
        case .forward: break
        }
        if nodes.count > 1 { return "#dae8fc" }
        switch node.op {
        case .placeholder, .parameter: return "#d9ead3"
        case .readVariable, .update: return "#fff2cc"
        case .primitive(.constant), .unsettled(.iotaLike): return "#eeeeee"
        case .cond, .whileLoop, .scan, .call: return "#d9d2e9"
        case .invalid: return "#f4cccc"
        default: return "#eef4fd"
        }
    }
}
