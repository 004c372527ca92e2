// SPDX-License-Identifier: Apache-2.0

/// What values are already when a plan is made: what is computed from shapes and constants alone.
///
/// Only what somebody asks for is computed. Nobody needs the instructions then, and the program ends
/// up without them.
extension LoweringScope {
    /// Values of more elements are not computed here.
    private static let mostElements = 1 << 16

    /// The elements of a value; nil when the run decides them.
    func knownElements(_ value: Int) -> KnownElements? {
        knownArray(value)?.integers?.map { Int($0) }
    }

    /// The value as an array; nil when the run decides it.
    func knownArray(_ value: Int) -> NDArray? {
        var pending = [value]
        while let next = pending.last {
            if knownArrays[next] != nil {
                pending.removeLast()
                continue
            }
            guard let instruction = producer(of: next) else {
                let outer = outerValue(next).flatMap { parent?.knownArray($0) }
                if outer != nil { usesOuterElements = true }
                knownArrays[next] = .some(outer)
                continue
            }
            let missing =
                isComputable(instruction)
                ? instruction.inputs.filter { knownArrays[$0] == nil } : []
            if missing.isEmpty {
                note(instruction)
                pending.removeLast()
            } else {
                pending += missing
            }
        }
        return knownArrays[value] ?? nil
    }

    private func note(_ instruction: Program.Instruction) {
        let operands = instruction.inputs.compactMap { knownArrays[$0] ?? nil }
        let results =
            isComputable(instruction) && operands.count == instruction.inputs.count
            ? instruction.primitive.evaluated(operands, instruction.outputs.map { values[$0] })
            : nil
        for (index, output) in instruction.outputs.enumerated() {
            knownArrays[output] = .some(results?[index])
        }
    }

    /// What runs programs is not computed here, nor what must be seen to run, nor by the host.
    private func isComputable(_ instruction: Program.Instruction) -> Bool {
        instruction.primitive.programs.isEmpty && !instruction.primitive.mustRun
            && !instruction.primitive.talksToHost
            && (instruction.inputs + instruction.outputs).allSatisfy {
                values[$0].dtype != .list
                    && ArraySize.count(values[$0].shape) ?? Int.max <= Self.mostElements
            }
    }

    /// The instruction that makes a value; nil for an input. Later instructions make later values.
    private func producer(of value: Int) -> Program.Instruction? {
        var (low, high) = (0, instructions.count)
        while low < high {
            let middle = (low + high) / 2
            if (instructions[middle].outputs.last ?? -1) < value {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < instructions.count, instructions[low].outputs.contains(value) else {
            return nil
        }
        return instructions[low]
    }
}
