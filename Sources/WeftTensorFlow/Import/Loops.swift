// SPDX-License-Identifier: Apache-2.0
import Weft

extension ImportScope {
    /// A loop over values, with the states that it changes as further variables.
    ///
    /// What the loop gives at its end may be of another shape than what enters: then the sizes that differ
    /// count as unknown inside, and the loop is built again.
    ///
    /// - Parameter changing: The resources whose states the condition or the body may change.
    func loop(
        _ initial: [ImportedValue], changing resources: [Resource],
        condition: ([ImportedValue], ImportState) throws -> (AnyTensor, ImportState),
        body: ([ImportedValue], ImportState) throws -> ([ImportedValue], ImportState)
    ) throws -> [ImportedValue] {
        // What is known of the loop's variables in all iterations.
        var forms = try (initial + resources.map { try current($0, in: state) }).map(Self.entering)
        let tensors = forms.compactMap(\.tensor)
        var before = state
        before.updates = []
        var invariants = tensors.map(\.shape)
        func unpacked(_ parameters: [AnyTensor]) throws -> ([ImportedValue], ImportState) {
            var values = try Self.values(parameters, like: forms)
            var inside = before
            for resource in resources.reversed() { inside[resource] = values.removeLast() }
            return (values, inside)
        }
        // Each round leaves at least one more size open, or knows more of a list.
        let rounds = invariants.reduce(4) { $0 + ($1.rank ?? 0) + 4 }
        for _ in 0..<rounds {
            var isWider = false
            var happened = false
            let results = try whileLoop(
                tensors, shapeInvariants: invariants,
                condition: { parameters in
                    let (values, state) = try unpacked(parameters)
                    let (test, after) = try condition(values, state)
                    guard after.updates.isEmpty else {
                        happened = true
                        return Tensor<Bool>(test.after(after.updates))
                    }
                    return Tensor<Bool>(test)
                },
                body: { parameters in
                    let (values, state) = try unpacked(parameters)
                    var (next, after) = try body(values, state)
                    for resource in resources { next.append(try current(resource, in: after)) }
                    guard next.count == forms.count else {
                        throw TensorFlowError(
                            .malformed,
                            "a loop of \(initial.count) variables gives \(next.count) values")
                    }
                    var outputs: [AnyTensor] = []
                    for (position, form) in forms.enumerated() where form.tensor != nil {
                        let value = try Self.value(next[position], like: form, after, self)
                        if case .list(let list) = form, case .list(let other) = value {
                            let joined = list.joined(with: other)
                            if !joined.hasType(of: list) {
                                forms[position] = .list(joined)
                                isWider = true
                            }
                            outputs.append(other.list.anyTensor)
                        } else if let output = value.tensor {
                            let wider = invariants[outputs.count].joined(with: output.shape)
                            if wider != invariants[outputs.count] {
                                invariants[outputs.count] = wider
                                isWider = true
                            }
                            outputs.append(output)
                        }
                    }
                    if !after.updates.isEmpty {
                        guard let carrier = outputs.firstIndex(where: { $0.dtype != .list }) else {
                            throw TensorFlowError(
                                .unsupported, "a loop without a tensor prints or checks something")
                        }
                        outputs[carrier] = outputs[carrier].after(after.updates)
                        happened = true
                    }
                    return outputs
                })
            if isWider { continue }
            var values = try Self.values(results, like: forms)
            for resource in resources.reversed() { state[resource] = values.removeLast() }
            if happened, let first = results.first(where: { $0.dtype != .list }) {
                state.updates.append(Update(.constant(NDArray(true)).after([Update(first)])))
            }
            return values
        }
        throw TensorFlowError(.unsupported, "the shapes of a loop's variables never settle")
    }

    /// What is known of a loop's variable that a value enters.
    private static func entering(_ value: ImportedValue) -> ImportedValue {
        if case .list(let list) = value { return .list(list.entering) }
        return value
    }

