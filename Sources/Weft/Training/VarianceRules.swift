// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam whose second moment grows and shrinks by a step of the size of the squared gradient, and not in
/// proportion to itself (Zaheer et al. 2018): `v −= (1 − β₂) · sign(v − g²) · g²`,
/// `w −= α · m̂ / (√v̂ + ε)`.
///
/// Moments start from `initialAccumulator`, and are divided by 1 − βᵗ, as in Optax.
public final class Yogi: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate of the first moment.
    public let beta1: Double
    /// The decay rate of the second moment.
    public let beta2: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// What both moments start from.
    public let initialAccumulator: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Yogi")

    /// Yogi with the paper's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.01, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-3, initialAccumulator: Double = 1e-6,
        weightDecay: WeightDecay = .none, name: String = "Yogi"
    ) {
        self.learningRate = learningRate.learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.initialAccumulator = initialAccumulator
        self.weightDecay = weightDecay
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let first = parameter("initialAccumulator", initialAccumulator, in: .nonnegative, as: dtype)
        if let error = first.error { return [variable.assign(.invalid(error))] }
        let m = slots.slot(name, of: variable, initial: initialAccumulator)
        let v = slots.slot("\(name)_1", of: variable, initial: initialAccumulator)
        let steps = slots.steps(of: name)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let nextM = m.moved(to: g, fresh("beta1", beta1, as: dtype))
        let square = g * g
        let nextV = v.value - sign(v.value - square) * square * fresh("beta2", beta2, as: dtype)
        let left1 = correction(beta1, after: steps + 1, as: dtype)
        let left2 = correction(beta2, after: steps + 1, as: dtype)
        let direction = nextM / left1 / (sqrt(nextV / left2) + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}

/// Adam with the gradient's distance from its moving mean for the second moment (Zhuang et al. 2020):
/// `s += (1 − β₂)((g − m)² − s) + ε`, `w −= α · m̂ / (√ŝ + ε)`.
///
/// m is the mean after the gradient has entered it; ^ is the division by 1 − βᵗ.
public final class AdaBelief: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate of the first moment.
    public let beta1: Double
    /// The decay rate of the second moment.
    public let beta2: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "AdaBelief")

    /// AdaBelief with the paper's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-16, weightDecay: WeightDecay = .none,
        name: String = "AdaBelief"
    ) {
        self.learningRate = learningRate.learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let (m, v) = (slots.slot(name, of: variable), slots.slot("\(name)_1", of: variable))
        let steps = slots.steps(of: name)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let nextM = m.moved(to: g, fresh("beta1", beta1, as: dtype))
        let surprise = g - nextM
        let nextV = v.moved(to: surprise * surprise, fresh("beta2", beta2, as: dtype)) + epsilon
        let left1 = correction(beta1, after: steps + 1, as: dtype)
        let left2 = correction(beta2, after: steps + 1, as: dtype)
        let direction = nextM / left1 / (sqrt(nextV / left2) + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
