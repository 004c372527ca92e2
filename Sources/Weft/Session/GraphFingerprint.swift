// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a graph computes, whoever built it: equal for two graphs of the same operations on the same
/// placeholders and variables, also when updates were made anew.
///
/// It has 128 bits of a keyed hash, 64 where only numbers differ; two different graphs with one
/// fingerprint are not to be expected.
struct GraphFingerprint: Hashable {
    fileprivate let whole: Int
    /// Without the numbers.
    fileprivate let structure: Int

    static func == (a: Self, b: Self) -> Bool { a.whole == b.whole && a.structure == b.structure }
    func hash(into hasher: inout Hasher) { hasher.combine(whole) }
}

/// A graph's operations without the values of its constants and the shapes of its feeds: what
/// plans have in common that are compiled again because a number changed.
struct GraphSkeleton: Hashable {
    fileprivate let hash: Int
    /// The first of the small constants.
    let constants: [NDArray]
    static let constantLimit = 256

    static func == (a: Self, b: Self) -> Bool { a.hash == b.hash }
    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// One walk over a graph, for its fingerprint and its skeleton.
struct GraphDigest {
    let fingerprint: GraphFingerprint
    let skeleton: GraphSkeleton
    /// The nodes in the order of the walk: equal graphs have equal nodes at equal places.
    let nodes: [Node]
    /// Whether the graph can be lowered in this order.
    let isPlain: Bool

    init(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ facts: SegmentFacts? = nil) {
        var walk = DigestWalk()
        nodes = walk.combine(fetches, feeds, (facts?.elements ?? []).map(\.tensor))
        if let facts { walk.combine(facts) }
        isPlain = walk.isPlain
        let structure = walk.structure.finalize()
        fingerprint = GraphFingerprint(whole: walk.whole.finalize(), structure: structure)
        skeleton = GraphSkeleton(hash: structure, constants: walk.constants)
    }
}

private struct DigestWalk {
    /// With the numbers.
    var whole = Hasher()
    /// Without them.
    var structure = Hasher()
    private(set) var constants: [NDArray] = []
    private var ordinals = NodeTable()
    /// When what has effects was made.
    private var effects: [UInt64] = []
    /// Whether there are neither updates, nor regions, nor feeds of tensors that are computed.
    private(set) var isPlain = true

    private mutating func combine(number: Int) { whole.combine(number) }

    private mutating func combine(structure hash: Int) {
        combine(number: hash)
        structure.combine(hash)
    }

    private func combine(_ tensors: [AnyTensor], into hasher: inout Hasher) {
        hasher.combine(tensors.count)
        for tensor in tensors {
            hasher.combine(ordinals[tensor.node.id] ?? -1)
            hasher.combine(tensor.index)
        }
    }

    /// - Parameter known: What earlier segments know; where loops are unrolled, it need not be below
    ///   the fetches.
    /// - Returns: the nodes below fetches and feeds, each after those that it needs.
    mutating func combine(
        _ fetches: [AnyTensor], _ feeds: [Feeds.Pair], _ known: [AnyTensor]
    ) -> [Node] {
        let nodes = GraphWalk.sorted(
            fetches.map(\.node) + feeds.map(\.tensor.node) + known.map(\.node))
        ordinals.reserve(nodes.count)
        for ordinal in nodes.indices {
            ordinals.insert(nodes[ordinal].id, ordinal)
            combine(nodes[ordinal])
        }
        if feeds.contains(where: { !$0.tensor.node.inputs.isEmpty }) { isPlain = false }
        // Updates of a variable happen in the order in which they were made.
        let ranks = effects.sorted()
        var rankOf: [UInt64: Int] = [:]
        for (rank, id) in ranks.enumerated() { rankOf[id] = rank }
        for id in effects { combine(structure: rankOf[id] ?? 0) }
        var ends = Hasher()
        combine(fetches, into: &ends)
        combine(feeds.map(\.tensor), into: &ends)
        combine(structure: ends.finalize())
        var fed = Hasher()
        for feed in feeds {
            fed.combine(feed.array.dtype)
            fed.combine(feed.array.shape)
        }
        combine(number: fed.finalize())
        return nodes
    }

    /// What is known decides the program as the shapes of feeds do.
    mutating func combine(_ facts: SegmentFacts) {
        isPlain = false
        var places = Hasher()
        combine(facts.elements.map(\.tensor), into: &places)
        combine(facts.draws.map { AnyTensor(node: $0.node, index: 0) }, into: &places)
        combine(structure: places.finalize())
        var known = Hasher()
        for (_, array) in facts.elements { known.combine(ArrayBits(array)) }
        known.combine(facts.draws.map(\.draw))
        known.combine(facts.drawCounts)
        combine(number: known.finalize())
    }

    private mutating func combine(_ node: Node) {
        var hasher = Hasher()
        switch node.op {
        case .primitive(.constant(let value)):
            hasher.combine("constant")
            combine(number: value.hashValue)
            if value.array.count <= 4, constants.count < GraphSkeleton.constantLimit {
                constants.append(value.array)
            }
        case .update(let attributes):
            hasher.combine("update")
            hasher.combine(attributes.variable)
            hasher.combine(attributes.level)
            hasher.combine(attributes.kind == .assign)
        case .emit(let attributes):
            hasher.combine("emit")
            hasher.combine(attributes.name)
            hasher.combine(attributes.level)
        case .hostCall(let attributes):
            hasher.combine("hostCall")
            hasher.combine(attributes.function)
            hasher.combine(attributes.level)
            hasher.combine(attributes.isRepetition)
        case .whileLoop(let attributes):
            hasher.combine("whileLoop")
            hasher.combine(attributes.maximumIterations)
        case .scan(let attributes):
            hasher.combine("scan")
            hasher.combine(attributes.carries)
            hasher.combine(attributes.isReversed)
        case .call(let attributes):
            hasher.combine("call")
            hasher.combine(attributes.name)
            hasher.combine(attributes.hint)
            hasher.combine(attributes.policy)
        case .cond: hasher.combine("cond")
        case .customGradient(_, let outputs):
            hasher.combine("customGradient")
            hasher.combine(outputs)
        default: hasher.combine(node.op)
        }
        if node.hasEffects || node.hasRegions { combineEffects(node, into: &hasher) }
        // Of others, the types follow from the operands.
        if node.inputs.isEmpty { hasher.combine(node.types) }
        combine(node.inputs, into: &hasher)
        combine(structure: hasher.finalize())
    }

    private mutating func combineEffects(_ node: Node, into hasher: inout Hasher) {
        isPlain = false
        if let effect = node.op.effect {
            effects.append(effect.order)
        } else if node.hasRegions, node.hasEffects {
            effects.append(node.id)
        }
        for region in node.op.regions {
            hasher.combine(region.level)
            hasher.combine(region.parameterTypes)
            combine(region.outputs, into: &hasher)
        }
    }
}
