// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Gradient descent with rates that fall, and the mean of the weights on the way (Polyak and Juditsky 1992; Bottou
/// 2010): with t steps before, `η = α / (1 + λ α t)^p`, `w −= η (g + λ w)`, and from step t₀ on the mean
/// `a += (w − a) / max(1, t − t₀)`.
///
/// PyTorch's `ASGD`. The mean is what to use after the training: `average(of:)`.
public final class ASGD: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// λ, of the weights and of the rate.
    public let decay: Double
    /// p, how fast rates fall.
    public let power: Double
    /// t₀: before, the mean is the weight itself.
    public let averagingStart: Double
    private let slots = OptimizerSlots(of: "ASGD")

    /// ASGD with PyTorch's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.01, decay: Double = 1e-4,
        power: Double = 0.75, averagingStart: Double = 1e6, name: String = "ASGD"
    ) {
        self.learningRate = learningRate.learningRate
        self.decay = decay
        self.power = power
        self.averagingStart = averagingStart
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let a = average(of: variable)
        let steps = slots.steps(of: name)
        let count = steps.cast(to: dtype)
        let rate = learningRate.tensor(as: dtype, step: steps)
        let decay = parameter("decay", decay, in: .nonnegative, as: dtype)
        let power = parameter("power", power, in: .nonnegative, as: dtype)
        let start = parameter("averagingStart", averagingStart, in: .nonnegative, as: dtype)
        let eta = rate / pow(decay * rate * count + 1, power)
        let w = variable.value.widened
        let next = w - (g + w * decay) * eta
        let weight = maximum(count - start, .scalar(1, dtype))
        return [
            a.assign(a.value + (next - a.value) / weight),
            variable.assign(next.cast(to: variable.dtype)),
        ]
    }

    /// The mean of a variable's values; 0 before the first step.
    public func average(of variable: VariableHandle) -> VariableHandle {
        slots.slot(name, of: variable)
    }

    /// The variables that the optimizer has made: the means and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
