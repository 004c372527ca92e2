// SPDX-License-Identifier: Apache-2.0
import Weft

extension ImportScope {
    /// What one of two builders gives, chosen when the graph runs, with the states that it leaves.
    ///
    /// A condition that is known before chooses while the graph is built.
    ///
    /// - Parameter changing: The resources whose states either may change.
    func conditional(
        _ condition: AnyTensor, changing resources: [Resource],
        then: (ImportState) throws -> ([ImportedValue], ImportState),
        else otherwise: (ImportState) throws -> ([ImportedValue], ImportState)
    ) throws -> [ImportedValue] {
        if let known = condition.knownIntegers, known.count == 1 {
            let (values, after) = try known[0] != 0 ? then(state) : otherwise(state)
            state = after
            return values
        }
        var before = state
        before.updates = []
        var forms: [[ImportedValue]] = []
        var happens = false
        func branch(
            _ build: (ImportState) throws -> ([ImportedValue], ImportState)
        ) throws -> [AnyTensor] {
            var (values, after) = try build(before)
            for resource in resources { values.append(try current(resource, in: after)) }
            forms.append(values)
            var done = AnyTensor.constant(NDArray(true))
            if !after.updates.isEmpty {
                done = done.after(after.updates)
                happens = true
            }
            return values.compactMap(\.tensor) + [done]
        }
        let results = try cond(
            Tensor<Bool>(condition), then: { try branch(then) }, else: { try branch(otherwise) })
        guard forms.count == 2, forms[0].count == forms[1].count else {
            throw TensorFlowError(.malformed, "the branches of a condition give different numbers")
        }
        let form = try zip(forms[0], forms[1]).map { try $0.joined(with: $1) }
        var values = try Self.values(Array(results.dropLast()), like: form)
        for resource in resources.reversed() { state[resource] = values.removeLast() }
        if happens, let done = results.last { state.updates.append(Update(done)) }
        return values
    }

    /// The state of a resource, which is a variable's value where nothing changed it.
    func current(_ resource: Resource, in state: ImportState) throws -> ImportedValue {
        if let value = state[resource] { return value }
        switch resource.kind {
        case .variable(let variable): return .tensor(variable.value)
        case .tensorArray(let type):
            // Gradients are zeros until the first is written.
            guard let forward = type.forward, case .list(let list) = try current(forward, in: state)
            else { break }
            let shape = type.elementShape.rank == nil ? list.elementShape : type.elementShape
            return .list(
                ImportedList(
                    of: type.dtype, count: list.list.count, elementShape: shape,
                    isGrowable: type.isGrowable))
        case .stack, .table: break
        }
        throw TensorFlowError(.malformed, node: resource.name, "it has no state here")
    }

    /// Tensors as values of the kinds that others have.
    static func values(
        _ tensors: [AnyTensor], like forms: [ImportedValue]
    ) throws -> [ImportedValue] {
        var next = tensors.makeIterator()
        return try forms.map { form in
            switch form {
            case .resource, .nothing: return form
            case .tensor, .alias:
                guard let tensor = next.next() else { break }
                return .tensor(tensor)
            case .list(let list):
                guard let tensor = next.next() else { break }
                return .list(list.replaced(by: tensor))
            }
            throw TensorFlowError(.malformed, "a branch or loop gives too few values")
        }
    }

    // MARK: Branches drawn with nodes

