// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// Larger results are computed in each run instead of being kept.
    private static let maximumBytes = 64 << 10

    /// Computes what depends on constants alone, all of it in one run of a program of its own.
    ///
    /// If that run fails, by a division by zero say, nothing is folded: the failure belongs to the
    /// runs of the program.
    mutating func foldConstants(_ compiler: PlanCompiler) {
        var isKnown = [Bool](repeating: false, count: program.values.count)
        var folded: [Int] = []
        for (i, instruction) in program.instructions.enumerated() {
            if case .constant = instruction.primitive {
                isKnown[instruction.outputs[0]] = true
            } else if instruction.inputs.allSatisfy({ isKnown[$0] }),
                Self.isFoldable(instruction, program)
            {
                for output in instruction.outputs { isKnown[output] = true }
                folded.append(i)
            }
        }
        guard !folded.isEmpty else { return }
        let wanted = valuesUsedOutside(folded, isKnown)
        guard !wanted.isEmpty, let arrays = Self.run(program, folded, wanted, compiler) else {
            return
        }
        for i in folded {
            for output in program.instructions[i].outputs { definition[output] = -1 }
        }
        for (value, array) in zip(wanted, arrays) { constants[Int32(value)] = array }
    }

    private static func isFoldable(_ instruction: Program.Instruction, _ program: Program) -> Bool {
        func isSmall(_ value: Int) -> Bool { program.values[value].byteCount <= maximumBytes }
        guard instruction.outputs.allSatisfy(isSmall) else { return false }
        let largest = instruction.inputs.map { program.values[$0].byteCount }.max() ?? 0
        switch PrimitiveTraits(instruction.primitive).folding {
        case .never: return false
        case .whenSmall: return largest <= 16 * maximumBytes
        case .unlessRepeated:
            let input = program.values[instruction.inputs[0]]
            return input.count == program.values[instruction.outputs[0]].count
        }
    }

    /// The results of folded instructions that others, or the program's results, need.
    private func valuesUsedOutside(_ folded: [Int], _ isKnown: [Bool]) -> [Int] {
        var isFolded = [Bool](repeating: false, count: program.instructions.count)
        for i in folded { isFolded[i] = true }
        var isWanted = [Bool](repeating: false, count: program.values.count)
        for (i, instruction) in program.instructions.enumerated() where !isFolded[i] {
            for input in instruction.inputs { isWanted[input] = true }
        }
        for output in program.outputs { isWanted[output] = true }
        return folded.flatMap { program.instructions[$0].outputs.filter { isWanted[$0] } }
    }

    private static func run(
        _ program: Program, _ folded: [Int], _ wanted: [Int], _ compiler: PlanCompiler
    ) -> [NDArray]? {
        var isNeeded = [Bool](repeating: false, count: program.values.count)
        for i in folded { for input in program.instructions[i].inputs { isNeeded[input] = true } }
        var isFolded = [Bool](repeating: false, count: program.instructions.count)
        for i in folded { isFolded[i] = true }
        let instructions = program.instructions.enumerated().filter { i, instruction in
            if case .constant = instruction.primitive { return isNeeded[instruction.outputs[0]] }
            return isFolded[i]
        }.map(\.element)
        var compiler = compiler
        compiler.foldsConstants = false
        let part = Program(
            values: program.values, inputs: [], instructions: instructions, outputs: wanted)
        guard let plan = try? compiler.innerPlan(part) else { return nil }
        return try? CPUExecutable(
            plan, threads: compiler.threads, flushesDenormals: compiler.flushesDenormals
        ).run([], control: nil)
    }
}
