// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

@Suite struct RandomDrawTests {
    private func bits(_ stream: String, _ count: Int = 4) -> Tensor<Float> {
        .randomUniform(shape: [count], stream: stream)
    }

    @Test("a draw depends on seed, stream and step alone", arguments: TestedEngine.allCases)
    func functionOf(_ engine: TestedEngine) throws {
        let a = bits("a")
        let x = Tensor<Float>.placeholder(shape: [nil])
        let first = try engine.session(seed: 1).run(a)
        #expect(try engine.session(seed: 1).run(a) == first)
        #expect(try engine.session(seed: 2).run(a) != first)
        #expect(try engine.session(seed: 1).run(bits("b")) != first)
        // Other operations and other streams' draws change nothing.
        let among = try engine.session(seed: 1).run(
            [exp(x).sum(), bits("b", 7), a, bits("c") * 2], feeding: [x: [1.0, 2.0]])
        #expect(among[2] == first)
        let session = engine.session(seed: 1)
        #expect(try session.run(a) == first)
        #expect(try session.run(a) != first)
        // Every engine draws the same numbers.
        #expect(try TestedEngine.reference.session(seed: 1).run(a) == first)
    }

    @Test(
        "two draws of one stream differ, and keep their numbers", arguments: TestedEngine.allCases)
    func ordinals(_ engine: TestedEngine) throws {
        let results = try engine.session().run([bits("a", 4), bits("a", 5)])
        #expect(results[0].doubles != Array(results[1].doubles.prefix(4)))
        #expect(try engine.session().run([bits("a", 4), bits("a", 5)]) == results)
    }

    @Test("the iterations of a loop draw different numbers", arguments: TestedEngine.allCases)
    func iterations(_ engine: TestedEngine) throws {
        let zeros = Tensor<Float>.zeros(shape: [3])
        let (_, rows) = scan(over: zeros, initial: Tensor<Float>(0)) { c, _ in (c, bits("a", 2)) }
        let nested = scan(over: [zeros.anyTensor]) { _, _ in
            let (_, inner) = scan(over: zeros, initial: Tensor<Float>(0)) { c, _ in
                (c, bits("a", 1))
            }
            return ([], [inner.anyTensor])
        }.outputs[0]
        let results = try engine.session().run([rows, nested])
        #expect(Set(results[0].doubles).count == 6)
        #expect(results[1].shape == [3, 3, 1])
        #expect(Set(results[1].doubles).count == 9)
        // One made outside is the same in each.
        let outside = bits("a", 2)
        let (_, same) = scan(over: zeros, initial: Tensor<Float>(0)) { c, x in (c, outside + x) }
        let values = try engine.session().run(same).doubles
        #expect(Set(values).count == 2)
        let (_, sum) = whileLoop(
            Tensor<Int32>(0), Tensor<Float>.zeros(shape: [4]), condition: { i, _ in i .< 2 },
            body: { i, x in (i + 1, x * 10 + Tensor<Float>.randomUniform(shape: [4], stream: "w")) }
        )
        #expect(Set(try engine.session().run(sum).doubles).count == 4)
    }

    @Test(
        "a dropout built again in a loop makes no new nodes and no new plans",
        arguments: TestedEngine.allCases)
    func rebuilt(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [100])
        let session = engine.session()
        let ones = try NDArray(repeating: Float(1), shape: [100])
        var kept: [NDArray] = []
        let first = dropout(x, rate: 0.5, stream: "d")
        for _ in 0..<20 {
            let y = dropout(x, rate: 0.5, stream: "d")
            #expect(y == first)
            kept.append(try session.run(y, feeding: [x: ones]))
        }
        #expect(session.compilationCount == 1)
        #expect(kept[0] != kept[1])
        for array in kept {
            let zeros = array.doubles.filter { $0 == 0 }.count
            #expect((20...80).contains(zeros))
            #expect(array.doubles.allSatisfy { $0 == 0 || $0 == 2 })
        }
    }

    @Test(
        "the gradient of a dropout uses the numbers of its value", arguments: TestedEngine.allCases)
    func dropoutGradient(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [50])
        let y = dropout(x, rate: 0.5, stream: "d")
        let slope = try #require(try gradient(of: y.sum(), withRespectTo: x))
        let ones = try NDArray(repeating: Float(1), shape: [50])
        let results = try engine.session().run([y, slope], feeding: [x: ones])
        #expect(results[0] == results[1])
        // The same in a branch, which the gradient takes again.
        let p = Tensor<Bool>.placeholder(shape: [])
        let z = cond(p, then: { dropout(x, rate: 0.5, stream: "d") }, else: { x })
        let inner = try #require(try gradient(of: z.sum(), withRespectTo: x))
        let branch = try engine.session().run([z, inner], feeding: [x: ones, p: true])
        #expect(branch[0] == branch[1])
        // And in a loop.
        let (_, looped) = scan(over: x, initial: Tensor<Float>(0)) { c, e in
            let d = dropout(e, rate: 0.5, stream: "l")
            return (c + d, d)
        }
        let loopSlope = try #require(try gradient(of: looped.sum(), withRespectTo: x))
        let loop = try engine.session().run([looped, loopSlope], feeding: [x: ones])
        #expect(loop[0] == loop[1])
        #expect(Set(loop[0].doubles) == [0, 2])
    }
}