    /// What a loop's variable becomes, of the kind that it was.
    private static func value(
        _ next: ImportedValue, like form: ImportedValue, _ state: ImportState, _ scope: ImportScope
    ) throws -> ImportedValue {
        switch (form, next) {
        case (.tensor, .tensor), (.list, .list): return next
        case (.tensor, .resource(let resource)) where resource.variable != nil:
            return try scope.current(resource, in: state)
        default:
            throw TensorFlowError(
                .malformed, "a variable of a loop becomes something that is no tensor, or no list")
        }
    }

    // MARK: Loops drawn with nodes

    /// Builds the loop of a frame, all its variables that are needed, and what leaves it.
    func buildLoop(_ context: Int, _ needed: Set<Int>) throws {
        let contexts = body.contexts
        guard case .loop(let name) = contexts.contexts[context].kind,
            let frame = contexts.frames[name], let test = frame.condition,
            let testInput = body.nodes[test].inputs.first
        else {
            let first = needed.filter { contexts.nodes[$0] == context }.min() ?? 0
            throw error(first, .malformed, "the loop that it stands in has no condition")
        }
        let merges = frame.merges.filter {
            needed.contains($0) && contexts.nodes[$0] == context
        }.sorted()
        // What enters as a constant, and the first values of variables.
        let outer = ImportScope(inside: self, context: context, state: state)
        for node in needed
        where contexts.nodes[node] == context && ControlContexts.isEnter(body.nodes[node].op) {
            guard let input = body.nodes[node].inputs.first else {
                throw error(node, .malformed, "it has no input")
            }
            outer.set(node, to: [try settled(input, for: body.nodes[node])])
        }
        func isNext(_ endpoint: Endpoint) -> Bool {
            ControlContexts.isNext(body.nodes[endpoint.node].op)
        }
        let initial = try merges.map { merge -> ImportedValue in
            guard let entering = body.nodes[merge].inputs.first(where: { !isNext($0) }) else {
                throw error(merge, .malformed, "nothing enters the loop for it")
            }
            return try outer.current(entering)
        }
        let nexts = try merges.map { merge -> Endpoint in
            guard let back = body.nodes[merge].inputs.first(where: isNext),
                let input = body.nodes[back.node].inputs.first
            else { throw error(merge, .malformed, "nothing goes on to its next iteration") }
            return input
        }
        let inside = needed.filter { contexts.isInside(contexts.nodes[$0], context) }
        var done: Set<Int> = []
        func scope(_ values: [ImportedValue], _ state: ImportState) -> ImportScope {
            let scope = ImportScope(inside: outer, context: context, state: state)
            for (merge, value) in zip(merges, values) {
                scope.set(merge, to: [value, .tensor(.constant(NDArray(Int32(0))))])
            }
            return scope
        }
        let ofCondition = outer.needed([testInput.node], without: Set(merges))
        let effects = inside.filter { hasEffects($0) && !ofCondition.contains($0) }.sorted()
        let results = try loop(
            initial, changing: try outer.changes(of: Array(inside)),
            condition: { values, state in
                let scope = scope(values, state)
                try scope.build([testInput])
                done.formUnion(scope.effectsDone)
                if let changing = try scope.changes(of: Array(ofCondition)).first {
                    throw error(
                        test, .unsupported, "the loop's condition changes '\(changing.name)'")
                }
                return (try scope.tensor(testInput), scope.state)
            },
            body: { values, state in
                let scope = scope(values, state)
                scope.set(test, to: [.tensor(.constant(NDArray(true)))])
                try scope.build(nexts, running: effects)
                done.formUnion(scope.effectsDone)
                let values = try zip(merges, nexts).map {
                    try scope.settled($1, for: body.nodes[$0])
                }
                return (values, scope.state)
            })
        markDone(done)
        let byMerge = Dictionary(uniqueKeysWithValues: zip(merges, results))
        for exit in frame.exits where needed.contains(exit) {
            guard let leaving = body.nodes[exit].inputs.first,
                let data = body.nodes[leaving.node].inputs.first, let value = byMerge[data.node]
            else { throw error(exit, .malformed, "it leaves no loop") }
            set(exit, to: [value])
        }
    }
}
