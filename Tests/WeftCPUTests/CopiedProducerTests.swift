// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Cheap values that several steps need are computed in each instead of being stored.
@Suite struct CopiedProducerTests {
    /// Values normalised over their rows, each step of which needs them centred.
    private static func normalised(
        _ shape: [Int], alsoGiving centredIsResult: Bool = false
    ) -> (ProgramBuilder, [Int]) {
        let w = ProgramBuilder()
        let x = w.input(.float32, shape)
        let columns = [shape.last ?? 1]
        let leading = Array(shape.indices.dropLast())
        func mean(_ value: Int) -> Int {
            let sum = w.add(.reduce(.sum, axes: leading), [value], .float32, columns)
            return w.binary(
                .divide, sum, w.constant(NDArray(Float(shape.dropLast().reduce(1, *)))))
        }
        let centred = w.binary(.subtract, x, mean(x))
        let variance = mean(w.binary(.multiply, centred, centred))
        let epsilon = w.constant(NDArray(Float(1e-3)))
        let factor = w.unary(.rsqrt, w.binary(.add, variance, epsilon))
        let result = w.unary(.relu, w.binary(.multiply, centred, factor))
        return (w, centredIsResult ? [result, centred] : [result])
    }

    private static func agrees(
        _ w: ProgramBuilder, _ outputs: [Int], _ input: NDArray
    ) throws -> Bool {
        let expected = try ReferenceEngine().compile(w.program(outputs)).run([input], control: nil)
        let actual = try w.run(outputs, [input])
        return zip(actual, expected).allSatisfy { a, b in
            zip(a.doubles, b.doubles).allSatisfy { abs($0 - $1) <= 1e-4 || ($0.isNaN && $1.isNaN) }
        }
    }

    @Test func computesTheCentredValuesTwice() throws {
        let (w, outputs) = Self.normalised([4, 64, 32])
        let plan = try w.executable(outputs).explain()
        #expect(plan.contains("fused(subtract, multiply, sum)"), "\(plan)")
        #expect(plan.contains("fused(subtract, multiply, relu)"), "\(plan)")
    }

    @Test func storesWhatIsSmallOrAResult() throws {
        for (shape, isResult) in [([4, 8, 8], false), ([4, 64, 32], true)] {
            let (w, outputs) = Self.normalised(shape, alsoGiving: isResult)
            let plan = try w.executable(outputs).explain()
            #expect(plan.contains("fused(subtract, multiply, sum)"), "\(plan)")
            #expect(plan.contains("fused(multiply, relu)"), "\(plan)")
        }
    }

    @Test func agreesWithTheReference() throws {
        var random = TestRandom("copies")
        for shape in [[4, 64, 32], [1000, 17], [5, 1000], [4096, 3]] {
            for isResult in [false, true] {
                let (w, outputs) = Self.normalised(shape, alsoGiving: isResult)
                #expect(
                    try Self.agrees(w, outputs, random.array(.float32, shape, in: -2...2)),
                    "\(shape)")
            }
        }
    }

    /// Two products of a normalised array with masks of its own: what is stored for the first is
    /// computed again for the second where the array is large.
    @Test(arguments: [(1 << 13, false), (1 << 14, true)])
    func computesFarValuesAgain(_ rows: Int, _ isFar: Bool) throws {
        let w = ProgramBuilder()
        let shape = [rows, 16]
        let (x, scale) = (w.input(.float32, shape), w.input(.float32, [16]))
        let weights = w.input(.float32, [16, 16])
        let zero = w.constant(NDArray(Float(0)))
        let y = w.unary(.relu, w.binary(.multiply, x, scale))
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let product = w.add(.dot(dimensions), [y, weights], .float32, shape)
        let positive = w.add(.compare(.greater), [y, zero], .bool, shape)
        let masked = w.add(.select, [positive, product, zero], .float32, shape)
        let result = w.binary(.add, masked, x)
        let plan = try w.executable([result]).explain()
        #expect(plan.contains("fused(multiply, relu, greater, select, add)") == isFar, "\(plan)")
        var random = TestRandom("far")
        let inputs = [
            random.array(.float32, shape, in: -1...1), random.array(.float32, [16], in: -1...1),
            random.array(.float32, [16, 16], in: -1...1),
        ]
        let expected = try ReferenceEngine().compile(w.program([result])).run(inputs, control: nil)
        let actual = try w.run([result], inputs)
        #expect(zip(actual[0].doubles, expected[0].doubles).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func copiesAChainAndLeavesWhatIsDear() throws {
        // Two products need tanh(x)², one of them the cube of x too.
        let w = ProgramBuilder()
        let shape = [64, 64]
        let (x, y) = (w.input(.float32, shape), w.input(.float32, shape))
        let root = w.unary(.tanh, x)
        let square = w.binary(.multiply, root, root)
        let cube = w.binary(.multiply, w.binary(.multiply, x, x), x)
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        let first = w.add(
            .dot(dimensions), [w.binary(.add, square, cube), y], .float32, shape)
        let second = w.binary(.multiply, w.binary(.add, first, square), cube)
        let third = w.add(.dot(dimensions), [second, y], .float32, shape)
        let executable = try w.executable([third])
        var random = TestRandom("chain")
        let inputs = [
            random.array(.float32, shape, in: -1...1), random.array(.float32, shape, in: -1...1),
        ]
        let expected = try ReferenceEngine().compile(w.program([third])).run(inputs, control: nil)
        let actual = try executable.run(inputs, control: nil)
        #expect(zip(actual[0].doubles, expected[0].doubles).allSatisfy { abs($0 - $1) < 1e-3 })
        let tanhs = executable.explain().split(separator: "tanh", omittingEmptySubsequences: false)
        #expect(tanhs.count == 2)
    }
}
