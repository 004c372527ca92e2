// SPDX-License-Identifier: Apache-2.0
import WeftCPU
import WeftGraph

extension ProgramBuilder {
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
