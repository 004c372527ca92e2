// SPDX-License-Identifier: Apache-2.0

// Random tensors. A draw belongs to a stream, which has a name (put under the current name scope),
// and its numbers are a function of the session's seed, the stream, the run's number and the
// position: never of other streams, threads or the engine. Different runs give different numbers.
// Two draws of one stream with equal arguments are one draw; name streams apart that shall differ.
// Inside a loop they depend on the iteration too, and a draw made in the body of a branch or loop is
// another one than an equal draw outside: moving a draw into one may change its numbers, and those
// of other draws of the stream.

extension Tensor where Scalar: FloatingScalar {
    /// Uniform random numbers of [low, high), the bounds being rounded to the element type.
    ///
    /// Drawn in 24 bits (53 for `Double`) and rounded to the nearest number below `high`.
    /// - Shape: `shape`.
    public static func randomUniform(
        shape: [Int], from low: Double = 0, to high: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomUniform(
                .dimensions(shape), from: low, to: high, stream: NameScope.qualified(stream),
                Scalar.dtype))
    }

    /// Uniform random numbers of [low, high) in the shape of another tensor.
    public static func randomUniform<Other: TensorScalar>(
        like other: Tensor<Other>, from low: Double = 0, to high: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomUniform(
                .like(other.anyTensor), from: low, to: high, stream: NameScope.qualified(stream),
                Scalar.dtype))
    }

    /// Normally distributed random numbers, by the inverse of the distribution function.
    ///
    /// - Shape: `shape`.
    public static func randomNormal(
        shape: [Int], mean: Double = 0, standardDeviation: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomNormal(
                .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: false, Scalar.dtype))
    }

    /// Normally distributed random numbers in the shape of another tensor.
    public static func randomNormal<Other: TensorScalar>(
        like other: Tensor<Other>, mean: Double = 0, standardDeviation: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomNormal(
                .like(other.anyTensor), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: false, Scalar.dtype))
    }

    /// Normally distributed random numbers within two standard deviations of the mean.
    ///
    /// - Shape: `shape`.
    public static func randomTruncatedNormal(
        shape: [Int], mean: Double = 0, standardDeviation: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomNormal(
                .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: true, Scalar.dtype))
    }

    /// Normally distributed random numbers within two standard deviations, in another's shape.
    public static func randomTruncatedNormal<Other: TensorScalar>(
        like other: Tensor<Other>, mean: Double = 0, standardDeviation: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomNormal(
                .like(other.anyTensor), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: true, Scalar.dtype))
    }
}

extension Tensor where Scalar == Bool {
    /// true with the given probability.
    ///
    /// - Shape: `shape`.
    public static func randomBernoulli(
        shape: [Int], probability: Double = 0.5, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomBernoulli(
                .dimensions(shape), probability: probability, stream: NameScope.qualified(stream)))
    }

    /// true with the given probability, in the shape of another tensor.
    public static func randomBernoulli<Other: TensorScalar>(
        like other: Tensor<Other>, probability: Double = 0.5, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomBernoulli(
                .like(other.anyTensor), probability: probability,
                stream: NameScope.qualified(stream)))
    }
}

extension Tensor where Scalar: IntegerScalar {
    /// Whole numbers of a range, each equally likely. A range that the element type does not hold is
    /// an error.
    ///
    /// - Shape: `shape`.
    public static func randomIntegers(
        shape: [Int], in range: Range<Int64>, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomIntegers(
                .dimensions(shape), from: range.lowerBound, to: range.upperBound,
                stream: NameScope.qualified(stream),
                Scalar.dtype))
    }

    /// Whole numbers of a range, each equally likely, in the shape of another tensor.
    public static func randomIntegers<Other: TensorScalar>(
        like other: Tensor<Other>, in range: Range<Int64>, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomIntegers(
                .like(other.anyTensor), from: range.lowerBound, to: range.upperBound,
                stream: NameScope.qualified(stream),
                Scalar.dtype))
    }
}

extension Tensor where Scalar == Int32 {
    /// The numbers 0 to count − 1 in random order.
    ///
    /// - Shape: [count].
    public static func randomPermutation(count: Int, stream: String) -> Tensor {
        Tensor(unchecked: .randomPermutation(count: count, stream: NameScope.qualified(stream)))
    }
}

/// The numbers of classes drawn with the probabilities softmax(logits).
///
/// - Shape: logits [..., classes] → [...].
public func randomCategorical<T: FloatingScalar>(
    logits: Tensor<T>, stream: String
) -> Tensor<Int64> {
    Tensor<Int64>(
        unchecked: .randomCategorical(logits.anyTensor, stream: NameScope.qualified(stream)))
}

/// Zero with probability `rate`, else x / (1 − rate); drawn anew in each run.
///
/// Srivastava et al. 2014, with the scaling in training. The draw belongs to the stream and to `x`:
/// built again it is the same tensor. For inference leave it out.
/// - Parameter rate: The probability of becoming 0, less than 1.
/// - Shape: that of the operand.
public func dropout<T: FloatingScalar>(_ x: Tensor<T>, rate: Double, stream: String) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.dropout(rate: rate, stream: NameScope.qualified(stream)))
}

/// x / keepProbability with that probability, else 0; drawn anew in each run.
///
/// - Parameter keepProbability: A scalar above 0 and at most 1, which may be fed: 1 keeps everything.
///   Any other fails the run.
/// - Shape: that of the operand.
public func dropout<T: FloatingScalar>(
    _ x: Tensor<T>, keepProbability: Tensor<T>, stream: String
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.dropout(
            keepProbability: keepProbability.anyTensor, stream: NameScope.qualified(stream)))
}
