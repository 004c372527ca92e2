// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Sets a share of the elements to zero while training, and scales the others so that the mean stays
/// (Srivastava et al. 2014).
public struct Dropout<Scalar: FloatingScalar>: Layer {
    /// The share of elements that become zero, from 0 to below 1.
    public let rate: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, rate: Double) {
        self.rate = rate
        stream = NameScope.qualified(name)
    }

    /// The layer's output. The same layer on the same input is the same draw in one run.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        mode.drawing(x, stream) { dropout($0, rate: rate, fullStream: stream) }
    }
}

/// Sets a share of the channels to zero while training, each at all places of an example, and scales the others so
/// that the mean stays: what lies side by side in an image says the same (Tompson et al. 2015).
///
/// - Shape: input `[n, ..., channels]` → the same.
public struct SpatialDropout<Scalar: FloatingScalar>: Layer {
    /// The share of channels that become zero, from 0 to below 1.
    public let rate: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, rate: Double) {
        self.rate = rate
        stream = NameScope.qualified(name)
    }

    /// The layer's output. An input without spatial axes is an error.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        mode.drawing(x, stream) { x in
            .composed("spatialDropout", [x]) {
                let rank = try x.knownRank()
                guard rank >= 3 else {
                    throw RuleViolation(
                        "\(x.type) has no spatial axes between the first and the last")
                }
                // One number for each channel of each example: of the sum only the shape is taken.
                let channels = x.sum(axes: Array(1..<rank - 1), keepingDimensions: true)
                let ones = AnyTensor.filled(1, like: channels, dtype: x.dtype.computing)
                let factor = dropout(ones, rate: rate, fullStream: stream)
                return (x.widened * factor).cast(to: x.dtype)
            }
        }
    }
}

/// Sets a share of the elements to the least value of `selu` while training, and moves and scales all so that
/// mean and variance stay, which networks of that activation live on (Klambauer et al. 2017).
///
/// - Shape: that of the input.
public struct AlphaDropout<Scalar: FloatingScalar>: Layer {
    /// The share of elements that are dropped, from 0 to below 1.
    public let rate: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, rate: Double) {
        self.rate = rate
        stream = NameScope.qualified(name)
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        mode.drawing(x, stream) { x in
            .composed("alphaDropout", [x]) {
                try x.requireFloating()
                guard rate >= 0, rate < 1 else {
                    throw RuleViolation(
                        .invalidArgument("the rate", value: "\(rate)", wanted: "in 0..<1"))
                }
                // −λα: what selu tends to for x to −∞.
                let least = -1.7580993408473766
                let kept = 1 - rate
                let scale = 1 / (kept * (1 + least * least * rate)).squareRoot()
                let isKept = AnyTensor.drawnBernoulli(.like(x), probability: kept, stream: stream)
                let wide = x.widened
                let dropped = select(isKept, wide, .scalar(least, like: wide))
                return (dropped * scale - scale * least * rate).cast(to: x.dtype)
            }
        }
    }
}

/// Multiplies each element by a number of the normal distribution with mean 1 while training, whose variance is that
/// of a ``Dropout`` with the same rate (Srivastava et al. 2014).
///
/// - Shape: that of the input.
public struct GaussianDropout<Scalar: FloatingScalar>: Layer {
    /// The share of elements that the dropout with the same variance would drop, from 0 to below 1.
    public let rate: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, rate: Double) {
        self.rate = rate
        stream = NameScope.qualified(name)
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        mode.drawing(x, stream) { x in
            .composed("gaussianDropout", [x]) {
                guard rate >= 0, rate < 1 else {
                    throw RuleViolation(
                        .invalidArgument("the rate", value: "\(rate)", wanted: "in 0..<1"))
                }
                let noise = AnyTensor.drawnNormal(
                    .like(x), mean: 1, standardDeviation: (rate / (1 - rate)).squareRoot(),
                    stream: stream, isTruncated: false, x.dtype)
                return x * noise
            }
        }
    }
}

/// Adds a number of the normal distribution to each element while training.
///
/// - Shape: that of the input.
public struct GaussianNoise<Scalar: FloatingScalar>: Layer {
    /// The standard deviation of what is added.
    public let standardDeviation: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, standardDeviation: Double) {
        self.standardDeviation = standardDeviation
        stream = NameScope.qualified(name)
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        mode.drawing(x, stream) { x in
            .composed("gaussianNoise", [x]) {
                x
                    + AnyTensor.drawnNormal(
                        .like(x), mean: 0, standardDeviation: standardDeviation, stream: stream,
                        isTruncated: false, x.dtype)
            }
        }
    }
}

extension Mode {
    /// What `training` draws of x where the mode trains, else x.
    ///
    /// The stream's name is complete: the functions that draw would put the caller's scope before it.
    fileprivate func drawing<Scalar: FloatingScalar>(
        _ x: Tensor<Scalar>, _ stream: String, _ training: (AnyTensor) -> AnyTensor
    ) -> Tensor<Scalar> {
        if case .inference = self { return x }
        let drawn = NameScope.$path.withValue(stream) { training(x.anyTensor) }
        return Tensor(select(training: drawn, inference: x.anyTensor))
    }
}
