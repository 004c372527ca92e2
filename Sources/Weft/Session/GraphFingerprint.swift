// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What a graph computes, whoever built it: equal for two graphs of the same operations on the same
/// placeholders and variables, also when updates were made anew.
///
/// It has 128 bits of a keyed hash; two different graphs with one fingerprint are not to be expected.
struct GraphFingerprint: Hashable {
    private let first: Int
    private let second: Int

    static func == (a: Self, b: Self) -> Bool { a.first == b.first && a.second == b.second }
    func hash(into hasher: inout Hasher) { hasher.combine(first) }

    init(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) {
        var digest = Digest(hashers: [Hasher(), Hasher()], comparesNumbers: true)
        digest.hashers[1].combine(1)
        digest.combine(fetches, feeds)
        first = digest.hashers[0].finalize()
        second = digest.hashers[1].finalize()
    }
}

/// A graph's operations without the values of its constants and the shapes of its feeds: what
/// plans have in common that are compiled again because a number changed.
struct GraphSkeleton: Hashable {
    private let hash: Int
    /// The first of the small constants.
    let constants: [NDArray]
    static let constantLimit = 256

    static func == (a: Self, b: Self) -> Bool { a.hash == b.hash }
    func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    init(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) {
        var digest = Digest(hashers: [Hasher()], comparesNumbers: false)
        digest.combine(fetches, feeds)
        hash = digest.hashers[0].finalize()
        constants = digest.constants
    }
}

private struct Digest {
    var hashers: [Hasher]
    let comparesNumbers: Bool
    private(set) var constants: [NDArray] = []
    private var ordinals: [UInt64: Int] = [:]
    /// Nodes that update variables; their identities tell the order in which they were made.
    private var effects: [UInt64] = []

    init(hashers: [Hasher], comparesNumbers: Bool) {
        self.hashers = hashers
        self.comparesNumbers = comparesNumbers
    }

    private mutating func combine(_ value: some Hashable) {
        for i in hashers.indices { hashers[i].combine(value) }
    }

    private mutating func combine(tensors: [AnyTensor]) {
        combine(tensors.count)
        for tensor in tensors {
            combine(ordinals[tensor.node.id] ?? -1)
            combine(tensor.index)
        }
    }

    mutating func combine(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) {
        let roots = fetches.map(\.node) + feeds.map(\.tensor.node)
        for node in GraphWalk.sorted(roots, dependencies: { $0.dependencies.map(\.node) }) {
            ordinals[node.id] = ordinals.count
            combine(node)
        }
        // Updates of a variable happen in the order in which they were made.
        let ranks = effects.sorted()
        var rankOf: [UInt64: Int] = [:]
        for (rank, id) in ranks.enumerated() { rankOf[id] = rank }
        for id in effects { combine(rankOf[id] ?? 0) }
        combine(tensors: fetches)
        combine(tensors: feeds.map(\.tensor))
        guard comparesNumbers else { return }
        for feed in feeds {
            combine(feed.array.dtype)
            combine(feed.array.shape)
        }
    }

    private mutating func combine(_ node: Node) {
        switch node.op {
        case .constant(let value):
            combine("constant")
            if comparesNumbers {
                combine(value)
            } else if value.array.count <= 4, constants.count < GraphSkeleton.constantLimit {
                constants.append(value.array)
            }
        case .update(let attributes):
            combine("update")
            combine(attributes.variable)
            combine(attributes.level)
            combine(attributes.kind == .assign)
        case .whileLoop(let attributes):
            combine("whileLoop")
            combine(attributes.maximumIterations)
        case .scan(let attributes):
            combine("scan")
            combine(attributes.carries)
            combine(attributes.isReversed)
        case .rematerialized(_, let role):
            combine("rematerialized")
            combine(role)
        case .cond: combine("cond")
        case .customGradient(_, let outputs):
            combine("customGradient")
            combine(outputs)
        default: combine(node.op)
        }
        let regions = node.op.regions
        if node.op.isEffect || (!regions.isEmpty && node.hasEffects) { effects.append(node.id) }
        for region in regions {
            combine(region.level)
            combine(region.parameterTypes)
            combine(tensors: region.outputs)
        }
        combine(node.types)
        combine(tensors: node.inputs)
    }
}
