// SPDX-License-Identifier: Apache-2.0

/// Walks over graphs without recursion.
package enum GraphWalk {
    /// Calls `next` once for every node reachable from `roots`; it returns where to go on.
    package static func visit(_ roots: [Node], _ next: (Node) throws -> [AnyTensor]) rethrows {
        var seen = NodeTable()
        var stack: [Node] = []
        for root in roots where seen.insert(root.id) { stack.append(root) }
        while let node = stack.popLast() {
            for tensor in try next(node) where seen.insert(tensor.node.id) {
                stack.append(tensor.node)
            }
        }
    }

    /// Nodes that the graph keeps alive while it is walked: counting references to them would take as
    /// long as the walk.
    package struct Needs {
        fileprivate var nodes: [Unmanaged<Node>] = []

        package mutating func append(_ node: Node) { nodes.append(.passUnretained(node)) }
        package mutating func append(contentsOf more: [Node]) {
            for node in more { append(node) }
        }
    }

    /// The nodes reachable from `roots`, each after those that `addNeeds` adds to a list for it. What
    /// is added must stay alive by itself during the call.
    package static func sorted(
        _ roots: [Node], addNeeds: (Node, inout Needs) throws -> Void
    ) rethrows -> [Node] {
        var order: [Node] = []
        var seen = NodeTable()
        // A node with needs stands here twice: to be visited, and below its needs, to be put down.
        var stack: [(node: Unmanaged<Node>, isVisited: Bool)] = []
        var needs = Needs()
        for root in roots {
            stack.append((.passUnretained(root), false))
            while let (reference, isVisited) = stack.popLast() {
                try reference._withUnsafeGuaranteedRef { node in
                    if isVisited {
                        order.append(node)
                        return
                    }
                    guard seen.insert(node.id) else { return }
                    let place = stack.count
                    stack.append((reference, true))
                    try addNeeds(node, &needs)
                    // The last need comes off first, so the first one is visited first.
                    while let need = needs.nodes.popLast() {
                        if !seen.contains(need._withUnsafeGuaranteedRef(\.id)) {
                            stack.append((need, false))
                        }
                    }
                    if stack.count == place + 1 {
                        stack.removeLast()
                        order.append(node)
                    }
                }
            }
        }
        return order
    }

    /// The nodes reachable from `roots`, each after all that it depends on.
    package static func sorted(_ roots: [Node]) -> [Node] {
        sorted(roots) { node, needs in
            for tensor in node.inputs { needs.append(tensor.node) }
            if !node.hasRegions { return }
            for region in node.op.regions {
                for tensor in region.outputs { needs.append(tensor.node) }
            }
        }
    }
}
