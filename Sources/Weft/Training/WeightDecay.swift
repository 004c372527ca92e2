// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Weights that lose a share of themselves in each step, apart from their gradients (Loshchilov and Hutter 2017):
/// `w −= α λ w` beside the rule's own change.
///
/// A penalty of the loss that is squared (L2) does the same for plain gradient descent, and not for rules that
/// divide gradients by their size. A number stands for the decay of all variables:
///
/// ```swift
/// AdamW(learningRate: 1e-3, weightDecay: 0.01)
/// AdamW(learningRate: 1e-3, weightDecay: WeightDecay(0.01) { $0.shape.count > 1 })
/// ```
public struct WeightDecay: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// λ: together with the learning rate, the share that is lost in a step.
    public let rate: Double
    /// Which variables it is for.
    public let applies: @Sendable (VariableHandle) -> Bool

    /// The decay of the variables for which `applies` is true; by default of all.
    ///
    /// - Parameter rate: λ, not negative: another one is an error of the training step.
    public init(
        _ rate: Double, where applies: @escaping @Sendable (VariableHandle) -> Bool = { _ in true }
    ) {
        self.rate = rate
        self.applies = applies
    }

    /// No decay.
    public static let none = WeightDecay(0)

    /// The decay of what has at least two axes, such as the weights of layers; not of biases and of the scales of
    /// normalisations.
    public static func ofMatrices(_ rate: Double) -> WeightDecay {
        WeightDecay(rate) { $0.shape.count > 1 }
    }

    /// The decay of all variables.
    public init(floatLiteral value: Double) { self.init(value) }
    /// The decay of all variables.
    public init(integerLiteral value: Int) { self.init(Double(value)) }

    /// λ for a variable; nil where nothing decays.
    func rate(of variable: VariableHandle, by optimizer: some Optimizer) -> AnyTensor? {
        guard rate != 0, applies(variable) else { return nil }
        return optimizer.parameter("weightDecay", rate, in: .nonnegative, as: variable.stepType)
    }

    /// A change that is not yet multiplied by the learning rate, with λ w added.
    func added(
        to change: AnyTensor, of variable: VariableHandle, by optimizer: some Optimizer
    ) -> AnyTensor {
        rate(of: variable, by: optimizer).map { change + variable.value.widened * $0 } ?? change
    }
}
