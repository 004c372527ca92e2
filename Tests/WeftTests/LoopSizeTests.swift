// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Derivatives of loops whose values have sizes that only a feed settles.
@Suite struct LoopSizeTests {
    @Test("a loop's values of unknown size have gradients", arguments: TestedEngine.allCases)
    func square(_ engine: TestedEngine) throws {
        let x = Tensor<Double>.placeholder(shape: [nil])
        func power(_ times: Int32) -> Tensor<Double> {
            whileLoop(
                Tensor<Int32>(0), x, condition: { i, _ in i .< Tensor(times) },
                body: { i, v in (i + 1, v * v) }
            ).1
        }
        let session = engine.session()
        let once = power(1)
        let slope = try #require(try gradient(of: once, withRespectTo: x))
        #expect(
            try session.run(slope, feeding: [x: NDArray([1.0, -2, 3] as [Double])]).doubles == [
                2, -4, 6,
            ])
        // x⁴: 4x³, and along [1, 2] the second derivative 12x² times it.
        let twice = power(2)
        let first = try #require(try gradient(of: twice, withRespectTo: x))
        let direction = Tensor<Double>([1, 2])
        let second = try #require(try jvp(of: first, withRespectTo: x, tangent: direction))
        let along = try #require(try jvp(of: twice, withRespectTo: x, tangent: direction))
        let values = try session.run(
            [first, along, second], feeding: [x: NDArray([1.0, 2] as [Double])])
        #expect(values.map(\.doubles) == [[4, 32], [4, 64], [12, 96]])
        // No iteration: the identity.
        let none = try #require(try gradient(of: power(0), withRespectTo: x))
        #expect(
            try session.run(none, feeding: [x: NDArray([5.0, 6] as [Double])]).doubles == [1, 1])
    }

    @Test(
        "loops and branches inside loops of unknown size have gradients",
        arguments: TestedEngine.allCases)
    func nested(_ engine: TestedEngine) throws {
        let x = Tensor<Double>.placeholder(shape: [nil, 2])
        let y = whileLoop(
            Tensor<Int32>(0), x, condition: { i, _ in i .< 2 },
            body: { i, v in
                let (_, inner) = whileLoop(
                    Tensor<Int32>(0), v, condition: { j, _ in j .< 1 },
                    body: { j, w in (j + 1, w * v) })
                return (i + 1, cond(i .== 0, then: { inner * 3 }, else: { inner * inner }))
            }
        ).1
        // (3x²)⁴ = 81x⁸, whose derivative is 648x⁷ and its derivative 4536x⁶.
        let first = try #require(try gradient(of: y, withRespectTo: x))
        let second = try #require(try gradient(of: first, withRespectTo: x))
        let values = try engine.session().run(
            [y, first, second], feeding: [x: try NDArray(rows: [[1.0, 2]])])
        #expect(values.map(\.doubles) == [[81, 20_736], [648, 82_944], [4536, 290_304]])
    }

    @Test(
        "a recurrent network over batches of any size trains as over a known one",
        arguments: TestedEngine.allCases)
    func recurrentNetwork(_ engine: TestedEngine) throws {
        let cell = Variable<Float>("cell", shape: [3, 3], initializer: .glorotUniform)
        let entry = Variable<Float>("entry", shape: [2, 3], initializer: .glorotUniform)
        let sequences = try NDArray((0..<24).map { Float($0 % 7) / 4 - 0.5 }, shape: [4, 3, 2])
        func step(_ batch: Int?) throws -> (Tensor<Float>, Tensor<Float>, Update) {
            let x = Tensor<Float>.placeholder(shape: [4, batch, 2])
            let start = Tensor<Float>.zeros(like: matmul(x[0], entry.value))
            let (_, state) = whileLoop(
                Tensor<Int32>(0), start, condition: { i, _ in i .< 4 },
                body: { i, h in
                    let now = x.gathered(at: i)
                    return (i + 1, tanh(matmul(h, cell.value) + matmul(now, entry.value)))
                })
            let loss = (state * state).mean()
            return (x, loss, try GradientDescent(learningRate: 0.5).minimize(loss))
        }
        var losses: [[Double]] = []
        for batch in [nil, 3] {
            let session = engine.session()
            let (x, loss, train) = try step(batch)
            losses.append(
                try (0..<5).map { _ in
                    try session.run([loss, train], feeding: [x: sequences])[0].number
                })
        }
        // The same sums, perhaps in another order, over five steps.
        #expect(zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(losses[0][4] < losses[0][0])
    }
}
