// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Normalises each channel over the batch (Ioffe and Szegedy 2015).
///
/// Training: `(x − mean) / √(variance + ε) · scale + offset` with mean and (population) variance of
/// the batch; the moving averages are updated by the training step that depends on the result.
/// Inference: the same with the moving averages.
///
/// - Shape: input `[..., channels]` → the same.
public struct BatchNorm<Scalar: FloatingScalar>: Layer {
    /// Which variance of the batch goes into the moving variance.
    public enum MovingVariance: Sendable {
        /// Divided by the number of elements n: TensorFlow's unfused rule.
        case population
        /// Divided by n − 1 (for n = 1 by 1): TensorFlow's fused rule, PyTorch's too.
        case unbiased
    }

    private struct Variables: Sendable {
        let scale, offset: Variable<Scalar>?
        let movingMean, movingVariance: Variable<Scalar>
    }

    private let variablesOfSize: SizedVariables<Variables>
    private let usesScale, usesOffset: Bool
    /// The share of a moving average that an update keeps.
    public let momentum: Double
    /// Added to the variance.
    public let epsilon: Double
    /// Which variance goes into the moving variance.
    public let movingVarianceRule: MovingVariance
    /// The share of the batch in a moving average: 1 − momentum, rounded once. TensorFlow's fused
    /// layers on images subtract in single precision instead, and differ in the fifth digit.
    package var updateShare: Double

