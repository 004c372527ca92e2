// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam that divides by the second moment only once that is known well enough (Liu et al. 2019).
///
/// With ρ∞ = 2 / (1 − β₂) − 1 and ρ = ρ∞ − 2t β₂ᵗ / (1 − β₂ᵗ): where ρ is above 5,
/// `w −= α · m̂ · r · √(1 − β₂ᵗ) / (√v + ε)` with r = √((ρ − 4)(ρ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρ)), else
/// `w −= α · m̂`. m̂ is the first moment, divided by 1 − β₁ᵗ.
public final class RAdam: Optimizer {
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
    private let slots = OptimizerSlots(of: "RAdam")

    /// RAdam with the paper's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: WeightDecay = .none,
        name: String = "RAdam"
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
        let (isKnown, factor) = rectification(after: steps + 1)
        let corrected = nextM / left1
        let direction = select(
            isKnown, corrected * factor.cast(to: dtype) / (sqrt(nextV) + epsilon), corrected)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// Whether the second moment is known well enough after a number of steps, and r · √(1 − β₂ᵗ), in `f64`.
    private func rectification(after count: AnyTensor) -> (isKnown: AnyTensor, factor: AnyTensor) {
        let count = count.cast(to: .float64)
        let power = pow(.scalar(beta2, .float64), count)
        let most = 2 / (1 - beta2) - 1
        let rho = most - count * power * 2 / (1 - power)
        let isKnown = rho .> .scalar(5, .float64)
        // The root of what is not taken must be one too: it is of a number above 0.
        let safe = select(isKnown, rho, .scalar(most, .float64))
        let ratio = (safe - 4) * (safe - 2) * most / (safe * ((most - 4) * (most - 2)))
        return (isKnown, sqrt(ratio * (1 - power)))
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
