// SPDX-License-Identifier: Apache-2.0
import HeapModule
import Weft

/// Something that is built at once: a node, a loop with all that stands in it, or what two branches end in.
private enum Unit: Hashable {
    case node(Int)
    case loop(context: Int)
}

extension ImportScope {
    /// Builds what `roots` and `nodes` need, in order.
    func build(_ roots: [Endpoint], running nodes: [Int] = []) throws {
        let needed = needed(roots.map(\.node) + nodes)
        if needed.isEmpty { return }
        var schedule = Schedule(self, needed)
        while let next = schedule.next() {
            switch next {
            case .branches(let condition, let merges, let effects):
                try buildBranches(of: condition, endingAt: merges, running: effects)
                for node in merges + effects { schedule.finish(.node(node)) }
            case .node(let node):
                try build(node)
                schedule.finish(.node(node))
            case .loop(let context):
                try buildLoop(context, needed)
                schedule.finish(.loop(context: context))
            }
        }
        if let stuck = schedule.stuck {
            throw error(stuck, .malformed, "the order of its branches and loops has a circle")
        }
    }

    func isEndOfBranch(_ node: Int) -> Bool {
        ControlContexts.isMerge(body.nodes[node].op)
            && !body.nodes[node].inputs.contains {
                ControlContexts.isNext(body.nodes[$0.node].op)
            }
    }

    /// The nodes that `roots` depend on and that are not built, whatever branch or loop they stand in.
    func needed(_ roots: [Int], without known: Set<Int> = []) -> Set<Int> {
        var found: Set<Int> = []
        var pending = roots
        while let node = pending.popLast() {
            guard !known.contains(node), values(of: node) == nil, found.insert(node).inserted else {
                continue
            }
            pending += body.nodes[node].inputs.map(\.node)
            pending += body.nodes[node].controls
        }
        return found
    }
}

/// The order in which the units of a scope are built: each after those it needs; reads before branches and
/// loops, those before what changes state, as far as they may; else in the order of the file.
private struct Schedule {
    enum Next {
        case node(Int)
        /// What two branches of one condition end in, and what happens in them besides.
        case branches(Endpoint, merges: [Int], effects: [Int])
        case loop(Int)
    }

    private let scope: ImportScope
    private let depth: Int
    private var waiting: [Unit: Int] = [:]
    private var users: [Unit: [Unit]] = [:]
    /// What is ready: the first in the file comes first.
    private var ready = Heap<Int>()
    private var readyEffects = Heap<Int>()
    /// What asks which variables have values: initializers that run together are to be told of one another.
    private var readyQuestions = Heap<Int>()
    /// Branches and loops. A loop is the number of its context, negative.
    private var readyBranches: Set<Int> = []
    /// The conditions of what is built in branches, and how much of it each has that is not built.
    private var conditions: [Int: Endpoint] = [:]
    private var unbuilt: [Endpoint: Int] = [:]
    private var unfinished = 0

    init(_ scope: ImportScope, _ needed: Set<Int>) {
        self.scope = scope
        depth = scope.body.contexts.contexts[scope.context].depth
        var needs: [Unit: Set<Unit>] = [:]
        for node in needed.sorted() {
            let condition = Self.condition(of: node, scope)
            guard let unit = unit(of: node) ?? condition.map({ _ in .node(node) }) else { continue }
            var wanted = needs[unit] ?? []
            let edges: [Int]
            if case .node = unit, let condition {
                conditions[node] = condition
                unbuilt[condition, default: 0] += 1
                edges = outside(of: node, needed)
            } else {
                edges = scope.body.nodes[node].inputs.map(\.node) + scope.body.nodes[node].controls
            }
            for edge in edges where needed.contains(edge) {
                if let other = self.unit(of: edge), other != unit { wanted.insert(other) }
            }
            needs[unit] = wanted
        }
        unfinished = needs.count
        for (unit, wanted) in needs {
            waiting[unit] = wanted.count
            for other in wanted { users[other, default: []].append(unit) }
        }
        for unit in needs.keys where needs[unit]?.isEmpty == true { enter(unit) }
    }

