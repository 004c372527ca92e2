// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// The nodes that this scope must lower for `roots`, each after those it needs.
    func order(_ roots: [Node]) throws -> [Node] {
        var inRegions: Set<UInt64> = []
        var list: [Node] = []
        var pending = roots
        demanded = []
        while let node = pending.popLast() {
            guard !isAvailable(node), demanded.insert(node.id).inserted else { continue }
            list.append(node)
            for tensor in context.edges(of: node) where !isAvailable(tensor) {
                pending.append(tensor.node)
            }
            if !node.op.regions.isEmpty {
                pending += lifted(from: node, seen: &inRegions)
            }
        }
        findMergedLoops(list)
        try chainUpdates(list)
        return GraphWalk.sorted(roots + list.filter { $0.op.isEffect }) { node in
            if let other = merged[node.id] { return [other] }
            var needs = context.edges(of: node).filter { !isAvailable($0) }.map(\.node)
            if !node.op.regions.isEmpty { needs += demandedInside(node) }
            needs += updateBefore[node.id] ?? []
            return needs
        }
    }

    /// The nodes inside a node's regions that belong to this scope: sources, updates that were
    /// made here, and what a loop would compute anew in every iteration with the same result.
    private func lifted(from node: Node, seen: inout Set<UInt64>) -> [Node] {
        var result: [Node] = []
        var stack: [(node: Node, isConditional: Bool)] = []
        func enter(_ node: Node, _ isConditional: Bool) {
            let conditional: Bool
            switch node.op {
            case .whileLoop, .scan, .update: conditional = isConditional
            default: conditional = true
            }
            for region in node.op.regions {
                for output in region.outputs { stack.append((output.node, conditional)) }
            }
        }
        let updated = Self.updatedVariables(node)
        enter(node, false)
        while let (inner, isConditional) = stack.popLast() {
            guard !isAvailable(inner), seen.insert(inner.id).inserted else { continue }
            switch inner.op {
            case .placeholder, .readVariable:
                result.append(inner)
                continue
            case .update(let attributes) where attributes.level <= level:
                result.append(inner)
                continue
            case .constant, .parameter: continue
            default: break
            }
            let deeper = inner.freeLevels >> UInt64(level + 1)
            if deeper == 0, !isConditional, !inner.op.isEffect, inner.op.cannotFail,
                updated.isEmpty, inner.op.regions.isEmpty
            {
                result.append(inner)
                continue
            }
            for tensor in context.edges(of: inner) { stack.append((tensor.node, isConditional)) }
            enter(inner, isConditional)
        }
        return result
    }

    /// The nodes of this scope that a node's regions use: they must be lowered before it.
    private func demandedInside(_ node: Node) -> [Node] {
        var result: [Node] = []
        var seen: Set<UInt64> = []
        var stack = node.op.regions.flatMap(\.outputs).map(\.node)
        while let inner = stack.popLast() {
            guard seen.insert(inner.id).inserted, !isAvailable(inner) else { continue }
            if demanded.contains(inner.id) {
                result.append(inner)
                continue
            }
            stack += context.edges(of: inner).map(\.node)
            stack += inner.op.regions.flatMap(\.outputs).map(\.node)
        }
        return result
    }

    /// The variables that a node updates: itself, or somewhere in its regions.
    static func updatedVariables(_ node: Node) -> Set<VariableHandle> {
        var result: Set<VariableHandle> = []
        if case .update(let attributes) = node.op { return [attributes.variable] }
        let outputs = node.op.regions.flatMap(\.outputs).map(\.node).filter(\.hasEffects)
        guard let level = node.op.regions.first?.level, !outputs.isEmpty else { return [] }
        GraphWalk.visit(outputs) { inner in
            if case .update(let attributes) = inner.op, attributes.level >= level {
                result.insert(attributes.variable)
            }
            // Regions of the same level belong to nodes outside, which this region only uses.
            let nested = inner.op.regions.filter { $0.level > level }.flatMap(\.outputs)
            return (inner.inputs + nested).filter { $0.node.hasEffects }
        }
        return result
    }

    /// Puts the updates of one variable in the order in which the program made them.
    private func chainUpdates(_ list: [Node]) throws {
        var byVariable: [VariableHandle: [Node]] = [:]
        for node in list where node.op.isEffect || !node.op.regions.isEmpty {
            for variable in Self.updatedVariables(node) { byVariable[variable, default: []].append(node) }
        }
        updateBefore = [:]
        for (variable, nodes) in byVariable where nodes.count > 1 {
            let sorted = nodes.sorted { $0.id < $1.id }
            for (earlier, later) in zip(sorted, sorted.dropFirst()) {
                updateBefore[later.id, default: []].append(earlier)
                if earlier.op.isPlainAssignment, later.op.isPlainAssignment,
                    !Self.depends(later, on: earlier)
                {
                    throw RunError(
                        .conflictingVariables,
                        "variable '\(variable.name)' is assigned twice in one run and neither "
                            + "assignment depends on the other; use the first one's result in the "
                            + "second, or run them one after the other")
                }
            }
        }
        var names: [String: VariableHandle] = [:]
        for variable in byVariable.keys {
            if let other = names.updateValue(variable, forKey: variable.name), other !== variable {
                throw RunError(
                    .conflictingVariables,
                    "two variables of this run are named '\(variable.name)'; give each its own name")
            }
        }
    }

    private static func depends(_ node: Node, on other: Node) -> Bool {
        var found = false
        GraphWalk.visit([node]) { current in
            if current === other { found = true }
            return found || current.id < other.id ? [] : current.dependencies
        }
        return found
    }

    /// Finds loops whose outputs are the first ones of another loop over the same inputs: what
    /// differentiation adds to a loop it adds to a copy, and only the copy needs to run.
    private func findMergedLoops(_ list: [Node]) {
        let loops = list.filter { $0.op.isLoop }
        guard loops.count > 1 else { return }
        for small in loops {
            for large in loops where large !== small && large.types.count > small.types.count {
                if large.op.extends(small.op), large.inputs.starts(with: small.inputs) || small.op.isScan
                        && large.inputs == small.inputs
                {
                    merged[small.id] = large
                    break
                }
            }
        }
        // A chain of extensions ends at the largest.
        for (id, node) in merged {
            var last = node
            while let next = merged[last.id] { last = next }
            merged[id] = last
        }
    }
}

