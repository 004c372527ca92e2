// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

@Suite struct ControlFlowGradientTests {
    @Test(arguments: GradientCase.controlFlow)
    func twoOrders(_ test: GradientCase) throws { try test.check(tolerance: 1e-5) }

    private func scalar(_ number: Double) -> NDArray { .from([number], .float64, []) }

    @Test(arguments: [true, false])
    func condAsInTensorFlow(_ taken: Bool) throws {
        let p = Tensor<Bool>.placeholder(shape: [])
        let (x, y) = (Tensor<Double>.placeholder(shape: []), Tensor<Double>.placeholder(shape: []))
        let z = cond(p, then: { x * x }, else: { 3 * y })
        let g = try gradients(of: [z], withRespectTo: [x, y]).compactMap(\.self)
        try #require(g.count == 2)
        let values = try Reference.run(
            [z] + g, [p.anyTensor: NDArray(taken), x.anyTensor: scalar(5), y.anyTensor: scalar(7)])
        #expect(values.map { $0.doubles[0] } == (taken ? [25, 10, 0] : [21, 0, 3]))
    }

    @Test func theBranchNotTakenDoesNotLeak() throws {
        // The logarithm is built outside, but only one branch uses it.
        let x = Tensor<Double>.placeholder(shape: [])
        let log = Tensor<Double>(.unary(.log, x.anyTensor))
        let y = cond(x .> 0, then: { log }, else: { 2 * x })
        let g = try #require(try gradient(of: y, withRespectTo: x))
        let h = try #require(try gradient(of: g, withRespectTo: x))
        func at(_ number: Double) throws -> [Double] {
            try Reference.run([y, g, h], [x.anyTensor: scalar(number)]).map { $0.doubles[0] }
        }
        #expect(try at(0) == [0, 2, 0])
        #expect(try at(0.5)[1...] == [2, -4])
    }

    @Test func gradientOfWhatOnlyABranchUses() throws {
        let x = Tensor<Double>.placeholder(shape: [])
        let inner = x * x
        let y = cond(x .> 0, then: { inner * inner }, else: { x })
        let g = try gradients(of: [y], withRespectTo: [inner, x]).compactMap(\.self)
        let values = try Reference.run(g, [x.anyTensor: scalar(2)])
        #expect(values.map { $0.doubles[0] } == [8, 32])
    }

    @Test func loopAsInTensorFlow() throws {
        let x = Tensor<Double>.placeholder(shape: [])
        let (_, sum) = whileLoop(
            Tensor<Int64>(.scalar(0, .int64)), Tensor<Double>(.scalar(0, .float64)),
            condition: { i, _ in i .< 5 },
            body: { i, s in (i + 1, s + Tensor<Double>(i.anyTensor.cast(to: .float64)) * x) })
        let g = try #require(try gradient(of: sum, withRespectTo: x))
        let values = try Reference.run([sum, g], [x.anyTensor: scalar(2)])
        #expect(values.map { $0.doubles[0] } == [20, 10])

        let (_, power) = whileLoop(
            Tensor<Int64>(.scalar(0, .int64)), x, condition: { i, _ in i .< 4 },
            body: { i, s in (i + 1, s * s * x) })
        let orders = try [gradient(of: power, withRespectTo: x)].compactMap(\.self)
        let results = try Reference.run([power] + orders, [x.anyTensor: scalar(1.1)])
            .map { $0.doubles[0] }
        // x to the 31st.
        #expect(abs(results[0] - 19.194342495775) < 1e-9)
        #expect(abs(results[1] - 540.9314703355) < 1e-7)
    }

