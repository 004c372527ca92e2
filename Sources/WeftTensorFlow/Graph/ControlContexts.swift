// SPDX-License-Identifier: Apache-2.0
import WeftProtos

/// In which branches and loops each node of a body stands.
///
/// Graphs of TensorFlow 1 draw both with nodes: `Switch` hands its input on to one of two outputs, and what
/// is made of the other does not run; `Merge` takes whichever of its inputs did. A loop is a frame of nodes
/// between `Enter` and `Exit`, whose `Merge` takes the value that enters first and what `NextIteration`
/// gives afterwards.
struct ControlContexts: Sendable {
    /// What a node stands in: a branch or a loop, inside of `parent`.
    struct Context: Sendable {
        enum Kind: Hashable, Sendable {
            case branch(Endpoint, isTaken: Bool)
            case loop(frame: String)
        }
        let parent: Int
        let kind: Kind
        let depth: Int
    }

    /// The first is outside of all.
    private(set) var contexts: [Context] = []
    /// For each node the context that its outputs stand in, but for a `Switch`'s.
    private(set) var nodes: [Int]
    /// The nodes of loops by frame; nil where there are none.
    private(set) var frames: [String: Frame] = [:]
    private var known: [Key: Int] = [:]
    /// The contexts that loops stand in, by frame: the deepest that one of what enters comes from.
    private var around: [String: Int] = [:]

    private struct Key: Hashable {
        let parent: Int
        let kind: Context.Kind
    }

    /// The nodes that a loop is told by.
    struct Frame: Sendable {
        /// The variables: each a `Merge` with the `Enter` and the `NextIteration` that it takes.
        var merges: [Int] = []
        var condition: Int?
        var exits: [Int] = []
    }

    static let root = 0

    init(nodes all: [GraphNode], function: String?) throws {
        nodes = Array(repeating: Self.root, count: all.count)
        contexts = [Context(parent: 0, kind: .loop(frame: ""), depth: 0)]
        guard all.contains(where: { Self.divides($0.op) }) else {
            _ = try Self.sorted(all, function)
            return
        }
        let order = try Self.sorted(all, function)
        // What enters a loop first may come from further outside than what enters it later.
        while try resolve(all, order, function) {}
    }

    private static func divides(_ op: String) -> Bool {
        isSwitch(op) || isMerge(op) || isEnter(op) || isExit(op) || isNext(op)
    }
    static func isSwitch(_ op: String) -> Bool { op == "Switch" || op == "RefSwitch" }
    static func isMerge(_ op: String) -> Bool { op == "Merge" || op == "RefMerge" }
    static func isEnter(_ op: String) -> Bool { op == "Enter" || op == "RefEnter" }
    static func isExit(_ op: String) -> Bool { op == "Exit" || op == "RefExit" }
    static func isNext(_ op: String) -> Bool { op == "NextIteration" || op == "RefNextIteration" }

    /// Whether the first context is the second, or inside of it.
    func isInside(_ inner: Int, _ outer: Int) -> Bool {
        ancestor(of: inner, atDepth: contexts[outer].depth) == outer
    }

    /// The context around at that depth; nil where there is none as deep.
    func ancestor(of context: Int, atDepth depth: Int) -> Int? {
        var context = context
        if contexts[context].depth < depth { return nil }
        while contexts[context].depth > depth { context = contexts[context].parent }
        return context
    }

    /// The context of what an edge carries: of a `Switch`, one more than the node's own.
    func context(of endpoint: Endpoint, in all: [GraphNode]) -> Int {
        let node = all[endpoint.node]
        guard Self.isSwitch(node.op), node.inputs.count == 2,
            all[node.inputs[1].node].op != "LoopCond"
        else { return nodes[endpoint.node] }
        let kind = Context.Kind.branch(
            Self.predicate(node.inputs[1], all), isTaken: endpoint.output == 1)
        return known[Key(parent: nodes[endpoint.node], kind: kind)] ?? nodes[endpoint.node]
    }

    /// The predicate behind the nodes that only hand it on.
    static func predicate(_ endpoint: Endpoint, _ all: [GraphNode]) -> Endpoint {
        var endpoint = endpoint
        var steps = 0
        while let input = all[endpoint.node].inputs.first, steps < all.count {
            switch all[endpoint.node].op {
            case "Identity", "Enter": break
            case "Switch"
            where all[endpoint.node].inputs.count == 2
                && all[all[endpoint.node].inputs[1].node].op != "LoopCond":
                break
            default: return endpoint
            }
            endpoint = input
            steps += 1
        }
        return endpoint
    }

    /// What the inputs of the end of a branch depend on, and which of them is of the branch that is taken
    /// where it holds.
    func branch(endingAt merge: Int, in all: [GraphNode]) -> (condition: Endpoint, taken: Int)? {
        let depth = contexts[nodes[merge]].depth + 1
        for (position, input) in all[merge].inputs.enumerated() {
            guard let around = ancestor(of: context(of: input, in: all), atDepth: depth),
                case .branch(let condition, let isTaken) = contexts[around].kind
            else { continue }
            return (condition, isTaken ? position : 1 - position)
        }
        return nil
    }

    /// The context of a branch in another.
    func branch(_ condition: Endpoint, isTaken: Bool, in parent: Int) -> Int? {
        known[Key(parent: parent, kind: .branch(condition, isTaken: isTaken))]
    }

    private mutating func enter(_ kind: Context.Kind, in parent: Int) -> Int {
        let key = Key(parent: parent, kind: kind)
        if let context = known[key] { return context }
        contexts.append(Context(parent: parent, kind: kind, depth: contexts[parent].depth + 1))
        known[key] = contexts.count - 1
        return contexts.count - 1
    }

    // MARK: Finding them

