// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

private typealias F = Tensor<Float>

/// What returns several tensors returns as many when it fails, so that a caller who takes them
/// apart gets errors and no trap.
@Suite struct ListResultTests {
    private let bad = F([1, 2]) + F([1, 2, 3])

    /// What `body` gives inside as many regions as there may be.
    private func deepest(_ body: @escaping () -> [AnyTensor]) -> [AnyTensor] {
        var result: [AnyTensor] = []
        func enter(_ depth: Int) {
            if depth == 0 {
                result = body()
                return
            }
            _ = whileLoop(
                [F(0).anyTensor], condition: { _ in Tensor<Bool>(false) },
                body: {
                    enter(depth - 1)
                    return $0
                })
        }
        enter(Region.maximumLevel)
        return result
    }

    @Test("cond nested too deep, and with branches that do not fit")
    func cond() {
        let (x, y) = (F(1).anyTensor, F(2).anyTensor)
        let deep = deepest {
            WeftGraph.cond(Tensor<Bool>(true), then: { [x, y, x] }, else: { [y, x, y] })
        }
        #expect(deep.count == 3 && deep.allSatisfy { $0.error != nil })
        let uneven = WeftGraph.cond(Tensor<Bool>(true), then: { [x] }, else: { [x, y] })
        #expect(uneven.count == 2 && uneven.allSatisfy { $0.error != nil })
        let wrong = WeftGraph.cond(
            bad.sum() .> 0, then: { [x, y] }, else: { [y, x] })
        #expect(wrong.count == 2 && wrong.allSatisfy { $0.error != nil })
    }

    @Test("scan and while loops of bad operands")
    func loops() {
        let x = F([1, 2, 3]).anyTensor
        let results = scan(over: [bad.anyTensor], initial: [x, x]) { carries, slices in
            (carries, [slices[0], carries[0], carries[1]])
        }
        #expect(results.carries.count == 2 && results.outputs.count == 3)
        #expect((results.carries + results.outputs).allSatisfy { $0.error == bad.anyTensor.error })
        let deep = deepest {
            let loop = scan(over: [x], initial: [x]) { ($0, [$1[0], $1[0]]) }
            return loop.carries + loop.outputs
        }
        #expect(deep.count == 3 && deep.allSatisfy { $0.error != nil })
        let short = scan(over: [x], initial: [x, x]) { ([$0[0]], [$1[0], $1[0]]) }
        #expect(short.carries.count == 2 && short.outputs.count == 2)
        let lengths = scan(over: [x, F([1, 2]).anyTensor], initial: [x]) { ($0, $1) }
        #expect(lengths.carries.count == 1 && lengths.outputs.count == 2)
        let loop = whileLoop(
            [x, bad.anyTensor], condition: { _ in Tensor<Bool>(true) }, body: { $0 })
        #expect(loop.count == 2 && loop.allSatisfy { $0.error != nil })
    }

    @Test("split, unstack, meshgrid, sort, top k and moments of what is wrong")
    func functions() {
        #expect(bad.split(into: 3).count == 3)
        #expect(bad.split(sizes: [1, 2, 3]).count == 3)
        #expect(F([1, 2]).split(into: 4).count == 4)
        #expect(F.placeholder().split(into: 4).count == 4)
        #expect(F.placeholder(shape: [nil]).split(into: 4).count == 4)
        #expect(bad.unstacked().count == 1)
        #expect(meshgrid([bad, F([1])]).count == 2)
        #expect(bad.topK(3).positions.anyTensor.error != nil)
        #expect(bad.moments(axes: [0]).variance.anyTensor.error != nil)
        let custom = withCustomGradient([bad.anyTensor], body: { [$0[0], $0[0]] }) { _, _, g in g }
        #expect(custom.count == 2)
        #expect(rematerialized([bad.anyTensor]) { [$0[0], $0[0]] }.count == 2)
    }
}
