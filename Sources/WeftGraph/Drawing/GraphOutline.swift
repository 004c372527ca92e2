// SPDX-License-Identifier: Apache-2.0

/// The nodes of a graph and of the bodies in it, each where it runs.
struct GraphOutline {
    /// The graph itself, or one body.
    struct Section {
        /// What the body is: `then`, `body`; empty for the graph itself.
        var title: String
        /// The section's own nodes, each behind those that it uses.
        var nodes: [Node]
        var outputs: [AnyTensor]
        /// The section around, and the node of it that runs this one.
        var parent: (section: Int, node: UInt64)?
        var depth: Int

        /// The outputs with names, for drawings.
        var results: [(name: String, tensor: AnyTensor)] {
            outputs.enumerated().map { (outputs.count == 1 ? "result" : "result \($0)", $1) }
        }
    }

    private(set) var sections: [Section] = []
    /// The bodies that a node of a section runs.
    private var bodies: [Key: [Int]] = [:]
    /// The sections that a node stands in; more than one when two branches use it.
    private var homes: [UInt64: [Int]] = [:]

    private struct Key: Hashable {
        var section: Int
        var node: UInt64
    }

    init(outputs: [AnyTensor]) {
        var pending = [Section(title: "", nodes: [], outputs: outputs, parent: nil, depth: 0)]
        // A body that is called again is not shown again.
        var called: Set<Region> = []
        while let next = pending.popLast() {
            let index = sections.count
            let around = ancestors(of: next)
            var section = next
            // What an enclosing section computes is not computed again.
            func isOutside(_ node: Node) -> Bool {
                homes[node.id]?.contains(where: around.contains) ?? false
            }
            let roots = next.outputs.map(\.node).filter { !isOutside($0) }
            var members: Set<UInt64> = []
            GraphWalk.visit(roots) { node in
                members.insert(node.id)
                return node.inputs.filter { !isOutside($0.node) }
            }
            // What a node's bodies use of this section stands before the node.
            func captures(_ node: Node) -> [Node] {
                var found: [Node] = []
                let regions = node.op.regions
                if regions.isEmpty { return [] }
                GraphWalk.visit(regions.flatMap { $0.outputs.map(\.node) }) { inner in
                    if isOutside(inner) { return [] }
                    guard members.contains(inner.id) else { return inner.dependencies }
                    found.append(inner)
                    return []
                }
                return found
            }
            section.nodes = GraphWalk.sorted(roots) { node, needs in
                needs.append(
                    contentsOf: node.inputs.map(\.node).filter { !isOutside($0) } + captures(node))
            }
            for node in section.nodes { homes[node.id, default: []].append(index) }
            sections.append(section)
            if let parent = next.parent {
                bodies[Key(section: parent.section, node: parent.node), default: []].append(index)
            }
            var inner: [Section] = []
            for node in section.nodes {
                if case .call(let attributes) = node.op,
                    !called.insert(attributes.body).inserted
                {
                    continue
                }
                for (region, title) in zip(node.op.regions, node.op.regionTitles) {
                    inner.append(
                        Section(
                            title: title, nodes: [], outputs: region.outputs,
                            parent: (index, node.id), depth: next.depth + 1))
                }
            }
            pending += inner.reversed()
        }
    }

    private func ancestors(of section: Section) -> Set<Int> {
        var result: Set<Int> = []
        var next = section.parent?.section
        while let index = next {
            result.insert(index)
            next = sections[index].parent?.section
        }
        return result
    }

    /// What a section is: `body of scan 'rnn/scan'`; empty for the graph itself.
    func title(_ section: Int) -> String {
        guard let parent = sections[section].parent else { return "" }
        let owner = sections[parent.section].nodes.first { $0.id == parent.node }
        return sections[section].title + (owner.map { " of \($0.label)" } ?? "")
    }

    /// The bodies that a node runs, in order.
    func bodies(of node: Node, in section: Int) -> [Int] {
        bodies[Key(section: section, node: node.id)] ?? []
    }

    /// The section in which a section's node finds the value of another one: itself or one around.
    func home(of node: Node, seenFrom section: Int) -> Int? {
        guard let own = homes[node.id] else { return nil }
        var next: Int? = section
        while let index = next {
            if own.contains(index) { return index }
            next = sections[index].parent?.section
        }
        return nil
    }
}

extension Operation {
    /// What drawings call the operation's bodies.
    var regionTitles: [String] {
        switch self {
        case .cond: ["then", "else"]
        case .whileLoop: ["condition", "body"]
        default: regions.map { _ in "body" }
        }
    }
}
