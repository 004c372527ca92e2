// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Optimizers against their rules, written down once more for one number in double precision.
@Suite struct OptimizerTests {
    static let start = [1.0, -2, 3]
    static let curvature = [1.0, 2, 3]
    static let centre = [0.5, 0.5, 0]
    static let steps = 10

    /// An optimizer, and its rule: what a step makes of one weight, its gradient and its state.
    struct Rule: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let optimizer: @Sendable () -> any Optimizer
        /// The names of the slots of `w`, in the order in which they are made.
        let slots: [String]
        let initial: [Double]
        /// Step, counted from 1; weight; gradient; slots.
        let step: @Sendable (_ t: Int, _ w: Double, _ g: Double, _ s: inout [Double]) -> Double
        /// What belongs to the optimizer and not to a weight.
        var scalars: [String] = []
    }

    static func adam(_ placement: Adam.EpsilonPlacement, epsilon: Double) -> Rule {
        Rule(
            testDescription: "Adam \(placement), epsilon \(epsilon)",
            optimizer: {
                Adam(learningRate: 0.05, epsilon: epsilon, epsilonPlacement: placement)
            },
            slots: ["w/Adam", "w/Adam_1"], initial: [0, 0],
            step: { t, w, g, s in
                s[0] = 0.9 * s[0] + 0.1 * g
                s[1] = 0.999 * s[1] + 0.001 * g * g
                switch placement {
                case .afterBiasCorrection:
                    var (power1, power2) = (0.9, 0.999)
                    for _ in 1..<t { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
                    let (c1, c2) = (1 - power1, 1 - power2)
                    return w - 0.05 * (s[0] / c1) / ((s[1] / c2).squareRoot() + epsilon)
                case .beforeBiasCorrection:
                    // The powers are kept in single precision, as TensorFlow keeps them.
                    var (power1, power2) = (Float(0.9), Float(0.999))
                    for _ in 1..<t { (power1, power2) = (power1 * 0.9, power2 * 0.999) }
                    let (c1, c2) = (1 - Double(power1), 1 - Double(power2))
                    return w - 0.05 * c2.squareRoot() / c1 * s[0]
                        / (s[1].squareRoot() + epsilon)
                }
            }, scalars: ["Adam/beta1_power", "Adam/beta2_power"])
    }

    static let rules: [Rule] = [
        adam(.afterBiasCorrection, epsilon: 1e-8), adam(.afterBiasCorrection, epsilon: 0.1),
        adam(.beforeBiasCorrection, epsilon: 1e-8), adam(.beforeBiasCorrection, epsilon: 0.1),
        Rule(
            testDescription: "gradient descent",
            optimizer: { GradientDescent(learningRate: 0.1) }, slots: [], initial: [],
            step: { _, w, g, _ in w - 0.1 * g }),
        Rule(
            testDescription: "momentum", optimizer: { Momentum(learningRate: 0.1, momentum: 0.8) },
            slots: ["w/Momentum"], initial: [0],
            step: { _, w, g, s in
                s[0] = 0.8 * s[0] + g
                return w - 0.1 * s[0]
            }),
        Rule(
            testDescription: "Nesterov's momentum",
            optimizer: { Momentum(learningRate: 0.1, momentum: 0.8, usesNesterov: true) },
            slots: ["w/Momentum"], initial: [0],
            step: { _, w, g, s in
                s[0] = 0.8 * s[0] + g
                return w - 0.1 * (g + 0.8 * s[0])
            }),
        Rule(
            testDescription: "Adagrad", optimizer: { Adagrad(learningRate: 0.5) },
            slots: ["w/Adagrad"], initial: [0.1],
            step: { _, w, g, s in
                s[0] += g * g
                return w - 0.5 * g / s[0].squareRoot()
            }),
        Rule(
            testDescription: "RMSProp",
            optimizer: { RMSProp(learningRate: 0.1, momentum: 0.7, epsilon: 1e-3) },
            slots: ["w/RMSProp", "w/RMSProp_1"], initial: [1, 0],
            step: { _, w, g, s in
                s[0] = 0.9 * s[0] + 0.1 * g * g
                s[1] = 0.7 * s[1] + 0.1 * g / (s[0] + 1e-3).squareRoot()
                return w - s[1]
            }),
        Rule(
            testDescription: "RMSProp, centred",
            optimizer: {
                RMSProp(learningRate: 0.1, momentum: 0.7, epsilon: 1e-3, isCentered: true)
            },
            slots: ["w/RMSProp", "w/RMSProp_1", "w/RMSProp_2"], initial: [1, 0, 0],
            step: { _, w, g, s in
                s[0] = 0.9 * s[0] + 0.1 * g * g
                s[1] = 0.9 * s[1] + 0.1 * g
                s[2] = 0.7 * s[2] + 0.1 * g / (s[0] - s[1] * s[1] + 1e-3).squareRoot()
                return w - s[2]
            }),
    ]

    /// The weights after each step, and the slots after the last.
    static func reference(_ rule: Rule) -> (weights: [[Double]], slots: [[Double]]) {
        var weights: [[Double]] = []
        var w = start
        var slots = start.map { _ in rule.initial }
        for t in 1...steps {
            for i in w.indices {
                w[i] = rule.step(t, w[i], curvature[i] * (w[i] - centre[i]), &slots[i])
            }
            weights.append(w)
        }
        return (weights, rule.initial.indices.map { slot in slots.map { $0[slot] } })
    }

    private func check<T: FloatingScalar>(
        _ rule: Rule, _ engine: TestedEngine, _: T.Type, tolerance: Double
    ) throws {
        func tensor(_ numbers: [Double]) -> Tensor<T> {
            Tensor(AnyTensor.constant(NDArray(numbers.map { T(converting: $0) })))
        }
        let w = Variable<T>(
            "w", shape: [3], initializer: .value(try NDArray(Self.start).cast(to: T.dtype)))
        let difference = w.value - tensor(Self.centre)
        let optimizer = rule.optimizer()
        #expect(optimizer.variables.isEmpty)
        let step = try optimizer.minimize(
            (0.5 * tensor(Self.curvature) * difference * difference).sum())
        let session = engine.session()
        let (weights, slots) = Self.reference(rule)
        for t in 0..<Self.steps {
            _ = try session.run(step)
            for (a, b) in zip(try session.value(of: w).doubles, weights[t]) {
                #expect(abs(a - b) <= tolerance, "step \(t + 1): \(a), must be \(b)")
            }
        }
        let made = optimizer.variables
        #expect(made.map(\.name) == rule.slots + rule.scalars)
        for (variable, expected) in zip(made, slots) {
            #expect(variable.dtype == T.dtype && !variable.isTrainable)
            for (a, b) in zip(try session.value(of: variable).doubles, expected) {
                #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(variable.name)")
            }
        }
        // Building the step again makes no new ones.
        _ = try optimizer.minimize((w.value * w.value).sum())
        #expect(optimizer.variables == made)
    }

    @Test("take their rules' steps", arguments: TestedEngine.allCases, rules)
    func steps(_ engine: TestedEngine, _ rule: Rule) throws {
        try check(rule, engine, Float.self, tolerance: 2e-5)
        try check(rule, engine, Double.self, tolerance: 1e-12)
    }

    @Test("Adam's epsilon stands beside the corrected moment unless told otherwise")
    func placement() {
        #expect(Adam().epsilonPlacement == .afterBiasCorrection)
        // The two rules differ by more than any tolerance here.
        let after = Self.reference(Self.adam(.afterBiasCorrection, epsilon: 0.1)).weights
        let before = Self.reference(Self.adam(.beforeBiasCorrection, epsilon: 0.1)).weights
        for (a, b) in zip(after[0], before[0]) { #expect(abs(a - b) > 0.01) }
    }

    @Test("the variables of an optimizer belong to the variables it changes")
    func variables() throws {
        let a = Variable<Float>("a", shape: [2])
        let b = Variable<Double>("b", shape: [3, 1])
        let optimizer: any Optimizer = RMSProp(learningRate: 0.1, name: "R")
        let loss = (a.value * a.value).sum() + (b.value * b.value).sum().cast(to: Float.self)
        _ = try optimizer.minimize(loss)
        #expect(optimizer.variables.map(\.name) == ["a/R", "a/R_1", "b/R", "b/R_1"])
        #expect(optimizer.variables.map(\.shape) == [[2], [2], [3, 1], [3, 1]])
        #expect(optimizer.variables.map(\.dtype) == [.float32, .float32, .float64, .float64])
        #expect(GradientDescent(learningRate: 1).variables.isEmpty)
    }
}