    /// Builds the two branches of one condition: the nodes in which they end, and what happens in them though
    /// nothing is made of what it gives.
    func buildBranches(
        of condition: Endpoint, endingAt merges: [Int], running effects: [Int]
    ) throws {
        let contexts = body.contexts
        let takens = try merges.map { merge -> Int in
            guard let end = contexts.branch(endingAt: merge, in: body.nodes) else {
                throw error(merge, .malformed, "it does not end two branches")
            }
            return end.taken
        }
        let depth = contexts.contexts[context].depth
        let values = try branches(
            condition,
            ends: { isTaken in
                zip(merges, takens).map {
                    ($0, self.body.nodes[$0].inputs[isTaken ? $1 : 1 - $1])
                }
            },
            running: { isTaken in
                effects.filter {
                    contexts.ancestor(of: contexts.nodes[$0], atDepth: depth + 1)
                        == contexts.branch(condition, isTaken: isTaken, in: self.context)
                }
            })
        let isTaken = try tensor(condition)
        for (position, merge) in merges.enumerated() {
            let taken = AnyTensor.constant(NDArray(Int32(takens[position])))
            let other = AnyTensor.constant(NDArray(Int32(1 - takens[position])))
            set(merge, to: [values[position], .tensor(select(isTaken, taken, other))])
        }
    }

    /// The condition of the branch that a node stands in which is built in this scope; nil for others.
    func condition(around node: Int) -> Endpoint? {
        let contexts = body.contexts
        let own = contexts.nodes[node]
        guard own != context, contexts.isInside(own, context),
            let around = contexts.ancestor(
                of: own, atDepth: contexts.contexts[context].depth + 1),
            case .branch(let condition, _) = contexts.contexts[around].kind
        else { return nil }
        return condition
    }

    private func branches(
        _ condition: Endpoint, ends: (_ isTaken: Bool) -> [(merge: Int, end: Endpoint)],
        running: (_ isTaken: Bool) -> [Int]
    ) throws -> [ImportedValue] {
        let contexts = body.contexts
        let predicate = try tensor(condition)
        guard predicate.dtype == .bool, predicate.rank ?? 0 == 0 else {
            throw error(
                condition.node, .malformed,
                "\(predicate.type) is no condition; that is one truth value")
        }
        var done: Set<Int> = []
        func roots(_ isTaken: Bool) -> [Int] { ends(isTaken).map(\.end.node) + running(isTaken) }
        func build(
            _ isTaken: Bool, _ state: ImportState
        ) throws -> ([ImportedValue], ImportState) {
            let branch = contexts.branch(condition, isTaken: isTaken, in: context)
            let scope = ImportScope(inside: self, context: branch ?? context, state: state)
            let roots = ends(isTaken)
            try scope.build(roots.map(\.end), running: running(isTaken))
            done.formUnion(scope.effectsDone)
            let values = try roots.map { try scope.settled($0.end, for: body.nodes[$0.merge]) }
            return (values, scope.state)
        }
        let inside = needed(roots(true) + roots(false))
        let results = try conditional(
            predicate, changing: try changes(of: Array(inside)),
            then: { try build(true, $0) }, else: { try build(false, $0) })
        markDone(done)
        return results
    }

    /// The value of an output as a node takes it: of a variable its value now, but where references are taken.
    func settled(_ endpoint: Endpoint, for node: GraphNode) throws -> ImportedValue {
        let value = try current(endpoint)
        guard case .resource(let resource) = value, StructureOperations.reads(node),
            resource.variable != nil
        else { return value }
        return .tensor(try tensor(of: resource))
    }
}

extension ImportedValue {
    /// What stands for the value in a region; nil for what is not computed.
    var tensor: AnyTensor? {
        switch self {
        case .tensor(let tensor), .alias(_, let tensor): tensor
        case .list(let list): list.list.anyTensor
        case .resource, .nothing: nil
        }
    }

    /// The kind of value that is this one or the other.
    func joined(with other: ImportedValue) throws -> ImportedValue {
        switch (self, other) {
        case (.tensor, .tensor): self
        case (.list(let own), .list(let others)): .list(own.joined(with: others))
        case (.resource(let own), .resource(let other)): own == other ? self : .nothing
        case (.nothing, .nothing), (.nothing, .resource), (.resource, .nothing): .nothing
        default:
            throw TensorFlowError(
                .malformed, "one branch gives a tensor, and the other a list or a variable")
        }
    }
}
