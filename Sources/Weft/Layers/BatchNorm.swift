// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Normalises each channel over the batch (Ioffe and Szegedy 2015).
///
/// Training: `(x − mean) / √(variance + ε) · scale + offset` with mean and (population) variance of
/// the batch; the moving averages are updated by the training step that depends on the result.
/// Inference: the same with the moving averages.
///
/// - Shape: input `[..., channels]` → the same.
public struct BatchNorm<Scalar: FloatingScalar>: Sendable {
    /// Which variance of the batch goes into the moving variance.
    public enum MovingVariance: Sendable {
        /// Divided by the number of elements n: TensorFlow's unfused rule.
        case population
        /// Divided by n − 1 (for n = 1 by 1): TensorFlow's fused rule, PyTorch's too.
        case unbiased
    }

    /// What the normalised values are multiplied by, `[channels]`; nil without.
    public let scale: Variable<Scalar>?
    /// What is added then, `[channels]`; nil without.
    public let offset: Variable<Scalar>?
    /// The moving average of means, `[channels]`.
    public let movingMean: Variable<Scalar>
    /// The moving average of variances, `[channels]`.
    public let movingVariance: Variable<Scalar>
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
    public init(
        _ name: String, channels: Int, momentum: Double = 0.99, epsilon: Double = 0.001,
        usesScale: Bool = true, usesOffset: Bool = true,
        movingVarianceRule: MovingVariance = .unbiased
    ) {
        self.momentum = momentum
        updateShare = 1 - momentum
        self.epsilon = epsilon
        self.movingVarianceRule = movingVarianceRule
        let shape = [channels]
        (scale, offset, movingMean, movingVariance) = withNameScope(name) {
            (
                usesScale ? Variable("gamma", shape: shape, initializer: .ones) : nil,
                usesOffset ? Variable("beta", shape: shape) : nil,
                Variable("moving_mean", shape: shape, isTrainable: false),
                Variable("moving_variance", shape: shape, initializer: .ones, isTrainable: false)
            )
        }
    }

    /// The layer's output, with the updates of the moving averages riding on it when it trains.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        guard let rank = x.rank, rank > 1 else {
            return Tensor(
                .invalid(
                    "batchNorm", nil, "the input must be of rank 2 or more, not \(x.anyTensor.type)"
                ))
        }
        let input = x.anyTensor
        let axes = Array(0..<rank - 1)
        let (moving, spread) = (movingMean.anyTensor, movingVariance.anyTensor)
        if case .inference = mode { return Tensor(normalized(input, moving, spread)) }

        let mean = input.mean(axes: axes)
        let centered = input - mean
        let variance = (centered * centered).mean(axes: axes)
        let output = normalized(
            input, mode.select(training: mean, inference: moving),
            mode.select(training: variance, inference: spread))
        return Tensor(
            withUpdates(
                output,
                [
                    average(movingMean, mean, mode),
                    average(movingVariance, movingBatchVariance(variance, input, axes), mode),
                ]))
    }

    private func normalized(_ x: AnyTensor, _ mean: AnyTensor, _ variance: AnyTensor) -> AnyTensor {
        var factor = AnyTensor.unary(.rsqrt, variance + epsilon)
        if let scale { factor = factor * scale.anyTensor }
        let scaled = (x - mean) * factor
        return offset.map { scaled + $0.anyTensor } ?? scaled
    }

    private func movingBatchVariance(
        _ variance: AnyTensor, _ x: AnyTensor, _ axes: [Int]
    ) -> AnyTensor {
        switch movingVarianceRule {
        case .population: return variance
        case .unbiased:
            let n = x.elementCount(axes: axes)
            let one = AnyTensor.scalar(1, n.dtype)
            return variance * (n / AnyTensor.binary(.maximum, n - 1, one))
        }
    }

    /// `moving −= (moving − batch) · (1 − momentum)`, on the newest version: a layer used twice in
    /// a step updates twice.
    private func average(_ moving: Variable<Scalar>, _ batch: AnyTensor, _ mode: Mode) -> Update {
        let dtype = Scalar.dtype
        let rate = mode.select(
            training: .scalar(updateShare, dtype), inference: .scalar(0, dtype))
        let value = AnyTensor.make(.stopGradient, [batch])
        return moving.handle.update { $0 - ($0 - value) * rate }
    }
}
