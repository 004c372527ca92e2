// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct RewritingTests {
    private let x = Tensor<Double>.placeholder(shape: [3], name: "x")
    private let z = Tensor<Double>.placeholder(shape: [3], name: "z")

    @Test func whatDoesNotDependStaysTheSameNode() throws {
        let kept = z * z
        let y = kept + x * 2
        let new = try AnyTensor.rewrite(
            outputs: [y.anyTensor, kept.anyTensor], replacing: [x.anyTensor: z.anyTensor])
        #expect(new == [(kept + z * 2).anyTensor, kept.anyTensor])
        #expect(try AnyTensor.rewrite(outputs: [y.anyTensor], replacing: [:]) == [y.anyTensor])
    }

    @Test func theReplacementIsNotRewritten() throws {
        let y = x * x
        let new = try AnyTensor.rewrite(
            outputs: [y.anyTensor], replacing: [x.anyTensor: (x + 1).anyTensor])
        #expect(new == [((x + 1) * (x + 1)).anyTensor])
    }

    @Test func bodiesAreRewritten() throws {
        func build(_ t: Tensor<Double>) -> AnyTensor {
            scan(over: [z.anyTensor]) { _, slices in
                (
                    [],
                    cond(
                        Tensor<Double>(slices[0]) .> 0, then: { [t.anyTensor * slices[0]] },
                        else: { [t.anyTensor] })
                )
            }.outputs[0]
        }
        let other = x * 3
        let new = try AnyTensor.rewrite(
            outputs: [build(x)], replacing: [x.anyTensor: other.anyTensor])
        #expect(new == [build(other)])
    }

    @Test func updatesAreStripped() throws {
        let v = VariableHandle("rewriting/v", dtype: .float64, shape: [3], initializer: .explicit)
        let y = (x * 2).withUpdates([v.assign(x.anyTensor)])
        let assigned = v.assign((x * 5).anyTensor).anyTensor
        let strip = Rewriting(stripsUpdates: true)
        #expect(try strip.apply(to: [(y + 1).anyTensor]) == [(x * 2 + 1).anyTensor])
        #expect(try strip.apply(to: [assigned * 2]) == [(x * 5).anyTensor * 2])
        let modified = v.update { $0 * 2 }.anyTensor
        #expect(throws: GraphError.self) { try strip.apply(to: [modified]) }
    }

    @Test func aLongChainIsRewrittenWithoutRecursion() throws {
        var y = x.anyTensor
        for _ in 0..<100_000 { y = .unary(.sin, y) }
        let new = try AnyTensor.rewrite(outputs: [y], replacing: [x.anyTensor: z.anyTensor])[0]
        #expect(new != y && new.shape == [3])
    }
}
