// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Scales against PyTorch's GradScaler (Tests/Goldens/training_scaling.json), steps that are left out, and gradients
/// that would be lost.
@Suite struct LossScalingTests {
    private func dynamic(
        _ optimizer: any Optimizer, interval: Int = 3, backoff: Double = 0.25
    ) -> LossScaling {
        LossScaling(
            optimizer, .dynamic(initial: 1024, growth: 2, backoff: backoff, interval: interval))
    }

    @Test("PyTorch's scales and steps", arguments: TestedEngine.allCases)
    func scales(_ engine: TestedEngine) throws {
        let golden = try Golden("training_scaling.json")
        let finite = try #require(golden.root["finite"] as? [Bool])
        let scales = try #require(golden.root["scales"] as? [Double])
        let weights = try #require(golden.root["weights"] as? [Double])
        let w = Variable<Float>("w", shape: [1], initializer: .ones)
        let factor = Tensor<Float>.placeholder(shape: [])
        let optimizer = dynamic(GradientDescent(learningRate: 0.125))
        let train = try optimizer.minimize((w.value * factor).sum())
        let scale = try #require(optimizer.lossScale)
        let session = engine.session()
        for step in finite.indices {
            _ = try session.run(
                train, feeding: [factor: NDArray(finite[step] ? Float(1) : .infinity)])
            #expect(try session.run(scale).number == scales[step], "\(step)")
            #expect(try session.value(of: w).number == weights[step], "\(step)")
        }
        #expect(
            try session.run(optimizer.skippedSteps).number
                == Double(finite.filter { !$0 }.count))
    }

    @Test(
        "a step that is left out counts for no schedule and no slot",
        arguments: TestedEngine.allCases)
    func slots(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [2], initializer: .ones)
        let factor = Tensor<Float>.placeholder(shape: [])
        let rate = Schedule.exponentialDecay(from: 0.5, rate: 0.5, steps: 1)
        func train(
            _ session: Session, _ factors: [Float], _ optimizer: any Optimizer
        ) throws -> NDArray {
            let step = try optimizer.minimize((w.value * w.value * factor).sum())
            for number in factors {
                _ = try session.run(step, feeding: [factor: NDArray(number)])
            }
            return try session.value(of: w)
        }
        let plain = try train(engine.session(), [1, 2, 1], Adam(learningRate: rate))
        let scaled = try train(
            engine.session(), [1, .nan, 2, .infinity, 1], dynamic(Adam(learningRate: rate)))
        #expect(plain.hasSameBits(as: scaled))
        // What stands around hands the scale on.
        let outside = AveragedWeights(dynamic(Adam(learningRate: rate)))
        #expect(outside.lossScale != nil && Adam().lossScale == nil)
        #expect(
            try train(engine.session(), [1, .nan, 2, 1], outside).hasSameBits(as: plain))
    }

    @Test(
        "small gradients survive f16, and are given in f32 and in their size",
        arguments: TestedEngine.allCases)
    func small(_ engine: TestedEngine) throws {
        let w = Variable<Float>("w", shape: [1, 1], initializer: .ones)
        let x = Tensor<Float>([[1]])
        let loss = mixedPrecision(matmul(x, w.value), in: .float16).sum() * 1e-9
        func slope(_ optimizer: some Optimizer) throws -> Double {
            let pair = try #require(try optimizer.computeGradients(loss).first?.gradient)
            #expect(pair.dtype == .float32)
            return try engine.session().run(pair).number
        }
        #expect(try slope(Adam()) == 0)
        #expect(abs(try slope(LossScaling(Adam())) - 1e-9) < 1e-12)
        #expect(abs(try slope(LossScaling(Adam(), .fixed(0x1p20))) - 1e-9) < 1e-12)
    }

    @Test("a scale that is none is an error of the step")
    func misfits() {
        let w = Variable<Float>("w", shape: [2])
        let loss = (w.value * w.value).sum()
        for (rule, reason) in [
            (LossScaling.Rule.fixed(0), "the scale must be a finite f32 above 0"),
            (.fixed(1e300), "the scale must be a finite f32 above 0"),
            (.dynamic(initial: -1), "the initial scale must be"),
            (.dynamic(growth: 0.5), "growth must be finite and at least 1"),
            (.dynamic(backoff: 2), "backoff must be above 0 and at most 1"),
            (.dynamic(interval: 0), "interval must be positive"),
        ] {
            let text = errorText { _ = try LossScaling(Adam(), rule).minimize(loss) }
            #expect(text.contains(reason), "\(text)")
        }
    }
}