    /// A layer whose variables are `name/gamma`, `beta`, `moving_mean` and `moving_variance`.
    ///
    /// - Parameter channels: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, channels: Int? = nil, momentum: Double = 0.99, epsilon: Double = 0.001,
        usesScale: Bool = true, usesOffset: Bool = true,
        movingVarianceRule: MovingVariance = .unbiased
    ) {
        self.momentum = momentum
        updateShare = 1 - momentum
        self.epsilon = epsilon
        self.movingVarianceRule = movingVarianceRule
        self.usesScale = usesScale
        self.usesOffset = usesOffset
        variablesOfSize = SizedVariables(name, size: channels) { channels in
            let shape = [channels]
            return Variables(
                scale: usesScale ? Variable("gamma", shape: shape, initializer: .ones) : nil,
                offset: usesOffset ? Variable("beta", shape: shape) : nil,
                movingMean: Variable("moving_mean", shape: shape, isTrainable: false),
                movingVariance: Variable(
                    "moving_variance", shape: shape, initializer: .ones, isTrainable: false))
        }
    }

    /// A layer over variables that there are: of one vector each, as many numbers as channels; nil when one
    /// is of another element type.
    package init?(
        scale: VariableHandle?, offset: VariableHandle?, movingMean: VariableHandle,
        movingVariance: VariableHandle, momentum: Double, updateShare: Double, epsilon: Double,
        movingVarianceRule: MovingVariance
    ) {
        let scope = movingMean.scope
        guard let movingMean = Variable<Scalar>(movingMean),
            let movingVariance = Variable<Scalar>(movingVariance)
        else { return nil }
        self.momentum = momentum
        self.updateShare = updateShare
        self.epsilon = epsilon
        self.movingVarianceRule = movingVarianceRule
        usesScale = scale != nil
        usesOffset = offset != nil
        variablesOfSize = SizedVariables(
            scope: scope,
            made: Variables(
                scale: scale.flatMap { Variable($0) }, offset: offset.flatMap { Variable($0) },
                movingMean: movingMean, movingVariance: movingVariance))
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public var scale: Variable<Scalar>? {
        usesScale ? variablesOfSize.made?.scale ?? variablesOfSize.missing("gamma") : nil
    }
    /// What is added then, `[channels]`; nil without.
    public var offset: Variable<Scalar>? {
        usesOffset ? variablesOfSize.made?.offset ?? variablesOfSize.missing("beta") : nil
    }
    /// The moving average of means, `[channels]`.
    public var movingMean: Variable<Scalar> {
        variablesOfSize.made?.movingMean ?? variablesOfSize.missing("moving_mean")
    }
    /// The moving average of variances, `[channels]`.
    public var movingVariance: Variable<Scalar> {
        variablesOfSize.made?.movingVariance ?? variablesOfSize.missing("moving_variance")
    }

    /// The layer's output, with the updates of the moving averages riding on it when it trains.
    ///
    /// A batch of no elements updates nothing. Of 16-bit floats the statistics and the averages'
    /// steps are computed in 32 bits and rounded once. A momentum outside 0...1 is an error.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        Tensor(
            variablesOfSize.output("batchNorm", x.anyTensor) { try output(x.anyTensor, mode) })
    }

    private func output(_ x: AnyTensor, _ mode: Mode) throws -> AnyTensor {
        guard let rank = x.rank, rank > 1 else {
            throw RuleViolation("the input must be of rank 2 or more, not \(x.type)")
        }
        guard momentum >= 0, momentum <= 1 else {
            throw RuleViolation("the momentum must be from 0 to 1, not \(momentum)")
        }
        guard epsilon >= 0, epsilon.isFinite else {
            throw RuleViolation("epsilon must be finite and not negative, not \(epsilon)")
        }
        let own = try variablesOfSize.made(for: x, argument: "channels")
        let (movingMean, movingVariance) = (own.movingMean, own.movingVariance)
        let input = x.widened
        let axes = Array(0..<rank - 1)
        let (moving, spread) = (movingMean.anyTensor.widened, movingVariance.anyTensor.widened)
        if case .inference = mode { return normalized(input, moving, spread, own) }

        // Where the run does not train, the batch has no part in the statistics, whatever is in it:
        // what overflows or is NaN cannot be multiplied away.
        let batch = mode.select(training: input, inference: .scalar(0, input.dtype))
        let count = input.elementCount(axes: axes, as: input.dtype)
        // Of no elements the sums are 0, and so are their means.
        let divisor = maximum(count, .scalar(1, count.dtype))
        let mean = batch.sum(axes: axes) / divisor
        let centered = batch - mean
        let variance = (centered * centered).sum(axes: axes) / divisor
        let output = normalized(
            input, mode.select(training: mean, inference: moving),
            mode.select(training: variance, inference: spread), own)
        return output.withUpdates([
            average(movingMean, mean, count, mode),
            average(movingVariance, movingBatchVariance(variance, count), count, mode),
        ])
    }

    private func normalized(
        _ x: AnyTensor, _ mean: AnyTensor, _ variance: AnyTensor, _ own: Variables
    ) -> AnyTensor {
        var factor = AnyTensor.unary(.rsqrt, variance + epsilon)
        if let scale = own.scale { factor = factor * scale.anyTensor.widened }
        let scaled = (x - mean) * factor
        return (own.offset.map { scaled + $0.anyTensor.widened } ?? scaled).cast(to: Scalar.dtype)
    }

    private func movingBatchVariance(_ variance: AnyTensor, _ count: AnyTensor) -> AnyTensor {
        switch movingVarianceRule {
        case .population: return variance
        case .unbiased:
            let one = AnyTensor.scalar(1, count.dtype)
            return variance * (count / AnyTensor.binary(.maximum, count - 1, one))
        }
    }

    /// `moving −= (moving − batch) · (1 − momentum)`, on the newest version: a layer used twice in
    /// a step updates twice. Not at all without elements or in a run that does not train.
    private func average(
        _ moving: Variable<Scalar>, _ batch: AnyTensor, _ count: AnyTensor, _ mode: Mode
    ) -> Update {
        let value = AnyTensor.make(.stopGradient, [batch])
        // Computed from sizes alone, so that it is a constant of the plan. Of no elements the value
        // is finite, and 0 times the distance is no step.
        let none = AnyTensor.scalar(0, value.dtype)
        let rate = select(
            count .> none, .scalar(updateShare, value.dtype), none)
        return moving.handle.update { old in
            let wide = old.widened
            let next = (wide - (wide - value) * rate).cast(to: old.dtype)
            return mode.select(training: next, inference: old)
        }
    }
}
