// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Gradients with respect to complex numbers: ∂y/∂a + i · ∂y/∂b for a real y and x = a + bi.
@Suite struct ComplexGradientTests {
    private typealias C = Complex<Double>
    private typealias Z = Tensor<Complex<Double>>

    private typealias Loss = @Sendable (Z) -> Tensor<Double>

    /// Real numbers made of complex ones.
    private static let losses: [(String, Loss)] = elementwise + structured + controlled

    private static let elementwise: [(String, Loss)] = ComplexTests.functions.map { name, f, _ in
        let loss: Loss = { x in
            let y = f(x)
            let product = y.imaginaryPart * y.realPart
            return y.realPart.sum() * 0.75 + product.sum()
        }
        return (name, loss)
    }

    private static let structured: [(String, Loss)] = [
        ("magnitude", { $0.magnitude.sum() }), ("angle", { $0.angle.sum() }),
        ("squaredMagnitude", { $0.squaredMagnitude.sum() }),
        ("product", { $0[0..<7].product().realPart }), ("mean", { $0.mean().imaginaryPart }),
        ("cumulativeSum", { $0.cumulativeSum(axis: 0).squaredMagnitude.sum() }),
        ("gather", { $0.gathered(at: Tensor<Int32>([0, 0, 3])).squaredMagnitude.sum() }),
        ("matmul", matrices), ("select", selected),
    ]

    private static func matrices(_ x: Z) -> Tensor<Double> {
        let m = x[0..<4].reshaped(to: [2, 2])
        let product = matmul(m.conjugate(), m, transposingFirst: true)
        return matmul(product, m).squaredMagnitude.sum()
    }

    private static func selected(_ x: Z) -> Tensor<Double> {
        select(x.realPart .> 0.1, x * x, x.conjugate()).imaginaryPart.sum()
    }

    private static let controlled: [(String, Loss)] = [
        ("scan", scanned), ("whileLoop", looped), ("cond", branched),
        ("call", { x in call("f", x) { $0 * $0.conjugate() * x }.realPart.sum() }),
    ]

    private static func scanned(_ x: Z) -> Tensor<Double> {
        let (last, all) = scan(over: x, initial: Z(C(0.5, 0.25))) { carry, z in
            let next = carry * z * Z(C(0.5, 0)) + z
            return (next, next.conjugate())
        }
        return last.squaredMagnitude + (all * x).realPart.sum()
    }

    private static func looped(_ x: Z) -> Tensor<Double> {
        let quarter = Z(C(0.25, 0))
        let (_, y) = whileLoop(
            Tensor<Int64>(0), x, condition: { i, _ in i .< 3 },
            body: { i, z in (i + 1, z * x * quarter + quarter) })
        return y.squaredMagnitude.sum()
    }

    private static func branched(_ x: Z) -> Tensor<Double> {
        cond(x.realPart.sum() .> 0, then: { x * x }, else: { x * x * x }).squaredMagnitude.sum()
    }

    @Test(
        "gradients to second order are those of differences",
        arguments: [TestedEngine.reference, .cpu])
    func differences(_ engine: TestedEngine) throws {
        var random = TestRandom("complex gradients")
        let vector = random.array(.float64, [7, 2]).reinterpreted(as: .complex128, shape: [7])
        for (name, loss) in Self.losses {
            try ComplexDifferences.check(
                name, loss, at: NDArray(ComplexTests.points), along: vector, engine.session())
        }
    }

    @Test("a tensor inside the graph has a gradient of its own", arguments: TestedEngine.allCases)
    func inside(_ engine: TestedEngine) throws {
        let a = Tensor<Double>([2, 3])
        // Both parts are one tensor, and it is used elsewhere, too.
        let z = complex(a, a)
        let w = z.conjugate()
        let loss = z.squaredMagnitude.sum() + w.realPart.sum() * 5 + (a * 7).sum()
        let slopes = try gradients(of: [loss], withRespectTo: [z, w, a])
        let results = try engine.session().run(slopes.compactMap { $0 })
        #expect(results[0] == NDArray([C(9, 4), C(11, 6)]))
        #expect(results[1] == NDArray([C(5, 0), C(5, 0)]))
        #expect(results[2] == NDArray([20, 24] as [Double]))
    }

    @Test("a complex number has no gradient without a seed")
    func complexLoss() throws {
        let x = Z.placeholder(shape: [2], name: "x")
        let text = errorText { _ = try gradients(of: [x * x], withRespectTo: [x]) }
        #expect(text.contains("is complex") && text.contains("seed"))
        let seeded = try gradients(of: [x * x], withRespectTo: [x], seeds: [Z([C(1, 0), C(0, 1)])])
        let result = try TestedEngine.cpu.session().run(
            try #require(seeded[0]), feeding: [x: NDArray([C(1, 2), C(3, 4)])])
        // 2 · conj(x) · seed.
        #expect(result == NDArray([C(2, -4), C(8, 6)]))
    }

    @Test("derivatives along tangents", arguments: [TestedEngine.reference, .cpu])
    func tangents(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [2])
        let tangent = Z([C(1, 0), C(0, 1)])
        let moved = try #require(try jvp(of: x * x, withRespectTo: x, tangent: tangent))
        let result = try engine.session().run(
            moved, feeding: [x: NDArray([C(1, 2), C(3, 4)])])
        #expect(result == NDArray([C(2, 4), C(-8, 6)]))
    }

    // MARK: Training

    @Test("a complex product is learnt", arguments: [TestedEngine.reference, .cpu])
    func training(_ engine: TestedEngine) throws {
        let truth: [C] = [C(1, -2), C(0.5, 0.25), C(-1, 0.75), C(0, 1)]
        var random = TestRandom("a complex product")
        let inputs = try NDArray(random.array(.float64, [16, 2, 2]).doubles, shape: [16, 2, 2])
            .reinterpreted(as: .complex128, shape: [16, 2])
        for optimizer: any Optimizer in [
            GradientDescent(learningRate: 0.1), Momentum(learningRate: 0.05, momentum: 0.5),
        ] {
            let x = Z.placeholder(shape: [nil, 2])
            let w = Variable<C>("complexTraining/\(optimizer.name)/w", shape: [2, 2])
            let target = tanh(matmul(x, Z(truth, shape: [2, 2])))
            let loss = (tanh(matmul(x, w.value)) - target).squaredMagnitude.mean()
            let session = engine.session()
            let step = session.function(
                feeding: x, fetching: loss, try optimizer.minimize(loss))
            let first = try step(inputs).0.number
            var last = first
            for _ in 0..<400 { last = try step(inputs).0.number }
            #expect(last < first / 50, "\(optimizer.name) goes from \(first) to \(last)")
        }
        let w = Variable<C>("complexTraining/adam", shape: [2])
        let text = errorText { _ = try Adam().minimize(w.value.squaredMagnitude.sum()) }
        #expect(text.contains("c128") && text.contains("GradientDescent"))
    }
}
