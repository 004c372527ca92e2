// SPDX-License-Identifier: Apache-2.0

extension Program {
    /// Checks that values are made before they are used and that all types are what the shape
    /// rules of the operations say: kernels read and write what the types say, and look no more.
    /// Every lowered program is checked; engines look again after passes that they do not trust.
    ///
    /// - Throws: `RunError` that names the first instruction that is wrong.
    package func verify() throws {
        var seen: Set<Program> = []
        try verify(&seen)
    }

    /// Those inside come first: what they take and give is looked at outside. One that stands in many
    /// places is verified once.
    private func verify(_ seen: inout Set<Program>) throws {
        guard seen.insert(self).inserted else { return }
        if nesting > 1 {
            for instruction in instructions {
                for inner in instruction.primitive.programs { try inner.verify(&seen) }
            }
        }
        try verifyInstructions()
    }

    private func verifyInstructions() throws {
        var isMade = [Bool](repeating: false, count: values.count)
        func make(_ value: Int, _ what: @autoclosure () -> String) throws {
            guard values.indices.contains(value), !isMade[value] else {
                throw RunError(.unsupported, "\(what()): value \(value) is none, or is made twice")
            }
            isMade[value] = true
        }
        func require(_ value: Int, _ what: @autoclosure () -> String) throws {
            guard values.indices.contains(value), isMade[value] else {
                throw RunError(.unsupported, "\(what()): value \(value) is used before it is made")
            }
        }
        for value in inputs { try make(value, "an input") }
        for instruction in instructions {
            for value in instruction.inputs { try require(value, instruction.label) }
            for value in instruction.outputs { try make(value, instruction.label) }
            if isPlain(instruction) { continue }
            let operands = instruction.inputs.map { values[$0] }
            let results = instruction.outputs.map { values[$0] }
            do {
                let types = try instruction.primitive.family.checkedTypes(operands, results)
                guard types == results else {
                    throw RuleViolation("it gives \(types), the program says \(results)")
                }
            } catch let violation as RuleViolation {
                throw RunError(
                    .other(.invalidShape, violation.reason),
                    of: "\(instruction.label) of \(operands)")
            }
        }
        for value in outputs { try require(value, "an output") }
    }

    /// Whether an elementwise instruction has operands and a result of one shape, and of types that
    /// go together: nothing needs inferring then. Most instructions of a large program are so.
    private func isPlain(_ instruction: Instruction) -> Bool {
        guard instruction.outputs.count == 1, let first = instruction.inputs.first else {
            return false
        }
        let (result, operand) = (values[instruction.outputs[0]], values[first])
        guard operand.shape == result.shape else { return false }
        switch instruction.primitive {
        case .unary(let kind):
            let row = kind.descriptor
            return instruction.inputs.count == 1 && row.operands.contains(operand.dtype)
                && result.dtype == row.result ?? operand.dtype
        case .binary(let kind):
            return instruction.inputs.count == 2 && values[instruction.inputs[1]] == result
                && operand.dtype == result.dtype && kind.operands.contains(result.dtype)
        default: return false
        }
    }
}

extension PrimitiveFamily {
    /// The types of the results in a program, of operands and results of the right number.
    fileprivate func checkedTypes(
        _ operands: [ArrayType], _ results: [ArrayType]
    ) throws -> [ArrayType] {
        guard !results.isEmpty else { throw RuleViolation("it has no result") }
        if let operandCount, operands.count != operandCount {
            throw RuleViolation("it takes \(operandCount) operands, not \(operands.count)")
        }
        return try programTypes(operands, results)
    }
}
