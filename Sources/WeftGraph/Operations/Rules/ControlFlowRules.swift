// SPDX-License-Identifier: Apache-2.0

extension Operation {
    private func requirePredicate(_ type: TensorType, _ what: String) throws {
        guard type.dtype == .bool else {
            throw RuleViolation("\(what) must be bool, not \(type.dtype)")
        }
        guard type.shape.admits([]) else {
            throw RuleViolation(
                "\(what) must be a scalar, not \(type); combine its elements with `all()` or `any()`"
            )
        }
    }

    func condTypes(_ a: Region, _ b: Region, _ inputs: [TensorType]) throws -> [TensorType] {
        try requirePredicate(inputs[0], "the predicate")
        guard a.outputs.count == b.outputs.count else {
            throw RuleViolation(
                "the branches return \(a.outputs.count) and \(b.outputs.count) tensors")
        }
        guard !a.outputs.isEmpty else { throw RuleViolation("the branches return nothing") }
        return try zip(a.outputs, b.outputs).enumerated().map { index, pair in
            guard pair.0.dtype == pair.1.dtype else {
                throw RuleViolation(
                    "result \(index) is \(pair.0.type) in one branch and \(pair.1.type) in the other"
                )
            }
            return TensorType(pair.0.dtype, pair.0.shape.joined(with: pair.1.shape))
        }
    }

    func whileTypes(_ attributes: WhileAttributes, _ inputs: [TensorType]) throws -> [TensorType] {
        let body = attributes.body
        guard !inputs.isEmpty else { throw RuleViolation("a loop needs at least one variable") }
        guard attributes.condition.outputs.count == 1 else {
            throw RuleViolation(
                "the condition returns \(attributes.condition.outputs.count) tensors")
        }
        try requirePredicate(attributes.condition.outputs[0].type, "the condition")
        guard body.outputs.count == inputs.count else {
            throw RuleViolation(
                "the loop has \(inputs.count) variables, its body returns \(body.outputs.count)")
        }
        return try inputs.indices.map { i in
            let (start, next) = (body.parameterTypes[i], body.outputs[i].type)
            guard inputs[i].dtype == start.dtype, inputs[i].shape.merged(with: start.shape) != nil
            else {
                throw RuleViolation("variable \(i) is \(inputs[i]), the body takes \(start)")
            }
            guard start.dtype == next.dtype else {
                throw RuleViolation(
                    "variable \(i) enters the loop as \(start) and leaves it as \(next)")
            }
            guard let merged = start.shape.merged(with: next.shape) else {
                throw RuleViolation(
                    "variable \(i) enters the loop with shape \(start.shape) and leaves an iteration "
                        + "with \(next.shape); give it a shape with unknown dimensions")
            }
            // A dimension that the declaration leaves open stays open.
            return TensorType(start.dtype, start.shape.isFullyKnown ? merged : start.shape)
        }
    }

    func scanTypes(_ attributes: ScanAttributes, _ inputs: [TensorType]) throws -> [TensorType] {
        let body = attributes.body
        guard body.outputs.count >= attributes.carries else {
            throw RuleViolation(
                "the loop has \(attributes.carries) carries, its body returns \(body.outputs.count)"
            )
        }
        guard inputs.count > attributes.carries else {
            throw RuleViolation("a scan needs at least one sequence")
        }
        var length = -1
        for type in inputs[attributes.carries...] {
            guard let dims = type.shape.dims else { continue }
            guard let first = dims.first else { throw RuleViolation("a scalar is no sequence") }
            if length >= 0, first >= 0, length != first {
                throw RuleViolation("sequences differ in length: \(length) and \(first)")
            }
            length = max(length, first)
        }
        var result: [TensorType] = []
        for i in 0..<attributes.carries {
            let (start, next) = (inputs[i], body.outputs[i].type)
            guard start.dtype == next.dtype else {
                throw RuleViolation(
                    "carry \(i) enters the loop as \(start) and leaves it as \(next)")
            }
            guard let merged = start.shape.merged(with: next.shape) else {
                throw RuleViolation(
                    "carry \(i) enters with shape \(start.shape) and leaves with \(next.shape)")
            }
            result.append(TensorType(start.dtype, merged))
        }
        for output in body.outputs[attributes.carries...] {
            guard output.dtype != .list else {
                throw RuleViolation("a list cannot be an output of each iteration")
            }
            result.append(
                TensorType(output.dtype, Shape(dims: output.shape.dims.map { [length] + $0 })))
        }
        return result
    }

    func updateType(_ attributes: UpdateAttributes, _ inputs: [TensorType]) throws -> TensorType {
        let variable = attributes.variable
        let value: TensorType
        switch attributes.kind {
        case .assign: value = inputs[0]
        case .modify(let region): value = region.outputs[0].type
        }
        guard value.dtype == variable.dtype, value.shape.admits(variable.shape) else {
            throw RuleViolation(
                "variable '\(variable.name)' is \(TensorType(variable.dtype, variable.shape)), "
                    + "the value is \(value)")
        }
        return TensorType(variable.dtype, variable.shape)
    }
}