    /// The nodes, each after those it takes something from; what goes back in a loop is left out.
    private static func sorted(_ all: [GraphNode], _ function: String?) throws -> [Int] {
        var waiting = Array(repeating: 0, count: all.count)
        var users = Array(repeating: [Int](), count: all.count)
        for (index, node) in all.enumerated() {
            let isMerge = isMerge(node.op)
            for input in node.inputs.map(\.node) + node.controls
            where !(isMerge && isNext(all[input].op)) {
                waiting[index] += 1
                users[input].append(index)
            }
        }
        var order = all.indices.filter { waiting[$0] == 0 }
        order.reserveCapacity(all.count)
        var next = 0
        while next < order.count {
            for user in users[order[next]] {
                waiting[user] -= 1
                if waiting[user] == 0 { order.append(user) }
            }
            next += 1
        }
        guard order.count == all.count else {
            let stuck = all.indices.first { waiting[$0] > 0 } ?? 0
            throw TensorFlowError(
                .malformed, node: GraphBody.label(all[stuck].name, in: function),
                operation: all[stuck].op, "the node depends on itself, and is in no loop")
        }
        return order
    }

    /// Finds the contexts; whether a loop turned out to stand deeper than was taken for granted.
    private mutating func resolve(
        _ all: [GraphNode], _ order: [Int], _ function: String?
    ) throws -> Bool {
        frames = [:]
        var isDeeper = false
        for index in order {
            let node = all[index]
            func fail(_ reason: String) -> TensorFlowError {
                TensorFlowError(
                    .malformed, node: GraphBody.label(node.name, in: function), operation: node.op,
                    reason)
            }
            if Self.isSwitch(node.op), node.inputs.count != 2 {
                throw fail("it has \(node.inputs.count) inputs instead of 2")
            }
            if Self.isMerge(node.op) {
                let back = node.inputs.filter { Self.isNext(all[$0.node].op) }
                if back.isEmpty {
                    nodes[index] = try merged(node, all, fail)
                    continue
                }
                guard node.inputs.count == 2, back.count == 1,
                    let entering = node.inputs.first(where: { !Self.isNext(all[$0.node].op) }),
                    case .loop(let frame) = contexts[nodes[entering.node]].kind, !frame.isEmpty
                else { throw fail("it is no variable of a loop, and no end of a branch") }
                nodes[index] = nodes[entering.node]
                frames[frame, default: Frame()].merges.append(index)
                continue
            }
            var context = Self.root
            for input in node.inputs { join(self.context(of: input, in: all), into: &context) }
            for control in node.controls { join(nodes[control], into: &context) }
            if Self.isEnter(node.op) {
                guard let frame = node.attributes["frame_name"]?.s, !frame.isEmpty else {
                    throw fail("the attribute 'frame_name' is missing")
                }
                let name = String(decoding: frame, as: UTF8.self)
                if let other = around[name] {
                    if contexts[other].depth < contexts[context].depth {
                        around[name] = context
                        isDeeper = true
                    } else {
                        context = other
                    }
                } else {
                    around[name] = context
                }
                // Only a graph that is damaged goes into a loop from inside of it; there would be no end of
                // deeper ones.
                guard !stands(context, in: .loop(frame: name)) else {
                    throw fail("it enters the loop '\(name)' from inside of that loop")
                }
                context = enter(.loop(frame: name), in: context)
            } else if Self.isExit(node.op) {
                var inner = context
                while contexts[inner].depth > 0, case .branch = contexts[inner].kind {
                    inner = contexts[inner].parent
                }
                guard contexts[inner].depth > 0, case .loop(let frame) = contexts[inner].kind else {
                    throw fail("it leaves no loop")
                }
                context = contexts[inner].parent
                frames[frame, default: Frame()].exits.append(index)
            } else if Self.isSwitch(node.op), all[node.inputs[1].node].op != "LoopCond" {
                let predicate = Self.predicate(node.inputs[1], all)
                for isTaken in [true, false]
                where !stands(context, in: .branch(predicate, isTaken: isTaken)) {
                    _ = enter(.branch(predicate, isTaken: isTaken), in: context)
                }
            } else if node.op == "LoopCond" {
                if case .loop(let frame) = contexts[context].kind, !frame.isEmpty {
                    frames[frame, default: Frame()].condition = index
                }
            }
            nodes[index] = context
        }
        return isDeeper
    }

    /// Whether a context is, or stands somewhere in, one of a kind.
    private func stands(_ context: Int, in kind: Context.Kind) -> Bool {
        var context = context
        while contexts[context].depth > 0 {
            if contexts[context].kind == kind { return true }
            context = contexts[context].parent
        }
        return false
    }

    /// The deeper of two contexts: a node stands where all that it takes is known.
    private func join(_ other: Int, into context: inout Int) {
        if contexts[other].depth > contexts[context].depth { context = other }
    }

    /// Where the end of a branch stands: outside of what tells its inputs apart.
    private func merged(
        _ node: GraphNode, _ all: [GraphNode], _ fail: (String) -> TensorFlowError
    ) throws -> Int {
        guard node.inputs.count == 2 else {
            throw fail("ends of \(node.inputs.count) branches are not supported, only of two")
        }
        let ends = node.inputs.map { context(of: $0, in: all) }
        var (a, b) = (ends[0], ends[1])
        while contexts[a].depth > contexts[b].depth { a = contexts[a].parent }
        while contexts[b].depth > contexts[a].depth { b = contexts[b].parent }
        // What one branch gives may be made outside of both, where a graph was simplified.
        if a == b, ends[0] != ends[1] { return a }
        while a != b {
            let (above, beside) = (contexts[a].parent, contexts[b].parent)
            if above == beside { return above }
            (a, b) = (above, beside)
        }
        throw fail("its inputs do not come from two branches of one condition")
    }
}
