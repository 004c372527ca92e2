// SPDX-License-Identifier: Apache-2.0

/// Lowers what a segment of a run can compute, in the outermost scope, and finds what it leaves.
///
/// What needs elements that only the run finds is left, with all that needs it in turn. A loop, branch
/// or function whose shapes differ from one iteration or branch to another, or follow from what is
/// computed inside, is written out as the graph that it stands for, and that is lowered in its place: a
/// loop by one iteration after the other for as long as its condition is known to hold. Where only
/// the run knows, the rest of the loop is left to the next segment.
struct SegmentLowering {
    private enum Work {
        case lower(Node)
        /// A loop goes on or ends.
        case decide(Node, test: AnyTensor)
        /// What a node was written out as has been lowered, or left.
        case bind(Node, [AnyTensor])
    }

    let scope: LoweringScope
    /// What is computed here though only the inside of branches, loops or functions uses it, since sizes
    /// there depend on its elements.
    let early: [AnyTensor]
    /// Whether there may be a rest.
    let mayLeave: Bool

    private(set) var left = NodeTable()
    /// The tensors whose elements the rest waits for.
    private(set) var needed: [AnyTensor] = []
    /// What was written out as what, the first one first.
    private(set) var unrolled: [(node: Node, tensors: [AnyTensor])] = []
    private var written: [UInt64: [AnyTensor]] = [:]
    /// Loops that wait for their condition.
    private(set) var waiting: [(loop: Node, test: AnyTensor)] = []
    /// Whether the condition of a loop followed from what is known, and not from what a segment found.
    private(set) var knowsIterations = false
    /// Nodes that are left with the loop or call that computes them along with its own outputs.
    private(set) var leftWith: [(node: Node, large: Node)] = []
    /// Whether a loop was, or will be, written out.
    private(set) var unrolls = false
    private var work: [Work] = []
    private var unrolledNodes = 0
    /// A program does not become larger by written out iterations: the next one goes on then.
    private static let mostUnrolledNodes = 20_000
    /// For what is not left in the middle.
    private static let mostNodes = 500_000

    init(_ scope: LoweringScope, early: [AnyTensor], mayLeave: Bool) {
        self.scope = scope
        self.early = early
        self.mayLeave = mayLeave
    }

    /// - Throws: `UnknownElements` of tensors that have to be computed early.
    mutating func lower(_ nodes: [Node]) throws {
        for node in nodes where !scope.isAvailable(node) {
            try lower(node)
            while let next = work.popLast() {
                switch next {
                case .lower(let node): if !scope.isAvailable(node) { try lower(node) }
                case .decide(let loop, let test): try decide(loop, test)
                case .bind(let node, let tensors): try bind(node, tensors)
                }
            }
        }
    }

    private mutating func lower(_ node: Node) throws {
        if !left.isEmpty {
            if left.contains(node.id) { return }
            if depends(node) { return leave(node) }
        }
        do {
            try scope.lowerNamed(node)
        } catch let unknown as UnknownElements {
            try find(unknown, for: node)
        } catch let changing as ChangingShape {
            // What an update uses, say, is computed before it.
            if !node.isUnrollable, let inner = changing.node, inner.isUnrollable,
                inner.freeLevels == 0, !early.contains(inner.tensors[0])
            {
                throw UnknownElements(tensors: [inner.tensors[0]])
            }
            try unroll(node, changing.error)
        }
    }

    private mutating func leave(_ node: Node) {
        _ = left.insert(node.id)
        if let large = scope.merged[node.id] { leftWith.append((node, large)) }
    }

    // MARK: Elements that the run finds

    private mutating func find(_ unknown: UnknownElements, for node: Node) throws {
        let facts = scope.context.facts
        func isInside(_ tensor: AnyTensor) -> Bool {
            !scope.isAvailable(tensor) && (tensor.node.freeLevels != 0 || early.contains(tensor))
        }
        // What is inside of what was written out is not looked for anew from the beginning.
        if node.isUnrollable,
            unknown.tensors.contains(where: {
                isInside($0) || (unrolls && !scope.isAvailable($0))
            })
        {
            return try unroll(node, Self.unknownSizes(unknown.tensors[0], of: node))
        }
        for tensor in unknown.tensors where isInside(tensor) || facts.contains(tensor) || !mayLeave
        {
            throw Self.unknownSizes(tensor, of: node)
        }
        guard unknown.tensors.allSatisfy(scope.isAvailable) else { throw unknown }
        // Of a branch it must be known whether it is taken: one that is not may be wrong for the sizes
        // that are found.
        var tensors = unknown.tensors
        if case .cond = node.op { tensors += node.inputs.prefix(1) }
        needed += tensors.filter { !needed.contains($0) && !facts.contains($0) }
        leave(node)
    }

    /// Leaves a node to a segment that knows the elements of `tensor`.
    private mutating func wait(_ node: Node, for tensor: AnyTensor) throws {
        guard mayLeave, !scope.context.facts.contains(tensor) else {
            throw Self.unknownSizes(tensor, of: node)
        }
        if !needed.contains(tensor) { needed.append(tensor) }
        leave(node)
    }

    private static func unknownSizes(_ tensor: AnyTensor, of node: Node) -> RunError {
        node.runError(.unknownSizes("\(tensor)"))
    }

    // MARK: Unrolling

