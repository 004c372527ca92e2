// SPDX-License-Identifier: Apache-2.0

extension Program {
    /// Checks that values are made before they are used and that all types are what the shape
    /// rules of the operations say: kernels read and write what the types say, and look no more.
    /// Every lowered program is checked; engines look again after passes that they do not trust.
    ///
    /// - Throws: `RunError` that names the first instruction that is wrong.
    package func verify() throws {
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
                let types = try instruction.primitive.resultTypes(operands, results)
                guard types == results else {
                    throw RuleViolation("it gives \(types), the program says \(results)")
                }
            } catch let violation as RuleViolation {
                throw RunError(
                    .invalidShape, "\(instruction.label) of \(operands): \(violation.reason)")
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
                && operand.dtype == result.dtype && kind.descriptor.operands.contains(result.dtype)
        default: return false
        }
    }
}

extension Primitive {
    /// The types of the results by the rules of the operation. Results that no rule can know (the
    /// shape of what is reshaped or sliced, a constant's type) are taken from `results` and checked
    /// against the operands.
    fileprivate func resultTypes(
        _ operands: [ArrayType], _ results: [ArrayType]
    ) throws -> [ArrayType] {
        guard !results.isEmpty else { throw RuleViolation("it has no result") }
        func rule(_ operation: Operation, _ types: [ArrayType]? = nil) throws -> [ArrayType] {
            let types = (types ?? operands).map { TensorType($0.dtype, $0.shape) }
            return try operation.inferTypes(types).map { type in
                guard let shape = type.shape.dimensions else {
                    throw RuleViolation("the shape of \(type) is not known")
                }
                return ArrayType(type.dtype, shape)
            }
        }
        func require(_ count: Int) throws {
            guard operands.count == count else {
                throw RuleViolation("it takes \(count) operands, not \(operands.count)")
            }
        }
        let (first, shape) = (results[0], results[0].shape)
        let list = ArrayType(.list, [])
        switch self {
        case .constant(let array):
            try require(0)
            return [ArrayType(array.dtype, array.shape)]
        case .iota(let axis):
            try require(0)
            return try rule(.iota(axis: axis), [first])
        case .randomBits:
            try require(1)
            return operands == [RandomState.type] ? [ArrayType(.uint32, shape)] : []
        case .foldRandom:
            try require(2)
            return operands == [RandomState.type, ArrayType(.int64, [])] ? [RandomState.type] : []
        case .unary(let kind):
            try require(1)
            return try rule(.unary(kind))
        case .binary(let kind):
            try require(2)
            return try rule(.binary(kind))
        case .compare(let kind):
            try require(2)
            return try rule(.compare(kind))
        case .select:
            try require(3)
            return try rule(.select)
        case .cast:
            try require(1)
            return try rule(.cast(first.dtype))
        case .reduce(let kind, let axes):
            try require(1)
            return try rule(.reduce(kind, axes: axes))
        case .argReduce(let kind, let axis):
            try require(1)
            return try rule(.argReduce(kind, axis: axis))
        case .cumulative(let attributes):
            try require(1)
            return try rule(.cumulative(attributes))
        case .dot(let dimensions):
            try require(2)
            return try rule(.dot(dimensions))
        case .convolution(let attributes):
            try require(2)
            return try rule(.convolution(attributes))
        case .convolutionInputGradient(let attributes):
            try require(2)
            return try rule(.convolutionInputGradient(attributes), operands + [first])
        case .convolutionFilterGradient(let attributes):
            try require(2)
            return try rule(.convolutionFilterGradient(attributes), operands + [first])
        case .window(let kind, let attributes):
            try require(1)
            return try rule(.window(kind, attributes))
        case .windowSumGradient(let attributes):
            try require(1)
            return try rule(.windowSumGradient(attributes), operands + [first])
        case .maxPoolGradient(let attributes):
            try require(2)
            return try rule(.maxPoolGradient(attributes))
        case .maxPoolPick(let attributes):
            try require(2)
            return try rule(.maxPoolPick(attributes))
        case .reshape:
            try require(1)
            return try rule(.reshape(shape))
        case .broadcast(let axes):
            try require(1)
            return try rule(.broadcast(shape: shape, axes: axes))
        case .transpose(let permutation):
            try require(1)
            return try rule(.transpose(permutation))
        case .slice(let attributes):
            try require(1)
            return try rule(.slice(attributes))
        case .dynamicSlice:
            try require(2)
            return try rule(.dynamicSlice(sizes: shape))
        case .dynamicUpdateSlice:
            try require(3)
            return try rule(.dynamicUpdateSlice)
        case .pad(let attributes):
            try require(2)
            return try rule(.pad(attributes))
        case .concatenate(let axis): return try rule(.concatenate(axis: axis))
        case .reverse(let axes):
            try require(1)
            return try rule(.reverse(axes: axes))
        case .gather(let attributes):
            try require(2)
            return try rule(.gather(attributes))
        case .scatter(let kind, let attributes):
            try require(3)
            return try rule(.scatter(kind, attributes))
        case .sort(let attributes):
            try require(1)
            return try rule(.sort(attributes))
        case .topK(let k):
            try require(1)
            return try rule(.topK(k))
        case .cond(let a, let b):
            try a.verify()
            try b.verify()
            guard operands.first == ArrayType(.bool, []), a.inputTypes == b.inputTypes,
                a.inputTypes == Array(operands.dropFirst()), a.outputTypes == b.outputTypes
            else { throw RuleViolation("the branches do not fit the operands or each other") }
            return a.outputTypes
        case .whileLoop(let condition, let body, let carries, _):
            try condition.verify()
            try body.verify()
            guard condition.inputTypes == operands, body.inputTypes == operands,
                condition.outputTypes == [ArrayType(.bool, [])],
                body.outputTypes == Array(operands.prefix(carries))
            else { throw RuleViolation("condition or body do not fit the operands") }
            return body.outputTypes
        case .scan(let body, let carries, let sequences, _):
            try body.verify()
            guard operands.count >= carries + sequences, body.outputs.count >= carries else {
                throw RuleViolation("there are too few operands or results")
            }
            let slices = operands[carries..<carries + sequences]
            let length = slices.first?.shape.first ?? results.dropFirst(carries).first?.shape.first
            guard slices.allSatisfy({ !$0.shape.isEmpty && $0.shape.first == length }) else {
                throw RuleViolation("the sequences differ in length")
            }
            let wanted =
                operands[..<carries]
                + slices.map { ArrayType($0.dtype, Array($0.shape.dropFirst())) }
                + operands[(carries + sequences)...]
            guard body.inputTypes == Array(wanted),
                Array(body.outputTypes.prefix(carries)) == Array(operands.prefix(carries))
            else { throw RuleViolation("the body does not fit the operands") }
            return body.outputTypes.prefix(carries)
                + body.outputTypes.dropFirst(carries).map {
                    ArrayType($0.dtype, [length ?? 0] + $0.shape)
                }
        case .listEmpty:
            try require(0)
            return [list]
        case .listAppend:
            try require(2)
            return operands[0] == list && operands[1].dtype != .list ? [list] : []
        case .listPop:
            try require(1)
            return operands == [list] && results.count == 2 && results[1].dtype != .list
                ? [list, results[1]] : []
        case .listZerosLike:
            try require(1)
            return operands
        case .listAdd:
            try require(2)
            return operands == [list, list] ? [list] : []
        case .check(.finite):
            try require(1)
            return operands
        case .check(let kind):
            try require(2)
            return try rule(.check(kind))
        }
    }
}
