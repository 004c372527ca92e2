// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// Writes programs by hand, for tests of engines.
package struct ProgramBuilder {
    private var values: [ArrayType] = []
    private var inputs: [Int] = []
    private var instructions: [Program.Instruction] = []

    package init() {}

    /// The type of a value made so far.
    package func type(of value: Int) -> ArrayType { values[value] }

    /// A new input.
    package mutating func input(_ dtype: DType, _ shape: [Int]) -> Int {
        values.append(ArrayType(dtype, shape))
        inputs.append(values.count - 1)
        return values.count - 1
    }

    /// A new instruction with outputs of the given types.
    package mutating func add(
        _ primitive: Primitive, _ operands: [Int], _ types: [ArrayType], name: String? = nil
    ) -> [Int] {
        let outputs = Array(values.count..<values.count + types.count)
        values += types
        instructions.append(
            Program.Instruction(
                primitive, inputs: operands, outputs: outputs,
                origin: Origin(name: name)))
        return outputs
    }

    /// A new instruction with one output.
    package mutating func add(
        _ primitive: Primitive, _ operands: [Int], _ dtype: DType, _ shape: [Int],
        name: String? = nil
    ) -> Int {
        add(primitive, operands, [ArrayType(dtype, shape)], name: name)[0]
    }

    package mutating func constant(_ array: NDArray) -> Int {
        add(.constant(ConstantValue(array)), [], array.dtype, array.shape)
    }

    /// The program so far. (Mutating, so that the compiler refuses `program(add(...))`, which would
    /// take the builder before the addition.)
    package mutating func program(_ outputs: [Int]) -> Program {
        Program(values: values, inputs: inputs, instructions: instructions, outputs: outputs)
    }
}

extension Program {
    /// A program of one instruction; its inputs are the instruction's.
    package static func single(
        _ primitive: Primitive, _ inputs: [ArrayType], _ outputs: [ArrayType], name: String? = nil
    ) -> Program {
        var builder = ProgramBuilder()
        let operands = inputs.map { builder.input($0.dtype, $0.shape) }
        let results = builder.add(primitive, operands, outputs, name: name)
        return builder.program(results)
    }
}
