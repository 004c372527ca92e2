// SPDX-License-Identifier: Apache-2.0

extension LoweringScope {
    /// The effects of a node: itself, or those somewhere in the bodies of the branch, loop or call that
    /// it is.
    private func effects(of node: Node) -> [Node] {
        var result = node.op.isEffect ? [node] : []
        let outputs = node.op.regions.flatMap(\.outputs).map(\.node).filter(\.hasEffects)
        guard let level = node.op.regions.first?.level, !outputs.isEmpty else { return result }
        GraphWalk.visit(outputs) { inner in
            if let effect = inner.op.effect, effect.level >= level { result.append(inner) }
            // Regions of the same level belong to nodes outside, which this region only uses.
            let nested = inner.op.regions.filter { $0.level > level }.flatMap(\.outputs)
            return (context.edges(of: inner) + nested).filter { $0.node.hasEffects }
        }
        return result
    }

    /// The variables that a node updates, the host among them.
    func updatedVariables(_ node: Node) -> Set<VariableHandle> {
        Set(effects(of: node).compactMap { $0.op.effect?.variable })
    }

    /// When the last effect of the node was made: graphs that are rewritten keep that.
    func latestUpdate(_ node: Node) -> UInt64 {
        effects(of: node).compactMap { $0.op.effect?.order }.max() ?? 0
    }

    /// Takes the effects out of a loop that has those of another one.
    ///
    /// Gradients of one loop that were asked for one after the other keep different values of it: each
    /// has a forward loop of its own, and neither can stand in for the other.
    func separateEffects(_ list: [Node]) throws {
        let loops = list.filter {
            $0.hasEffects && $0.op.bindsParameters && merged[$0.id] == nil
        }
        guard loops.count > 1 else { return }
        // One that stands in for others has their place in the order of effects.
        let stands = Set(merged.values.map(\.id))
        let first = loops.filter { stands.contains($0.id) }
        let others = loops.filter { !stands.contains($0.id) }.sorted { $0.id < $1.id }
        var seen: Set<UInt64> = []
        for loop in first + others {
            let own = effects(of: loop).map(\.id)
            guard !seen.isDisjoint(with: own) else {
                seen.formUnion(own)
                continue
            }
            try requireOwnReads(loop)
            let stripped = try Self.withoutEffects(loop)
            merged[loop.id] = stripped
            _ = demanded.insert(stripped.id)
        }
    }

    /// Without its updates a loop would read another version of a variable than with them.
    private func requireOwnReads(_ loop: Node) throws {
        let variables = updatedVariables(loop).subtracting([.host])
        guard variants(loop.op.regions.flatMap(\.outputs), of: variables).isEmpty else {
            throw loop.runError(
                .unsupported,
                "two gradients of it were asked for by themselves, and it reads variables that it "
                    + "updates; ask for them in one call of `gradients`")
        }
    }

    private static func withoutEffects(_ node: Node) throws -> Node {
        let bodies = try node.op.regions.map { region in
            let rewriting = Rewriting(levels: 1 << UInt64(region.level), stripsUpdates: true)
            return Region(
                level: region.level, parameterTypes: region.parameterTypes,
                outputs: try Region.$currentLevel.withValue(region.level) {
                    try rewriting.apply(to: region.outputs)
                })
        }
        return node.rebuilt(as: node.op.replacingRegions(bodies), node.inputs)[0].node
    }
}
