// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Steps divided by the root of a moving mean of squared gradients that is kept, for matrices, as the means of its
/// rows and columns (Shazeer and Stern 2018): memory for a row and a column in place of a matrix.
///
/// With β̂ = t^d: `R += β̂ (mean of g² over columns − R)`, `C` alike over rows, `V = R C / mean(R)`;
/// `u = g / √max(V, ε₁²)`, `w −= max(ε₂, rms(w)) · min(α, 1/√t) · u / max(1, rms(u) / clip)`.
///
/// PyTorch's form. What has fewer than two axes keeps V itself; of more axes the last two are rows and columns.
public final class Adafactor: Optimizer {
    /// The name that the optimizer's variables begin with.
    public let name: String
    /// The step size α.
    public let learningRate: LearningRate
    /// d, not positive: how the moving means forget less and less.
    public let decayPower: Double
    /// ε₁, the least root of a moment.
    public let epsilon: Double
    /// ε₂, the least size of a variable that a step goes with.
    public let leastScale: Double
    /// The greatest root mean square of u, above 0.
    public let clip: Double
    /// λ of weights that decay apart from the gradient, and which variables it is for.
    public let weightDecay: WeightDecay
    private let slots = OptimizerSlots(of: "Adafactor")

    /// Adafactor with the paper's constants.
    public init(
        learningRate: any LearningRateConvertible = 0.01, decayPower: Double = -0.8,
        epsilon: Double = 1e-15, leastScale: Double = 1e-3, clip: Double = 1,
        weightDecay: WeightDecay = .none, name: String = "Adafactor"
    ) {
        self.learningRate = learningRate.learningRate
        self.decayPower = decayPower
        self.epsilon = epsilon
        self.leastScale = leastScale
        self.clip = clip
        self.weightDecay = weightDecay
        self.name = name
    }

    /// The assignments of one step for one variable.
    public func updates(of variable: VariableHandle, gradient g: AnyTensor) -> [Update] {
        let dtype = variable.stepType
        let g = g.widened
        guard decayPower <= 0, decayPower.isFinite, clip > 0, clip.isFinite else {
            return [variable.assign(.invalid(name, nil, problem))]
        }
        let steps = slots.steps(of: name)
        let count = (steps + 1).cast(to: .float64)
        let fresh = pow(count, .scalar(decayPower, .float64)).cast(to: dtype)
        let epsilon = parameter("epsilon", epsilon, in: .nonnegative, as: dtype)
        var (result, spread): ([Update], AnyTensor)
        let axes = variable.shape.count
        let square = g * g
        if axes > 1 {
            var (rows, columns) = (variable.shape, variable.shape)
            rows[axes - 1] = 1
            columns[axes - 2] = 1
            let r = slots.slot(name, of: variable, shape: rows)
            let c = slots.slot("\(name)_1", of: variable, shape: columns)
            let nextR = r.moved(to: square.mean(axes: [-1], keepingDimensions: true), fresh)
            let nextC = c.moved(to: square.mean(axes: [-2], keepingDimensions: true), fresh)
            result = [r.assign(nextR), c.assign(nextC)]
            let mean = maximum(nextR.mean(axes: [-2], keepingDimensions: true), epsilon)
            spread = nextR * nextC / mean
        } else {
            let v = slots.slot(name, of: variable)
            spread = v.moved(to: square, fresh)
            result = [v.assign(spread)]
        }
        let u = g / sqrt(maximum(spread, epsilon * epsilon))
        let w = variable.value.widened
        let scale = maximum(
            sqrt((w * w).mean()), parameter("leastScale", leastScale, in: .nonnegative, as: dtype))
        let rate = learningRate.tensor(as: dtype, step: steps)
        let relative = minimum(rate, rsqrt(count).cast(to: dtype)) * scale
        let divisor = maximum(sqrt((u * u).mean()) / clip, .scalar(1, dtype))
        var change = u * (relative / divisor)
        if let decay = weightDecay.rate(of: variable, by: self) {
            change = change + w * (rate * decay)
        }
        return result + [variable.assign(lessenedBy: change)]
    }

    private var problem: String {
        decayPower <= 0 && decayPower.isFinite
            ? "clip must be finite and above 0, not \(clip)"
            : "decayPower must be finite and not positive, not \(decayPower)"
    }

    /// The variables that the optimizer has made: the moving means and the number of steps.
    public var variables: [VariableHandle] { slots.all }
}
