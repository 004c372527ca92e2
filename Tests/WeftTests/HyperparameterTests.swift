// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Parameters of optimizers and layers outside their ranges are errors that name them.
@Suite struct HyperparameterTests {
    static let optimizers: [(String, @Sendable () -> any Optimizer)] = [
        (
            "learning rate must be finite and not negative, not -0.1",
            {
                GradientDescent(learningRate: -0.1)
            }
        ),
        ("not nan", { Adam(learningRate: LearningRate(.nan)) }),
        ("not inf", { Momentum(learningRate: LearningRate(.infinity)) }),
        (
            "must be one number, not f32[2]",
            {
                Adagrad(learningRate: LearningRate(Tensor<Float>([1, 2])))
            }
        ),
        ("beta1 must be at least 0 and less than 1, not 1.0", { Adam(beta1: 1) }),
        ("beta2 must be", { Adam(beta2: -0.5) }),
        (
            "beta2 must be at least 0 and less than 1, not 0.99999999, which is 1.0 as f32",
            { Adam(beta2: 0.99999999) }
        ),
        ("not 1e+39, which is inf as f32", { GradientDescent(learningRate: 1e39) }),
        ("epsilon must be finite and not negative, not -1.0", { Adam(epsilon: -1) }),
        ("momentum must be from 0 to 1, not 1.5", { Momentum(learningRate: 1, momentum: 1.5) }),
        ("momentum must be", { RMSProp(learningRate: 1, momentum: .nan) }),
        ("decay must be", { RMSProp(learningRate: 1, decay: 2) }),
        ("epsilon must be", { RMSProp(learningRate: 1, epsilon: .infinity) }),
        (
            "initialAccumulator must be finite and not negative, not -0.1",
            {
                Adagrad(learningRate: 1, initialAccumulator: -0.1)
            }
        ),
        ("beta2 must be", { AdamW(beta2: 1) }),
        ("weightDecay must be finite and not negative", { AdamW(weightDecay: -0.1) }),
        ("weightDecay must be", { Momentum(learningRate: 1, weightDecay: WeightDecay(.nan)) }),
        ("beta1 must be", { AMSGrad(beta1: -1) }),
        ("beta2 must be", { Adamax(beta2: 1) }),
        ("epsilon must be", { Adamax(epsilon: .nan) }),
        ("momentumDecay must be", { Nadam(momentumDecay: -1) }),
        ("beta1 must be", { Nadam(beta1: 1.5) }),
        ("beta2 must be", { RAdam(beta2: 2) }),
        ("initialAccumulator must be", { Yogi(initialAccumulator: -1) }),
        ("epsilon must be", { AdaBelief(epsilon: -1) }),
        ("beta1 must be", { Lion(beta1: 1) }),
        ("a learning rate must be", { Lion(learningRate: -1) }),
        ("shrinking must be above 0 and less than 1, not 1.0", { Rprop(shrinking: 1) }),
        ("growing must be finite and above 1, not 1.0", { Rprop(growing: 1) }),
        ("the least step must be", { Rprop(limits: -1...1) }),
        ("beta2 must be", { LAMB(beta2: -1) }),
        ("trust must be", { LARS(learningRate: 1, trust: -1) }),
        ("momentum must be", { LARS(learningRate: 1, momentum: 2) }),
        ("decayPower must be finite and not positive, not 0.5", { Adafactor(decayPower: 0.5) }),
        ("clip must be finite and above 0, not 0.0", { Adafactor(clip: 0) }),
        ("leastScale must be", { Adafactor(leastScale: -1) }),
        ("decay must be", { Adadelta(decay: 1) }),
        ("power must be", { ASGD(power: -1) }),
        ("learningRatePower must be", { Ftrl(learningRate: 1, learningRatePower: 1) }),
        ("l1 must be", { Ftrl(learningRate: 1, l1: -1) }),
        ("l2 must be", { AdagradDA(learningRate: 1, l2: -1) }),
        ("l1 must be", { ProximalGradientDescent(learningRate: 1, l1: -1) }),
        (
            "initialAccumulator must be",
            { ProximalAdagrad(learningRate: 1, initialAccumulator: -1) }
        ),
        ("steps must be positive, not 0", { GradientAccumulation(Adam(), steps: 0) }),
        ("steps must be positive, not 0", { Lookahead(Adam(), steps: 0) }),
        ("share must be from 0 to 1", { Lookahead(Adam(), share: 2) }),
        ("decay must be from 0 to 1", { AveragedWeights(Adam(), .exponential(decay: -1)) }),
        (
            "start and every must be positive, not 1 and 0",
            { AveragedWeights(Adam(), .uniform(start: 1, every: 0)) }
        ),
        (
            "beta1 must be",
            { ParameterGroups([.init(Adam(beta1: 2)) { _ in true }], others: Adam()) }
        ),
        (
            "steps must be positive, not 0",
            { Adam(learningRate: Schedule.cosineDecay(from: 1, steps: 0)) }
        ),
        ("the rate must be", { Adam(learningRate: ReduceOnPlateau(from: -1)) }),
    ]

