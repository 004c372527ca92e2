// SPDX-License-Identifier: Apache-2.0

/// Sizes need the elements of tensors, and only the run can tell them.
struct UnknownElements: Error {
    let tensors: [AnyTensor]
}

/// What a program leaves to the next segment of a run, which is lowered when the elements of some
/// tensors are known: the number of `true` in a mask, say, on which the shapes of all that follows
/// depend.
package struct LoweredRest: Sendable {
    /// The places of the fetches that are left.
    package let fetches: [Int]
    /// The tensors whose elements the next segment is made for.
    package let needed: [AnyTensor]
    /// The tensors whose values it takes.
    package let carried: [AnyTensor]
    /// Whether some of what is left changes variables.
    package let hasUpdates: Bool
    /// The random draws so far: a body that is computed again draws the same numbers.
    package let draws: [(node: Node, draw: RandomDraw)]
    /// How many of them each stream has.
    package let drawCounts: [UInt64: UInt32]
}

/// What earlier segments of a run have found out.
package struct SegmentFacts: Sendable {
    /// Tensors whose elements are known, and these.
    package let elements: [(tensor: AnyTensor, array: NDArray)]
    /// The random draws of earlier segments, as far as this one may need them.
    package let draws: [(node: Node, draw: RandomDraw)]
    /// How many draws each stream has in earlier segments.
    package let drawCounts: [UInt64: UInt32]

    package init(
        elements: [(tensor: AnyTensor, array: NDArray)], draws: [(node: Node, draw: RandomDraw)],
        drawCounts: [UInt64: UInt32]
    ) {
        self.elements = elements
        self.draws = draws
        self.drawCounts = drawCounts
    }
}

extension SegmentFacts {
    /// What plans are found by; it keeps no tensor alive.
    package struct Key: Hashable, Sendable {
        private struct Element: Hashable {
            let node: UInt64
            let index: Int
            let value: ArrayBits
        }
        private let elements: [Element]
        private let draws: [UInt64: RandomDraw]
        private let drawCounts: [UInt64: UInt32]

        fileprivate init(_ facts: SegmentFacts) {
            elements = facts.elements.map {
                Element(
                    node: $0.tensor.node.id, index: $0.tensor.index, value: ArrayBits($0.array))
            }
            draws = Dictionary(
                facts.draws.map { ($0.node.id, $0.draw) }, uniquingKeysWith: { first, _ in first })
            drawCounts = facts.drawCounts
        }
    }

    package var key: Key { Key(self) }
}

/// An array by its bits, however many they are.
package struct ArrayBits: Hashable, Sendable {
    private let array: NDArray

    package init(_ array: NDArray) { self.array = array }

    package static func == (a: Self, b: Self) -> Bool { a.array.hasSameBits(as: b.array) }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(array.dtype)
        hasher.combine(array.shape)
        array.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

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
        var left = NodeTable()
        var needed: [AnyTensor] = []
        let facts = context.facts
        for node in nodes where !isAvailable(node) {
            if !left.isEmpty, depends(node, on: left) {
                _ = left.insert(node.id)
                continue
            }
            do {
                try lowerNamed(node)
            } catch let unknown as UnknownElements {
                for tensor in unknown.tensors {
                    guard mayLeave, isAvailable(tensor) || tensor.node.freeLevels == 0,
                        isAvailable(tensor) || !early.contains(tensor), !facts.contains(tensor)
                    else {
                        throw RunError(
                            .unknownSizes("\(tensor)"),
                            of: node.origin.subject(node.op.summary), site: node.origin.site)
                    }
                }
                guard unknown.tensors.allSatisfy(isAvailable) else { throw unknown }
                // Of a branch it must be known whether it is taken: one that is not may be wrong for
                // the sizes that are found.
                var tensors = unknown.tensors
                if case .cond = node.op { tensors += node.inputs.prefix(1) }
                needed += tensors.filter { !needed.contains($0) && !facts.contains($0) }
                _ = left.insert(node.id)
            }
        }
        if left.isEmpty { return (try fetches.map { try value(of: $0) }, nil) }
        let later = fetches.indices.filter { left.contains(fetches[$0].node.id) }
        let updates = nodes.filter { left.contains($0.id) && !updatedVariables($0).isEmpty }
        try requireUpdatedLater(updates)
        let all = try carried(to: later.map { fetches[$0] })
        // Later segments know these, too.
        needed += all.filter { facts.contains($0) && !needed.contains($0) }
        let carried = all.filter { !needed.contains($0) }
        let now = fetches.filter { !left.contains($0.node.id) }
        return (
            try (now + needed + carried).map { try value(of: $0) },
            LoweredRest(
                fetches: later, needed: needed, carried: carried,
                hasUpdates: updates.contains { updatedVariables($0) != [.host] },
                draws: Array(context.draws.values), drawCounts: context.drawCounts)
        )
    }

    /// Whether a node, or what its regions take from this scope, needs what is left.
    private func depends(_ node: Node, on left: NodeTable) -> Bool {
        func isLeft(_ node: Node) -> Bool { left.contains(node.id) }
        if context.edges(of: node).contains(where: { isLeft($0.node) && !isAvailable($0) })
            || updateBefore[node.id]?.contains(where: isLeft) == true
            || merged[node.id].map(isLeft) == true
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
            if isAvailable(inner) { return [] }
            return context.edges(of: inner) + inner.op.regions.flatMap(\.outputs)
        }
        return isFound
    }

    /// What the nodes below `roots` take from this segment. Whatever is read of variables and feeds is
    /// read here, at one moment for the whole run.
    private func carried(to roots: [AnyTensor]) throws -> [AnyTensor] {
        var result: [AnyTensor] = []
        var seen: Set<AnyTensor> = []
        var stack = roots
        while let tensor = stack.popLast() {
            let node = tensor.node
            guard seen.insert(tensor).inserted else { continue }
            // A constant is written again, unless another value was fed for it.
            if node.op.isConstant {
                if let value = lookUp(tensor), inputs.contains(value) { result.append(tensor) }
                continue
            }
            switch node.op {
            case .readVariable, .placeholder: if !isAvailable(tensor) { try lowerNamed(node) }
            default: break
            }
            if isAvailable(tensor), tensor.dtype != .list {
                result.append(tensor)
                continue
            }
            // A list never leaves a program: what makes it is done once more.
            if isAvailable(tensor), !updatedVariables(node).isEmpty {
                throw RunError(
                    .other(
                        .unsupported,
                        "its gradient has sizes that only the run finds and would run it once more, "
                            + "with its updates; update the variables outside of the loop"),
                    of: node.origin.subject(node.op.summary), site: node.origin.site)
            }
            stack += context.edges(of: node) + node.op.regions.flatMap(\.outputs)
        }
        return result
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
