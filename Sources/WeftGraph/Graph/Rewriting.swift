// SPDX-License-Identifier: Apache-2.0

/// Builds graphs again with some of their tensors replaced.
///
/// Nodes none of whose dependencies changed stay the same objects. Bodies of regions are rewritten
/// like everything else, but for their own parameters. Nothing recurses along a graph.
package struct Rewriting {
    /// What takes the place of which tensor. The replacement itself is not rewritten.
    package var replacements: [AnyTensor: AnyTensor] = [:]
    /// Nodes with none of these bits in `freeLevels` are left alone; nil rewrites all.
    ///
    /// Inside a region this keeps the walk from the graph outside, which may be large.
    package var levels: UInt64?
    /// Whether effects are taken out: `withUpdates`, `after`, assignments and emissions become their
    /// values, calls of stateful functions what must not be computed.
    ///
    /// What is computed a second time, for a backward pass, must not update a second time.
    package var stripsUpdates = false
    /// For a node and its new inputs, other inputs and what becomes of its outputs then; nil for a node that only
    /// follows its inputs.
    package var rebuilding:
        ((Node, [AnyTensor]) -> (inputs: [AnyTensor], result: (AnyTensor) -> AnyTensor)?)?

    /// A rewriting that replaces tensors.
    package init(
        replacing replacements: [AnyTensor: AnyTensor] = [:], levels: UInt64? = nil,
        stripsUpdates: Bool = false
    ) {
        self.replacements = replacements
        self.levels = levels
        self.stripsUpdates = stripsUpdates
    }

    /// The rewritten `outputs`.
    ///
    /// - Throws: `GraphError` when updates are to be stripped and one is needed whose value is that
    ///   of its variable in the middle of a run.
    package func apply(to outputs: [AnyTensor]) throws -> [AnyTensor] {
        // By node: its new outputs. Nodes that stay are not entered.
        var rebuilt: [UInt64: [AnyTensor]] = [:]
        var done: Set<UInt64> = []
        func current(_ tensor: AnyTensor) -> AnyTensor {
            replacements[tensor] ?? rebuilt[tensor.node.id]?[tensor.index] ?? tensor
        }
        let replaced = replacedLevels
        var stack: [(node: Node, isExpanded: Bool)] = []
        func push(_ tensor: AnyTensor) {
            guard replacements[tensor] == nil, !done.contains(tensor.node.id) else { return }
            if let levels, tensor.node.freeLevels & levels == 0 { return }
            stack.append((tensor.node, false))
        }
        for output in outputs { push(output) }
        while let (node, isExpanded) = stack.popLast() {
            if done.contains(node.id) { continue }
            if isExpanded {
                done.insert(node.id)
                if let tensors = try rebuild(node, replaced, current) { rebuilt[node.id] = tensors }
            } else {
                stack.append((node, true))
                for tensor in kept(node) { push(tensor) }
            }
        }
        return outputs.map(current)
    }

    /// The levels of what is replaced.
    private var replacedLevels: UInt64 {
        replacements.keys.reduce(0) { $0 | $1.node.freeLevels }
    }

    /// The new outputs of a region.
    ///
    /// One that stands inside another of its level has parameters equal to that one's; what is made
    /// from those is its own, and means something else around it.
    private func outputs(
        of region: Region, _ replaced: UInt64, _ current: (AnyTensor) -> AnyTensor
    ) throws -> [AnyTensor] {
        let level: UInt64 = 1 << UInt64(region.level)
        if replaced & level == 0 || region.parameterTypes.isEmpty {
            return region.outputs.map(current)
        }
        var inner = self
        inner.replacements = replacements.filter { $0.key.node.freeLevels & level == 0 }
        if inner.replacements.isEmpty, !stripsUpdates { return region.outputs }
        inner.levels = levels.map { $0 | level }
        return try inner.apply(to: region.outputs)
    }

    /// The dependencies that the rewritten node has.
    private func kept(_ node: Node) -> [AnyTensor] {
        guard stripsUpdates else { return node.dependencies }
        switch node.op {
        case .withUpdates, .after, .update, .emit: return Array(node.inputs.prefix(1))
        default: return node.dependencies
        }
    }

    /// The new outputs of a node; nil when it stays.
    private func rebuild(
        _ node: Node, _ replaced: UInt64, _ current: (AnyTensor) -> AnyTensor
    ) throws -> [AnyTensor]? {
        if stripsUpdates {
            switch node.op {
            case .withUpdates, .after, .emit: return [current(node.inputs[0])]
            case .update(let attributes):
                if case .assign = attributes.kind { return [current(node.inputs[0])] }
                throw GraphError(
                    operation: node.op.summary, name: node.name,
                    reason: "a backward pass computes its branch again and cannot update variable "
                        + "'\(attributes.variable.name)' again; compute the new value first and "
                        + "assign it, or update outside of the branch")
            case .hostCall(var attributes) where node.op.isEffect:
                attributes.isRepetition = true
                return node.rebuilt(as: .hostCall(attributes), node.inputs.map(current))
            default: break
            }
        }
        let inputs = node.inputs.map(current)
        if let (inputs, result) = rebuilding?(node, inputs) {
            return node.rebuilt(as: node.op, inputs).map(result)
        }
        let regions = node.op.regions
        let outputs = try regions.map { try self.outputs(of: $0, replaced, current) }
        if inputs == node.inputs, outputs.elementsEqual(regions.map(\.outputs)) { return nil }
        let bodies = zip(regions, outputs).map {
            Region(level: $0.level, parameterTypes: $0.parameterTypes, outputs: $1)
        }
        let tensors = node.rebuilt(as: node.op.replacingRegions(bodies), inputs)
        // A failed rule gives fewer outputs than users may ask for; the error is in each.
        return node.types.indices.map { tensors[min($0, tensors.count - 1)] }
    }
}

extension Operation {
    /// The same operation with other bodies, in the order of `regions`.
    package func replacingRegions(_ bodies: [Region]) -> Operation {
        guard bodies.count == regions.count, !bodies.isEmpty else { return self }
        switch self {
        case .cond: return .cond(bodies[0], bodies[1])
        case .whileLoop(var attributes):
            attributes.condition = bodies[0]
            attributes.body = bodies[1]
            return .whileLoop(attributes)
        case .scan(var attributes):
            attributes.body = bodies[0]
            return .scan(attributes)
        case .call(var attributes):
            attributes.body = bodies[0]
            return .call(attributes)
        case .update(var attributes):
            attributes.kind = .modify(bodies[0])
            return .update(attributes)
        default: return self
        }
    }
}

extension AnyTensor {
    /// `outputs` with some of the tensors that they are made from replaced by others.
    package static func rewrite(
        outputs: [AnyTensor], replacing replacements: [AnyTensor: AnyTensor]
    ) throws -> [AnyTensor] {
        try Rewriting(replacing: replacements).apply(to: outputs)
    }
}
