// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Updates of Adam are one step each, and what they compute has the bits of the single operations.
@Suite(.serialized) struct AdamTests {
    /// The new variable and moments, as the optimizer writes them.
    private static func update(
        _ w: ProgramWriter, _ shape: [Int], afterCorrection: Bool
    ) -> [Int] {
        let (g, x) = (w.input(.float32, shape), w.input(.float32, shape))
        let (m, v) = (w.input(.float32, shape), w.input(.float32, shape))
        let (power1, power2) = (w.input(.float32, []), w.input(.float32, []))
        func constant(_ number: Float) -> Int { w.constant(NDArray(number)) }
        let (rest1, rest2) = (constant(1 - 0.9), constant(1 - 0.999))
        let newM = w.binary(.add, m, w.binary(.multiply, w.binary(.subtract, g, m), rest1))
        let square = w.binary(.multiply, g, g)
        let newV = w.binary(.add, v, w.binary(.multiply, w.binary(.subtract, square, v), rest2))
        let (one, rate, epsilon) = (constant(1), constant(0.01), constant(1e-8))
        let (left1, left2) = (w.binary(.subtract, one, power1), w.binary(.subtract, one, power2))
        let change: Int
        if afterCorrection {
            let root = w.unary(.sqrt, w.binary(.divide, newV, left2))
            let top = w.binary(.multiply, rate, w.binary(.divide, newM, left1))
            change = w.binary(.divide, top, w.binary(.add, root, epsilon))
        } else {
            let alpha = w.binary(
                .divide, w.binary(.multiply, rate, w.unary(.sqrt, left2)), left1)
            change = w.binary(
                .divide, w.binary(.multiply, newM, alpha),
                w.binary(.add, w.unary(.sqrt, newV), epsilon))
        }
        return [w.binary(.subtract, x, change), newM, newV]
    }

    @Test(arguments: [true, false])
    func isOneStep(afterCorrection: Bool) throws {
        let w = ProgramWriter()
        let executable = try w.executable(
            Self.update(w, [30, 7], afterCorrection: afterCorrection))
        // The others are the scalars'.
        #expect(executable.stepCount == (afterCorrection ? 3 : 2))
    }

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func hasTheBitsOfTheSingleOperations(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        var random = TestRandom("adam")
        for shape in [[], [1], [17], [3, 5000]] {
            for afterCorrection in [true, false] {
                let w = ProgramWriter()
                let outputs = Self.update(w, shape, afterCorrection: afterCorrection)
                var inputs = [[-1.0, 1], [-1, 1], [-0.1, 0.1], [0, 0.01]].map {
                    random.array(.float32, shape, in: $0[0]...$0[1])
                }
                inputs += [NDArray(Float(0.81)), NDArray(Float(0.998001))]
                let fused = try w.run(outputs, inputs)
                // Results that somebody inside needs keep the operations apart.
                let all = Array(w.values.indices.dropFirst(6)).filter {
                    w.values[$0].shape == shape
                }
                let apart = try w.run(outputs + all, inputs)
                for (a, b) in zip(fused, apart) { #expect(a.hasSameBits(as: b)) }
            }
        }
    }
}
