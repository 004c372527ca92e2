// SPDX-License-Identifier: Apache-2.0

/// Runs plans, one instruction after the other.
struct Interpreter {
    let control: RunControl?

    /// Runs a plan. The inputs are taken, so that a value whose last user is inside the plan can
    /// be changed in place (lists grow in loops) or freed.
    func run(_ plan: ReferencePlan, _ inputs: inout [ReferenceValue]) throws -> [ReferenceValue] {
        let program = plan.program
        var slots = [ReferenceValue?](repeating: nil, count: program.values.count)
        for (position, value) in program.inputs.enumerated() { slots[value] = inputs[position] }
        inputs.removeAll()
        for (position, instruction) in program.instructions.enumerated() {
            try control?.check()
            var operands: [ReferenceValue] = []
            operands.reserveCapacity(instruction.inputs.count)
            for value in instruction.inputs {
                guard let operand = slots[value] else {
                    throw RunError(
                        .unsupported, "\(instruction.label): an operand is used before it is made")
                }
                operands.append(operand)
            }
            for value in instruction.inputs where plan.lastUse[value] == position {
                slots[value] = nil
            }
            try requireMemory(plan, position)
            let results = try evaluate(plan, position, instruction, &operands)
            for (value, result) in zip(instruction.outputs, results) {
                try requireType(program.values[value], result, instruction)
                if plan.lastUse[value] >= 0 { slots[value] = result }
            }
        }
        return try program.outputs.map {
            guard let value = slots[$0] else {
                throw RunError(.unsupported, "an output of the program is made by no instruction")
            }
            return value
        }
    }

    /// Widened copies of the operands and the results, their places, and the results themselves.
    private func requireMemory(_ plan: ReferencePlan, _ position: Int) throws {
        do {
            try MachineMemory.require(plan.workingBytes(position))
        } catch {
            throw error.runError(plan.program.instructions[position].label)
        }
    }

    /// A program whose types are wrong is the fault of whoever made it; it must not go unnoticed.
    private func requireType(
        _ type: ArrayType, _ value: ReferenceValue, _ instruction: Program.Instruction
    ) throws {
        switch value {
        case .list: if type.dtype == .list { return }
        case .array(let array): if array.dtype == type.dtype, array.shape == type.shape { return }
        }
        throw RunError(
            .unsupported,
            "\(instruction.label): the result is not the \(type) that the program says")
    }

    private func evaluate(
        _ plan: ReferencePlan, _ position: Int, _ instruction: Program.Instruction,
        _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        let values = plan.program.values
        func step() throws -> Step {
            Step(
                instruction: instruction,
                inputs: try operands.map { try $0.array(for: instruction) },
                types: instruction.outputs.map { values[$0] })
        }
        let inner = plan.inner[position] ?? []
        switch instruction.primitive {
        case .constant(let array): return [.array(array)]
        case .iota(let axis): return [.array(try step().iota(axis))]
        case .randomBits(let draw): return [.array(try step().randomBits(draw))]
        case .foldRandom: return [.array(try step().foldRandom())]
        case .unary(let kind): return [.array(try step().unary(kind))]
        case .binary(let kind): return [.array(try step().binary(kind))]
        case .compare(let kind): return [.array(try step().compare(kind))]
        case .select: return [.array(try step().select())]
        case .cast: return [.array(try step().cast())]
        case .reduce(let kind, let axes): return [.array(try step().reduce(kind, axes))]
        case .argReduce(let kind, let axis): return [.array(try step().argReduce(kind, axis))]
        case .cumulative(let attributes): return [.array(try step().cumulative(attributes))]
        case .dot(let dimensions): return [.array(try step().dot(dimensions))]
        case .convolution(let attributes):
            return [.array(try step().convolution(attributes, .output))]
        case .convolutionInputGradient(let attributes):
            return [.array(try step().convolution(attributes, .inputGradient))]
        case .convolutionFilterGradient(let attributes):
            return [.array(try step().convolution(attributes, .filterGradient))]
        case .window(let kind, let attributes):
            return [.array(try step().window(kind, attributes))]
        case .windowSumGradient(let attributes):
            return [.array(try step().windowSumGradient(attributes))]
        case .maxPoolGradient(let attributes):
            return [.array(try step().maxPoolGradient(attributes))]
        case .maxPoolPick(let attributes): return [.array(try step().maxPoolPick(attributes))]
        case .reshape: return [.array(try step().reshape())]
        case .broadcast(let axes): return [.array(try step().broadcast(axes))]
        case .transpose(let permutation): return [.array(try step().transpose(permutation))]
        case .slice(let attributes): return [.array(try step().slice(attributes))]
        case .dynamicSlice: return [.array(try step().dynamicSlice())]
        case .dynamicUpdateSlice: return [.array(try step().dynamicUpdateSlice())]
        case .pad(let attributes): return [.array(try step().pad(attributes))]
        case .concatenate(let axis): return [.array(try step().concatenate(axis))]
        case .reverse(let axes): return [.array(try step().reverse(axes))]
        case .gather(let attributes): return [.array(try step().gather(attributes))]
        case .scatter(let kind, let attributes):
            return [.array(try step().scatter(kind, attributes))]
        case .sort(let attributes): return try step().sort(attributes).map { .array($0) }
        case .topK(let k): return try step().topK(k).map { .array($0) }
        case .cond: return try cond(inner, instruction, &operands)
        case .whileLoop(_, _, let carries, let limit):
            return try whileLoop(inner, instruction, carries, limit, &operands)
        case .scan(_, let carries, let sequences, let isReversed):
            let types = instruction.outputs.map { values[$0] }
            return try scan(
                inner, instruction, types, (carries, sequences, isReversed), &operands)
        case .listEmpty: return [.list([])]
        case .listAppend: return try listAppend(instruction, &operands)
        case .listPop: return try listPop(instruction, values[instruction.outputs[1]], &operands)
        case .listZerosLike: return try listZerosLike(instruction, operands)
        case .listAdd: return try listAdd(instruction, operands)
        case .check(let kind):
            try check(kind, instruction, operands)
            return [operands[0]]
        }
    }
}

extension ReferenceValue {
    func array(for instruction: Program.Instruction) throws -> NDArray {
        guard case .array(let array) = self else {
            throw RunError(.unsupported, "\(instruction.label): a list is no operand here")
        }
        return array
    }
}

/// One instruction on arrays, with the types of its outputs.
struct Step {
    let instruction: Program.Instruction
    let inputs: [NDArray]
    let types: [ArrayType]

    var shape: [Int] { types[0].shape }
    var dtype: DType { types[0].dtype }

    /// The error of a kernel: what failed, what happened, what to do.
    func failure(_ reason: String) -> RunError {
        instruction.error(.kernelFailure, reason)
    }

    func unsupported(_ reason: String) -> RunError {
        instruction.error(.unsupported, reason)
    }
}
