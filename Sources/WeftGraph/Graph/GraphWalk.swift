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

    /// The nodes reachable from `roots`, each after those that `addNeeds` adds to a list for it.
    package static func sorted(
        _ roots: [Node], addNeeds: (Node, inout [Node]) throws -> Void
    ) rethrows -> [Node] {
        var order: [Node] = []
        var seen = NodeTable()
        // A node stands here twice: to be visited, and below what it needs, to be put down.
        var stack: [(node: Node, isVisited: Bool)] = []
        var needs: [Node] = []
        for root in roots {
            stack.append((root, false))
            while let (node, isVisited) = stack.popLast() {
                if isVisited {
                    order.append(node)
                    continue
                }
                guard seen.insert(node.id) else { continue }
                stack.append((node, true))
                try addNeeds(node, &needs)
                // The last need comes off first, so the first one is visited first.
                while let need = needs.popLast() {
                    if !seen.contains(need.id) { stack.append((need, false)) }
                }
            }
        }
        return order
    }

    /// The nodes reachable from `roots`, each after all that it depends on.
    package static func sorted(_ roots: [Node]) -> [Node] {
        sorted(roots) { node, needs in
            for tensor in node.inputs { needs.append(tensor.node) }
            for region in node.op.regions {
                for tensor in region.outputs { needs.append(tensor.node) }
            }
        }
    }
}
