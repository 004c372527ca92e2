// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The graph in the language of Graphviz, for `dot -Tsvg`.
    ///
    /// Name scopes and the bodies of branches and loops are boxes around their nodes. Constants are
    /// drawn small, variables and placeholders as ellipses.
    public func graphviz() -> String {
        var writer = GraphvizWriter(outline: outline)
        return writer.text(outputs: namedOutputs)
    }
}

private struct GraphvizWriter {
    let outline: GraphOutline
    private var lines = [
        "digraph weft {", "  rankdir=TB;",
        "  node [shape=box, fontname=\"Helvetica\", fontsize=10];",
    ]
    private var clusters = 0

    init(outline: GraphOutline) { self.outline = outline }

    private func id(_ node: Node, _ section: Int) -> String { "n\(section)_\(node.id)" }

    mutating func text(outputs: [(name: String, tensor: AnyTensor)]) -> String {
        let children = Dictionary(
            grouping: outline.sections.indices.dropFirst(),
            by: { outline.sections[$0].parent?.section ?? 0 })
        // Sections nest as deep as the graph's control flow: a stack instead of recursion.
        enum Step {
            case open(Int)
            case close(Int)
        }
        var stack: [Step] = [.open(0)]
        while let step = stack.popLast() {
            switch step {
            case .open(let section):
                let indent = indent(section)
                if section > 0 {
                    lines.append("\(indent)subgraph cluster_\(clusters) {")
                    clusters += 1
                    lines.append(
                        "\(indent)  label=\(quoted(outline.sections[section].title)); style=dashed;"
                    )
                }
                writeNodes(of: section, indent: indent + "  ")
                stack.append(.close(section))
                for child in (children[section] ?? []).reversed() { stack.append(.open(child)) }
            case .close(let section):
                if section > 0 { lines.append("\(indent(section))}") }
            }
        }
        writeEdges()
        for (index, output) in outputs.enumerated() {
            lines.append("  out\(index) [label=\(quoted(output.name)), shape=plaintext];")
            lines.append("  \(id(output.tensor.node, 0)) -> out\(index);")
        }
        return lines.joined(separator: "\n") + "\n}\n"
    }

    private func indent(_ section: Int) -> String {
        String(repeating: "  ", count: outline.sections[section].depth)
    }

    /// The nodes of a section, boxed by the scopes of their names.
    private mutating func writeNodes(of section: Int, indent: String) {
        var open: [Substring] = []
        let scoped = outline.sections[section].nodes.map { node in
            (scope: Self.scope(of: node), node: node)
        }
        // One box for each scope: nodes of a scope must stand together.
        let sorted = scoped.enumerated().sorted {
            ($0.element.scope.joined(separator: "/"), $0.offset)
                < ($1.element.scope.joined(separator: "/"), $1.offset)
        }
        for (_, (scope, node)) in sorted {
            let common = zip(open, scope).prefix { $0 == $1 }.count
            while open.count > common {
                open.removeLast()
                lines.append("\(indent)\(String(repeating: "  ", count: open.count))}")
            }
            while open.count < scope.count {
                let inner = indent + String(repeating: "  ", count: open.count)
                open.append(scope[open.count])
                lines.append("\(inner)subgraph cluster_\(clusters) {")
                clusters += 1
                lines.append(
                    "\(inner)  label=\(quoted(String(open[open.count - 1]))); style=rounded;")
            }
            lines.append(
                "\(indent)\(String(repeating: "  ", count: open.count))\(id(node, section)) "
                    + "[\(attributes(of: node))];")
        }
        while !open.isEmpty {
            open.removeLast()
            lines.append("\(indent)\(String(repeating: "  ", count: open.count))}")
        }
    }

    private static func scope(of node: Node) -> [Substring] {
        guard let name = node.name else { return [] }
        // Deeper scopes than anyone reads share a box.
        return Array(name.split(separator: "/").dropLast().prefix(16))
    }

    private func attributes(of node: Node) -> String {
        let details = [
            node.op.attributeText, node.types.map(\.description).joined(separator: ", "),
        ]
        let label = ([node.label] + details.filter { !$0.isEmpty }).joined(separator: "\n")
        switch node.op {
        case .placeholder, .readVariable: return "label=\(quoted(label)), shape=ellipse"
        case .primitive(.constant): return "label=\(quoted(label)), fontsize=8, color=gray"
        case .invalid: return "label=\(quoted(label)), color=red"
        default: return "label=\(quoted(label))"
        }
    }

    private mutating func writeEdges() {
        for (section, part) in outline.sections.enumerated() {
            for node in part.nodes {
                for input in node.inputs {
                    guard let home = outline.home(of: input.node, seenFrom: section) else {
                        continue
                    }
                    lines.append("  \(id(input.node, home)) -> \(id(node, section));")
                }
            }
            guard let parent = part.parent,
                let owner = outline.sections[parent.section].nodes.first(where: {
                    $0.id == parent.node
                })
            else { continue }
            for output in part.outputs {
                guard let home = outline.home(of: output.node, seenFrom: section) else { continue }
                lines.append(
                    "  \(id(output.node, home)) -> \(id(owner, parent.section)) [style=dashed];")
            }
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
