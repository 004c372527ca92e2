// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The graph in the language of Graphviz, for `dot -Tsvg`.
    ///
    /// The boxes are those of ``svg(depth:)``. Name scopes that are open and the bodies of branches and
    /// loops are frames around theirs; results have their names.
    ///
    /// - Parameter depth: How many levels of name scopes are open, as in ``svg(depth:)``.
    public func graphviz(depth: Int? = nil) -> String {
        let outline = outline
        return GraphvizWriter(outline, parts(depth: depth, of: outline)).text
    }
}

private struct GraphvizWriter {
    private let outline: GraphOutline
    private let parts: [Graph.Part]
    /// By section: its part.
    private var partOf: [Int: Int] = [:]
    private var lines = [
        "digraph weft {", "  rankdir=TB; compound=true;",
        "  node [shape=box, style=filled, fillcolor=white, fontname=\"Helvetica\", fontsize=10];",
    ]
    private var clusters = 0

    var text: String { lines.joined(separator: "\n") + "\n}\n" }

    init(_ outline: GraphOutline, _ parts: [Graph.Part]) {
        self.outline = outline
        self.parts = parts
        for (index, part) in parts.enumerated() { partOf[part.section] = index }
        let children = Dictionary(
            grouping: parts.indices.dropFirst(),
            by: { partOf[outline.sections[parts[$0].section].parent?.section ?? 0] ?? 0 })
        // Sections nest as deep as the graph's control flow: a stack instead of recursion.
        enum Step {
            case open(Int)
            case close(Int)
        }
        var stack: [Step] = [.open(0)]
        while let step = stack.popLast() {
            switch step {
            case .open(let part):
                let indent = indent(part)
                if part > 0 { openFrame(parts[part].title, "dashed", indent) }
                writeUnits(of: part, indent: indent + "  ")
                stack.append(.close(part))
                for child in (children[part] ?? []).reversed() { stack.append(.open(child)) }
            case .close(let part):
                if part > 0 { lines.append("\(indent(part))}") }
            }
        }
        writeEdges()
    }

    private func id(_ part: Int, _ unit: Int) -> String { "n\(part)_\(unit)" }

    private func indent(_ part: Int) -> String {
        String(repeating: "  ", count: outline.sections[parts[part].section].depth)
    }

    private mutating func openFrame(_ title: String, _ style: String, _ indent: String) {
        lines.append("\(indent)subgraph cluster_\(clusters) {")
        lines.append("\(indent)  label=\(quoted(title)); style=\(style);")
        clusters += 1
    }

    /// The boxes of a part, framed by the scopes that are open.
    private mutating func writeUnits(of part: Int, indent: String) {
        var open: [String] = []
        func inner() -> String { indent + String(repeating: "  ", count: open.count) }
        // One frame for each scope: boxes of a scope must stand together. Deeper scopes than anyone
        // reads share one.
        let scoped = parts[part].units.enumerated().map {
            (scopes: Array($1.scopes.prefix(16)), $0)
        }
        let sorted = scoped.sorted {
            ($0.scopes.joined(separator: "/"), $0.1) < ($1.scopes.joined(separator: "/"), $1.1)
        }
        for (scopes, unit) in sorted {
            let common = zip(open, scopes).prefix { $0 == $1 }.count
            while open.count > common {
                open.removeLast()
                lines.append("\(inner())}")
            }
            while open.count < scopes.count {
                openFrame(scopes[open.count], "rounded", inner())
                open.append(scopes[open.count])
            }
            lines.append(
                "\(inner())\(id(part, unit)) [\(attributes(of: parts[part].units[unit]))];")
        }
        while !open.isEmpty {
            open.removeLast()
            lines.append("\(inner())}")
        }
    }

    private func attributes(of unit: GraphUnit) -> String {
        let label = "label=\(quoted(unit.lines.map(\.text).joined(separator: "\n")))"
        guard let node = unit.nodes.first else {
            return label + ", shape=oval, fillcolor=\"#d9ead3\""
        }
        if unit.nodes.contains(where: { $0.error != nil }) { return label + ", color=red" }
        if unit.nodes.count > 1 {
            let colour =
                switch unit.column {
                case .forward: "#dae8fc"
                case .gradient: "#fce5cd"
                case .update: "#f9f3dd"
                }
            return label + ", fillcolor=\"\(colour)\", tooltip=\(quoted(unit.inside))"
        }
        switch node.op {
        case .placeholder, .parameter, .readVariable: return label + ", shape=ellipse"
        default: return label
        }
    }

    private mutating func writeEdges() {
        for (index, part) in parts.enumerated() {
            for (place, unit) in part.units.enumerated() {
                for operand in unit.operands {
                    lines.append("  \(id(index, operand)) -> \(id(index, place));")
                }
                writeCaptures(of: unit, id(index, place), part)
            }
            guard let parent = outline.sections[part.section].parent,
                let around = partOf[parent.section],
                let owner = parts[around].boxes.places[parent.node]
            else { continue }
            for (place, unit) in part.units.enumerated() where unit.nodes.isEmpty {
                lines.append("  \(id(index, place)) -> \(id(around, owner)) [style=dashed];")
            }
        }
    }

    /// What comes in from the parts around.
    private mutating func writeCaptures(of unit: GraphUnit, _ name: String, _ part: Graph.Part) {
        guard part.section > 0 else { return }
        var seen: Set<String> = []
        for input in unit.nodes.lazy.flatMap(\.inputs) where part.boxes.places[input.node.id] == nil
        {
            guard let home = outline.home(of: input.node, seenFrom: part.section),
                home != part.section, let around = partOf[home],
                let place = parts[around].boxes.places[input.node.id]
            else { continue }
            let source = id(around, place)
            if seen.insert(source).inserted { lines.append("  \(source) -> \(name);") }
        }
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for character in text {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "\""
    }
}
