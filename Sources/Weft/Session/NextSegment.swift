// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What follows after a plan in a run: the tensors that the next segment computes, needs to know and
/// takes.
///
/// A plan serves all equal graphs and keeps none alive, so it holds the tensors' places in the order of
/// the graph. Finding them takes a walk; those found last are remembered while they live. Where loops
/// were unrolled, the rest has a graph of its own, which reads no variables: that is kept.
/// `@unchecked Sendable`: what is remembered is under the lock.
final class NextSegment: @unchecked Sendable {
    private struct Place {
        /// In the order of the graph.
        let ordinal: Int
        let index: Int
    }

    private struct Remembered {
        weak var node: Node?
        let index: Int
    }

    /// The tensors of one graph.
    struct Tensors {
        let fetches: [AnyTensor]
        let needed: [AnyTensor]
        let carried: [AnyTensor]
        let draws: [(node: Node, draw: RandomDraw)]
    }

    /// Which of the run's results the next segment gives.
    let positions: [Int]
    let neededCount: Int
    let carriedCount: Int
    /// Whether the next segment, or one after it, changes variables.
    let hasUpdates: Bool
    let drawCounts: [UInt64: UInt32]
    private let draws: [RandomDraw]
    private let places: [Place]
    /// The tensors of a rest with a graph of its own.
    private let own: Tensors?
    private let lock = Lock()
    private var remembered: [Remembered]

    /// - Parameter nodes: The graph in its order.
    init(_ rest: LoweredRest, of fetches: [AnyTensor], in nodes: [Node]) {
        positions = rest.fetches
        neededCount = rest.needed.count
        carriedCount = rest.carried.count
        hasUpdates = rest.hasUpdates
        drawCounts = rest.drawCounts
        if let continuation = rest.continuation {
            own = Tensors(
                fetches: continuation, needed: rest.needed, carried: rest.carried, draws: rest.draws
            )
            draws = []
            places = []
            remembered = []
            return
        }
        own = nil
        var ordinals = NodeTable()
        ordinals.reserve(nodes.count)
        for (ordinal, node) in nodes.enumerated() { ordinals.insert(node.id, ordinal) }
        // In the order of the graph, which is that of all equal ones.
        let drawn = rest.draws.filter { ordinals.contains($0.node.id) }
            .sorted { ordinals[$0.node.id] ?? 0 < ordinals[$1.node.id] ?? 0 }
        draws = drawn.map(\.draw)
        let tensors =
            rest.fetches.map { fetches[$0] } + rest.needed + rest.carried
            + drawn.map { AnyTensor(node: $0.node, index: 0) }
        places = tensors.map { Place(ordinal: ordinals[$0.node.id] ?? 0, index: $0.index) }
        remembered = tensors.map { Remembered(node: $0.node, index: $0.index) }
    }

    /// The tensors in the graph of a run, or in one that is equal.
    func tensors(_ fetches: [AnyTensor], _ feeds: [Feeds.Pair]) -> Tensors {
        if let own { return own }
        let known = lock.withLock {
            remembered.compactMap { place in
                place.node.map { AnyTensor(node: $0, index: place.index) }
            }
        }
        if known.count == places.count { return divided(known) }
        let nodes = GraphDigest(fetches, feeds).nodes
        let found = places.map { AnyTensor(node: nodes[$0.ordinal], index: $0.index) }
        lock.withLock {
            remembered = found.map { Remembered(node: $0.node, index: $0.index) }
        }
        return divided(found)
    }

    private func divided(_ tensors: [AnyTensor]) -> Tensors {
        let count = positions.count
        let end = (needed: count + neededCount, carried: count + neededCount + carriedCount)
        return Tensors(
            fetches: Array(tensors[..<count]), needed: Array(tensors[count..<end.needed]),
            carried: Array(tensors[end.needed..<end.carried]),
            draws: zip(tensors[end.carried...], draws).map { (node: $0.node, draw: $1) })
    }
}

extension NextSegment: CustomStringConvertible {
    var description: String {
        let remembered = lock.withLock { self.remembered[...] }
        let needed =
            own?.needed.map { "\($0)" }
            ?? remembered.dropFirst(positions.count).prefix(neededCount).map { place in
                place.node.map { "\(AnyTensor(node: $0, index: place.index))" } ?? "a tensor"
            }
        return "then, made for the elements of \(needed.joined(separator: ", ")), a segment that "
            + "takes \(carriedCount) arrays and gives \(positions.count) of the results"
    }
}
