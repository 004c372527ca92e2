// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Optimizers against a hundred steps of PyTorch, Optax, Keras and TensorFlow
/// (Tests/Goldens/training_optimizers.json; Scripts/goldens/training_problem.py has the problem).
@Suite struct TrainingGoldenTests {
    /// An optimizer under the name of its recorded case.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// How far from the reference single precision may be, as a share.
        let single: Double
        let optimizer: @Sendable () -> any Optimizer

        init(
            _ name: String, single: Double = 1.5e-5,
            _ optimizer: @escaping @Sendable () -> any Optimizer
        ) {
            testDescription = name
            self.single = single
            self.optimizer = optimizer
        }
    }

    static let cases: [Case] = [
        Case("Adam") { Adam(learningRate: 0.05) },
        Case("AdamW") { AdamW(learningRate: 0.05, weightDecay: 0.1) },
        Case("AdamW, matrices") { AdamW(learningRate: 0.05, weightDecay: .ofMatrices(0.1)) },
        Case("AMSGrad") { AMSGrad(learningRate: 0.05) },
        Case("Adamax") { Adamax(learningRate: 0.05) },
        Case("Nadam") { Nadam(learningRate: 0.05) },
        Case("Nadam, Keras", single: 5e-5) { Nadam(learningRate: 0.0625, momentumDecay: 1) },
        Case("RAdam") { RAdam(learningRate: 0.05) },
        Case("Yogi") { Yogi(learningRate: 0.05) },
        Case("AdaBelief") { AdaBelief(learningRate: 0.05) },
        Case("Lion") { Lion(learningRate: 0.02, weightDecay: 0.1) },
        Case("Rprop") { Rprop(initialStep: 0.02) },
        Case("LAMB") { LAMB(learningRate: 0.02, weightDecay: 0.1) },
        Case("LARS") { LARS(learningRate: 0.5, trust: 0.05, weightDecay: 0.1) },
        Case("LARS, Nesterov") { LARS(learningRate: 0.5, trust: 0.05, usesNesterov: true) },
        Case("Adafactor") { Adafactor(learningRate: 0.05, weightDecay: 0.1) },
        Case("Muon") { Muon(weightDecay: 0.1) },
        Case("Muon, plain") { Muon(usesNesterov: false) },
        Case("Adadelta") { Adadelta(decay: 0.9, epsilon: 1e-3) },
        Case("ASGD") { ASGD(learningRate: 0.05, decay: 0.01, averagingStart: 20) },
        Case("SGD") { GradientDescent(learningRate: 0.05) },
        Case("Momentum") { Momentum(learningRate: 0.05) },
        Case("Momentum, Nesterov") { Momentum(learningRate: 0.05, usesNesterov: true) },
        Case("Momentum, decay") { Momentum(learningRate: 0.05, weightDecay: 0.1) },
        Case("Adagrad") { Adagrad(learningRate: 0.5) },
        Case("RMSProp") {
            RMSProp(learningRate: 0.0625, decay: 0.875, momentum: 0.5, epsilon: 0.125)
        },
        Case("RMSProp, centred") {
            RMSProp(learningRate: 0.0625, decay: 0.875, epsilon: 0.125, isCentered: true)
        },
        Case("Ftrl") { Ftrl(learningRate: 0.5, initialAccumulator: 0.125) },
        Case("Ftrl, penalties") {
            Ftrl(
                learningRate: 0.5, learningRatePower: -0.75, initialAccumulator: 0.125, l1: 0.5,
                l2: 0.25, l2Shrinkage: 0.125)
        },
        Case("AdagradDA") {
            AdagradDA(learningRate: 0.5, initialAccumulator: 0.125, l1: 0.125, l2: 0.0625)
        },
        Case("ProximalGradientDescent") {
            ProximalGradientDescent(learningRate: 0.125, l1: 0.5, l2: 0.25)
        },
        Case("ProximalAdagrad") {
            ProximalAdagrad(learningRate: 0.5, initialAccumulator: 0.125, l1: 0.5, l2: 0.25)
        },
        Case("Lookahead") { Lookahead(Momentum(learningRate: 0.05)) },
        Case("accumulation") { GradientAccumulation(Adam(learningRate: 0.05), steps: 4) },
        Case("adaptive clipping") { GradientDescent(learningRate: 0.125) },
        Case("EMA") {
            AveragedWeights(GradientDescent(learningRate: 0.125), .exponential(decay: 0.875))
        },
        Case("SWA") {
            AveragedWeights(GradientDescent(learningRate: 0.125), .uniform(start: 5, every: 3))
        },
    ]

    /// The problem: two variables, the gradients of a step, and what the steps are fed.
    struct Problem<T: FloatingScalar> {
        let variables: [VariableHandle]
        private let noise: [AnyTensor]

        static func array(_ numbers: [Double], _ shape: [Int]) throws -> NDArray {
            try NDArray(numbers, shape: shape).cast(to: T.dtype)
        }

        private static var parts:
            [(
                name: String, shape: [Int], start: [Double], curvature: [Double], centre: [Double],
                noise: (Int, Int, Int)
            )]
        {
            [
                ("a", [3], [1, -2, 3], [1, 2, 0.5], [0.5, 0.5, -1], (7, 3, 11)),
                (
                    "b", [2, 3], [0.5, -1.5, 2.5, -0.25, 1.25, -3], [1, 0.5, 2, 1.5, 0.25, 1],
                    [1, 0.5, -0.5, 0.75, -1, 0.25], (5, 2, 13)
                ),
            ]
        }

        let gradients: [GradientOfVariable]

        init() throws {
            var (variables, noise, gradients): ([VariableHandle], [AnyTensor], [GradientOfVariable])
            (variables, noise, gradients) = ([], [], [])
            for part in Self.parts {
                let start = try Self.array(part.start, part.shape)
                let v = Variable<T>(part.name, shape: part.shape, initializer: .value(start))
                let n = Tensor<T>.placeholder(shape: Shape(part.shape)).anyTensor
                let curvature = AnyTensor.constant(try Self.array(part.curvature, part.shape))
                let centre = AnyTensor.constant(try Self.array(part.centre, part.shape))
                variables.append(v.handle)
                noise.append(n)
                gradients.append(
                    GradientOfVariable(curvature * (v.anyTensor - centre) + n, v.handle))
            }
            (self.variables, self.noise, self.gradients) = (variables, noise, gradients)
        }

        func feeds(step: Int) throws -> Feeds {
            var feeds: Feeds = [:]
            for (part, tensor) in zip(Self.parts, noise) {
                let (factor, stride, modulus) = part.noise
                let numbers = part.start.indices.map {
                    Double((factor * step + stride * $0) % modulus - modulus / 2) / 8
                }
                feeds.set(tensor, to: try Self.array(numbers, part.shape))
            }
            return feeds
        }
    }

    private func worst<T: FloatingScalar>(
        _ item: Case, _ engine: TestedEngine, _: T.Type, _ golden: Golden
    ) throws -> Double {
        let recorded = try golden.dictionary("cases", item.testDescription)
        let steps = try #require(golden.root["steps"] as? [Int])
        let problem = try Problem<T>()
        let optimizer = item.optimizer()
        var pairs = problem.gradients.filter {
            recorded["\($0.variable.name), \(T.dtype == .float64 ? "float64" : "float32")"] != nil
        }
        if item.testDescription == "adaptive clipping" {
            pairs = clipped(pairs, toShareOfWeights: 0.25)
        }
        let train = try optimizer.apply(pairs)
        let session = engine.session()
        // Single precision loses digits on the way through 0.
        let least = T.dtype == .float64 ? 1e-3 : 0.1
        var worst = 0.0
        for step in 1...100 {
            _ = try session.run(train, feeding: try problem.feeds(step: step))
            guard let index = steps.firstIndex(of: step) else { continue }
            for pair in pairs {
                let name = pair.variable.name
                let wanted = try Golden.requiredArray(
                    recorded["\(name), \(T.dtype == .float64 ? "float64" : "float32")"])[index]
                let kept = (optimizer as? AveragedWeights)?.average(of: pair.variable)
                let found = try session.value(of: kept ?? pair.variable)
                #expect(found.shape == wanted.shape)
                for (x, y) in zip(found.doubles, wanted.doubles) {
                    worst = max(worst, x == y ? 0 : abs(x - y) / max(abs(y), least))
                }
            }
        }
        return worst
    }

    @Test("a hundred steps of the references", arguments: TestedEngine.allCases, cases)
    func steps(_ engine: TestedEngine, _ item: Case) throws {
        let golden = try Golden("training_optimizers.json")
        let double = try worst(item, engine, Double.self, golden)
        #expect(double <= 1e-6, "f64 is off by \(double)")
        let single = try worst(item, engine, Float.self, golden)
        #expect(single <= item.single, "f32 is off by \(single)")
    }

    @Test("every recorded case is compared")
    func complete() throws {
        let recorded = try Golden("training_optimizers.json").dictionary("cases")
        #expect(Set(recorded.keys) == Set(Self.cases.map(\.testDescription)))
    }

    @Test("a resumed training goes on to the bit", arguments: TestedEngine.allCases, cases)
    func resuming(_ engine: TestedEngine, _ item: Case) throws {
        let problem = try Problem<Float>()
        let optimizer = item.optimizer()
        let train = try optimizer.apply(problem.gradients)
        let (session, other) = (engine.session(seed: 1), engine.session(seed: 1))
        for step in 1...7 {
            if step == 5 { try other.importState(try session.exportState()) }
            _ = try session.run(train, feeding: try problem.feeds(step: step))
            if step >= 5 { _ = try other.run(train, feeding: try problem.feeds(step: step)) }
        }
        for variable in problem.variables + optimizer.variables {
            let (one, two) = (try session.value(of: variable), try other.value(of: variable))
            #expect(one.hasSameBits(as: two), "\(variable.name)")
        }
        // Building the step again makes no new variables.
        let made = optimizer.variables
        _ = try optimizer.apply(problem.gradients)
        #expect(optimizer.variables == made)
    }
}
