// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite(.serialized) struct LongChainTests {
    @Test("a long chain is built, lowered, compiled, run and freed in linear time on a small stack")
    func evaluated() throws {
        try checkLinearTime { length in
            let result = try onSmallStack {
                let x = AnyTensor.placeholder(.float64, shape: [])
                var y = x
                for _ in 0..<length { y = y + 1 }
                let lowered = try LoweredGraph(
                    fetches: [y], feeds: [(x, ArrayType(.float64, []))])
                return try ReferenceEngine().compile(lowered.program).run(
                    [NDArray(Double(0.5))], control: nil)[0].doubles[0]
            }
            #expect(result == Double(length) + 0.5)
        }
    }

    @Test("a long chain is differentiated in linear time on a small stack")
    func differentiated() throws {
        try checkLinearTime { length in
            let value = try onSmallStack {
                let x = Tensor<Double>.placeholder(shape: [])
                var y = x
                for i in 0..<length { y = i % 2 == 0 ? y * 1.000001 : y + x }
                let gradient = try #require(try gradient(of: y, withRespectTo: x))
                let lowered = try LoweredGraph(
                    fetches: [gradient.anyTensor], feeds: [(x.anyTensor, ArrayType(.float64, []))])
                let result = try ReferenceEngine().compile(lowered.program).run(
                    [NDArray(Double(2))], control: nil)
                return result[0].doubles[0]
            }
            #expect(value > Double(length / 2))
        }
    }

    @Test("a node with very many inputs is lowered in linear time")
    func wide() throws {
        try checkLinearTime(50_000) { count in
            let x = AnyTensor.placeholder(.float32, shape: [1])
            let parts = (0..<count).map { x + Double($0) }
            let all = AnyTensor.concatenated(parts, axis: 0)
            let lowered = try LoweredGraph(
                fetches: [all], feeds: [(x, ArrayType(.float32, [1]))])
            #expect(lowered.program.outputTypes == [ArrayType(.float32, [count])])
        }
    }

    @Test("branches on branches are lowered side by side and freed without recursion")
    func chainOfBranches() throws {
        let result = try onSmallStack {
            let x = Tensor<Float>.placeholder(shape: [])
            var y = x
            for i in 0..<2_000 {
                let last = y
                y = cond(x .> Float(i), then: { last + 1 }, else: { last - 1 })
            }
            let lowered = try LoweredGraph(
                fetches: [y.anyTensor], feeds: [(x.anyTensor, ArrayType(.float32, []))])
            return try ReferenceEngine().compile(lowered.program).run(
                [NDArray(Float(500))], control: nil)[0].doubles[0]
        }
        #expect(result == 500 + 500 - 1_500)
    }

    @Test("branches that only nested branches use end in an error, not in a crash")
    func nestedBranches() throws {
        // What is nested is lowered by recursion, to a bounded depth; sanitizers make frames large.
        let text = try onSmallStack(kilobytes: 4096) {
            let x = Tensor<Float>.placeholder(shape: [])
            var y = x
            for i in 0..<1_000 {
                let last = y
                y = cond(x .> Float(i), then: { last + 1 }, else: { x })
            }
            do {
                _ = try LoweredGraph(
                    fetches: [y.anyTensor], feeds: [(x.anyTensor, ArrayType(.float32, []))])
                return "none"
            } catch { return "\(error)" }
        }
        #expect(
            text == "branches, loops and calls are used inside each other more than 128 deep; "
                + "use a loop, or fetch what the inner ones give")
    }

    @Test("branches that share nested ones end in an error when there are too many instructions")
    func doublingBranches() throws {
        // What is nested is lowered by recursion, to a bounded depth; sanitizers make frames large.
        let text = try onSmallStack(kilobytes: 4096) {
            let x = Tensor<Float>.placeholder(shape: [])
            var y = x
            for i in 0..<40 {
                let last = y
                let a = cond(x .> Float(i), then: { last + 1 }, else: { x })
                let b = cond(x .> Float(i) + 0.5, then: { last * 2 }, else: { x })
                y = a + b
            }
            do {
                _ = try LoweredGraph(
                    fetches: [y.anyTensor], feeds: [(x.anyTensor, ArrayType(.float32, []))])
                return "none"
            } catch { return "\(error)" }
        }
        #expect(text.hasPrefix("the graph's branches, loops and calls take more than"), "\(text)")
    }
}
