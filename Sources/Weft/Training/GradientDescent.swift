// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Plain gradient descent: `w −= α · (g + λ w)`.
public final class GradientDescent: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate

    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "GradientDescent")

    /// Gradient descent with a step size.
    public init(
        learningRate: any LearningRateConvertible, weightDecay: WeightDecay = .none,
        name: String = "GradientDescent"
    ) {
        self.learningRate = learningRate.learningRate
        self.weightDecay = weightDecay
        self.name = name
    }

    /// True: a step is linear in the gradient.
    public var takesComplexVariables: Bool { true }

    /// True where weights do not decay.
    public func leavesRowsWithoutGradient(of variable: VariableHandle) -> Bool {
        weightDecay.rate(of: variable, by: self) == nil
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient: AnyTensor) -> [Update] {
        let rate = learningRate.tensor(as: variable.stepType, step: slots.steps(of: name))
        let change = weightDecay.added(to: gradient.widened, of: variable, by: self)
        return [variable.assign(lessenedBy: rate * change)]
    }

    /// None, but the number of steps where a schedule asks for it.
    public var variables: [VariableHandle] { slots.all }
}

/// Gradient descent with momentum: `a = μ · a + g`, `w −= α · a`; with Nesterov's look ahead
/// `w −= α · g + α · μ · a` (Sutskever et al. 2013).
public final class Momentum: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The share μ of the last step's direction.
    public let momentum: Double
    /// Whether to look ahead.
    public let usesNesterov: Bool
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Momentum")

    /// Momentum with a step size.
    public init(
        learningRate: any LearningRateConvertible, momentum: Double = 0.9,
        usesNesterov: Bool = false, weightDecay: WeightDecay = .none, name: String = "Momentum"
    ) {
        self.learningRate = learningRate.learningRate
        self.momentum = momentum
        self.usesNesterov = usesNesterov
        self.weightDecay = weightDecay
        self.name = name
    }

    /// True: a step is linear in the gradients.
    public var takesComplexVariables: Bool { true }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let a = slots.slot(name, of: variable)
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let share = parameter("momentum", momentum, in: .share, as: dtype)
        let next = a.value * share + g
        var change = usesNesterov ? g * rate + next * share * rate : next * rate
        if let decay = weightDecay.rate(of: variable, by: self) {
            change = change + variable.value.widened * (rate * decay)
        }
        return [a.assign(next), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: the last steps.
    public var variables: [VariableHandle] { slots.all }
}
