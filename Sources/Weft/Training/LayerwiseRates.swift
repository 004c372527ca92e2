// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam with a step whose length goes with that of the variable, for large batches (You et al. 2019):
/// `u = m̂ / (√v̂ + ε) + λ w`, `w −= α · ‖w‖ / ‖u‖ · u`; where either norm is 0 the quotient is 1.
public final class LAMB: Optimizer {
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
    private let slots = OptimizerSlots(of: "LAMB")

    /// LAMB with Optax's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-6, weightDecay: WeightDecay = .none,
        name: String = "LAMB"
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
        let nextV = v.moved(to: g * g, fresh("beta2", beta2, as: dtype))
        let left1 = correction(beta1, after: steps + 1, as: dtype)
        let left2 = correction(beta2, after: steps + 1, as: dtype)
        let direction = weightDecay.added(
            to: nextM / left1 / (sqrt(nextV / left2) + epsilon), of: variable, by: self)
        let ratio = trustRatio(variable.value.widened, direction)
        let change = direction * (learningRate.tensor(as: dtype, step: steps) * ratio)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}

/// Momentum with a rate for each variable that goes with its length (You et al. 2017):
/// `u = g + λ w`, `a = μ a + α · η ‖w‖ / (‖u‖ + ε) · u`, `w −= a`; where either norm is 0 the quotient is 1.
public final class LARS: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The share μ of the last step.
    public let momentum: Double
    /// η, how far a step may go as a share of the variable's length.
    public let trust: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// Whether to look ahead: `w −= α · (...) + μ a`.
    public let usesNesterov: Bool
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "LARS")

    /// LARS with a step size.
    public init(
        learningRate: any LearningRateConvertible, momentum: Double = 0.9, trust: Double = 0.001,
        epsilon: Double = 0, usesNesterov: Bool = false, weightDecay: WeightDecay = .none,
        name: String = "LARS"
    ) {
        self.learningRate = learningRate.learningRate
        self.momentum = momentum
        self.trust = trust
        self.epsilon = epsilon
        self.usesNesterov = usesNesterov
        self.weightDecay = weightDecay
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let a = slots.slot(name, of: variable)
        let direction = weightDecay.added(to: g, of: variable, by: self)
        let share = parameter("momentum", momentum, in: .share, as: dtype)
        let ratio = trustRatio(
            variable.value.widened, direction,
            times: parameter("trust", trust, in: .nonnegative, as: dtype),
            epsilon: parameter("epsilon", epsilon, in: .nonnegative, as: dtype))
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let step = direction * (rate * ratio)
        let next = a.value * share + step
        let change = usesNesterov ? next * share + step : next
        return [a.assign(next), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: the last steps.
    public var variables: [VariableHandle] { slots.all }
}

extension Optimizer {
    /// `factor · ‖w‖ / (‖u‖ + ε)`, and 1 where one of the norms is 0.
    fileprivate func trustRatio(
        _ w: AnyTensor, _ u: AnyTensor, times factor: AnyTensor? = nil, epsilon: AnyTensor? = nil
    ) -> AnyTensor {
        let (length, step) = (sqrt((w * w).sum()), sqrt((u * u).sum()))
        let (zero, one) = (AnyTensor.scalar(0, w.dtype), AnyTensor.scalar(1, w.dtype))
        let isNone = (length .== zero) .| (step .== zero)
        let scaled = factor.map { length * $0 } ?? length
        let divisor = select(isNone, one, epsilon.map { step + $0 } ?? step)
        return select(isNone, one, scaled / divisor)
    }
}
