// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Steps divided by the root of the sum of squared gradients (Duchi et al. 2011):
/// `s += g²`, `w −= α · g / √s`.
public final class Adagrad: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// What `s` starts from; from 0 a weight moves from its first gradient on.
    public let initialAccumulator: Double
    private let slots = OptimizerSlots(of: "Adagrad")

    /// Adagrad with a step size.
    public init(
        learningRate: any LearningRateConvertible, initialAccumulator: Double = 0.1,
        name: String = "Adagrad"
    ) {
        self.learningRate = learningRate.learningRate
        self.initialAccumulator = initialAccumulator
        self.name = name
    }

    /// True: no square is added, and there is no step.
    public func leavesRowsWithoutGradient(of variable: VariableHandle) -> Bool { true }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let first = parameter(
            "initialAccumulator", initialAccumulator, in: .nonnegative, as: dtype)
        if let error = first.error { return [variable.assign(.invalid(error))] }
        let s = slots.slot(name, of: variable, initial: initialAccumulator)
        let next = s.value + g * g
        // Where no gradient has been, nor a start, there is no step.
        let zero = AnyTensor.scalar(0, dtype)
        let scale = select(
            next .== zero, zero, rsqrt(next))
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let change = rate * g * scale
        return [s.assign(next), variable.assign(lessenedBy: change)]
    }

    /// The variables that the optimizer has made: the sums of squares.
    public var variables: [VariableHandle] { slots.all }
}

/// Steps divided by the root of a moving mean of squared gradients (Tieleman and Hinton 2012):
/// `s += (1 − ρ)(g² − s)`, `a = μ · a + α · g / √(s + ε)`, `w −= a`.
///
/// Centred, the root is that of the gradient's moving variance. `s` starts from 1, as in TensorFlow 1.
public final class RMSProp: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate ρ of the moving mean.
    public let decay: Double
    /// The share μ of the last step.
    public let momentum: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// Whether the squared moving mean of the gradient is subtracted.
    public let isCentered: Bool
    private let slots = OptimizerSlots(of: "RMSProp")

    /// RMSProp with a step size.
    public init(
        learningRate: any LearningRateConvertible, decay: Double = 0.9, momentum: Double = 0,
        epsilon: Double = 1e-10, isCentered: Bool = false, name: String = "RMSProp"
    ) {
        self.learningRate = learningRate.learningRate
        self.decay = decay
        self.momentum = momentum
        self.epsilon = epsilon
        self.isCentered = isCentered
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        // In TensorFlow's order, which the slots' names follow: the mean, where there is one, is
        // made before the last step.
        let s = slots.slot(name, of: variable, initial: 1)
        let mean = isCentered ? slots.slot("\(name)_1", of: variable) : nil
        let a = slots.slot(isCentered ? "\(name)_2" : "\(name)_1", of: variable)
        let fresh = AnyTensor.scalar(1, dtype) - parameter("decay", decay, in: .share, as: dtype)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let share = parameter("momentum", momentum, in: .share, as: dtype)
        let nextS = s.value + (g * g - s.value) * fresh
        var result = [s.assign(nextS)]
        var spread = nextS
        if let mean {
            let nextMean = mean.value + (g - mean.value) * fresh
            result.append(mean.assign(nextMean))
            // Rounding may leave the difference of nearly equal numbers below 0.
            spread = maximum(nextS - nextMean * nextMean, .scalar(0, dtype))
        }
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let step = rate * g / AnyTensor.unary(.sqrt, spread + epsilon)
        let next = a.value * share + step
        return result + [a.assign(next), variable.assign(lessenedBy: next)]
    }

    /// The variables that the optimizer has made: the moving means and the last steps.
    public var variables: [VariableHandle] { slots.all }
}