    @Test func thirdOrderThroughALoop() throws {
        let x = Tensor<Double>.placeholder(shape: [])
        let (_, power) = whileLoop(
            Tensor<Int64>(.scalar(0, .int64)), Tensor<Double>(.scalar(1, .float64)),
            condition: { i, _ in i .< 5 }, body: { i, p in (i + 1, p * x) })
        var orders = [power]
        for _ in 0..<3 {
            orders.append(
                try #require(try gradient(of: orders[orders.count - 1], withRespectTo: x)))
        }
        let values = try Reference.run(orders, [x.anyTensor: scalar(2)]).map { $0.doubles[0] }
        #expect(values == [32, 80, 160, 240])
    }

    @Test func lengthThatIsFed() throws {
        let x = Tensor<Double>.placeholder(shape: [])
        let n = Tensor<Int64>.placeholder(shape: [])
        let (_, power) = whileLoop(
            Tensor<Int64>(.scalar(0, .int64)), Tensor<Double>(.scalar(1, .float64)),
            condition: { i, _ in i .< n }, body: { i, p in (i + 1, p * x) })
        let g = try #require(try gradient(of: power, withRespectTo: x))
        for (count, expected) in [(0, 0.0), (1, 1), (3, 12)] {
            let values = try Reference.run(
                [g], [x.anyTensor: scalar(2), n.anyTensor: NDArray(Int64(count))])
            #expect(values[0].doubles == [expected])
        }
    }

    @Test func scanOfUnknownLength() throws {
        let x = Tensor<Double>.placeholder(shape: [nil, 2])
        let w = Tensor<Double>.placeholder(shape: [2])
        let (last, outputs) = scan(over: x, initial: w) { c, s in (c * s, c + s * w) }
        let g = try gradients(of: [last, outputs.sum()], withRespectTo: [w]).compactMap(\.self)
        for length in [0, 1, 4] {
            let fed = NDArray.from(Array(repeating: 2, count: 2 * length), .float64, [length, 2])
            let value = try Reference.run(
                g, [x.anyTensor: fed, w.anyTensor: .from([1, 1], .float64)])[0]
            // c is 2ⁱ w: the sum over i < n is 2ⁿ − 1, s w adds 2 n, the last carry 2ⁿ.
            let expected = Double(2 * (1 << length) - 1 + 2 * length)
            #expect(value.doubles == [expected, expected])
        }
    }

    @Test func integersInLoopsHaveNoGradient() throws {
        let x = Tensor<Double>.placeholder(shape: [3])
        let counted = scan(over: [x.anyTensor], initial: [.scalar(0, .int64)]) { c, s in
            ([c[0] + .scalar(1, .int64)], [c[0], s[0]])
        }
        #expect(try gradients(of: [counted.outputs[0]], withRespectTo: [x])[0] == nil)
        #expect(try gradients(of: [counted.outputs[1]], withRespectTo: [x])[0] != nil)
    }

    /// Uniform numbers of the region that is being built.
    private func draw(_ shape: [Int]) -> AnyTensor {
        Tensor<Double>.randomUniform(shape: shape, stream: "gradients/draw").anyTensor
    }

    @Test func drawsAreTheSameInTheBackwardPass() throws {
        // Linear in x, so the value is gradient · x if both passes drew the same.
        let x = AnyTensor.placeholder(.float64, shape: [3])
        let always = Tensor<Bool>(.compare(.greater, x.sum(), .scalar(0, .float64)))
        let none = AnyTensor.scalar(0, .float64)
        let count = AnyTensor.scalar(0, .int64)
        let inScan = scan(over: [x], initial: [none]) { c, s in
            ([c[0] + s[0] * draw([])], [])
        }.carries[0]
        let inWhile = whileLoop(
            [count, none],
            condition: { Tensor(.compare(.less, $0[0], .scalar(4, .int64))) },
            body: { [$0[0] + .scalar(1, .int64), $0[1] + (x * draw([3])).sum()] })[1]
        let inCond = cond(always, then: { [(x * draw([3])).sum()] }, else: { [none] })[0]
        let condInScan = scan(over: [x], initial: [none]) { c, s in
            (cond(always, then: { [c[0] + s[0] * draw([])] }, else: { [none] }), [])
        }.carries[0]
        let remade = rematerialized([x]) { [($0[0] * draw([3])).sum()] }[0]
        for y in [inScan, inWhile, inCond, condInScan, remade] {
            let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
            let point = NDArray.from([1, 2, 3], .float64)
            let values = try Reference.run([y, (g * x).sum(), g], [x: point])
            #expect(abs(values[0].doubles[0] - values[1].doubles[0]) < 1e-12)
            #expect(values[0].doubles[0] > 0)
        }
        let condInWhile = whileLoop(
            [count, none],
            condition: { Tensor(.compare(.less, $0[0], .scalar(4, .int64))) },
            body: { v in
                let sum = cond(always, then: { [v[1] + (x * draw([3])).sum()] }, else: { [v[1]] })
                return [v[0] + .scalar(1, .int64), sum[0]]
            })[1]
        #expect {
            try gradients(of: [condInWhile], withRespectTo: [x])
        } throws: {
            "\($0)".contains("draws random numbers")
        }
    }

    @Test func updatesInBodiesHappenOnce() throws {
        let v = VariableHandle("updates/v", dtype: .float64, shape: [], initializer: .explicit)
        let x = Tensor<Double>.placeholder(shape: [3])
        func counted(_ y: AnyTensor) -> AnyTensor {
            y.withUpdates([v.update { $0 + .scalar(1, .float64) }])
        }
        let inScan = scan(over: [x.anyTensor]) { _, s in ([], [counted(s[0] * s[0])]) }.outputs[0]
        let inWhile = whileLoop(
            [.scalar(0, .int64), x.anyTensor],
            condition: { Tensor(.compare(.less, $0[0], .scalar(3, .int64))) },
            body: { [$0[0] + .scalar(1, .int64), counted($0[1] * $0[1])] })[1]
        let always = Tensor<Bool>(.compare(.greater, x.anyTensor.sum(), .scalar(0, .float64)))
        let inCond = cond(
            always, then: { [counted(x.anyTensor * x.anyTensor)] }, else: { [x.anyTensor] })[0]
        for (y, times) in [(inScan, 3.0), (inWhile, 3), (inCond, 1)] {
            let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
            let step = Update.trainingStep([y, g])
            let run = try Reference.Prepared(
                [step.anyTensor, g], [x.anyTensor: .from([1, 1, 2], .float64)])
            #expect(run.lowered.writes == [v])
            let outputs = try run.outputs([.from([1, 1, 2], .float64)], state: [scalar(10)])
            #expect(outputs[2].doubles == [10 + times])
        }
    }

    @Test func aChainOfBranchesStaysLinear() throws {
        let x = Tensor<Double>.placeholder(shape: [])
        var y = x
        for _ in 0..<300 {
            let before = y
            y = cond(before .> 0, then: { before * 1.01 }, else: { before })
        }
        let g = try #require(try gradient(of: y, withRespectTo: x))
        let value = try Reference.run([g], [x.anyTensor: scalar(1)])[0].doubles[0]
        #expect(abs(value - 19.788466) < 1e-5)
    }

    @Test func aLoopBuiltAgainIsTheSameNode() throws {
        let x = Tensor<Double>.placeholder(shape: [3])
        func build() throws -> [AnyTensor] {
            let y = scan(over: x, initial: Tensor<Double>(.scalar(1, .float64))) { c, s in
                (c * s, c + s)
            }
            let g = try #require(try gradient(of: y.outputs, withRespectTo: x))
            return [y.outputs.anyTensor, g.anyTensor]
        }
        #expect(try build() == build())
    }
}
