// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft: CompilerStage {
    /// Views are of arrays, operands are made before they are read, and the index of uses is that of
    /// the operands.
    package func verify(_ check: StageCheck) throws {
        try verifyViews(check)
        if operandStart.isEmpty { return }
        try verifyOperands(check)
        if uses.isEmpty { return }
        try verifyUses(check)
        try verifyEpilogues(check)
    }

    private func label(_ instruction: Int) -> String { program.instructions[instruction].label }

    private func verifyViews(_ check: StageCheck) throws {
        for value in program.values.indices {
            let base = Int(root[value])
            try check.require(
                root.indices.contains(base) && root[base] == root[value]
                    && program.values[base].byteCount == program.values[value].byteCount,
                "value \(value) is a view of value \(base), which is no array of its size")
            let maker = Int(definition[value])
            try check.require(
                maker < 0 || program.instructions[maker].outputs.contains(value),
                "value \(value) is not made by instruction \(maker)")
        }
    }

    private func verifyOperands(_ check: StageCheck) throws {
        try check.require(
            operandStart.count == role.count + 1 && Int(operandStart[role.count]) == operands.count
                && zip(operandStart, operandStart.dropFirst()).allSatisfy { $0 <= $1 },
            "the operands are not divided among the instructions")
        let inputs = Set(program.inputs)
        for i in role.indices where role[i] != .none {
            for operand in operands(of: i) {
                let value = Int(operand.value)
                try check.require(
                    root.indices.contains(value) && root[value] == operand.value,
                    "\(label(i)) reads value \(value), which is a view")
                let maker = Int(definition[value])
                try check.require(
                    maker >= 0
                        ? maker < i
                        : inputs.contains(value) || constants[operand.value] != nil,
                    "\(label(i)) reads value \(value) before it is made")
                switch operand.reading {
                case .strided(let strides), .window(let strides, _):
                    try check.require(
                        strides.count == shape(ofResultOf: Int32(i)).count,
                        "\(label(i)) reads by \(strides.count) strides")
                case .whole, .scalar, .array, .rows: break
                }
            }
        }
    }

    private func verifyUses(_ check: StageCheck) throws {
        var readers = [[Int32]](repeating: [], count: program.values.count)
        var counts = [Int32](repeating: 0, count: program.values.count)
        for i in role.indices where role[i] != .none {
            for operand in operands(of: i) {
                readers[Int(operand.value)].append(Int32(i))
                counts[Int(operand.value)] += 1
                let maker = Int(definition[Int(operand.value)])
                try check.require(
                    maker < 0 || role[maker] != .none,
                    "\(label(i)) reads value \(operand.value), which no step makes")
            }
        }
        for output in program.outputs { counts[Int(root[output])] += 1 }
        for value in program.values.indices {
            try check.require(
                readers[value] == Array(uses.readers(of: value))
                    && counts[value] == uses.count[value],
                "the index of uses is wrong for value \(value)")
        }
    }

    private func verifyEpilogues(_ check: StageCheck) throws {
        var absorbed: Set<Int32> = []
        for (last, epilogue) in epilogues {
            try check.require(
                role[Int(last)] == .single,
                "\(label(Int(last))) ends a product and is no step")
            absorbed.formUnion(epilogue.additions.filter { $0 != last } + [epilogue.product])
        }
        for i in role.indices {
            try check.require(
                (role[i] == .absorbed) == absorbed.contains(Int32(i)),
                "\(label(i)) is absorbed by nothing, or is a step besides")
        }
    }
}