extension Operation {
    var isPlainAssignment: Bool {
        if case .update(let attributes) = self, case .assign = attributes.kind { return true }
        return false
    }

    var isLoop: Bool {
        switch self {
        case .whileLoop, .scan: true
        default: false
        }
    }

    var isScan: Bool {
        if case .scan = self { return true }
        return false
    }

    /// Whether a run of the operation can never fail, so that it may run although nobody needs it.
    var cannotFail: Bool {
        switch self {
        case .binary(.divide), .binary(.remainder), .binary(.floorDivide), .binary(.floorModulo),
            .gather, .scatter, .check:
            false
        default: true
        }
    }

    /// Whether the loop computes what `other` does as its first outputs.
    func extends(_ other: Operation) -> Bool {
        switch (self, other) {
        case (.scan(let a), .scan(let b)):
            a.carries == b.carries && a.isReversed == b.isReversed
                && a.body.level == b.body.level && a.body.parameterTypes == b.body.parameterTypes
                && a.body.outputs.starts(with: b.body.outputs)
        case (.whileLoop(let a), .whileLoop(let b)):
            a.maximumIterations == b.maximumIterations && a.body.level == b.body.level
                && a.condition.outputs == b.condition.outputs
                && a.body.parameterTypes.starts(with: b.body.parameterTypes)
                && a.body.outputs.starts(with: b.body.outputs)
        default: false
        }
    }
}
