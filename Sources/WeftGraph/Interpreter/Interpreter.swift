// SPDX-License-Identifier: Apache-2.0

/// Runs plans, one instruction after the other.
struct Interpreter {
    let control: RunControl?
    /// What the run does to its host; nil where nobody asks.
    let host: HostRecord?
    /// Runs the instructions on arrays instead of the interpreter, when somebody looks at them.
    var trace: InstructionTrace?
    /// Measures the instructions of a profiled run.
    var recorder: InstructionRecorder?

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
            let results = try measured(plan, position) {
                let traced = try trace?.evaluate(plan, position, operands)
                return try traced ?? evaluate(plan, position, instruction, &operands)
            }
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

    private func measured<R>(
        _ plan: ReferencePlan, _ position: Int, _ body: () throws -> R
    ) rethrows -> R {
        guard let recorder else { return try body() }
        return try recorder.measure(plan, position, body)
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
        var call = InterpretedCall(
            interpreter: self, instruction: instruction, inner: plan.inner[position] ?? [],
            types: instruction.outputs.map { plan.program.values[$0] }, operands: operands)
        // The call holds the only reference to what it may change in place.
        operands.removeAll()
        do {
            return try instruction.primitive.family.interpret(&call)
        } catch let error as MemoryShortage {
            throw error.runError(instruction.label)
        } catch let error as ListFault {
            throw instruction.error(error.kind)
        }
    }
}

/// One instruction at work, with all that its definition may need.
struct InterpretedCall {
    let interpreter: Interpreter
    let instruction: Program.Instruction
    /// The plans of the programs inside.
    let inner: [ReferencePlan]
    /// The types of the results.
    let types: [ArrayType]
    var operands: [ReferenceValue]

    /// Takes a list out of the operands, so that whoever changes it holds the only reference.
    mutating func takeList() throws -> [NDArray?] {
        guard case .list(let list) = operands[0] else {
            throw RunError(.unsupported, "\(instruction.label): an array is given, not a list")
        }
        operands[0] = .list([])
        return list
    }

    /// An operand that is a whole number.
    func number(_ operand: Int) throws -> Int64 {
        try operands[operand].array(for: instruction).integers?.first ?? 0
    }

    func isTrue(_ value: ReferenceValue) throws -> Bool {
        try (value.array(for: instruction).integers ?? []).first.map { $0 != 0 } ?? false
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
struct Evaluation {
    let instruction: Program.Instruction
    let inputs: [NDArray]
    let types: [ArrayType]
    let control: RunControl?

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
