// SPDX-License-Identifier: Apache-2.0

/// A graph lowered to a program, and whose its inputs and outputs are.
package struct LoweredGraph: Sendable {
    package let program: Program
    /// The tensors that are fed, in order.
    package let feeds: [AnyTensor]
    /// The variables whose values are the program's state, in order.
    package let reads: [VariableHandle]
    /// The variables that get new values, in order.
    package let writes: [VariableHandle]
    /// What the program leaves to the next segment of the run; nil where it is all of the run. Its
    /// results are the fetches that are not left, then the elements that the next segment is made
    /// for, then the values that it takes.
    package let rest: LoweredRest?
}

/// What all scopes of one lowering share.
final class LoweringContext {
    /// The nodes whose updates run: those below a group that asks for it.
    var activeUpdates: Set<UInt64> = []
    /// By what streams hash to.
    private(set) var drawCounts: [UInt64: UInt32]
    private(set) var draws: [UInt64: (node: Node, draw: RandomDraw)]
    /// The programs of bodies that were called so far.
    private var bodies: [LoweredBody.Key: [LoweredBody]] = [:]
    /// How many nodes were lowered inside branches, loops and calls. A node that only regions need is
    /// lowered in each of them, which a contrived graph can double without end. A body that several
    /// calls share is lowered, and counted, once.
    private var nodesInRegions = 0
    private static let mostNodesInRegions = 500_000

    /// The tensors whose elements earlier segments of the run have found.
    let facts: Set<AnyTensor>

