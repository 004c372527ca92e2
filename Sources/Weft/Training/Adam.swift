// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Adaptive moment estimation (Kingma and Ba 2014).
///
/// `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`; where epsilon is added depends on `epsilonPlacement`.
public final class Adam: Optimizer {
    /// Where epsilon stands.
    public enum EpsilonPlacement: Sendable {
        /// Beside the root of the bias-corrected second moment, as in the paper's algorithm 1:
        /// `w −= α · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`.
        case afterBiasCorrection
        /// Beside the root of the second moment itself, as TensorFlow has it (the paper's
        /// 'epsilon hat'): `w −= α · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)`.
        case beforeBiasCorrection
    }

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
    /// Where epsilon stands.
    public let epsilonPlacement: EpsilonPlacement
    private let slots = OptimizerSlots(of: "Adam")

    /// Adam with the paper's defaults.
    public init(
        learningRate: any LearningRateConvertible = 0.001, beta1: Double = 0.9,
        beta2: Double = 0.999,
        epsilon: Double = 1e-8, epsilonPlacement: EpsilonPlacement = .afterBiasCorrection,
        name: String = "Adam"
    ) {
        self.learningRate = learningRate.learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.epsilonPlacement = epsilonPlacement
        self.name = name
    }

    /// What the powers are kept in: single precision where TensorFlow's bits are wanted.
    private var powerType: DType {
        epsilonPlacement == .beforeBiasCorrection ? .float32 : .float64
    }

    /// The powers β₁ᵗ and β₂ᵗ of the step to come.
    private var powers: (VariableHandle, VariableHandle) {
        (
            slots.scalar("\(name)/beta1_power", as: powerType, initial: beta1),
            slots.scalar("\(name)/beta2_power", as: powerType, initial: beta2)
        )
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        let m = slots.slot(name, of: variable)
        let v = slots.slot("\(name)_1", of: variable)
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        let moments = [g, variable.value.widened, m.value, v.value]
        let next: [AnyTensor]
        switch epsilonPlacement {
        case .beforeBiasCorrection:
            // The order of the operations is TensorFlow's, so that results agree to the bit.
            let one = AnyTensor.scalar(1, dtype)
            let rest1 = one - parameter("beta1", beta1, in: .decay, as: dtype)
            let rest2 = one - parameter("beta2", beta2, in: .decay, as: dtype)
            let left1 = one - powers.0.value.cast(to: dtype)
            let left2 = one - powers.1.value.cast(to: dtype)
            let arguments = moments + [rest1, rest2, epsilon]
            let alpha = rate * AnyTensor.unary(.sqrt, left2) / left1
            next = AnyTensor.hinted(.adamBeforeCorrection, "adam", arguments + [alpha]) { p in
                Self.step(p) { m, v in m * p[7] / (AnyTensor.unary(.sqrt, v) + p[6]) }
            }
        case .afterBiasCorrection:
            let rests = [fresh("beta1", beta1, as: dtype), fresh("beta2", beta2, as: dtype)]
            let left1 = (1 - powers.0.value).cast(to: dtype)
            let left2 = (1 - powers.1.value).cast(to: dtype)
            let arguments = moments + rests + [epsilon]
            next = AnyTensor.hinted(
                .adamAfterCorrection, "adam", arguments + [rate, left1, left2]
            ) { p in
                Self.step(p) { m, v in
                    p[7] * (m / p[8]) / (AnyTensor.unary(.sqrt, v / p[9]) + p[6])
                }
            }
        }
        return [
            m.assign(next[1]), v.assign(next[2]), variable.assign(next[0].cast(to: variable.dtype)),
        ]
    }

    /// (gradient, variable, m, v, 1 − β₁, 1 − β₂...) → the next variable, m and v.
    private static func step(
        _ p: [AnyTensor], change: (_ m: AnyTensor, _ v: AnyTensor) -> AnyTensor
    ) -> [AnyTensor] {
        let (g, w) = (p[0], p[1])
        let m = p[2] + (g - p[2]) * p[4]
        let v = p[3] + (g * g - p[3]) * p[5]
        return [w - change(m, v), m, v]
    }

    /// The assignments of one step that belong to no variable.
    public func stepUpdates() -> [Update] {
        let (power1, power2) = powers
        return [
            power1.assign(power1.value * .scalar(beta1, powerType)),
            power2.assign(power2.value * .scalar(beta2, powerType)),
        ]
    }

    /// The variables that the optimizer has made: moments, powers, and the number of steps where a
    /// schedule asks for it.
    public var variables: [VariableHandle] { slots.all }
}
