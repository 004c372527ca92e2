// SPDX-License-Identifier: Apache-2.0

extension Interpreter {
    /// Takes a list out of the operands, so that whoever changes it holds the only reference.
    private func takeList(
        _ instruction: Program.Instruction, _ operands: inout [ReferenceValue]
    ) throws -> [NDArray] {
        guard case .list(let list) = operands[0] else {
            throw RunError(.unsupported, "\(instruction.label): an array is given, not a list")
        }
        operands[0] = .list([])
        return list
    }

    func listAppend(
        _ instruction: Program.Instruction, _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        var list = try takeList(instruction, &operands)
        list.append(try operands[1].array(for: instruction))
        return [.list(list)]
    }

    func listPop(
        _ instruction: Program.Instruction, _ type: ArrayType, _ operands: inout [ReferenceValue]
    ) throws -> [ReferenceValue] {
        var list = try takeList(instruction, &operands)
        guard let last = list.popLast() else {
            return [.list([]), .array(.zeros(type.dtype, type.shape))]
        }
        guard last.dtype == type.dtype, last.shape == type.shape else {
            throw instruction.error(
                .kernelFailure,
                "the last array is \(last.dtype)\(last.shape), not \(type); "
                    + "pop arrays in the opposite order of their appending")
        }
        return [.list(list), .array(last)]
    }

    func listZerosLike(
        _ instruction: Program.Instruction, _ operands: [ReferenceValue]
    ) throws -> [ReferenceValue] {
        var operands = operands
        let list = try takeList(instruction, &operands)
        return [.list(list.map { .zeros($0.dtype, $0.shape) })]
    }

    func listAdd(
        _ instruction: Program.Instruction, _ operands: [ReferenceValue]
    ) throws -> [ReferenceValue] {
        guard case .list(let a) = operands[0], case .list(let b) = operands[1] else {
            throw RunError(.unsupported, "\(instruction.label): an array is given, not a list")
        }
        var result = a.count >= b.count ? a : b
        for (position, (x, y)) in zip(a, b).enumerated() {
            guard x.dtype == y.dtype, x.shape == y.shape else {
                throw instruction.error(
                    .kernelFailure,
                    "element \(position) is \(x.dtype)\(x.shape) in one list "
                        + "and \(y.dtype)\(y.shape) in the other; only equal types can be added")
            }
            let step = Step(
                instruction: instruction, inputs: [x, y], types: [ArrayType(x.dtype, x.shape)])
            result[position] = try step.binary(.add)
        }
        return [.list(result)]
    }
}
