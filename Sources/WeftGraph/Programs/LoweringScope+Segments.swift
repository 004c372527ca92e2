// SPDX-License-Identifier: Apache-2.0

/// Of the outermost scope.
extension LoweringScope {
    /// The values of `fetches` as far as they can be lowered, and those that the rest takes.
    ///
    /// - Parameters:
    ///   - early: What only branches, loops or functions use, but is to be computed here, since sizes
    ///     inside of them depend on its elements.
    ///   - known: The nodes that they need, in order, where the caller has that.
    ///   - mayLeave: Whether there may be a rest.
    /// - Throws: `UnknownElements` of tensors that have to be computed early.
    func lowerSegment(
        _ fetches: [AnyTensor], early: [AnyTensor], known: [Node]?, mayLeave: Bool
    ) throws -> (outputs: [Int], rest: LoweredRest?) {
        let nodes = try known ?? order(fetches + early)
        reserve(nodes.count)
        var lowering = SegmentLowering(self, early: early, mayLeave: mayLeave)
        try lowering.lower(nodes)
        let left = lowering.left
        if left.isEmpty { return (try fetches.map { try value(of: $0) }, nil) }
        let later = fetches.indices.filter { left.contains(fetches[$0].node.id) }
        let updates = nodes.filter { left.contains($0.id) && !updatedVariables($0).isEmpty }
        try requireUpdatedLater(updates)
        var written: [UInt64: [AnyTensor]] = [:]
        for (node, tensors) in lowering.unrolled { written[node.id] = tensors }
        for (node, large) in lowering.leftWith { written[node.id] = large.tensors }
        let taken = try carried(to: later.map { fetches[$0] }, written)
        // Later segments know these, too.
        let needed =
            lowering.needed
            + taken.tensors.filter { context.facts.contains($0) && !lowering.needed.contains($0) }
        let carried = taken.tensors.filter { !needed.contains($0) }
        let draws = context.draws.values.filter {
            !lowering.unrolls || taken.nodes.contains($0.node.id)
        }
        let rest = LoweredRest(
            fetches: later, continuation: nil, needed: needed, carried: carried,
            hasUpdates: updates.contains { updatedVariables($0) != [.host] }, draws: draws,
            drawCounts: context.drawCounts)
        let now = try fetches.filter { !left.contains($0.node.id) }.map { try value(of: $0) }
        guard lowering.unrolls else {
            return (now + (try (needed + carried).map { try value(of: $0) }), rest)
        }
        let cut = try cut(
            rest, later.map { fetches[$0] }, taken: taken.tensors, seen: taken.nodes,
            writesNumbers: taken.hasLists || lowering.knowsIterations, lowering)
        return (now + cut.values, cut.rest)
    }

    /// What the nodes below `roots` take from this segment, and the nodes that were looked at. Whatever
    /// is read of variables and feeds is read here, at one moment for the whole run.
    ///
    /// - Parameter written: What takes the place of nodes that are left.
    private func carried(
        to roots: [AnyTensor], _ written: [UInt64: [AnyTensor]]
    ) throws -> (tensors: [AnyTensor], nodes: NodeTable, hasLists: Bool) {
        var result: [AnyTensor] = []
        var hasLists = false
        var seen: Set<AnyTensor> = []
        var nodes = NodeTable()
        var stack = roots
        while let tensor = stack.popLast() {
            let node = tensor.node
            guard seen.insert(tensor).inserted else { continue }
            _ = nodes.insert(node.id)
            // A constant is written again, unless another value was fed for it.
            if node.op.isConstant {
                if let value = lookUp(tensor), inputs.contains(value) { result.append(tensor) }
                continue
            }
            switch node.op {
            case .readVariable, .placeholder: if !isAvailable(tensor) { try lowerNamed(node) }
            default: break
            }
            let isList = lookUp(tensor).map { values[$0].dtype == .list }
            if isList == false {
                result.append(tensor)
                continue
            }
            if isList == true { hasLists = true }
            if let tensors = written[node.id] {
                stack += tensors
                continue
            }
            // A list never leaves a program: what makes it is done once more.
            if isAvailable(tensor), !updatedVariables(node).isEmpty {
                throw node.runError(
                    .unsupported,
                    "its gradient has sizes that only the run finds and would run it once more, "
                        + "with its updates; update the variables outside of the loop")
            }
            stack += context.edges(of: node) + node.op.regions.flatMap(\.outputs)
        }
        return (result, nodes, hasLists)
    }

    /// - Throws: `RunError` when a variable is updated both here and later.
    private func requireUpdatedLater(_ nodes: [Node]) throws {
        for node in nodes {
            for variable in updatedVariables(node)
            where variable !== VariableHandle.host && versions.writtenVariables.contains(variable) {
                throw RunError(
                    .unsupported,
                    "variable '\(variable.name)' is updated before and after a size is found that "
                        + "only the run tells; do the first update in a run of its own",
                    site: node.origin.site)
            }
        }
    }
}
