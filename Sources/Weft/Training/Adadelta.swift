// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Steps whose size comes from the sizes of the steps before (Zeiler 2012): `s += (1 − ρ)(g² − s)`,
/// `u = √(d + ε) / √(s + ε) · g`, `d += (1 − ρ)(u² − d)`, `w −= α u`.
public final class Adadelta: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// The decay rate ρ of both moving means.
    public let decay: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    private let slots = OptimizerSlots(of: "Adadelta")

    /// Adadelta with the paper's constants, which have no step size: α is 1.
    public init(
        learningRate: any LearningRateConvertible = 1, decay: Double = 0.95,
        epsilon: Double = 1e-6, name: String = "Adadelta"
    ) {
        self.learningRate = learningRate.learningRate
        self.decay = decay
        self.epsilon = epsilon
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let (s, d) = (slots.slot(name, of: variable), slots.slot("\(name)_1", of: variable))
        let fresh = fresh("decay", decay, as: dtype)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let nextS = s.moved(to: g * g, fresh)
        let u = sqrt(d.value + epsilon) / sqrt(nextS + epsilon) * g
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        return [
            s.assign(nextS), d.assign(d.moved(to: u * u, fresh)),
            variable.assign(lessenedBy: u * rate),
        ]
    }

    /// The variables that the optimizer has made: the moving means.
    public var variables: [VariableHandle] { slots.all }
}
