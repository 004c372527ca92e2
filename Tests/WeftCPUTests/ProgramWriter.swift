// SPDX-License-Identifier: Apache-2.0
import WeftCPU
import WeftGraph

/// Writes programs by hand.
final class ProgramWriter {
    private(set) var values: [ArrayType] = []
    private var inputs: [Int] = []
    private var instructions: [Program.Instruction] = []

    func input(_ dtype: DType, _ shape: [Int]) -> Int {
        values.append(ArrayType(dtype, shape))
        inputs.append(values.count - 1)
        return values.count - 1
    }

    func constant(_ array: NDArray) -> Int {
        add(.constant(ConstantValue(array)), [], array.dtype, array.shape)
    }

    func add(
        _ primitive: Primitive, _ inputs: [Int], _ dtype: DType, _ shape: [Int],
        name: String? = nil
    ) -> Int {
        add(primitive, inputs, [ArrayType(dtype, shape)], name: name)[0]
    }

    func add(
        _ primitive: Primitive, _ inputs: [Int], _ types: [ArrayType], name: String? = nil
    ) -> [Int] {
        let outputs = Array(values.count..<values.count + types.count)
        values += types
        instructions.append(
            Program.Instruction(
                primitive, inputs: inputs, outputs: outputs,
                origin: Origin(name: name)))
        return outputs
    }

    func shape(of value: Int) -> [Int] { values[value].shape }

    /// An elementwise instruction of the type and shape of its first operand.
    func unary(_ kind: UnaryKind, _ x: Int) -> Int {
        add(.unary(kind), [x], values[x].dtype, values[x].shape)
    }

    func binary(_ kind: BinaryKind, _ a: Int, _ b: Int) -> Int {
        let shape =
            (try? Shape.broadcast(Shape(dims: values[a].shape), Shape(dims: values[b].shape)).dims)
            ?? values[a].shape
        return add(.binary(kind), [a, b], values[a].dtype, shape)
    }

    func program(_ outputs: [Int]) -> Program {
        Program(values: values, inputs: inputs, instructions: instructions, outputs: outputs)
    }

    func executable(_ outputs: [Int]) throws -> CPUExecutable {
        try CPUEngine(verifiesPrograms: true).compilePlan(program(outputs))
    }

    func run(_ outputs: [Int], _ inputs: [NDArray]) throws -> [NDArray] {
        try executable(outputs).run(inputs, control: nil)
    }
}

/// An array of 32-bit floats.
func floats(_ numbers: [Float], _ shape: [Int]) -> NDArray {
    NDArray(numbers).reinterpreted(shape: shape)
}
