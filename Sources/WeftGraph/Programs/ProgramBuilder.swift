// SPDX-License-Identifier: Apache-2.0

/// Writes a program, one instruction after the other: for passes of engines, and for tests.
package final class ProgramBuilder {
    /// The types of the values so far, by number.
    package private(set) var values: [ArrayType] = []
    private var inputs: [Int] = []
    private var instructions: [Program.Instruction] = []
    /// Where the instructions come from that are added next.
    package var origin = Origin()

    package init() {}

    /// A builder of what takes a program's place: it has the values and inputs, and no instructions
    /// yet.
    package init(replacing program: Program) {
        values = program.values
        inputs = program.inputs
        instructions.reserveCapacity(program.instructions.count)
    }

    /// A new value, which an instruction that is appended must make.
    package func newValue(_ type: ArrayType) -> Int {
        values.append(type)
        return values.count - 1
    }

    /// A new input.
    package func input(_ dtype: DType, _ shape: [Int]) -> Int {
        inputs.append(newValue(ArrayType(dtype, shape)))
        return values.count - 1
    }

    /// Adds an instruction whose outputs are new values of the given types.
    ///
    /// - Parameter name: What it is called; nil for what `origin` says.
    package func add(
        _ primitive: Primitive, _ operands: [Int], _ types: [ArrayType], name: String? = nil
    ) -> [Int] {
        let outputs = Array(values.count..<values.count + types.count)
        values += types
        append(primitive, operands, outputs, origin: name.map { Origin(name: $0) })
        return outputs
    }

    /// Adds an instruction with one output.
    package func add(
        _ primitive: Primitive, _ operands: [Int], _ dtype: DType, _ shape: [Int],
        name: String? = nil
    ) -> Int {
        add(primitive, operands, [ArrayType(dtype, shape)], name: name)[0]
    }

    package func constant(_ array: NDArray) -> Int {
        add(.constant(ConstantValue(array)), [], array.dtype, array.shape)
    }

    /// Appends an instruction that makes values there are.
    package func append(_ instruction: Program.Instruction) { instructions.append(instruction) }

    /// Appends an instruction that makes values there are.
    ///
    /// - Parameter origin: Where it comes from; nil for what the builder's says.
    package func append(
        _ primitive: Primitive, _ operands: [Int], _ outputs: [Int], origin: Origin? = nil
    ) {
        instructions.append(
            Program.Instruction(
                primitive, inputs: operands, outputs: outputs, origin: origin ?? self.origin))
    }

    /// The program so far.
    package func program(_ outputs: [Int]) -> Program {
        Program(values: values, inputs: inputs, instructions: instructions, outputs: outputs)
    }
}

extension Program {
    /// A program of one instruction; its inputs are the instruction's.
    package static func single(
        _ primitive: Primitive, _ inputs: [ArrayType], _ outputs: [ArrayType],
        origin: Origin = Origin()
    ) -> Program {
        let builder = ProgramBuilder()
        builder.origin = origin
        let operands = inputs.map { builder.input($0.dtype, $0.shape) }
        return builder.program(builder.add(primitive, operands, outputs))
    }
}
