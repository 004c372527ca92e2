// SPDX-License-Identifier: Apache-2.0
import Weft

/// Steps of optimizers: of variables that are references and of resources, with gradients of all elements and of
/// some rows.
enum OptimizerOperations {
    static let all: [OperationDefinition] = OptimizerRule.all.flatMap { rule in
        (rule.hasReferences ? ["", "Resource"] : ["Resource"]).flatMap { kind in
            [dense(rule, "\(kind)Apply\(rule.name)")]
                + (rule.isSparse ? [sparse(rule, "\(kind)SparseApply\(rule.name)")] : [])
        }
    }

    private static func dense(_ rule: OptimizerRule, _ name: String) -> OperationDefinition {
        definition(rule, name) { call, step in
            let variable = step.old[0]
            guard step.gradient.shape.merged(with: variable.shape) != nil else {
                throw call.error(
                    .invalidRequest,
                    "the gradient is \(step.gradient.type) and the variable \(variable.type)")
            }
            return try rule.apply(step)
        }
    }

    private static func sparse(_ rule: OptimizerRule, _ name: String) -> OperationDefinition {
        definition(rule, name) { call, step in
            let position = rule.variables + rule.numbersBefore + 1
            let indices = try call.tensor(position)
            guard step.old.allSatisfy({ $0.rank ?? 0 > 0 }), indices.rank ?? 1 == 1 else {
                throw call.error(
                    .invalidRequest,
                    "rows of \(step.old[0].type) are told by a vector, not \(indices.type)")
            }
            if try call.areDistinct(position) {
                let rows = try rule.apply(step.of(rows: indices, gradient: step.gradient))
                return zip(step.old, rows).map { $0.scattering($1, at: indices) }
            }
            return try repeated(rule, step, indices)
        }
    }

    /// Steps of rows among which one may be more than once: each occurrence goes on from what the one before
    /// it left, so the first occurrences of all rows are one round, the second ones the next.
    private static func repeated(
        _ rule: OptimizerRule, _ step: OptimizerRule.Step, _ indices: AnyTensor
    ) throws -> [AnyTensor] {
        // Sorted so that equal ones keep their order.
        let order = indices.argSorted(axis: 0)
        let rows = indices.gathered(at: order, outOfBounds: .clamped).cast(to: .int64)
        let gradient = step.gradient.gathered(at: order, outOfBounds: .clamped)
        let occurrence =
            AnyTensor.iota(like: rows, dtype: .int64)
            - AnyTensor(searchSorted(rows, rows)).cast(to: .int64)
        let none = AnyTensor.scalar(-1, .int64)
        let rounds = maximum(occurrence.max(axes: [0]), none) + .scalar(1, .int64)
        let first = AnyTensor.scalar(0, .int64)
        let results = try whileLoop(
            [first] + step.old,
            condition: { $0[0] .< rounds },
            body: { values in
                let old = Array(values.dropFirst())
                let current = OptimizerRule.Step(
                    old: old, gradient: gradient, numbers: step.numbers, call: step.call)
                let changed = try rule.apply(current.of(rows: rows, gradient: gradient))
                let isNow = AnyTensor.compare(.equal, occurrence, values[0])
                let targets = select(isNow, rows, none)
                return [values[0] + .scalar(1, .int64)]
                    + zip(old, changed).map {
                        $0.scattering($1, at: targets, outOfBounds: .ignored)
                    }
            })
        return Array(results.dropFirst())
    }

    private static func definition(
        _ rule: OptimizerRule, _ name: String,
        _ results: @escaping @Sendable (NodeCall, OptimizerRule.Step) throws -> [AnyTensor]
    ) -> OperationDefinition {
        OperationDefinition(
            name, outputs: ["out"], defaults: rule.defaults,
            effect: .changes(Array(0..<rule.variables)),
            values: { call in
                let resources = try (0..<rule.variables).map { try call.resource($0) }
                let old = try (0..<rule.variables).map { try call.tensor($0) }
                let place = rule.variables + rule.numbersBefore
                let gradient = try call.tensor(place)
                guard gradient.dtype == old[0].dtype else {
                    throw call.error(
                        .invalidRequest,
                        "the gradient is \(gradient.type) and the variable \(old[0].type)")
                }
                let behind = call.count - rule.numbersBehind
                guard behind > place else {
                    throw call.error(.malformed, "there are only \(call.count) inputs")
                }
                let numbers =
                    try call.tensors(from: rule.variables, to: place)
                    + call.tensors(from: behind)
                for number in numbers where number.rank ?? 0 != 0 {
                    throw call.error(.malformed, "\(number.type) is no scalar")
                }
                let step = OptimizerRule.Step(
                    old: old, gradient: gradient,
                    numbers: numbers.map { $0.cast(to: old[0].dtype) },
                    call: call)
                for (resource, value) in zip(resources, try results(call, step)) {
                    try call.set(resource, to: value)
                }
                return [.resource(resources[0])]
            })
    }
}

extension OptimizerRule.Step {
    /// The step of some rows.
    fileprivate func of(rows: AnyTensor, gradient: AnyTensor) -> OptimizerRule.Step {
        OptimizerRule.Step(
            old: old.map { $0.gathered(at: rows) }, gradient: gradient, numbers: numbers,
            call: call)
    }
}

extension NodeCall {
    /// Whether no number is twice in a vector of integers, as far as that is known before anything runs.
    fileprivate func areDistinct(_ position: Int) throws -> Bool {
        let tensor = try tensor(position)
        if let count = tensor.shape.dimensions?.first, count <= 1 { return true }
        if let known = tensor.knownIntegers { return Set(known).count == known.count }
        guard node.inputs.indices.contains(position) else { return false }
        // TensorFlow's optimizers add up what is of one row before.
        var endpoint = node.inputs[position]
        for _ in 0...scope.body.nodes.count {
            let origin = scope.body.nodes[endpoint.node]
            if ["Unique", "UniqueV2"].contains(origin.op) { return endpoint.output == 0 }
            guard origin.op == "Identity", let input = origin.inputs.first else { return false }
            endpoint = input
        }
        return false
    }
}