    private mutating func unroll(_ node: Node, _ reason: RunError) throws {
        guard node.isUnrollable else { throw reason }
        var taken: NDArray?
        if case .cond = node.op {
            taken = try scope.knownArray(scope.value(of: node.inputs[0]))
            if taken == nil { return try wait(node, for: node.inputs[0]) }
        }
        guard scope.updatedVariables(node).isEmpty else {
            throw node.runError(
                .unsupported,
                "\(reason.text); that cannot be planned iteration by iteration, since it updates "
                    + "variables or calls the host: update the variables outside of it")
        }
        unrolls = true
        let context = scope.context
        switch node.op {
        case .cond(let a, let b):
            try write(node, as: node.results(of: taken?.doubles == [1] ? a : b, on: [], context))
        case .call(let attributes):
            try write(node, as: node.results(of: attributes.body, on: node.inputs, context))
        case .scan(let attributes):
            let operands = node.inputs.map(resolved)
            let length = try length(of: operands[attributes.carries])
            try write(node, as: node.unrolledScan(attributes, operands, length: length, context))
        case .whileLoop(let attributes):
            if let counting = try node.countingLoop(attributes, context) {
                return try write(node, as: Array(counting.prefix(node.types.count)))
            }
            if attributes.maximumIterations == 0 { return try write(node, as: node.inputs) }
            let test = try node.results(of: attributes.condition, on: node.inputs, context)[0]
            work.append(.decide(node, test: test))
            try push([test])
        default: throw reason
        }
    }

    private mutating func decide(_ node: Node, _ test: AnyTensor) throws {
        guard case .whileLoop(let attributes) = node.op else { return }
        guard scope.isAvailable(test) else { return leave(node) }
        let value = try scope.value(of: test)
        guard scope.values[value] == ArrayType(.bool, []) else {
            let found = "the condition must be a scalar bool, not \(scope.values[value])"
            throw node.runError(.invalidShape(.other(found)))
        }
        guard let holds = scope.knownArray(value) else {
            waiting.append((node, test))
            return try wait(node, for: test)
        }
        if !scope.context.facts.contains(test) { knowsIterations = true }
        guard holds.doubles == [1] else { return try write(node, as: node.inputs) }
        if unrolledNodes > Self.mostUnrolledNodes, mayLeave { return leave(node) }
        let results = try node.results(of: attributes.body, on: node.inputs, scope.context)
        try write(node, as: node.loop(attributes, after: results))
    }

    /// What a tensor was written out as.
    private func resolved(_ tensor: AnyTensor) -> AnyTensor {
        var tensor = tensor
        while let tensors = written[tensor.node.id] ?? scope.merged[tensor.node.id]?.tensors {
            tensor = tensors[tensor.index]
        }
        return tensor
    }

    private func length(of sequence: AnyTensor) throws -> Int {
        if case .unsettled(.slices) = sequence.node.op { return sequence.node.inputs.count }
        return scope.values[try scope.value(of: sequence)].shape.first ?? 0
    }

    private mutating func write(_ node: Node, as results: [AnyTensor]) throws {
        let tensors = try node.declared(results)
        unrolled.append((node, tensors))
        written[node.id] = tensors
        work.append(.bind(node, tensors))
        try push(tensors)
    }

    private mutating func bind(_ node: Node, _ tensors: [AnyTensor]) throws {
        guard tensors.allSatisfy(scope.isAvailable) else { return leave(node) }
        // Slices of different shapes are a list until one takes them.
        let values = tensors.compactMap { scope.lookUp($0) }
        scope.bind(node, values)
    }

    /// Has the nodes below `tensors` lowered next.
    private mutating func push(_ tensors: [AnyTensor]) throws {
        // The order of all the rest stands.
        let (merged, updateBefore) = (scope.merged, scope.updateBefore)
        scope.merged = [:]
        let nodes = try scope.order(tensors)
        scope.merged.merge(merged) { _, old in old }
        scope.updateBefore.merge(updateBefore) { _, old in old }
        unrolledNodes += nodes.count
        if unrolledNodes > Self.mostNodes, let node = unrolled.first?.node {
            throw node.runError(
                .unsupported,
                "it is planned iteration by iteration, since its shapes change or sizes are found inside "
                    + "of it, which takes more than \(Self.mostNodes) instructions; use fewer iterations, "
                    + "or find the sizes outside of it")
        }
        work += nodes.reversed().map { .lower($0) }
    }

    /// Whether a node, or what its regions take from the scope, needs what is left.
    private func depends(_ node: Node) -> Bool {
        func isLeft(_ node: Node) -> Bool { left.contains(node.id) }
        let context = scope.context
        if context.edges(of: node).contains(where: {
            isLeft($0.node) && !scope.isAvailable($0)
        }) || scope.updateBefore[node.id]?.contains(where: isLeft) == true
            || scope.merged[node.id].map(isLeft) == true
        {
            return true
        }
        guard node.hasRegions else { return false }
        var isFound = false
        GraphWalk.visit(node.op.regions.flatMap(\.outputs).map(\.node)) { inner in
            if isFound || isLeft(inner) {
                isFound = true
                return []
            }
            if scope.isAvailable(inner) { return [] }
            return context.edges(of: inner) + inner.op.regions.flatMap(\.outputs)
        }
        return isFound
    }
}
