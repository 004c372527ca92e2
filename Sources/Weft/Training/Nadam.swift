// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam with Nesterov's look ahead (Dozat 2016): with μₜ = β₁ (1 − ½ · 0.96^(ψ t)) and Mₜ = μ₁ ⋯ μₜ,
/// `w −= α · (μₜ₊₁ m / (1 − Mₜ₊₁) + (1 − μₜ) g / (1 − Mₜ)) / (√(v / (1 − β₂ᵗ)) + ε)`.
public final class Nadam: Optimizer {
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
    /// ψ, how fast the momentum grows up to β₁.
    public let momentumDecay: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Nadam")

    /// Nadam with PyTorch's defaults; Keras has another `momentumDecay`, 1.
    public init(
        learningRate: any LearningRateConvertible = 0.002, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, momentumDecay: Double = 0.004,
        weightDecay: WeightDecay = .none, name: String = "Nadam"
    ) {
        self.learningRate = learningRate.learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.momentumDecay = momentumDecay
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
        let psi = parameter("momentumDecay", momentumDecay, in: .nonnegative, as: .float64)
        let count = steps.cast(to: .float64) + 1
        let product = product.value
        let (now, next) = (momentum(count, psi), momentum(count + 1, psi))
        let past = product * now
        let nextM = m.moved(to: g, fresh("beta1", beta1, as: dtype))
        let nextV = v.moved(to: g * g, fresh("beta2", beta2, as: dtype))
        let left2 = correction(beta2, after: steps + 1, as: dtype)
        let fromM = (next / (1 - past * next)).cast(to: dtype)
        let fromG = ((1 - now) / (1 - past)).cast(to: dtype)
        let direction = (nextM * fromM + g * fromG) / (sqrt(nextV / left2) + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// M, the product of the momenta of the steps so far.
    private var product: VariableHandle {
        slots.scalar("\(name)/momentum_product", as: .float64, initial: 1)
    }

    /// μ of the step that a count, which begins with 1, says.
    private func momentum(_ count: AnyTensor, _ psi: AnyTensor) -> AnyTensor {
        (1 - pow(.scalar(0.96, .float64), count * psi) * 0.5) * beta1
    }

    /// The assignments of one step that belong to no variable.
    public func stepUpdates() -> [Update] {
        let count = slots.steps(of: name).cast(to: .float64) + 1
        let now = momentum(count, .scalar(momentumDecay, .float64))
        return [product.assign(product.value * now)]
    }

    /// The variables that the optimizer has made: moments, the product of the momenta, and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
