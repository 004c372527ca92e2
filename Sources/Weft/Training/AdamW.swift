// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adam with weights that decay apart from the gradient (Loshchilov and Hutter 2017):
/// `w −= α · (m̂ / (√v̂ + ε) + λ w)`.
///
/// m̂ and v̂ are Adam's moments, divided by 1 − βᵗ.
public final class AdamW: Optimizer {
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
    /// λ, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "AdamW")

    /// AdamW with PyTorch's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: WeightDecay = 0.01,
        name: String = "AdamW"
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
        let direction = nextM / left1 / (sqrt(nextV / left2) + epsilon)
        let change =
            learningRate.tensor(as: dtype, step: steps)
            * weightDecay.added(to: direction, of: variable, by: self)
        return [m.assign(nextM), v.assign(nextV), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: moments and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
