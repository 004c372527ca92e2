// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct GradientRuleTests {
    @Test(arguments: UnaryKind.allCases)
    func unary(_ kind: UnaryKind) throws {
        let row = kind.descriptor
        guard row.operands.contains(.float64), row.result == nil else { return }
        try GradientCase(kind.name, operands: [([7], row.domain)]) { .unary(kind, $0[0]) }
            .check()
    }

    @Test(arguments: BinaryKind.allCases)
    func binary(_ kind: BinaryKind) throws {
        let row = kind.descriptor
        guard row.operands.contains(.float64) else { return }
        for (a, b) in [([7], [7]), ([2, 3], [3]), ([3], [2, 3]), ([2, 1], [1, 3]), ([], [2])] {
            let test: GradientCase
            if kind == .polygamma {
                // Of the order there is no derivative.
                test = GradientCase(kind.name, operands: [(b, row.domain.1)]) {
                    .binary(kind, .scalar(1, .float64), $0[0])
                }
            } else {
                test = GradientCase(
                    kind.name, operands: [(a, row.domain.0), (b, row.domain.1)]
                ) { .binary(kind, $0[0], $0[1]) }
            }
            try test.check()
            try test.check(unknownShapes: true)
        }
    }

    @Test(arguments: GradientCase.structured)
    func structured(_ test: GradientCase) throws {
        try test.check()
        if test.allowsUnknownShapes { try test.check(unknownShapes: true) }
    }

    @Test func castPassesOnlyBetweenFloats() throws {
        let x = Tensor<Double>.placeholder(shape: [2])
        let y = Tensor<Float>(x.anyTensor.cast(to: .float32))
        let g = try #require(try gradients(of: [y * y], withRespectTo: [x])[0])
        #expect(g.dtype == .float64)
        let values = try Reference.run([g], [x.anyTensor: .from([1.5, -2], .float64)])
        #expect(values[0].doubles == [3, -4])
        let viaInteger = x.anyTensor.cast(to: .int32).cast(to: .float64)
        #expect(try gradients(of: [viaInteger], withRespectTo: [x])[0] == nil)
    }

    @Test func productIsRightAtZeros() throws {
        let x = AnyTensor.placeholder(.float64, shape: [2, 4])
        let array = try NDArray([0, 2, 3, 4, 0, 5, 0, 6] as [Double], shape: [2, 4])
        let y = x.reduced(.product, axes: [1])
        let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        #expect(try Reference.run([g], [x: array])[0].doubles == [24, 0, 0, 0, 0, 0, 0, 0])
        let h = try #require(
            try gradients(of: [g.sliced(starts: [1, 0], limits: [2, 1])], withRespectTo: [x])[0])
        // ∂²/∂x₀∂x₂ of 0 · 5 · 0 · 6 is 30.
        #expect(try Reference.run([h], [x: array])[0].doubles == [0, 0, 0, 0, 0, 0, 30, 0])
        let running = AnyTensor.make(
            .cumulative(
                CumulativeAttributes(kind: .product, axis: 1, isExclusive: false, isReversed: false)
            ),
            [x])
        let c = try #require(try gradients(of: [running], withRespectTo: [x])[0])
        // Row 0: the products are a, ab, abc, abcd, so ∂/∂a is 1 + b + bc + bcd.
        #expect(try Reference.run([c], [x: array])[0].doubles == [33, 0, 0, 0, 6, 0, 0, 0])
    }

    @Test func tiesShareTheGradientOfAMaximum() throws {
        let x = AnyTensor.placeholder(.float64, shape: [4])
        let y = x.reduced(.maximum, axes: [0])
        let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        #expect(
            try Reference.run([g], [x: .from([1.0, 3, 3, 2], .float64)])[0].doubles == [
                0, 0.5, 0.5, 0,
            ])
        #expect(
            try Reference.run([g], [x: .from([1.0, 4, 3, 2], .float64)])[0].doubles == [0, 1, 0, 0])
    }

    @Test func mixedDerivativeAtAZeroFactor() throws {
        // ∂²(√x · w)/∂x∂w is 1/(2√x), at w = 0 too.
        let x = Tensor<Double>.placeholder(shape: [])
        let w = Tensor<Double>.placeholder(shape: [])
        let y = Tensor<Double>(.unary(.sqrt, x.anyTensor)) * w
        let first = try #require(try gradient(of: y, withRespectTo: x))
        let mixed = try #require(try gradient(of: first, withRespectTo: w))
        let values = try Reference.run(
            [first, mixed],
            [x.anyTensor: .from([4.0], .float64, []), w.anyTensor: .from([0.0], .float64, [])])
        #expect(values.map(\.doubles) == [[0], [0.25]])
        let atZero = try Reference.run(
            [first],
            [x.anyTensor: .from([0.0], .float64, []), w.anyTensor: .from([0.0], .float64, [])])
        #expect(atZero[0].doubles == [0])
    }

    @Test func customGradientIsUsedAndDifferentiated() throws {
        let x = Tensor<Double>.placeholder(shape: [2])
        let y = withCustomGradient(
            x, body: { $0 * $0 }, gradient: { x, y, g in g * y * 10 + x * 0 })
        let g = try #require(try gradient(of: y, withRespectTo: x))
        let h = try #require(try gradient(of: g, withRespectTo: x))
        let values = try Reference.run([y, g, h], [x.anyTensor: .from([1.0, 3], .float64)])
        // The second one differentiates y in it by the program's rule: 10 · 10 y.
        #expect(values.map(\.doubles) == [[1, 9], [10, 90], [100, 900]])
        let wrong = withCustomGradient([x.anyTensor], body: { $0 }, gradient: { _, _, _ in [] })
        #expect {
            try gradients(of: [wrong[0]], withRespectTo: [x])
        } throws: {
            "\($0)".contains("the gradient closure returned 0 gradients for 1 inputs")
        }
    }
}