    init(_ facts: SegmentFacts?) {
        self.facts = Set(facts?.elements.map(\.tensor) ?? [])
        drawCounts = facts?.drawCounts ?? [:]
        draws = Dictionary(
            (facts?.draws ?? []).map { ($0.node.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Throws: `RunError` when regions have become too large.
    func countNodes(_ count: Int) throws {
        nodesInRegions += count
        if nodesInRegions > Self.mostNodesInRegions {
            throw RunError(
                .unsupported,
                "the graph's branches, loops and calls take more than \(Self.mostNodesInRegions) "
                    + "instructions, since several of them need the same nested ones; "
                    + "fetch, or use outside of them, what they share")
        }
    }

    func bodies(_ key: LoweredBody.Key) -> [LoweredBody] { bodies[key] ?? [] }

    func add(_ body: LoweredBody, _ key: LoweredBody.Key) { bodies[key, default: []].append(body) }

    /// Marks the updates that ride with values below the groups that ask for them.
    func activateUpdates(_ fetches: [AnyTensor]) {
        var seen: [UInt64: Bool] = [:]  // whether it was seen below a group that asks
        var stack = fetches.map { (node: $0.node, isActive: false) }
        while let (node, above) = stack.popLast() {
            guard node.hasEffects else { continue }
            var isActive = above
            if case .group(let attributes) = node.op, attributes.runsUpdates { isActive = true }
            if let known = seen[node.id], known || !isActive { continue }
            seen[node.id] = isActive
            var next = node.dependencies[...]
            if case .withUpdates = node.op {
                if isActive { activeUpdates.insert(node.id) } else { next = next.prefix(1) }
            }
            for tensor in next { stack.append((tensor.node, isActive)) }
        }
    }

    /// The same node is the same draw wherever it is lowered.
    func draw(of node: Node, _ attributes: RandomAttributes) -> RandomDraw {
        if let known = draws[node.id] { return known.draw }
        let stream = StableHash.of(attributes.stream)
        if let ordinal = attributes.ordinal { return RandomDraw(stream: stream, ordinal: ordinal) }
        let ordinal = drawCounts[stream, default: 0]
        drawCounts[stream] = ordinal + 1
        let draw = RandomDraw(stream: stream, ordinal: ordinal)
        draws[node.id] = (node, draw)
        return draw
    }

    /// What a node needs besides its regions.
    func edges(of node: Node) -> ArraySlice<AnyTensor> {
        if case .withUpdates = node.op, !activeUpdates.contains(node.id) {
            return node.inputs.prefix(1)
        }
        return node.inputs[...]
    }
}

extension LoweredGraph {
    /// Lowers what `fetches` need, for feeds of the given types.
    ///
    /// - Parameters:
    ///   - order: The nodes below the fetches, each after those it needs, where the caller has walked a
    ///     graph without updates, regions and feeds of inner tensors already.
    ///   - inSegments: Whether what needs elements that the run decides is left to a next program;
    ///     otherwise that is an error.
    ///   - facts: What the programs before have found out, in a segment of a run.
    /// - Throws: `GraphError` when a tensor carries one; `RunError` when a feed is missing, shapes
    ///   do not fit, or updates of one variable contradict each other.
    package init(
        fetches: [AnyTensor], feeds: [(AnyTensor, ArrayType)], order: [Node]? = nil,
        inSegments: Bool = false, facts: SegmentFacts? = nil
    ) throws {
        for fetch in fetches {
            try fetch.validated()
            if fetch.dtype == .list {
                throw RunError(
                    .invalidFetch, "\(fetch) is a list inside a loop and cannot be fetched")
            }
        }
        let (scope, outputs, rest) = try Self.lowered(fetches, feeds, order, inSegments, facts)
        let writes = scope.versions.writtenVariables.filter { $0 !== VariableHandle.host }
        let newValues = writes.map { scope.versions.current[$0.id] ?? 0 }
        let program = scope.finish(outputs: outputs + newValues)
        try Self.requireDistinctNames(scope.readOrder + writes)

        self.feeds = feeds.map(\.0)
        self.rest = rest
        reads = scope.readOrder
        self.writes = writes
        // In the order of the roles: feeds, variables, random state.
        let inputs =
            scope.inputs.prefix(feeds.count) + reads.compactMap { scope.versions.start[$0.id] }
            + (scope.randomState.map { [$0] } ?? [])
        var roles = Program.Roles(
            stateCount: reads.count, drawsRandomNumbers: scope.randomState != nil,
            updateCount: writes.count)
        roles.stringFeeds = feeds.indices.filter { feeds[$0].1.dtype == .string }
        let given = Self.given(fetches, rest).map(\.dtype)
        roles.stringFetches = given.indices.filter { given[$0] == .string }
        let results = given + writes.map(\.dtype)
        roles.complexOutputs = Set(results.indices.filter { results[$0].isComplex })
        self.program = Program(
            values: program.values, inputs: Array(inputs), instructions: program.instructions,
            outputs: program.outputs, roles: roles)
        guard self.program.planCount <= Program.mostPlans else {
            throw RunError(
                .unsupported,
                "the graph's branches, loops and calls stand inside each other in more than "
                    + "\(Program.mostPlans) places, since several of them need the same nested ones; "
                    + "fetch, or use outside of them, what they share")
        }
        // Kernels trust the types. A plan is made once and run often, so that all are compared here.
        try self.program.verify()
    }

    /// The outermost scope, the values of its results, and what it leaves.
    private static func lowered(
        _ fetches: [AnyTensor], _ feeds: [(AnyTensor, ArrayType)], _ order: [Node]?,
        _ inSegments: Bool, _ facts: SegmentFacts?
    ) throws -> (scope: LoweringScope, outputs: [Int], rest: LoweredRest?) {
        var early: [AnyTensor] = []
        while true {
            let context = LoweringContext(facts)
            context.activateUpdates(fetches)
            let scope = LoweringScope(context: context, parent: nil, level: 0)
            for (tensor, type) in feeds { scope.addInput(tensor, type) }
            for (tensor, array) in facts?.elements ?? [] { scope.bind(tensor, toKnown: array) }
            do {
                let segment = try scope.lowerSegment(
                    fetches, early: early, known: early.isEmpty ? order : nil,
                    mayLeave: inSegments)
                return (scope, segment.outputs, segment.rest)
            } catch let unknown as UnknownElements {
                early += unknown.tensors
            }
        }
    }

    /// What a program gives that leaves `rest`.
    private static func given(_ fetches: [AnyTensor], _ rest: LoweredRest?) -> [AnyTensor] {
        guard let rest else { return fetches }
        let later = Set(rest.fetches)
        return fetches.indices.filter { !later.contains($0) }.map { fetches[$0] } + rest.needed
            + rest.carried
    }

    private static func requireDistinctNames(_ variables: [VariableHandle]) throws {
        var names: [String: VariableHandle] = [:]
        for variable in variables {
            if let other = names.updateValue(variable, forKey: variable.name), other !== variable {
                throw VariableHandle.sharedName(other, variable, in: "run")
            }
        }
    }
}
