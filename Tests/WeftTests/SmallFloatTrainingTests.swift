// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Optimizers, clipping and batch normalisation at the ends of the floating-point types.
@Suite struct SmallFloatTrainingTests {
    static let optimizers: [@Sendable () -> any Optimizer] = [
        { Adam(learningRate: 0.5) },
        { Adam(learningRate: 0.5, epsilonPlacement: .beforeBiasCorrection) },
        { RMSProp(learningRate: 0.5) }, { RMSProp(learningRate: 0.5, isCentered: true) },
        { Adagrad(learningRate: 0.5) }, { Adagrad(learningRate: 0.5, initialAccumulator: 0) },
    ]

    /// The weights of two equal elements after each of three steps with a fed gradient.
    private func weights<T: FloatingScalar>(
        _ engine: TestedEngine, _: T.Type, _ optimizer: any Optimizer, from start: Double = 4,
        gradient: Double
    ) throws -> [Double] {
        let w = Variable<T>(
            "w", shape: [2], initializer: .value(.filled(T.dtype, [2], start)))
        let g = Tensor<T>.placeholder(shape: [2])
        let step = try optimizer.apply([GradientOfVariable(g.anyTensor, w.handle)])
        let session = engine.session()
        return try (0..<3).map { _ in
            _ = try session.run(step, feeding: [g: .filled(T.dtype, [2], gradient)])
            let values = try session.value(of: w).doubles
            #expect(values[0] == values[1])
            return values[0]
        }
    }

    @Test(
        "steps of 16-bit variables are those of 32-bit ones, rounded once a step",
        arguments: TestedEngine.allCases)
    func steps(_ engine: TestedEngine) throws {
        for make in Self.optimizers {
            for gradient in [0, 1e-4, -0.5, 256, 30_000] {
                let wide = try weights(engine, Float.self, make(), gradient: gradient)
                let half = try weights(engine, Float16.self, make(), gradient: gradient)
                let brain = try weights(engine, BFloat16.self, make(), gradient: gradient)
                let what = "\(make().name) with a gradient of \(gradient)"
                #expect(areFinite(wide), "\(what)")
                if gradient == 0 { #expect(wide == [4, 4, 4], "\(what)") }
                // Each step rounds, by half a unit of the last place of 4 at most.
                for t in 0..<3 {
                    let roundings = Double(t + 1) / 2
                    #expect(abs(half[t] - wide[t]) <= roundings * 0x1p-8 + 1e-5, "\(what)")
                    #expect(abs(brain[t] - wide[t]) <= roundings * 0x1p-5 + 1e-2, "\(what)")
                }
            }
        }
    }

    @Test("slots of 16-bit variables are f32")
    func slots() throws {
        let w = Variable<BFloat16>("w", shape: [2])
        for make in Self.optimizers {
            let optimizer = make()
            _ = try optimizer.minimize((w.value * w.value).sum())
            let slots = optimizer.variables.filter { $0.name.hasPrefix("w/") }
            #expect(slots.allSatisfy { $0.dtype == .float32 })
        }
    }

    @Test(
        "Adagrad from 0 takes a whole first step, and none without a gradient",
        arguments: TestedEngine.allCases)
    func adagrad(_ engine: TestedEngine) throws {
        func optimizer() -> Adagrad { Adagrad(learningRate: 0.5, initialAccumulator: 0) }
        #expect(try weights(engine, Float.self, optimizer(), gradient: 0) == [4, 4, 4])
        let moved = try weights(engine, Float.self, optimizer(), gradient: 3)
        #expect(abs(moved[0] - 3.5) <= 1e-6)
        // Its square is no number of the type.
        #expect(try weights(engine, Float.self, optimizer(), gradient: 1e-30) == [4, 4, 4])
    }

    /// The clipped gradient, its norm, and the sum's derivative by the gradient.
    private func clip<T: FloatingScalar>(
        _ engine: TestedEngine, _: T.Type, _ numbers: [Double], to limit: Double
    ) throws -> (clipped: [Double], norm: Double, slope: [Double]) {
        let w = Variable<T>("w", shape: [numbers.count])
        let g = Tensor<T>.placeholder(shape: [nil])
        let (pairs, norm) = clipped(
            [GradientOfVariable(g.anyTensor, w.handle)], toGlobalNorm: limit)
        let result = try #require(pairs[0].gradient)
        let slope = try #require(
            try gradients(of: [result], withRespectTo: [g.anyTensor])[0])
        let found = try engine.session().run(
            [result, norm, slope], feeding: [g: try NDArray(numbers).cast(to: T.dtype)])
        return (found[0].doubles, found[1].number, found[2].doubles)
    }

    @Test(
        "clipping by the global norm neither overflows nor divides by 0",
        arguments: TestedEngine.allCases)
    func clipping(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(
            _ type: T.Type, _ numbers: [Double], to limit: Double, _ wanted: [Double],
            norm: Double
        ) throws {
            let found = try clip(engine, type, numbers, to: limit)
            expectClose(found.clipped, wanted, 2 * T.dtype.epsilon, "\(T.dtype) \(numbers)")
            expectClose([found.norm], [norm], 2 * T.dtype.epsilon, "norm of \(numbers)")
            // The derivative of 1 / norm is no number of f32 where its square is none.
            #expect(norm > 0 && norm < 1e-19 || areFinite(found.slope), "\(numbers)")
        }
        try check(Float16.self, [256], to: 1, [1], norm: 256)
        try check(Float16.self, [0, 0], to: 1e-5, [0, 0], norm: 0)
        try check(Float16.self, [60000, 60000], to: 3e4, [21213.2, 21213.2], norm: 84852.8)
        try check(BFloat16.self, [2e19, 0], to: 1, [1, 0], norm: 2e19)
        for limit in [Double.infinity, 1e300] {
            try check(Float.self, [3, 4], to: limit, [3, 4], norm: 5)
            try check(Float16.self, [3, 4], to: limit, [3, 4], norm: 5)
        }
        try check(Float.self, [2e19], to: 1, [1], norm: 2e19)
        try check(Float.self, [3e37, 4e37], to: 1, [0.6, 0.8], norm: 5e37)
        // Of numbers whose reciprocals are no normal ones.
        try check(Float.self, [2e38], to: 1, [1], norm: 2e38)
        try check(Float.self, [2e38], to: 1e38, [1e38], norm: 2e38)
        try check(Float.self, [1e38], to: 2e38, [1e38], norm: 1e38)
        try check(Double.self, [1e308], to: 1, [1], norm: 1e308)
        try check(Float.self, [3e-30, 4e-30], to: 1e-30, [0.6e-30, 0.8e-30], norm: 5e-30)
        try check(Double.self, [3e200, 4e200], to: 1, [0.6, 0.8], norm: 5e200)
        try check(Double.self, [3, 4], to: 1e300, [3, 4], norm: 5)
        #expect(try clip(engine, Float.self, [0, 0], to: 1).slope == [1, 1])
        let infinite = try clip(engine, Float.self, [.infinity, 1], to: 1)
        #expect(infinite.clipped.allSatisfy { $0.isNaN })
    }
}
