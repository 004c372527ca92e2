// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Sums over rows of what is scaled, or is a difference: they are added up as the graph has them. The
/// sum of differences is not the difference of sums, nor may a scale be left for later.
@Suite struct ScaledSumTests {
    private static let shapes = [
        [1024, 32], [1000, 17], [64, 8, 8, 32], [20000, 1], [4096, 5], [17, 1000], [3, 3], [0, 4],
    ]

    /// The gradient of a normalisation over all but the last axis, followed by relu, as it comes
    /// out of the rules.
    private static func normalisationGradient(_ shape: [Int]) -> (ProgramBuilder, [Int]) {
        let w = ProgramBuilder()
        let (x, dy) = (w.input(.float32, shape), w.input(.float32, shape))
        let leading = Array(shape.indices.dropLast())
        let count = w.constant(NDArray(Float(shape.dropLast().reduce(1, *))))
        let zero = w.constant(NDArray(Float(0)))
        func sum(_ value: Int) -> Int {
            w.add(.reduce(.sum, axes: leading), [value], .float32, [shape.last ?? 1])
        }
        let centred = w.binary(.subtract, x, w.binary(.divide, sum(x), count))
        let variance = w.binary(.divide, sum(w.binary(.multiply, centred, centred)), count)
        let factor = w.unary(
            .rsqrt, w.binary(.add, variance, w.constant(NDArray(Float(1e-3)))))
        let y = w.unary(.relu, w.binary(.multiply, centred, factor))
        let positive = w.add(.compare(.greater), [y, zero], .bool, shape)
        let masked = w.add(.select, [positive, dy, zero], .float32, shape)
        let slope = w.binary(
            .multiply, sum(w.binary(.multiply, masked, centred)), w.binary(.divide, factor, count))
        let inner = w.binary(
            .subtract, w.binary(.multiply, masked, factor), w.binary(.multiply, centred, slope))
        let meanGradient = w.binary(.divide, sum(w.unary(.negate, inner)), count)
        return (w, [w.binary(.add, inner, meanGradient), sum(masked), slope])
    }

    @Test(arguments: CPUEngine.InstructionSet.allCases)
    func agreeWithTheReference(_ set: CPUEngine.InstructionSet) throws {
        guard let choice = InstructionSetChoice(set) else { return }
        defer { choice.end() }
        var random = TestRandom("linear sums")
        for shape in Self.shapes.flatMap({ [$0, $0] }) {
            let (w, outputs) = Self.normalisationGradient(shape)
            let inputs = [
                random.array(.float32, shape, in: -2...3),
                random.array(.float32, shape, in: -1...2),
            ]
            let expected = try ReferenceEngine().compile(w.program(outputs))
                .run(inputs, control: nil)
            let actual = try w.run(outputs, inputs)
            for (a, b) in zip(actual, expected) {
                // Up to 20,000 terms of either sign.
                let scale = max(b.doubles.map(abs).max() ?? 0, 1e-3)
                let isRight = zip(a.doubles, b.doubles).allSatisfy {
                    abs($0 - $1) <= 2e-5 * scale || ($0.isNaN && $1.isNaN)
                }
                #expect(isRight, "\(set) \(shape)")
            }
        }
    }

    @Test func keepWhatIsNotANumberInItsColumn() throws {
        let shape = [1024, 32]
        let (w, outputs) = Self.normalisationGradient(shape)
        var random = TestRandom("scaled sums, NaN")
        var numbers = random.array(.float32, shape, in: -1...1).doubles.map { Float($0) }
        numbers[5 * 32 + 3] = .nan
        let inputs = [floats(numbers, shape), random.array(.float32, shape, in: -1...1)]
        let dx = try w.run(outputs, inputs)[0].doubles
        for (i, number) in dx.enumerated() { #expect(number.isNaN == (i % 32 == 3)) }
    }

    /// Σ (u − v) · a, where u and v are near 10⁴ and all differences 2⁻⁷. Fetching Σ u and Σ v as well
    /// changes nothing.
    @Test(arguments: [false, true])
    func areNotDifferencesOfSums(_ fetchesSums: Bool) throws {
        let shape = [2048, 32]
        let w = ProgramBuilder()
        let (u, v, s) = (
            w.input(.float32, shape), w.input(.float32, shape), w.input(.float32, shape)
        )
        func sum(_ value: Int) -> Int {
            w.add(.reduce(.sum, axes: [0]), [value], .float32, [32])
        }
        let scale = sum(s)
        let y = sum(w.binary(.multiply, w.binary(.subtract, u, v), scale))
        let large = (0..<65_536).map { 10_000 + Float($0 % 128) / 1024 }
        let inputs = [
            floats(large, shape), floats(large.map { $0 - 1 / 128 }, shape),
            floats(Array(repeating: 1 / 2048, count: 65_536), shape),
        ]
        let outputs = fetchesSums ? [y, sum(u), sum(v)] : [y]
        let result = try w.run(outputs, inputs)[0].doubles
        // The scale is 1, and every sum of 2⁻⁷s is exact.
        #expect(result.allSatisfy { $0 == 16 }, "\(result)")
    }

    /// Σ x / max(x), where the sum of x alone is more than the type holds.
    @Test func keepTheirRange() throws {
        let shape = [1024, 32]
        let w = ProgramBuilder()
        let x = w.input(.float32, shape)
        let most = w.add(.reduce(.maximum, axes: [0]), [x], .float32, [32])
        let total = w.add(
            .reduce(.sum, axes: [0]), [w.binary(.divide, x, most)], .float32, [32])
        let other = w.add(.reduce(.sum, axes: [0]), [w.binary(.multiply, x, most)], .float32, [32])
        let numbers = [Float](repeating: 0x1p126, count: shape.reduce(1, *))
        let result = try w.run([total, other], [floats(numbers, shape)])
        #expect(result[0].doubles.allSatisfy { $0 == 1024 })
        #expect(result[1].doubles.allSatisfy { $0 == .infinity })
    }
}
