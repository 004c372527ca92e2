// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Updates of Adam are one step each, and what they compute has the bits of the single operations.
@Suite(.serialized) struct AdamTests {
    /// The new variable and moments, with and without what tells the engine that it is Adam.
    private static func update(
        _ w: ProgramBuilder, _ shape: [Int], _ hint: CallHint, isHinted: Bool = true
    ) -> [Int] {
        let type = ArrayType(.float32, shape)
        var operands = (0..<4).map { _ in w.input(.float32, shape) }
        let scalars: [Float] = [1 - 0.9, 1 - 0.999, 1e-8, 0.01, 0.19, 0.001998]
        operands += scalars.prefix(hint == .adamAfterCorrection ? 6 : 4).map {
            w.constant(NDArray($0))
        }
        let called = CalledProgram.adam(hint, type)
        let body = isHinted ? called : CalledProgram(called.program, name: "body")
        return w.add(.call(body), operands, [type, type, type])
    }

    private static let hints: [CallHint] = [.adamBeforeCorrection, .adamAfterCorrection]

    @Test(arguments: hints)
    func isOneStep(_ hint: CallHint) throws {
        let w = ProgramBuilder()
        let executable = try w.executable(Self.update(w, [30, 7], hint))
        #expect(executable.stepCount == 1)
        #expect(executable.explain().contains("0: adam"))
    }

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func hasTheBitsOfTheSingleOperations(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        var random = TestRandom("adam")
        for shape in [[], [1], [17], [3, 5000]] {
            for hint in Self.hints {
                let inputs = [[-1.0, 1], [-1, 1], [-0.1, 0.1], [0, 0.01]].map {
                    random.array(.float32, shape, in: $0[0]...$0[1])
                }
                let results = try [true, false].map { isHinted in
                    let w = ProgramBuilder()
                    return try w.run(Self.update(w, shape, hint, isHinted: isHinted), inputs)
                }
                for (a, b) in zip(results[0], results[1]) { #expect(a.hasSameBits(as: b)) }
            }
        }
    }

    /// What the kernel does not take is run by the body.
    @Test(arguments: hints)
    func takesOperandsOfOtherShapesAndTypes(_ hint: CallHint) throws {
        for type in [ArrayType(.float64, [5]), ArrayType(.float32, [0])] {
            let w = ProgramBuilder()
            let arrays = (0..<4).map { _ in w.input(type.dtype, type.shape) }
            let scalars = (0..<(hint == .adamAfterCorrection ? 6 : 4)).map { _ in
                w.input(type.dtype, [])
            }
            let outputs = w.add(
                .call(.adam(hint, type)), arrays + scalars, [type, type, type])
            let inputs =
                arrays.map { _ in NDArray.filled(type.dtype, type.shape, 0.5) }
                + scalars.map { _ in NDArray.filled(type.dtype, [], 0.25) }
            let program = w.program(outputs)
            let expected = try ReferenceEngine().compile(program).run(inputs, control: nil)
            let actual = try w.run(outputs, inputs)
            for (a, b) in zip(actual, expected) { #expect(a.hasSameBits(as: b)) }
        }
    }
}
