// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// The nodes that this scope must lower for `roots`, each after those it needs.
    func order(_ roots: [AnyTensor]) throws -> [Node] {
        var inRegions: Set<UInt64> = []
        var list: [Node] = []
        let roots = roots.filter { !isAvailable($0) }.map(\.node)
        if parent == nil, let order = plainOrder(roots) { return order }
        var pending = roots
        // Looked into when all that is needed anyway is known: there the search inside regions ends, and
        // a chain of branches is not walked to its end for each of them.
        var withRegions: [Node] = []
        demanded = NodeTable()
        repeat {
            while let node = pending.popLast() {
                guard !isAvailable(node), demanded.insert(node.id) else { continue }
                list.append(node)
                for tensor in context.edges(of: node) where !isAvailable(tensor) {
                    pending.append(tensor.node)
                }
                if node.hasRegions { withRegions.append(node) }
            }
            if let node = withRegions.popLast() {
                pending += lifted(from: node, seen: &inRegions)
                if case .cond(let a, let b) = node.op { pending += shared(a, b) }
            }
        } while !pending.isEmpty || !withRegions.isEmpty
        findMergedLoops(list)
        try separateEffects(list)
        try chainUpdates(merged.isEmpty ? list : list.filter { merged[$0.id] == nil })
        return GraphWalk.sorted(roots + list.filter { $0.op.isEffect }) { node, needs in
            if !merged.isEmpty, let other = merged[node.id] {
                needs.append(other)
                return
            }
            for tensor in context.edges(of: node) where !isAvailable(tensor) {
                needs.append(tensor.node)
            }
            if node.hasRegions { needs.append(contentsOf: demandedInside(node)) }
            if let before = updateBefore[node.id] { needs.append(contentsOf: before) }
        }
    }

    /// The order of a graph without updates and regions, in one walk; nil when it has some.
    private func plainOrder(_ roots: [Node]) -> [Node]? {
        if roots.contains(where: \.hasEffects) { return nil }
        var hasRegions = false
        let order = GraphWalk.sorted(roots) { node, needs in
            if hasRegions { return }
            for tensor in context.edges(of: node) where !isAvailable(tensor) {
                needs.append(tensor.node)
            }
            hasRegions = node.hasRegions
        }
        return hasRegions ? nil : order
    }

    /// The nodes inside a node's regions that belong to this scope: sources, updates that were
    /// made here, and what a loop would compute anew in every iteration with the same result.
    private func lifted(from node: Node, seen: inout Set<UInt64>) -> [Node] {
        struct Place {
            let node: Node
            /// Whether a branch around it may not be taken.
            let isConditional: Bool
            /// The lowest level of the regions around it up to this scope. A region that was built
            /// outside and is used inside another can have a level as low as the other's.
            let lowestLevel: Int
        }
        var result: [Node] = []
        var stack: [Place] = []
        func enter(_ node: Node, _ isConditional: Bool, _ lowestLevel: Int) {
            let conditional: Bool
            switch node.op {
            case .whileLoop, .scan, .call, .update: conditional = isConditional
            default: conditional = true
            }
            for region in node.op.regions {
                for output in region.outputs where !isAvailable(output) {
                    stack.append(
                        Place(
                            node: output.node, isConditional: conditional,
                            lowestLevel: min(lowestLevel, region.level)))
                }
            }
        }
        let updated = updatedVariables(node)
        enter(node, false, Int.max)
        while let place = stack.popLast() {
            let inner = place.node
            guard !demanded.contains(inner.id), seen.insert(inner.id).inserted else { continue }
            switch inner.op {
            case .placeholder, .readVariable:
                result.append(inner)
                continue
            // A constant of strings has to be looked up in the table of each run.
            case .primitive(.constant(let value)) where value.array.dtype != .string: continue
            case .parameter: continue
            default: break
            }
            if let effect = inner.op.effect, effect.level < place.lowestLevel {
                result.append(inner)
                continue
            }
            if let level = inner.op.regions.first?.level {
                // A branch or loop with updates, made outside: it runs whatever happens here.
                if level <= place.lowestLevel, inner.hasEffects, !updatedVariables(inner).isEmpty {
                    result.append(inner)
                    continue
                }
            } else if inner.freeLevels >> UInt64(place.lowestLevel) == 0, !place.isConditional,
                !inner.op.isEffect, inner.op.cannotFail, updated.isEmpty
            {
                result.append(inner)
                continue
            }
            for tensor in context.edges(of: inner) where !isAvailable(tensor) {
                stack.append(
                    Place(
                        node: tensor.node, isConditional: place.isConditional,
                        lowestLevel: place.lowestLevel))
            }
            enter(inner, place.isConditional, place.lowestLevel)
        }
        return result
    }

    /// What both branches need from outside whatever else happens: it runs here, once, since it
    /// would run anyway. (Branches on branches would double it at each level otherwise.)
    private func shared(_ a: Region, _ b: Region) -> [Node] {
        let level = UInt64(min(a.level, b.level))
        func walk(_ region: Region, _ visit: (Node) -> Bool) {
            var seen: Set<UInt64> = []
            var stack = region.outputs
            while let tensor = stack.popLast() {
                guard !isAvailable(tensor), !demanded.contains(tensor.node.id),
                    seen.insert(tensor.node.id).inserted
                else { continue }
                if visit(tensor.node) { stack += context.edges(of: tensor.node) }
            }
        }
        var inFirst: Set<UInt64> = []
        walk(a) {
            inFirst.insert($0.id)
            return true
        }
        var result: [Node] = []
        walk(b) { node in
            guard inFirst.contains(node.id), node.freeLevels >> level == 0, !node.op.isEffect else {
                return true
            }
            switch node.op {
            // A constant costs nothing, and engines like to see it where it is used.
            case .primitive(.constant), .invalid: return true
            default: break
            }
            result.append(node)
            return false
        }
        return result
    }

    /// The nodes of this scope that a node's regions use: they must be lowered before it.
    private func demandedInside(_ node: Node) -> [Node] {
        var result: [Node] = []
        var seen: Set<UInt64> = []
        var stack = node.op.regions.flatMap(\.outputs)
        while let tensor = stack.popLast() {
            let inner = tensor.node
            guard !isAvailable(tensor), seen.insert(inner.id).inserted else { continue }
            if demanded.contains(inner.id) {
                result.append(inner)
                continue
            }
            stack += context.edges(of: inner)
            stack += inner.op.regions.flatMap(\.outputs)
        }
        return result
    }

    /// Puts the updates of one variable in the order in which the program made them.
    private func chainUpdates(_ list: [Node]) throws {
        var byVariable: [VariableHandle: [Node]] = [:]
        for node in list where node.op.isEffect || node.hasRegions {
            for variable in updatedVariables(node) {
                byVariable[variable, default: []].append(node)
            }
        }
        updateBefore = [:]
        // A loop that stands in for another has the same updates as that one.
        let made = Dictionary(
            byVariable.values.joined().map { ($0.id, latestUpdate($0)) },
            uniquingKeysWith: { first, _ in first })
        // In a fixed order: the places of random draws in their streams follow from it.
        for variable in byVariable.keys.sorted(by: { $0.id < $1.id }) {
            let nodes = (byVariable[variable] ?? []).sorted {
                made[$0.id, default: 0] < made[$1.id, default: 0]
            }
            var assignment: Node?
            for (position, node) in nodes.enumerated() {
                if position > 0 { updateBefore[node.id, default: []].append(nodes[position - 1]) }
                guard node.op.isPlainAssignment else { continue }
                if let assignment, !Self.depends(node, on: assignment) {
                    throw RunError(.assignedTwice(variable.name), site: node.origin.site)
                }
                assignment = node
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

    /// Whether a loop or call uses what another one gives, directly or by what it is merged with: then
    /// the first cannot stand in for the second.
    private func needs(_ node: Node, _ other: Node) -> Bool {
        var found = false
        GraphWalk.visit([node]) { current in
            if current === other { found = true }
            if found { return [] }
            let stand = merged[current.id].map { [AnyTensor(node: $0, index: 0)] } ?? []
            return current.dependencies + stand
        }
        return found
    }

    /// Whether no loop or call needs, directly or by what it is merged with, what it computes itself.
    private func isAcyclic(_ loops: [Node]) -> Bool {
        enum State { case isUnderWay, isDone }
        var states: [UInt64: State] = [:]
        var stack = loops
        while let node = stack.last {
            switch states[node.id] {
            case nil: states[node.id] = .isUnderWay
            case .isUnderWay?:
                // All below it is done.
                states[node.id] = .isDone
                stack.removeLast()
                continue
            case .isDone?:
                stack.removeLast()
                continue
            }
            let stand = merged[node.id].map { [AnyTensor(node: $0, index: 0)] } ?? []
            for tensor in node.dependencies + stand {
                switch states[tensor.node.id] {
                case nil: stack.append(tensor.node)
                case .isUnderWay?: return false
                case .isDone?: break
                }
            }
        }
        return true
    }

    /// Finds loops and calls whose outputs are the first ones of another over the same inputs: what
    /// differentiation adds to one it adds to a copy, and only the copy needs to run.
    private func findMergedLoops(_ list: [Node]) {
        let loops = list.filter { $0.op.bindsParameters }
        guard loops.count > 1 else { return }
        merge(loops) { _, _ in true }
        if merged.isEmpty || isAcyclic(loops) { return }
        // Some stand-in needs what it stands in for: each is looked at by itself then.
        merged = [:]
        merge(loops) { small, large in !needs(large, small) }
    }

    private func merge(_ loops: [Node], where mayStandIn: (Node, Node) -> Bool) {
        let byFirstInput = Dictionary(grouping: loops) { $0.inputs.first }
        for small in loops {
            for large in byFirstInput[small.inputs.first] ?? []
            where large.types.count > small.types.count {
                if large.op.extends(small.op), large.inputs.starts(with: small.inputs),
                    small.op.isWhileLoop || large.inputs.count == small.inputs.count,
                    mayStandIn(small, large)
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

    var isConstant: Bool {
        if case .primitive(.constant) = self { return true }
        return false
    }

    var isWhileLoop: Bool {
        if case .whileLoop = self { return true }
        return false
    }

    /// Whether the loop or call computes what `other` does as its first outputs.
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
        case (.call(let a), .call(let b)):
            a.name == b.name && a.policy == b.policy && a.body.level == b.body.level
                && a.body.parameterTypes == b.body.parameterTypes
                && a.body.outputs.starts(with: b.body.outputs)
        default: false
        }
    }
}
