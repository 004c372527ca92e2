// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Gradient descent, and then the step to what the penalties want (Duchi and Singer 2009):
/// `u = w − α g`, `w = sign(u) · max(|u| − α λ₁, 0) / (1 + α λ₂)`.
public final class ProximalGradientDescent: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// λ₁: the larger, the more weights are 0.
    public let l1: Double
    /// λ₂, which makes weights small.
    public let l2: Double
    private let slots = OptimizerSlots(of: "ProximalGradientDescent")

    /// Proximal gradient descent with a step size.
    public init(
        learningRate: any LearningRateConvertible, l1: Double = 0, l2: Double = 0,
        name: String = "ProximalGradientDescent"
    ) {
        self.learningRate = learningRate.learningRate
        self.l1 = l1
        self.l2 = l2
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let next = shrunken(variable.value.widened - g * rate, rate, l1: l1, l2: l2)
        return [variable.assign(next.cast(to: variable.dtype))]
    }

    /// The variables that the optimizer has made: the number of steps, where a schedule asks for it.
    public var variables: [VariableHandle] { slots.all }
}

/// Adagrad, and then the step to what the penalties want (Duchi et al. 2011): `s += g²`, and with α′ = α / √s
/// `u = w − α′ g`, `w = sign(u) · max(|u| − α′ λ₁, 0) / (1 + α′ λ₂)`.
public final class ProximalAdagrad: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// What s starts from; above 0.
    public let initialAccumulator: Double
    /// λ₁: the larger, the more weights are 0.
    public let l1: Double
    /// λ₂, which makes weights small.
    public let l2: Double
    private let slots = OptimizerSlots(of: "ProximalAdagrad")

    /// Proximal Adagrad with a step size.
    public init(
        learningRate: any LearningRateConvertible, initialAccumulator: Double = 0.1,
        l1: Double = 0, l2: Double = 0, name: String = "ProximalAdagrad"
    ) {
        self.learningRate = learningRate.learningRate
        self.initialAccumulator = initialAccumulator
        self.l1 = l1
        self.l2 = l2
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let first = parameter("initialAccumulator", initialAccumulator, in: .nonnegative, as: dtype)
        if let error = first.error { return [variable.assign(.invalid(error))] }
        let s = slots.slot(name, of: variable, initial: initialAccumulator)
        let nextS = s.value + g * g
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name)) / sqrt(nextS)
        let next = shrunken(variable.value.widened - g * rate, rate, l1: l1, l2: l2)
        return [s.assign(nextS), variable.assign(next.cast(to: variable.dtype))]
    }

    /// The variables that the optimizer has made: the sums of squares.
    public var variables: [VariableHandle] { slots.all }
}

extension Optimizer {
    /// `sign(u) · max(|u| − α λ₁, 0) / (1 + α λ₂)`.
    fileprivate func shrunken(
        _ u: AnyTensor, _ rate: AnyTensor, l1: Double, l2: Double
    ) -> AnyTensor {
        let l1 = parameter("l1", l1, in: .nonnegative, as: u.dtype)
        let l2 = parameter("l2", l2, in: .nonnegative, as: u.dtype)
        let zero = AnyTensor.scalar(0, u.dtype)
        return sign(u) * maximum(abs(u) - rate * l1, zero) / (rate * l2 + 1)
    }
}