    @Test("optimizers refuse what makes no step")
    func steps() {
        let w = Variable<Float>("w", shape: [2])
        for (text, optimizer) in Self.optimizers {
            let error = errorText { _ = try optimizer().minimize((w.value * w.value).sum()) }
            #expect(error.contains(text), "\(error)")
        }
        let error = errorText {
            let (pairs, _) = clipped(
                try Adam().computeGradients((w.value * w.value).sum()), toGlobalNorm: .nan)
            _ = try Adam().apply(pairs)
        }
        #expect(error.contains("the greatest norm must be a number above 0"), "\(error)")
    }

    @Test("Muon refuses what makes no step")
    func muon() {
        let w = Variable<Float>("w", shape: [2, 2])
        for (text, optimizer) in [
            ("iterations must be from 1 to 20, not 0", Muon(iterations: 0)),
            ("momentum must be", Muon(momentum: 1)), ("epsilon must be", Muon(epsilon: -1)),
        ] {
            let error = errorText { _ = try optimizer.minimize((w.value * w.value).sum()) }
            #expect(error.contains(text), "\(error)")
        }
    }

    @Test("layers refuse what they cannot compute with")
    func layers() {
        let x = Tensor<Float>.placeholder(shape: [nil, 3])
        let image = Tensor<Float>.placeholder(shape: [nil, 8, 8, 3])
        func text(_ y: Tensor<Float>) -> String { errorText { try y.anyTensor.validated() } }
        #expect(
            text(Dense("d", inputs: 3, units: 0)(x)).contains(
                "inputs and units must be positive, not 3 and 0"))
        #expect(
            text(Conv2D("c", inputs: 3, filters: 0, kernelSize: [3, 3])(image)).contains(
                "must be positive"))
        for momentum in [5, -0.1, .nan] {
            #expect(
                text(BatchNorm("b", channels: 3, momentum: momentum)(x, mode: .training)).contains(
                    "the momentum must be from 0 to 1, not \(momentum)"))
        }
        #expect(
            text(BatchNorm("b", channels: 3, epsilon: -1)(x, mode: .inference)).contains(
                "epsilon must be finite and not negative"))
        #expect(text(dropout(x, rate: 1, stream: "d")).contains("the rate must be in 0..<1"))
    }

    @Test("a fed probability of staying must be one", arguments: TestedEngine.allCases)
    func probability(_ engine: TestedEngine) throws {
        let keep = Tensor<Float>.placeholder(shape: [])
        let y = dropout(Tensor<Float>([1, 1, 1, 1]), keepProbability: keep, stream: "d")
        let session = engine.session()
        for number in [0, -0.5, 1.5, Float.nan] {
            let error = errorText { _ = try session.run(y, feeding: [keep: NDArray(number)]) }
            #expect(error.contains("above 0 and at most 1"), "\(number): \(error)")
        }
        #expect(try session.run(y, feeding: [keep: NDArray(Float(1))]).doubles == [1, 1, 1, 1])
    }
}
