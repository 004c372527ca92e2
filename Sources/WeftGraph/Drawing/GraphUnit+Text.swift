// SPDX-License-Identifier: Apache-2.0

/// A line of a box.
struct GraphUnitLine {
    enum Role {
        case title, contents, variable, constant, type
    }

    var role: Role
    var text: String
}

extension GraphUnit {
    private static let width = 38
    private static let mostVariables = 6

    /// What stands in the box.
    var lines: [GraphUnitLine] {
        var lines = [GraphUnitLine(role: .title, text: Self.shortened(title))]
        if nodes.count > 1 {
            lines += contents.map { GraphUnitLine(role: .contents, text: $0) }
        } else if let node = nodes.first, !attributes(node).isEmpty {
            lines.append(GraphUnitLine(role: .contents, text: attributes(node)))
        }
        lines += sourceLines
        if nodes.isEmpty { return lines }
        let types = (results.isEmpty ? nodes[nodes.count - 1].tensors : results).map(
            \.type.description)
        var distinct: [String] = []
        for type in types where !distinct.contains(type) { distinct.append(type) }
        // What a gradient gives is as large as what it is the gradient of.
        if column == .forward || nodes.count == 1 {
            let more = distinct.count > 2 ? " and \(distinct.count - 2) more" : ""
            lines.append(
                GraphUnitLine(
                    role: .type,
                    text: Self.shortened(distinct.prefix(2).joined(separator: ", ") + more)))
        }
        return lines
    }

    /// All that the box holds, for who points at it.
    var inside: String {
        let most = 200
        let shown = nodes.prefix(most).map { node in
            [
                node.label, node.op.attributeText,
                node.types.map(\.description).joined(separator: ", "),
            ]
            .filter { !$0.isEmpty }.joined(separator: " ")
        }
        let more = nodes.count > most ? ["and \(nodes.count - most) more"] : []
        return (shown + more).joined(separator: "\n")
    }

    private func attributes(_ node: Node) -> String {
        // Variables have their names in the title.
        switch node.op {
        case .update, .placeholder: ""
        default: Self.shortened(node.op.attributeText)
        }
    }

    /// How many operations of which kinds, in the order in which they come.
    private var contents: [String] {
        var counts: [String: Int] = [:]
        var order: [String] = []
        for node in nodes {
            let name = node.op.summary
            if counts[name] == nil { order.append(name) }
            counts[name, default: 0] += 1
        }
        var lines = ["\(nodes.count) operations:"]
        for (place, name) in order.enumerated() {
            let count = counts[name] ?? 1
            let word =
                (count > 1 ? "\(count) \(name)" : name) + (place == order.count - 1 ? "" : ",")
            if lines[lines.count - 1].count + word.count + 1 <= Self.width {
                lines[lines.count - 1] += " " + word
            } else if lines.count == 3 {
                lines[2] += " …"
                break
            } else {
                lines.append(word)
            }
        }
        return lines
    }

    /// The variables and constants that come in. A closed gradient or update uses those of its layer.
    private var sourceLines: [GraphUnitLine] {
        var lines: [GraphUnitLine] = []
        var variables = 0
        let updated = nodes.count > 1 ? nodes.compactMap(\.op.updatedVariable).map(\.value) : []
        for source in sources + updated.filter({ !sources.contains($0) }) {
            if let variable = source.node.op.readVariable {
                if column != .forward, nodes.count > 1 { continue }
                variables += 1
                if variables > Self.mostVariables { continue }
                let prefix = title + "/"
                let name =
                    variable.name.hasPrefix(prefix)
                    ? String(variable.name.dropFirst(prefix.count)) : variable.name
                lines.append(
                    GraphUnitLine(
                        role: .variable, text: Self.shortened("\(name) \(source.type)")))
            } else if nodes.count <= 1 {
                let text = source.shape.rank == 0 ? "" : " \(source.type)"
                lines.append(
                    GraphUnitLine(
                        role: .constant,
                        text: Self.shortened(source.node.op.attributeText + text)))
            }
        }
        if variables > Self.mostVariables {
            lines.append(
                GraphUnitLine(
                    role: .variable, text: "and \(variables - Self.mostVariables) more variables"))
        }
        return lines
    }

    static func shortened(_ text: String) -> String {
        text.count > width ? text.prefix(width - 1) + "…" : text
    }
}
