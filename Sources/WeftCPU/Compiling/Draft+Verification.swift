// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// Checks that views are of arrays, that operands are made before they are read, and that the
    /// index of uses is that of the operands.
    ///
    /// - Throws: `RunError` that names the pass and what does not hold after it.
    package func verify(after pass: String) throws {
        let stage = StageVerification(pass: pass)
        try verifyViews(stage)
        if operandStart.isEmpty { return }
        try verifyOperands(stage)
        if userStart.isEmpty { return }
        try verifyUses(stage)
        try verifyEpilogues(stage)
    }

    private func verifyViews(_ stage: StageVerification) throws {
        for value in program.values.indices {
            let base = Int(root[value])
            try stage.require(
                root.indices.contains(base) && root[base] == root[value]
                    && program.values[base].byteCount == program.values[value].byteCount,
                "value \(value) is a view of value \(base), which is no array of its size")
            let maker = Int(definition[value])
            try stage.require(
                maker < 0 || program.instructions[maker].outputs.contains(value),
                "value \(value) is not made by instruction \(maker)")
        }
    }

    private func verifyOperands(_ stage: StageVerification) throws {
        try stage.require(
            operandStart.count == role.count + 1 && Int(operandStart[role.count]) == operands.count
                && zip(operandStart, operandStart.dropFirst()).allSatisfy { $0 <= $1 },
            "the operands are not divided among the instructions")
        let inputs = Set(program.inputs)
        for i in role.indices where role[i] != .none {
            let label = program.instructions[i].label
            for operand in operands(of: i) {
                let value = Int(operand.value)
                try stage.require(
                    root.indices.contains(value) && root[value] == operand.value,
                    "\(label) reads value \(value), which is a view")
                let maker = Int(definition[value])
                try stage.require(
                    maker >= 0
                        ? maker < i
                        : inputs.contains(value) || constants[operand.value] != nil,
                    "\(label) reads value \(value) before it is made")
                switch operand.reading {
                case .strided(let strides), .window(let strides, _):
                    try stage.require(
                        strides.count == shape(ofResultOf: Int32(i)).count,
                        "\(label) reads by \(strides.count) strides")
                case .whole, .scalar, .array, .rows: break
                }
            }
        }
    }

    private func verifyUses(_ stage: StageVerification) throws {
        var readers = [[Int32]](repeating: [], count: program.values.count)
        var counts = [Int32](repeating: 0, count: program.values.count)
        for i in role.indices where role[i] != .none {
            for operand in operands(of: i) {
                readers[Int(operand.value)].append(Int32(i))
                counts[Int(operand.value)] += 1
                let maker = Int(definition[Int(operand.value)])
                try stage.require(
                    maker < 0 || role[maker] != .none,
                    "\(program.instructions[i].label) reads value \(operand.value), which no step "
                        + "makes")
            }
        }
        for output in program.outputs { counts[Int(root[output])] += 1 }
        for value in program.values.indices {
            try stage.require(
                readers[value] == Array(users(of: value)) && counts[value] == useCount[value],
                "the index of uses is wrong for value \(value)")
        }
    }

    private func verifyEpilogues(_ stage: StageVerification) throws {
        var absorbed: Set<Int32> = []
        for (last, epilogue) in epilogues {
            try stage.require(
                role[Int(last)] == .single,
                "\(program.instructions[Int(last)].label) ends a product and is no step")
            absorbed.formUnion(epilogue.additions.filter { $0 != last } + [epilogue.product])
        }
        for i in role.indices {
            try stage.require(
                (role[i] == .absorbed) == absorbed.contains(Int32(i)),
                "\(program.instructions[i].label) is absorbed by nothing, or is a step besides")
        }
    }
}
