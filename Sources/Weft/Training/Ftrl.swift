// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Follow the regularised leader, for models with many weights that should be 0 (McMahan et al. 2013):
/// `n′ = n + g²`, `z += g + 2 λₛ w − (n′^(−p) − n^(−p)) / α · w`, and with q = n′^(−p) / α + 2 λ₂
/// `w = (sign(z) λ₁ − z) / q`, or 0 where |z| is at most λ₁.
///
/// TensorFlow's `FtrlOptimizer`. p is −½ by default: rates fall with the root of the sum of squares.
public final class Ftrl: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// p, how rates fall; 0 for rates that stay.
    public let learningRatePower: Double
    /// What n starts from.
    public let initialAccumulator: Double
    /// λ₁: the larger, the more weights are 0.
    public let l1: Double
    /// λ₂, which makes weights small.
    public let l2: Double
    /// λₛ, a penalty of the loss that does not count for the rates.
    public let l2Shrinkage: Double
    private let slots = OptimizerSlots(of: "Ftrl")

    /// FTRL with a step size.
    public init(
        learningRate: any LearningRateConvertible, learningRatePower: Double = -0.5,
        initialAccumulator: Double = 0.1, l1: Double = 0, l2: Double = 0, l2Shrinkage: Double = 0,
        name: String = "Ftrl"
    ) {
        self.learningRate = learningRate.learningRate
        self.learningRatePower = learningRatePower
        self.initialAccumulator = initialAccumulator
        self.l1 = l1
        self.l2 = l2
        self.l2Shrinkage = l2Shrinkage
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        if let problem = problem(dtype) { return [variable.assign(.invalid(name, nil, problem))] }
        let n = slots.slot(name, of: variable, initial: initialAccumulator)
        let z = slots.slot("\(name)_1", of: variable)
        let w = variable.value.widened
        let rate = learningRate.tensor(as: dtype, step: slots.steps(of: name))
        let nextN = n.value + g * g
        let shrunken = l2Shrinkage == 0 ? g : g + w * (2 * l2Shrinkage)
        let height = power(nextN)
        let nextZ = z.value + shrunken - (height - power(n.value)) / rate * w
        let q = height / rate + 2 * l2
        let (zero, limit) = (AnyTensor.scalar(0, dtype), AnyTensor.scalar(l1, dtype))
        let next = select(abs(nextZ) .> limit, (sign(nextZ) * limit - nextZ) / q, zero)
        return [
            n.assign(nextN), z.assign(nextZ), variable.assign(next.cast(to: variable.dtype)),
        ]
    }

    /// x^(−p).
    private func power(_ x: AnyTensor) -> AnyTensor {
        learningRatePower == -0.5
            ? sqrt(x) : pow(x, .scalar(-learningRatePower, x.dtype))
    }

    private func problem(_ dtype: DType) -> String? {
        guard learningRatePower <= 0, learningRatePower.isFinite else {
            return "learningRatePower must be finite and not positive, not \(learningRatePower)"
        }
        return [
            ("initialAccumulator", initialAccumulator), ("l1", l1), ("l2", l2),
            ("l2Shrinkage", l2Shrinkage),
        ].lazy.compactMap { ParameterRange.nonnegative.problem($0.0, $0.1, dtype) }.first
    }

    /// The variables that the optimizer has made: n and z.
    public var variables: [VariableHandle] { slots.all }
}

/// Adagrad by dual averages: a weight is computed from the sum of all its gradients, and not from itself
/// (Duchi et al. 2011): `s += g`, `n += g²`, and with t steps
/// `w = −α · sign(s) · max(|s| − λ₁ t, 0) / (λ₂ α t + √n)`.
///
/// TensorFlow's `AdagradDAOptimizer`. Weights begin near 0 therefore, whatever their initial values.
public final class AdagradDA: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// What n starts from; above 0.
    public let initialAccumulator: Double
    /// λ₁: the larger, the more weights are 0.
    public let l1: Double
    /// λ₂, which makes weights small.
    public let l2: Double
    private let slots = OptimizerSlots(of: "AdagradDA")

    /// AdagradDA with a step size.
    public init(
        learningRate: any LearningRateConvertible, initialAccumulator: Double = 0.1,
        l1: Double = 0, l2: Double = 0, name: String = "AdagradDA"
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
        let s = slots.slot(name, of: variable)
        let n = slots.slot("\(name)_1", of: variable, initial: initialAccumulator)
        let steps = slots.steps(of: name)
        let count = (steps + 1).cast(to: dtype)
        let rate = learningRate.tensor(as: dtype, step: steps)
        let (nextS, nextN) = (s.value + g, n.value + g * g)
        let limit = parameter("l1", l1, in: .nonnegative, as: dtype) * count
        let l2 = parameter("l2", l2, in: .nonnegative, as: dtype)
        let above = sign(nextS) * maximum(abs(nextS) - limit, .scalar(0, dtype))
        let next = -rate * above / (l2 * count * rate + sqrt(nextN))
        return [
            s.assign(nextS), n.assign(nextN), variable.assign(next.cast(to: variable.dtype)),
        ]
    }

    /// The variables that the optimizer has made: the sums and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
