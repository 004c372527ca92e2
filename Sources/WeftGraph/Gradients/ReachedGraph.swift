// SPDX-License-Identifier: Apache-2.0

/// The nodes that `ys` are made from, oldest first, with what each one's regions take from outside.
///
/// A tensor that only a branch of a `cond` uses is no node of this graph: it belongs to the branch,
/// runs with it, and is differentiated inside it. So the branch not taken costs nothing in the
/// backward pass either, and its infinities do not get out.
struct ReachedGraph {
    private(set) var nodes: [Node] = []
    private var positions = NodeTable()
    /// By position, for nodes with regions: the tensors from outside that the regions use.
    private var capturesByPosition: [Int: [AnyTensor]] = [:]

    init(ys: [AnyTensor], xs: [AnyTensor], stops: Set<AnyTensor>) {
        var members = Members(stops: stops)
        members.add(ys, isRoot: true)
        members.add(xs, isRoot: true)
        members.settleBranches()
        nodes = members.nodes.sorted { $0.id < $1.id }
        for (position, node) in nodes.enumerated() { positions.insert(node.id, position) }
        for node in members.regionNodes {
            guard let position = positions[node.id] else { continue }
            let captures = node.regionCaptures { tensor in
                stops.contains(tensor) || positions[tensor.node.id] != nil
            }
            capturesByPosition[position] = captures
        }
    }

    func position(of node: Node) -> Int? { positions[node.id] }

    func captures(at position: Int) -> [AnyTensor] { capturesByPosition[position] ?? [] }

    /// What a gradient flows to from the node: its inputs, then what its regions take from outside.
    func operands(at position: Int) -> [AnyTensor] {
        let inputs = nodes[position].inputs
        guard !capturesByPosition.isEmpty, let captures = capturesByPosition[position] else {
            return inputs
        }
        return inputs + captures
    }
}

/// The set of nodes while it grows.
private struct Members {
    let stops: Set<AnyTensor>
    private(set) var nodes: [Node] = []
    private(set) var regionNodes: [Node] = []
    private var ids = NodeTable()
    /// Members whose operands have not been added.
    private var unexpanded: Set<UInt64> = []

    init(stops: Set<AnyTensor>) { self.stops = stops }

    func contains(_ node: Node) -> Bool { ids.contains(node.id) }

    /// Adds the nodes of `tensors` and of all they are made from. Roots count even if they are
    /// stops: a stop then has a place for its gradient, but nothing behind it is of interest.
    mutating func add(_ tensors: [AnyTensor], isRoot: Bool) {
        var pending: [Node] = []
        for tensor in tensors where isRoot || !stops.contains(tensor) {
            visit(tensor, &pending)
        }
        while let node = pending.popLast() {
            let sources =
                node.op.bindsParameters ? node.inputs + node.boundCaptures : node.inputs
            for tensor in sources where !stops.contains(tensor) { visit(tensor, &pending) }
        }
    }

    private mutating func visit(_ tensor: AnyTensor, _ pending: inout [Node]) {
        let node = tensor.node
        if ids.insert(node.id) {
            nodes.append(node)
            if node.op.differentiatedRegions != nil { regionNodes.append(node) }
            if stops.contains(tensor) {
                unexpanded.insert(node.id)
            } else {
                pending.append(node)
            }
        } else if !unexpanded.isEmpty, !stops.contains(tensor),
            unexpanded.remove(node.id) != nil
        {
            // Another output of the node than the one where the flow stops.
            pending.append(node)
        }
    }

    /// What both branches of a `cond` use is used whichever is taken: it belongs outside. Without
    /// this a chain of `cond`s would be differentiated once in each branch of each.
    mutating func settleBranches() {
        var next = 0
        while next < regionNodes.count {
            let node = regionNodes[next]
            next += 1
            guard case .cond(let a, let b) = node.op else { continue }
            let first = reach(a.outputs)
            if first.isEmpty { continue }
            let ids = Set(first.map(\.node.id))
            let shared = reach(b.outputs).filter {
                ids.contains($0.node.id) && $0.node.freeLevels & ~node.freeLevels == 0
            }
            add(shared, isRoot: false)
        }
    }

    /// One tensor of each node that `outputs` are surely made from and that is no member yet.
    private func reach(_ outputs: [AnyTensor]) -> [AnyTensor] {
        var seen: Set<UInt64> = []
        var result: [AnyTensor] = []
        var pending = outputs
        while let tensor = pending.popLast() {
            if stops.contains(tensor) || contains(tensor.node) { continue }
            guard seen.insert(tensor.node.id).inserted else { continue }
            result.append(tensor)
            pending += tensor.node.inputs
        }
        return result
    }
}

extension Operation {
    /// Whether what the body computes is told from what it takes from outside by its parameters.
    var bindsParameters: Bool {
        switch self {
        case .whileLoop, .scan, .call: true
        default: false
        }
    }

    /// The regions whose outputs become the node's; nil for operations that have none.
    var differentiatedRegions: [Region]? {
        switch self {
        case .cond(let a, let b): [a, b]
        case .whileLoop(let attributes): [attributes.body]
        case .scan(let attributes): [attributes.body]
        case .call(let attributes): [attributes.body]
        default: nil
        }
    }
}

extension Node {
    /// What the body of a loop or call takes from outside: tensors that do not depend on its
    /// parameters, so that they do not change from one iteration, or call, to the next.
    var boundCaptures: [AnyTensor] { regionCaptures { _ in false } }

    /// The tensors from outside that the regions use; `isOutside` tells them for regions without
    /// parameters, whose tensors bear no mark.
    func regionCaptures(isOutside: (AnyTensor) -> Bool) -> [AnyTensor] {
        guard let regions = op.differentiatedRegions else { return [] }
        let outer = op.bindsParameters ? regions.reduce(0) { $0 | $1.freeLevels } : freeLevels
        var captures: Set<AnyTensor> = []
        var seen: Set<UInt64> = []
        var pending = regions.flatMap(\.outputs)
        while let tensor = pending.popLast() {
            let node = tensor.node
            let isBound = node.freeLevels & ~outer != 0
            if op.bindsParameters ? !isBound : !isBound && isOutside(tensor) {
                captures.insert(tensor)
                continue
            }
            if seen.insert(node.id).inserted { pending += node.dependencies }
        }
        return captures.sorted {
            $0.node.id != $1.node.id ? $0.node.id < $1.node.id : $0.index < $1.index
        }
    }
}
