// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

@Suite struct UpdateTests {
    @Test("two increments are two", arguments: TestedEngine.allCases)
    func increments(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let (a, b) = (v.assignAdd(1), v.assignAdd(1))
        let session = engine.session()
        let results = try session.run([a, b])
        #expect(results.map(\.number) == [1, 2])
        #expect(try session.value(of: v).number == 2)
        // In the order in which they were made, however they are fetched.
        #expect(try session.run([b, a]).map(\.number) == [4, 3])
        _ = try session.run(Update.group([a, b]))
        #expect(try session.value(of: v).number == 6)
    }

    @Test(
        "updates happen in the order in which they were made, also when the graph is built again",
        arguments: TestedEngine.allCases)
    func order(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let session = engine.session()
        let add = v.assignAdd(1)
        let double = v.update { $0 * 2 }
        #expect(try session.run([add, double]).map(\.number) == [2, 4])
        try session.set(v, to: NDArray(Float(1)))
        let doubleFirst = v.update { $0 * 2 }
        let addThen = v.assignAdd(1)
        // The same operations in the same order of fetches, made the other way round.
        #expect(try session.run([addThen, doubleFirst]).map(\.number) == [3, 2])
    }

    @Test("a read gives the value at the start of the run", arguments: TestedEngine.allCases)
    func reads(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [2], initializer: .ones)
        let update = v.assignAdd(v.value * 3)
        let session = engine.session()
        let results = try session.run([v.value, update, v.value * 2])
        #expect(results.map(\.doubles) == [[1, 1], [4, 4], [2, 2]])
        #expect(try session.run(v.value).doubles == [4, 4])
    }

    @Test("two assignments that do not depend on each other are an error")
    func conflictingAssignments() throws {
        let v = Variable<Float>("layer/w", shape: [])
        let (a, b) = (v.assign(1), v.assign(2))
        let session = TestedEngine.reference.session()
        let text =
            "variable 'layer/w' is assigned twice in one run and neither assignment depends "
            + "on the other; use the first one's result in the second, or run them one after the other"
        #expect(errorTextWithoutPlace { _ = try session.run([a, b]) } == text)
        #expect(errorTextWithoutPlace { _ = try session.run(Update.group([a, b])) } == text)
        // An increment between them does not order them.
        let c = v.assignAdd(1)
        let d = v.assign(3)
        #expect(errorTextWithoutPlace { _ = try session.run([a, c, d]) } == text)
        #expect(try session.value(of: v).number == 0)
    }

    @Test(
        "an assignment made of the first one's result comes after it",
        arguments: TestedEngine.allCases)
    func dependentAssignments(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let a = v.assign(3)
        let b = v.assign(Tensor<Float>(a.anyTensor) * 2)
        let session = engine.session()
        #expect(try session.run([a, b]).map(\.number) == [3, 6])
        #expect(try session.value(of: v).number == 6)
    }

    @Test(
        "an update made in a branch happens when the branch is taken",
        arguments: TestedEngine.allCases)
    func inBranches(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let p = Tensor<Bool>.placeholder(shape: [])
        let y = cond(
            p, then: { Tensor<Float>(1).after([v.assignAdd(10)]) }, else: { Tensor<Float>(2) })
        let session = engine.session()
        #expect(try session.run(y, feeding: [p: false]).number == 2)
        #expect(try session.value(of: v).number == 0)
        #expect(try session.run(y, feeding: [p: true]).number == 1)
        #expect(try session.value(of: v).number == 10)
        // Both branches of one run, twice taken.
        let z = cond(
            p, then: { [v.assignAdd(1).anyTensor] }, else: { [v.assignSubtract(1).anyTensor] })[0]
        #expect(try session.run(z, feeding: [p: true]).number == 11)
        #expect(try session.run([z, y], feeding: [p: false]).map(\.number) == [10, 2])
    }

    @Test(
        "an update made outside runs whichever branch returns it", arguments: TestedEngine.allCases)
    func madeOutside(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let p = Tensor<Bool>.placeholder(shape: [])
        let update = v.assignAdd(1)
        let y = cond(p, then: { [update.anyTensor] }, else: { [Tensor<Float>(-1).anyTensor] })[0]
        let session = engine.session()
        #expect(try session.run(y, feeding: [p: false]).number == -1)
        #expect(try session.value(of: v).number == 1)
        #expect(try session.run(y, feeding: [p: true]).number == 2)
        // The same for a loop with an update, made outside and used in another loop's body.
        let loop = whileLoop(
            [AnyTensor.scalar(Double(0), .int32)],
            condition: { Tensor<Int32>($0[0]) .< 3 },
            body: { [(Tensor<Int32>($0[0]) + 1).after([v.assignAdd(1)]).anyTensor] })
        let outer = whileLoop(
            [AnyTensor.scalar(Double(0), .int32)],
            condition: { Tensor<Int32>($0[0]) .< 10 },
            body: { [$0[0] + loop[0]] })
        try session.set(v, to: NDArray(Float(0)))
        #expect(try session.run(outer[0]).number == 12)
        #expect(try session.value(of: v).number == 3)
    }

    @Test(
        "a loop that updates a variable reads each iteration's start",
        arguments: TestedEngine.allCases)
    func inLoops(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let (_, seen) = whileLoop(
            Tensor<Int32>(0), Tensor<Float>(0), condition: { i, _ in i .< 4 },
            body: { i, seen in ((i + 1).after([v.update { $0 * 2 }]), seen * 10 + v.value) })
        let session = engine.session()
        // 1, 2, 4, 8 are seen.
        #expect(try session.run(seen).number == 1248)
        #expect(try session.value(of: v).number == 16)
        // The condition reads the variable too.
        let (count, _) = whileLoop(
            Tensor<Int32>(0), Tensor<Float>(0), condition: { _, _ in v.value .< 100 },
            body: { i, x in ((i + 1).after([v.assignAdd(30)]), x) })
        #expect(try session.run(count).number == 3)
        #expect(try session.value(of: v).number == 106)
        let (_, values) = scan(
            over: Tensor<Float>.placeholder(shape: [3], name: "xs"),
            initial: Tensor<Float>(0)
        ) { carry, x in
            (carry.after([v.assign(x)]), v.value)
        }
        let xs = try #require(values.anyTensor.node.inputs.last)
        #expect(try session.run(values, feeding: [xs: [1.0, 2.0, 3.0]]).doubles == [106, 1, 2])
        #expect(try session.value(of: v).number == 3)
    }

    @Test("an update in a branch in a loop", arguments: TestedEngine.allCases)
    func inBranchInLoop(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let (_, seen) = whileLoop(
            Tensor<Int32>(0), Tensor<Float>(0), condition: { i, _ in i .< 5 },
            body: { i, seen in
                let twice = v.value * 2
                let next = cond(
                    i % 2 .== 0, then: { twice.after([v.assignAdd(1)]) }, else: { twice + 100 })
                return (i + 1, seen + next)
            })
        let session = engine.session()
        // Reads 0, 1, 1, 2, 2 of which the second and the fourth are odd rounds.
        #expect(try session.run(seen).number == 2 * (0 + 1 + 1 + 2 + 2) + 200)
        #expect(try session.value(of: v).number == 3)
    }

    @Test(
        "what rides with a value runs in a training step, not when the value is fetched",
        arguments: TestedEngine.allCases)
    func riders(_ engine: TestedEngine) throws {
        let (w, average) = (Variable<Float>("w", shape: []), Variable<Float>("average", shape: []))
        func layer(_ x: Tensor<Float>) -> Tensor<Float> {
            (x * 2).withUpdates([average.update { $0 * 0.5 + 1 }])
        }
        let y = layer(3)
        let session = engine.session()
        #expect(try session.run(y).number == 6)
        #expect(try session.value(of: average).number == 0)
        let loss = (w.value - y) * (w.value - y)
        let train = try GradientDescent(learningRate: 0.25).minimize(loss)
        #expect(try session.run([loss, train])[0].number == 36)
        #expect(try session.value(of: average).number == 1)
        #expect(try session.value(of: w).number == 3)
        // In a group, after something, or twice called: each update counts, in order.
        _ = try session.run(Update.group([train]))
        #expect(try session.value(of: average).number == 1.5)
        #expect(try session.run(Tensor<Float>(7).after([train])).number == 7)
        #expect(try session.value(of: average).number == 1.75)
        let deep = layer(layer(1)) * w.value
        try session.set(average, to: NDArray(Float(0)))
        _ = try session.run(try GradientDescent(learningRate: 0).minimize(deep))
        #expect(try session.value(of: average).number == 1.5)
        // A plan that reads a value with a rider only reads.
        #expect(try session.explain([y]).hasPrefix("reads none; updates none;"))
    }

    @Test(
        "a rider inside a loop runs in each iteration of a training step",
        arguments: TestedEngine.allCases)
    func ridersInLoops(_ engine: TestedEngine) throws {
        let count = Variable<Float>("count", shape: [], isTrainable: false)
        let w = Variable<Float>("w", shape: [], initializer: .ones)
        let (_, y) = whileLoop(
            Tensor<Int32>(0), w.value, condition: { i, _ in i .< 3 },
            body: { i, x in (i + 1, (x * 2).withUpdates([count.assignAdd(1)])) })
        let session = engine.session()
        #expect(try session.run(y).number == 8)
        #expect(try session.value(of: count).number == 0)
        let train = try GradientDescent(learningRate: 0.125).minimize(y)
        _ = try session.run(train)
        #expect(try session.value(of: count).number == 3)
        #expect(try session.value(of: w).number == 0)
    }

    @Test("a value of the wrong type or shape is refused, when built or when run")
    func wrongValues() throws {
        let v = Variable<Float>("v", shape: [2])
        let x = Tensor<Float>.placeholder(shape: [nil])
        let session = TestedEngine.reference.session()
        let (wrong, line) = (v.assign(Tensor<Float>.zeros(shape: [3])), #line)
        #expect(
            errorText { _ = try session.run(wrong) }
                == "update 'v': variable 'v' is f32[2], the value is f32[3]. "
                + "Built at UpdateTests.swift:\(line).")
        #expect(
            errorTextWithoutPlace {
                _ = try session.run(v.assign(x), feeding: [x: [1.0, 2.0, 3.0]])
            }
                == "update 'v': variable 'v' is f32[2], the value is f32[3], for the shapes that were fed"
        )
        #expect(try session.run(v.assign(x), feeding: [x: [1.0, 2.0]]).doubles == [1, 2])
    }
}
