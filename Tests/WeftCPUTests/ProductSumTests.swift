// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftCPU
import WeftGraph
import WeftTestSupport

/// Products that add an array to their result: that they do, and that the numbers are the
/// interpreter's.
@Suite struct ProductSumTests {
    private func product(_ w: ProgramBuilder, _ a: Int, _ b: Int) -> Int {
        let shape = [w.values[a].shape[0], w.values[b].shape[1]]
        let dimensions = DotDimensions(
            lhsContracting: [1], rhsContracting: [0], lhsBatch: [], rhsBatch: [])
        return w.add(.dot(dimensions), [a, b], .float32, shape)
    }

    private func numbers(_ shape: [Int], _ seed: Int) -> NDArray {
        floats(
            (0..<shape.reduce(1, *)).map { Float((($0 + seed) * 7919) % 2003) / 500 - 2 }, shape)
    }

    @Test(arguments: [
        [1, 1, 1], [1, 17, 33], [17, 5, 1], [3, 1, 17], [32, 128, 96], [33, 40, 17],
    ])
    func addsAnArray(_ size: [Int]) throws {
        let (m, k, n) = (size[0], size[1], size[2])
        for (hasBias, hasRelu, isFirst) in [
            (false, false, false), (false, true, true), (true, false, true), (true, true, false),
        ] {
            let w = ProgramBuilder()
            let (a, b) = (w.input(.float32, [m, k]), w.input(.float32, [k, n]))
            let (x, v) = (w.input(.float32, [m, n]), w.input(.float32, [n]))
            var y = product(w, a, b)
            if hasBias { y = w.binary(.add, y, v) }
            y = isFirst ? w.binary(.add, x, y) : w.binary(.add, y, x)
            if hasRelu { y = w.unary(.relu, y) }
            let program = w.program([y])
            let arrays = [
                numbers([m, k], 1), numbers([k, n], 2), numbers([m, n], 3), numbers([n], 4),
            ]
            let expected = try ReferenceEngine().compile(program).run(arrays, control: nil)[0]
            let executable = try CPUEngine().compilePlan(program)
            if m > 1, n > 1 { #expect(executable.stepCount == 1) }
            for _ in 0..<2 {
                let actual = try executable.run(arrays, control: nil)[0]
                let isRight = zip(actual.doubles, expected.doubles).allSatisfy {
                    abs($0 - $1) <= 2e-6 * Double(k + 4)
                }
                #expect(isRight, "\(size), \(hasBias), \(hasRelu)")
            }
        }
    }

    @Test func keepsNaNAndInfinityOfTheArray() throws {
        let w = ProgramBuilder()
        let (a, b, x) = (
            w.input(.float32, [2, 3]), w.input(.float32, [3, 2]), w.input(.float32, [2, 2])
        )
        let y = w.binary(.add, product(w, a, b), x)
        let result = try w.run(
            [y],
            [
                numbers([2, 3], 1), numbers([3, 2], 2),
                floats([.nan, .infinity, -.infinity, 0], [2, 2]),
            ])[0].doubles
        #expect(result[0].isNaN && result[1] == .infinity && result[2] == -.infinity)
        #expect(result[3].isFinite)
    }

    /// Twice the product, a sum of two products, and one that is read elsewhere as well.
    @Test func agreesWhereTheArrayIsAProduct() throws {
        let w = ProgramBuilder()
        let (a, b) = (w.input(.float32, [20, 30]), w.input(.float32, [30, 40]))
        let (p, q) = (product(w, a, b), product(w, w.unary(.negate, a), b))
        let twice = w.binary(.add, p, p)
        let outputs = [twice, w.binary(.add, p, q), w.binary(.add, product(w, a, b), q)]
        let program = w.program(outputs)
        let arrays = [numbers([20, 30], 1), numbers([30, 40], 2)]
        let expected = try ReferenceEngine().compile(program).run(arrays, control: nil)
        let actual = try CPUEngine().compilePlan(program).run(arrays, control: nil)
        for (x, y) in zip(actual, expected) {
            #expect(zip(x.doubles, y.doubles).allSatisfy { abs($0 - $1) <= 1e-4 })
        }
    }

    /// What is elementwise is computed where it is added, not stored for the product.
    @Test func leavesElementwiseTermsToTheAddition() throws {
        let w = ProgramBuilder()
        let (a, b, x) = (
            w.input(.float32, [20, 30]), w.input(.float32, [30, 40]), w.input(.float32, [20, 40])
        )
        let sum = w.binary(.add, product(w, a, b), w.unary(.tanh, x))
        let executable = try w.executable([w.unary(.exp, sum)])
        #expect(executable.stepCount == 2)
        #expect(executable.explain().contains("fused(tanh, add, exp)"))
    }
}