    /// The condition of the branches that a node ends, or in one of which it has its effect.
    private static func condition(of node: Int, _ scope: ImportScope) -> Endpoint? {
        if let around = scope.condition(around: node) {
            return scope.hasEffects(node) && !scope.isDone(node) ? around : nil
        }
        guard scope.body.contexts.nodes[node] == scope.context, scope.isEndOfBranch(node) else {
            return nil
        }
        return scope.body.contexts.branch(endingAt: node, in: scope.body.nodes)?.condition
    }

    /// What a node is built with; nil for one that stands in a branch.
    private func unit(of node: Int) -> Unit? {
        let contexts = scope.body.contexts
        let own = contexts.nodes[node]
        if ControlContexts.isExit(scope.body.nodes[node].op) {
            // What leaves a loop is built with it.
            var inside = scope.body.nodes[node].inputs.first.map { contexts.nodes[$0.node] } ?? own
            while contexts.contexts[inside].depth > contexts.contexts[own].depth + 1 {
                inside = contexts.contexts[inside].parent
            }
            if own == scope.context || !contexts.isInside(own, scope.context) {
                return .loop(context: inside)
            }
        }
        guard own != scope.context, contexts.isInside(own, scope.context),
            let around = contexts.ancestor(of: own, atDepth: depth + 1)
        else { return .node(node) }
        if case .loop = contexts.contexts[around].kind { return .loop(context: around) }
        return nil
    }

    /// The nodes outside of two branches that what they end in depends on.
    private func outside(of merge: Int, _ needed: Set<Int>) -> [Int] {
        var seen: Set<Int> = [merge]
        var result: [Int] = []
        var pending = scope.body.nodes[merge].inputs.map(\.node) + scope.body.nodes[merge].controls
        while let node = pending.popLast() {
            guard needed.contains(node), seen.insert(node).inserted else { continue }
            if unit(of: node) == nil {
                pending += scope.body.nodes[node].inputs.map(\.node)
                pending += scope.body.nodes[node].controls
            } else {
                result.append(node)
            }
        }
        return result
    }

    private mutating func enter(_ unit: Unit) {
        switch unit {
        case .loop(let context): readyBranches.insert(-1 - context)
        case .node(let node) where conditions[node] != nil: readyBranches.insert(node)
        case .node(let node) where scope.hasEffects(node): readyEffects.insert(node)
        case .node(let node)
        where VariableOperations.asksForInitialization(scope.body.nodes[node].op):
            readyQuestions.insert(node)
        case .node(let node): ready.insert(node)
        }
    }

    /// What is built next. What stands in the branches of one condition is built together, as far as nothing
    /// outside depends on one part of it and another part on that.
    mutating func next() -> Next? {
        if let node = ready.popMin() { return .node(node) }
        var incomplete: Endpoint?
        let places = readyBranches.sorted()
        for place in places {
            guard let condition = conditions[place] else {
                readyBranches.remove(place)
                return .loop(-1 - place)
            }
            if places.count(where: { conditions[$0] == condition }) == unbuilt[condition] {
                return branches(condition, places)
            }
            incomplete = incomplete ?? condition
        }
        if let node = readyEffects.popMin() { return .node(node) }
        if let node = readyQuestions.popMin() { return .node(node) }
        return incomplete.map { branches($0, places) }
    }

    private mutating func branches(_ condition: Endpoint, _ places: [Int]) -> Next {
        let all = places.filter { conditions[$0] == condition }
        readyBranches.subtract(all)
        unbuilt[condition, default: 0] -= all.count
        return .branches(
            condition, merges: all.filter { scope.condition(around: $0) == nil },
            effects: all.filter { scope.condition(around: $0) != nil })
    }

    mutating func finish(_ unit: Unit) {
        unfinished -= 1
        for user in users[unit] ?? [] {
            waiting[user, default: 1] -= 1
            if waiting[user] == 0 { enter(user) }
        }
    }

    /// A node that cannot be built because of a circle; nil when all was.
    var stuck: Int? {
        guard unfinished > 0 else { return nil }
        return waiting.compactMap { unit, count -> Int? in
            guard count > 0, case .node(let node) = unit else { return nil }
            return node
        }.min() ?? 0
    }
}
