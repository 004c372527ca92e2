// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Sums over rows that need not wait for other sums: that they do not, and that the numbers stay.
@Suite(.serialized) struct LinearSumTests {
    private static let shapes = [
        [1024, 32], [1000, 17], [64, 8, 8, 32], [20000, 1], [4096, 5], [17, 1000], [3, 3], [0, 4],
    ]

    /// The gradient of a normalisation over all but the last axis, followed by relu, as it comes
    /// out of the rules: the sum of `inner`, with the factors of another sum in it, is in the way.
    private static func normalisationGradient(
        _ shape: [Int], repeatsByInstruction: Bool
    ) -> (ProgramWriter, [Int]) {
        let w = ProgramWriter()
        let (x, dy) = (w.input(.float32, shape), w.input(.float32, shape))
        let columns = [shape.last ?? 1]
        let leading = Array(shape.indices.dropLast())
        let count = w.constant(NDArray(Float(shape.dropLast().reduce(1, *))))
        let zero = w.constant(NDArray(Float(0)))
        func sum(_ value: Int) -> Int {
            w.add(.reduce(.sum, axes: leading), [value], .float32, columns)
        }
        func repeated(_ value: Int) -> Int {
            guard repeatsByInstruction else { return value }
            return w.add(.broadcast(axes: [shape.count - 1]), [value], .float32, shape)
        }
        let centred = w.binary(.subtract, x, repeated(w.binary(.divide, sum(x), count)))
        let variance = w.binary(.divide, sum(w.binary(.multiply, centred, centred)), count)
        let factor = w.unary(
            .rsqrt, w.binary(.add, variance, w.constant(NDArray(Float(1e-3)))))
        let y = w.unary(.relu, w.binary(.multiply, centred, repeated(factor)))
        let positive = w.add(.compare(.greater), [y, zero], .bool, shape)
        let masked = w.add(.select, [positive, dy, zero], .float32, shape)
        let slope = w.binary(
            .multiply, sum(w.binary(.multiply, masked, centred)), w.binary(.divide, factor, count))
        let inner = w.binary(
            .subtract, w.binary(.multiply, masked, repeated(factor)),
            w.binary(.multiply, centred, repeated(slope)))
        let meanGradient = w.binary(.divide, sum(w.unary(.negate, inner)), count)
        let dx = w.binary(.add, inner, repeated(meanGradient))
        return (w, [dx, sum(masked), slope])
    }

    @Test(arguments: [false, true])
    func leavesOutOnePass(_ repeatsByInstruction: Bool) throws {
        let shape = [64, 32, 32, 32]
        let (w, outputs) = Self.normalisationGradient(
            shape, repeatsByInstruction: repeatsByInstruction)
        let plan = try w.executable(outputs).explain()
        // The mean; the variance, and the sum of what is centred; the gradients' two sums; the
        // result, which would take one more without.
        #expect(plan.hasPrefix("7 steps"), "\(plan)")
        #expect(plan.contains("fused(subtract, multiply, sum, sum)"), "\(plan)")
    }

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func agreesWithTheReference(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        var random = TestRandom("linear sums")
        for shape in Self.shapes {
            for repeats in [false, true] {
                let (w, outputs) = Self.normalisationGradient(shape, repeatsByInstruction: repeats)
                let inputs = [
                    random.array(.float32, shape, in: -2...3),
                    random.array(.float32, shape, in: -1...2),
                ]
                let expected = try ReferenceEngine().compile(w.program(outputs))
                    .run(inputs, control: nil)
                let actual = try w.run(outputs, inputs)
                for (a, b) in zip(actual, expected) {
                    let scale = max(b.doubles.map(abs).max() ?? 0, 1e-3)
                    let isRight = zip(a.doubles, b.doubles).allSatisfy {
                        abs($0 - $1) <= 2e-5 * scale || ($0.isNaN && $1.isNaN)
                    }
                    #expect(isRight, "\(set) \(shape)")
                }
            }
        }
    }

    @Test func keepsWhatIsNotANumberInItsColumn() throws {
        let shape = [1024, 32]
        let (w, outputs) = Self.normalisationGradient(shape, repeatsByInstruction: false)
        var random = TestRandom("linear sums, NaN")
        var numbers = random.array(.float32, shape, in: -1...1).doubles.map { Float($0) }
        numbers[5 * 32 + 3] = .nan
        let inputs = [floats(numbers, shape), random.array(.float32, shape, in: -1...1)]
        let dx = try w.run(outputs, inputs)[0].doubles
        for (i, number) in dx.enumerated() { #expect(number.isNaN == (i % 32 == 3)) }
    }

    @Test func leavesSumsThatWaitForNothing() throws {
        // The scale is known, and deviations are not to be summed as a difference of sums.
        let w = ProgramWriter()
        let shape = [1024, 32]
        let (x, scale) = (w.input(.float32, shape), w.input(.float32, [32]))
        let sum = { (value: Int) in w.add(.reduce(.sum, axes: [0]), [value], .float32, [32]) }
        let mean = w.binary(.multiply, sum(x), w.constant(NDArray(Float(1) / 1024)))
        let deviation = sum(w.binary(.subtract, x, mean))
        let scaled = sum(w.binary(.multiply, x, scale))
        let plan = try w.executable([deviation, scaled]).explain()
        #expect(plan.contains("subtract, sum"), "\(plan)")
        #expect(plan.contains("multiply, sum"), "\(plan)")
    }
}
