// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

/// Runs one primitive on the reference interpreter.
func reference(
    _ primitive: Primitive, _ inputs: [NDArray], _ outputs: [ArrayType], name: String? = nil
) throws -> [NDArray] {
    let program = Program.single(primitive, inputs.map(\.type), outputs, origin: Origin(name: name))
    return try ReferenceEngine().compile(program).run(inputs, control: nil)
}

func reference(
    _ primitive: Primitive, _ inputs: [NDArray], _ dtype: DType, _ shape: [Int], name: String? = nil
) throws -> NDArray {
    try reference(primitive, inputs, [ArrayType(dtype, shape)], name: name)[0]
}

/// A primitive whose output has the type of its first input.
func reference(_ primitive: Primitive, _ inputs: NDArray...) throws -> NDArray {
    try reference(primitive, inputs, inputs[0].dtype, inputs[0].shape)
}

/// An array of f32.
func floats(_ numbers: [Float], _ shape: [Int]? = nil) throws -> NDArray {
    try NDArray(numbers, shape: shape ?? [numbers.count])
}

/// An array of any type from integers.
func whole(_ numbers: [Int64], _ dtype: DType, _ shape: [Int]? = nil) -> NDArray {
    NDArray(integers: numbers, dtype: dtype, shape: shape ?? [numbers.count])
}

extension NDArray {
    /// The elements, for comparing arrays that may hold NaN or −0.
    var texts: [String] { doubles.map { "\($0)" } }
}
