// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Steps of one size for all weights, in the direction of a mean of gradients (Chen et al. 2023):
/// `w −= α · (sign(β₁ m + (1 − β₁) g) + λ w)`, then `m += (1 − β₂)(g − m)`.
public final class Lion: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The share of the mean in the direction.
    public let beta1: Double
    /// The decay rate of the mean.
    public let beta2: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Lion")

    /// Lion with the paper's defaults; its rate is a third to a tenth of Adam's.
    public init(
        learningRate: any LearningRateConvertible = 0.0001, beta1: Double = 0.9,
        beta2: Double = 0.99, weightDecay: WeightDecay = .none, name: String = "Lion"
    ) {
        self.learningRate = learningRate.learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.weightDecay = weightDecay
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let m = slots.slot(name, of: variable)
        let direction = sign(m.moved(to: g, fresh("beta1", beta1, as: dtype)))
        let change =
            learningRate.tensor(as: dtype, step: slots.steps(of: name))
            * weightDecay.added(to: direction, of: variable, by: self)
        return [
            m.assign(m.moved(to: g, fresh("beta2", beta2, as: dtype))),
            variable.assign(lessenedBy: change),
        ]
    }

    /// The variables that the optimizer has made: the means.
    public var variables: [VariableHandle] { slots.all }
}

/// A step size for each weight that grows while the gradient keeps its sign, and shrinks when it changes
/// (Riedmiller and Braun 1993): `η = η · η₊ or η · η₋`, within limits, and `w −= η · sign(g)`.
///
/// Where the sign has changed the weight stays for one step. It is for gradients of all examples, not of batches.
public final class Rprop: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// What each η starts from.
    public let initialStep: Double
    /// η₋, above 0 and below 1.
    public let shrinking: Double
    /// η₊, above 1.
    public let growing: Double
    /// The least step size and the greatest.
    public let limits: ClosedRange<Double>
    private let slots = OptimizerSlots(of: "Rprop")

    /// Rprop with PyTorch's defaults.
    public init(
        initialStep: Double = 0.01, shrinking: Double = 0.5, growing: Double = 1.2,
        limits: ClosedRange<Double> = 1e-6...50, name: String = "Rprop"
    ) {
        self.initialStep = initialStep
        self.shrinking = shrinking
        self.growing = growing
        self.limits = limits
        self.name = name
    }

    private func problem(_ dtype: DType) -> String? {
        guard shrinking > 0, shrinking < 1 else {
            return "shrinking must be above 0 and less than 1, not \(shrinking)"
        }
        guard growing > 1, growing.isFinite else {
            return "growing must be finite and above 1, not \(growing)"
        }
        return [
            ("initialStep", initialStep), ("the least step", limits.lowerBound),
            ("the greatest step", limits.upperBound),
        ].lazy.compactMap { ParameterRange.nonnegative.problem($0.0, $0.1, dtype) }.first
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        if let problem = problem(dtype) { return [variable.assign(.invalid(name, nil, problem))] }
        let g = g.widened
        let last = slots.slot(name, of: variable)
        let size = slots.slot("\(name)_1", of: variable, initial: initialStep)
        func scalar(_ number: Double) -> AnyTensor { .scalar(number, dtype) }
        // The signs of both, since the product of small gradients may be 0.
        let agreement = sign(g) * sign(last.value)
        let shrinks = agreement .< scalar(0)
        let factor = select(
            agreement .> scalar(0), scalar(growing),
            select(shrinks, scalar(shrinking), scalar(1)))
        let next = minimum(
            maximum(size.value * factor, scalar(limits.lowerBound)), scalar(limits.upperBound))
        let kept = select(shrinks, scalar(0), g)
        return [
            last.assign(kept), size.assign(next), variable.assign(lessenedBy: sign(kept) * next),
        ]
    }

    /// The variables that the optimizer has made: the last gradients and the step sizes.
    public var variables: [VariableHandle] { slots.all }
}
