// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The graph as a picture: a document in SVG.
    ///
    /// Operations stand in layers below what they use. The bodies of branches and loops are pictures
    /// of their own below the graph's.
    public func svg() -> String {
        let outline = outline
        var (parts, width, top) = ([String](), 0, 12)
        for section in outline.sections.indices {
            let layout = GraphLayout(outline, section: section)
            let drawing = SectionDrawing(layout, outline, section, top: top)
            parts += drawing.elements
            top += layout.height + drawing.titleHeight + 24
            width = Swift.max(width, layout.width)
        }
        let size = "width=\"\(width + 24)\" height=\"\(top)\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" \(size) font-family="Helvetica, sans-serif" \
            font-size="11">
            <defs><marker id="arrow" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" \
            markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z"/></marker></defs>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }
}

/// The places of a section's nodes: layers by the longest way from a source, ordered so that few
/// edges cross (each node near the mean of its neighbours, swept down and up).
private struct GraphLayout {
    struct Box {
        var x: Int
        var y: Int
        var width: Int
    }

    static let boxHeight = 34
    private static let layerHeight = 70
    private static let gap = 14
    private static let sweeps = 4

    private(set) var boxes: [Box] = []
    private(set) var width = 0
    private(set) var height = 0
    /// The positions, in the section, of the nodes that each one uses.
    let operands: [[Int]]

    init(_ outline: GraphOutline, section: Int) {
        let nodes = outline.sections[section].nodes
        var positions: [UInt64: Int] = [:]
        for (index, node) in nodes.enumerated() { positions[node.id] = index }
        operands = nodes.map { node in node.inputs.compactMap { positions[$0.node.id] } }
        var users: [[Int]] = Array(repeating: [], count: nodes.count)
        var depth = Array(repeating: 0, count: nodes.count)
        for index in nodes.indices {
            for operand in operands[index] {
                depth[index] = Swift.max(depth[index], depth[operand] + 1)
                users[operand].append(index)
            }
        }
        // A source stands right above the first node that uses it.
        for index in nodes.indices where operands[index].isEmpty {
            if let first = users[index].map({ depth[$0] }).min() { depth[index] = first - 1 }
        }
        var layers: [[Int]] = Array(repeating: [], count: (depth.max() ?? -1) + 1)
        for index in nodes.indices { layers[depth[index]].append(index) }

        var place = Array(repeating: 0.0, count: nodes.count)
        func number(_ layer: [Int]) {
            for (position, node) in layer.enumerated() { place[node] = Double(position) }
        }
        layers.forEach(number)
        for sweep in 0..<Self.sweeps {
            let isDown = sweep % 2 == 0
            for layer in isDown ? Array(layers.indices) : layers.indices.reversed() {
                let wanted = layers[layer].map { node -> (Double, Int) in
                    let neighbours = isDown ? operands[node] : users[node]
                    guard !neighbours.isEmpty else { return (place[node], node) }
                    return (
                        neighbours.reduce(0) { $0 + place[$1] } / Double(neighbours.count), node
                    )
                }
                layers[layer] = wanted.sorted { $0 < $1 }.map(\.1)
                number(layers[layer])
            }
        }

        boxes = nodes.map { Box(x: 0, y: 0, width: SectionDrawing.boxWidth($0)) }
        for (layer, members) in layers.enumerated() {
            var x = Self.gap
            for node in members {
                boxes[node].x = x
                boxes[node].y = layer * Self.layerHeight
                x += boxes[node].width + Self.gap
            }
            width = Swift.max(width, x)
        }
        // Every layer in the middle.
        for members in layers {
            let end = members.last.map { boxes[$0].x + boxes[$0].width + Self.gap } ?? 0
            for node in members { boxes[node].x += (width - end) / 2 }
        }
        height =
            layers.count * Self.layerHeight
            - (layers.isEmpty ? 0 : Self.layerHeight - Self.boxHeight)
    }
}

/// The picture of one section.
private struct SectionDrawing {
    private(set) var elements: [String] = []
    let titleHeight: Int

    init(_ layout: GraphLayout, _ outline: GraphOutline, _ section: Int, top: Int) {
        let part = outline.sections[section]
        var title = part.title
        if let parent = part.parent {
            let owner = outline.sections[parent.section].nodes.first { $0.id == parent.node }
            title += owner.map { " of \($0.label)" } ?? ""
        }
        titleHeight = title.isEmpty ? 0 : 20
        if !title.isEmpty {
            elements.append(
                "<text x=\"12\" y=\"\(top + 12)\" font-weight=\"bold\">\(escaped(title))</text>")
        }
        let top = top + titleHeight
        for (index, operands) in layout.operands.enumerated() {
            let target = layout.boxes[index]
            for operand in operands {
                let source = layout.boxes[operand]
                let (x0, y0) = (source.x + source.width / 2, top + source.y + GraphLayout.boxHeight)
                let (x1, y1) = (target.x + target.width / 2, top + target.y)
                let bend = (y1 - y0) / 2
                elements.append(
                    "<path d=\"M\(x0) \(y0)C\(x0) \(y0 + bend) \(x1) \(y1 - bend) \(x1) \(y1)\" "
                        + "fill=\"none\" stroke=\"#888\" marker-end=\"url(#arrow)\"/>")
            }
        }
        for (box, node) in zip(layout.boxes, part.nodes) {
            let y = top + box.y
            elements.append(
                "<rect x=\"\(box.x)\" y=\"\(y)\" width=\"\(box.width)\" "
                    + "height=\"\(GraphLayout.boxHeight)\" rx=\"4\" fill=\"\(Self.colour(node))\" "
                    + "stroke=\"#555\"><title>\(escaped(Self.tooltip(node)))</title></rect>")
            let middle = box.x + box.width / 2
            for (line, text) in Self.lines(node).enumerated() {
                elements.append(
                    "<text x=\"\(middle)\" y=\"\(y + 14 + 13 * line)\" text-anchor=\"middle\">"
                        + "\(escaped(text))</text>")
            }
        }
    }

    private static func lines(_ node: Node) -> [String] {
        func shortened(_ text: String) -> String {
            text.count > 40 ? text.prefix(39) + "…" : text
        }
        return [
            shortened(node.label), shortened(node.types.map(\.description).joined(separator: ", ")),
        ]
    }

    private static func tooltip(_ node: Node) -> String {
        [node.label, node.op.attributeText].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Letters of the font are not much wider than this on average.
    static func boxWidth(_ node: Node) -> Int {
        (lines(node).map(\.count).max() ?? 0) * 7 + 16
    }

    private static func colour(_ node: Node) -> String {
        switch node.op {
        case .placeholder, .parameter: "#d9ead3"
        case .readVariable, .update: "#fff2cc"
        case .primitive(.constant), .unsettled(.iotaLike): "#eeeeee"
        case .cond, .whileLoop, .scan, .call: "#d9d2e9"
        case .invalid: "#f4cccc"
        default: "#dae8fc"
        }
    }
}

private func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
    return result
}
