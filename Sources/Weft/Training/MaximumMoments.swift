// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam whose second moment never falls (Reddi et al. 2018): `v̄ = max(v̄, v)`,
/// `w −= α · (m / (1 − β₁ᵗ)) / (√v̄ / √(1 − β₂ᵗ) + ε)`.
///
/// PyTorch's `Adam(amsgrad=True)`: the greatest of the moments is taken before they are corrected.
public final class AMSGrad: Optimizer {
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
    private let slots = OptimizerSlots(of: "AMSGrad")

    /// AMSGrad with the defaults of Adam.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: WeightDecay = .none,
        name: String = "AMSGrad"
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
        let most = slots.slot("\(name)_2", of: variable)
        let nextM = m.moved(to: g, fresh("beta1", beta1, as: dtype))
        let nextV = v.moved(to: g * g, fresh("beta2", beta2, as: dtype))
        let left1 = correction(beta1, after: steps + 1, as: dtype)
        let left2 = correction(beta2, after: steps + 1, as: dtype)
        let nextMost = maximum(most.value, nextV)
        let direction = nextM / left1 / (sqrt(nextMost) / sqrt(left2) + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [
            m.assign(nextM), v.assign(nextV), most.assign(nextMost),
            variable.assign(lessenedBy: change),
        ]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}

/// Adam with the greatest gradient, which fades, for the second moment (Kingma and Ba 2014, 7.1):
/// `u = max(β₂ u, |g|)`, `w −= α / (1 − β₁ᵗ) · m / (u + ε)`.
public final class Adamax: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate of the first moment.
    public let beta1: Double
    /// The decay rate of the greatest gradient.
    public let beta2: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Adamax")

    /// Adamax with the paper's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.002, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: WeightDecay = .none,
        name: String = "Adamax"
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
        let (m, u) = (slots.slot(name, of: variable), slots.slot("\(name)_1", of: variable))
        let steps = slots.steps(of: name)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let nextM = m.moved(to: g, fresh("beta1", beta1, as: dtype))
        let nextU = maximum(u.value * parameter("beta2", beta2, in: .decay, as: dtype), abs(g))
        let left = correction(beta1, after: steps + 1, as: dtype)
        let direction = nextM / left / (nextU + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), u.assign(nextU), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
