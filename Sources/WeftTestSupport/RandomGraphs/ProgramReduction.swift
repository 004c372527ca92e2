// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// A program and what it is fed.
package struct ProgramRun {
    package var program: Program
    package var arrays: [NDArray]

    package init(_ program: Program, _ arrays: [NDArray]) {
        self.program = program
        self.arrays = arrays
    }

    /// The program with these outputs alone, and with what they need alone.
    package func pruned(to outputs: [Int]) -> ProgramRun {
        var isNeeded = [Bool](repeating: false, count: program.values.count)
        for output in outputs { isNeeded[output] = true }
        var kept: [Program.Instruction] = []
        for instruction in program.instructions.reversed() {
            guard instruction.outputs.contains(where: { isNeeded[$0] }) else { continue }
            for input in instruction.inputs { isNeeded[input] = true }
            kept.append(instruction)
        }
        let fed = zip(program.inputs, arrays).filter { isNeeded[$0.0] }
        return ProgramRun(
            Program(
                values: program.values, inputs: fed.map(\.0), instructions: kept.reversed(),
                outputs: outputs),
            fed.map(\.1))
    }

    /// A smaller run that fails as well: with one output, and with as many inner values as
    /// possible fed instead of computed.
    package func reduced(while fails: (ProgramRun) -> Bool) -> ProgramRun {
        var smallest = self
        for output in program.outputs {
            let single = pruned(to: [output])
            if fails(single) {
                smallest = single
                break
            }
        }
        for instruction in smallest.program.instructions.reversed() {
            if case .constant = instruction.primitive { continue }
            guard let cut = smallest.feeding(instruction.outputs), fails(cut) else { continue }
            smallest = cut
        }
        return smallest
    }

    /// The run with some values fed with what the reference interpreter has for them.
    private func feeding(_ values: [Int]) -> ProgramRun? {
        let outputs = program.outputs
        let inner = pruned(to: values)
        guard !outputs.contains(where: { values.contains($0) }),
            inner.program.instructions.count > 0,
            let arrays = try? ReferenceEngine().compile(inner.program).run(
                inner.arrays, control: nil)
        else { return nil }
        let rest = program.instructions.filter { $0.outputs != values }
        let program = Program(
            values: program.values, inputs: program.inputs + values, instructions: rest,
            outputs: outputs)
        return ProgramRun(program, self.arrays + arrays).pruned(to: outputs)
    }
}

extension Program {
    /// The program in words, one instruction a line.
    package var text: String {
        func list(_ numbers: [Int]) -> String { numbers.map { "%\($0)" }.joined(separator: ", ") }
        var lines = inputs.map { "%\($0) = input \(values[$0])" }
        for instruction in instructions {
            var what = "\(instruction.primitive)"
            if case .constant(let value) = instruction.primitive {
                let array = value.array
                let head = array.doubles.prefix(8).map { "\($0)" }.joined(separator: ", ")
                what = "constant(\(head)\(array.count > 8 ? ", ..." : ""))"
            }
            let types = instruction.outputs.map { "\(values[$0])" }.joined(separator: ", ")
            lines.append(
                "\(list(instruction.outputs)) = \(what) of (\(list(instruction.inputs))) -> \(types)"
            )
        }
        return (lines + ["outputs \(list(outputs))"]).joined(separator: "\n")
    }
}
