// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite(.serialized) struct LongChainTests {
    private struct Times: Sendable {
        var build = 0.0
        var lower = 0.0
        var compile = 0.0
        var run = 0.0
        var free = 0.0
        var result = 0.0
    }

    private static func chain(_ length: Int) throws -> Times {
        var times = Times()
        func seconds(_ body: () throws -> Void) rethrows -> Double {
            let duration = try ContinuousClock().measure(body)
            return Double(duration.components.seconds) + Double(duration.components.attoseconds)
                * 1e-18
        }
        let x = AnyTensor.placeholder(.float64, shape: [])
        var y: AnyTensor? = x
        times.build = seconds { for _ in 0..<length { y = y.map { $0 + 1 } } }
        var lowered: LoweredGraph?
        times.lower = try seconds {
            lowered = try LoweredGraph(
                fetches: y.map { [$0] } ?? [], feeds: [(x, ArrayType(.float64, []))])
        }
        var executable: (any Executable)?
        times.compile = try seconds {
            executable = try lowered.map { try ReferenceEngine().compile($0.program) }
        }
        times.run = try seconds {
            times.result =
                try executable?.run([NDArray(Double(0.5))], control: nil)[0].doubles[0] ?? .nan
        }
        times.free = seconds { y = nil }
        return times
    }

    @Test("a chain of a million nodes is built, lowered, compiled, run and freed on a small stack")
    func million() throws {
        let quarter = try onSmallStack { try Self.chain(250_000) }
        let whole = try onSmallStack { try Self.chain(1_000_000) }
        #expect(quarter.result == 250_000.5)
        #expect(whole.result == 1_000_000.5)
        print("250,000 nodes: \(quarter)\n1,000,000 nodes: \(whole)")
        // Four times the nodes; other tests run beside this one.
        let limit = 16.0
        #expect(whole.build < limit * quarter.build + 0.5)
        #expect(whole.lower < limit * quarter.lower + 0.5)
        #expect(whole.compile < limit * quarter.compile + 0.5)
        #expect(whole.run < limit * quarter.run + 0.5)
        #expect(whole.free < limit * quarter.free + 0.5)
    }

    @Test("a long chain is differentiated in linear time on a small stack")
    func differentiated() throws {
        func time(_ length: Int) throws -> (seconds: Double, value: Double) {
            try onSmallStack {
                let clock = ContinuousClock()
                let start = clock.now
                let x = Tensor<Double>.placeholder(shape: [])
                var y = x
                for i in 0..<length { y = i % 2 == 0 ? y * 1.000001 : y + x }
                let gradient = try #require(try gradient(of: y, withRespectTo: x))
                let lowered = try LoweredGraph(
                    fetches: [gradient.anyTensor], feeds: [(x.anyTensor, ArrayType(.float64, []))])
                let result = try ReferenceEngine().compile(lowered.program).run(
                    [NDArray(Double(2))], control: nil)
                let duration = (clock.now - start).components
                return (
                    Double(duration.seconds) + Double(duration.attoseconds) * 1e-18,
                    result[0].doubles[0]
                )
            }
        }
        let small = try time(50_000)
        let large = try time(200_000)
        #expect(small.value > 25_000 && large.value > 100_000)
        #expect(large.seconds < 16 * small.seconds + 1, "\(small.seconds) s, \(large.seconds) s")
    }

    @Test("a node with very many inputs is lowered in linear time")
    func wide() throws {
        func time(_ count: Int) throws -> Duration {
            let x = AnyTensor.placeholder(.float32, shape: [1])
            let parts = (0..<count).map { x + Double($0) }
            let all = AnyTensor.concatenated(parts, axis: 0)
            return try ContinuousClock().measure {
                let lowered = try LoweredGraph(
                    fetches: [all], feeds: [(x, ArrayType(.float32, [1]))])
                #expect(lowered.program.outputTypes == [ArrayType(.float32, [count])])
            }
        }
        let (small, large) = (try time(12_500), try time(50_000))
        #expect(large < small * 16 + .seconds(1), "\(small), \(large)")
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
            text == "branches and loops are used inside each other more than 128 deep; "
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
        #expect(text.hasPrefix("the graph's branches and loops take more than"), "\(text)")
    }
}
