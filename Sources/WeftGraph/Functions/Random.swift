// SPDX-License-Identifier: Apache-2.0

// Random tensors. A draw belongs to a stream, which has a name (put under the current name scope),
// and its numbers are a function of the session's seed, the stream, the run's number and the
// position: never of other streams, threads or the engine. Different runs give different numbers.
// Two draws of one stream with equal arguments are one draw; name streams apart that shall differ.
// Inside a loop they depend on the iteration too, and a draw made in the body of a branch or loop is
// another one than an equal draw outside: moving a draw into one may change its numbers, and those
// of other draws of the stream.

extension AnyTensor {
    /// Uniform random numbers of [low, high), the bounds being rounded to the element type.
    ///
    /// Drawn in 24 bits (53 for `Double`) and rounded to the nearest number below `high`.
    /// - Shape: `shape`.
    public static func randomUniform(
        _ dtype: DType, shape: [Int], from low: Double = 0, to high: Double = 1, stream: String
    ) -> AnyTensor {
        drawnUniform(
            .dimensions(shape), from: low, to: high, stream: NameScope.qualified(stream), dtype)
    }

    /// Uniform random numbers of [low, high) in the shape of another tensor.
    public static func randomUniform(
        like other: some TensorConvertible, from low: Double = 0, to high: Double = 1,
        stream: String, dtype: DType? = nil
    ) -> AnyTensor {
        drawnUniform(
            .like(other.anyTensor), from: low, to: high, stream: NameScope.qualified(stream),
            dtype ?? other.anyTensor.dtype)
    }

    /// Normally distributed random numbers, by the inverse of the distribution function.
    ///
    /// - Shape: `shape`.
    public static func randomNormal(
        _ dtype: DType, shape: [Int], mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> AnyTensor {
        drawnNormal(
            .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: false, dtype)
    }

    /// Normally distributed random numbers in the shape of another tensor.
    public static func randomNormal(
        like other: some TensorConvertible, mean: Double = 0, standardDeviation: Double = 1,
        stream: String, dtype: DType? = nil
    ) -> AnyTensor {
        drawnNormal(
            .like(other.anyTensor), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: false, dtype ?? other.anyTensor.dtype)
    }

    /// Normally distributed random numbers within two standard deviations of the mean.
    ///
    /// - Shape: `shape`.
    public static func randomTruncatedNormal(
        _ dtype: DType, shape: [Int], mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> AnyTensor {
        drawnNormal(
            .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: true, dtype)
    }

    /// Normally distributed random numbers within two standard deviations, in another's shape.
    public static func randomTruncatedNormal(
        like other: some TensorConvertible, mean: Double = 0, standardDeviation: Double = 1,
        stream: String, dtype: DType? = nil
    ) -> AnyTensor {
        drawnNormal(
            .like(other.anyTensor), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: true, dtype ?? other.anyTensor.dtype)
    }

    /// Whole numbers of a range, each equally likely. A range that the element type does not hold is
    /// an error.
    ///
    /// - Shape: `shape`.
    public static func randomIntegers(
        _ dtype: DType, shape: [Int], in range: Range<Int64>, stream: String
    ) -> AnyTensor {
        drawnIntegers(
            .dimensions(shape), from: range.lowerBound, to: range.upperBound,
            stream: NameScope.qualified(stream), dtype)
    }

    /// Whole numbers of a range, each equally likely, in the shape of another tensor.
    public static func randomIntegers(
        like other: some TensorConvertible, in range: Range<Int64>, stream: String,
        dtype: DType? = nil
    ) -> AnyTensor {
        drawnIntegers(
            .like(other.anyTensor), from: range.lowerBound, to: range.upperBound,
            stream: NameScope.qualified(stream), dtype ?? other.anyTensor.dtype)
    }

    /// The numbers 0 to count − 1 in random order, of `i32`.
    ///
    /// - Shape: [count].
    public static func randomPermutation(count: Int, stream: String) -> AnyTensor {
        drawnPermutation(count: count, stream: NameScope.qualified(stream))
    }
}

extension Tensor where Scalar: FloatingScalar {
    /// Uniform random numbers of [low, high), the bounds being rounded to the element type.
    ///
    /// Drawn in 24 bits (53 for `Double`) and rounded to the nearest number below `high`.
    /// - Shape: `shape`.
    public static func randomUniform(
        shape: [Int], from low: Double = 0, to high: Double = 1, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .drawnUniform(
                .dimensions(shape), from: low, to: high, stream: NameScope.qualified(stream),
                Scalar.dtype))
    }

    /// Uniform random numbers of [low, high) in the shape of another tensor.
    public static func randomUniform(
        like other: some TensorConvertible, from low: Double = 0, to high: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .drawnUniform(
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
            unchecked: .drawnNormal(
                .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: false, Scalar.dtype))
    }

    /// Normally distributed random numbers in the shape of another tensor.
    public static func randomNormal(
        like other: some TensorConvertible, mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .drawnNormal(
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
            unchecked: .drawnNormal(
                .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: true, Scalar.dtype))
    }

    /// Normally distributed random numbers within two standard deviations, in another's shape.
    public static func randomTruncatedNormal(
        like other: some TensorConvertible, mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .drawnNormal(
                .like(other.anyTensor), mean: mean, standardDeviation: standardDeviation,
                stream: NameScope.qualified(stream), isTruncated: true, Scalar.dtype))
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
            unchecked: .drawnIntegers(
                .dimensions(shape), from: range.lowerBound, to: range.upperBound,
                stream: NameScope.qualified(stream), Scalar.dtype))
    }

    /// Whole numbers of a range, each equally likely, in the shape of another tensor.
    public static func randomIntegers(
        like other: some TensorConvertible, in range: Range<Int64>, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .drawnIntegers(
                .like(other.anyTensor), from: range.lowerBound, to: range.upperBound,
                stream: NameScope.qualified(stream), Scalar.dtype))
    }
}

extension Tensor where Scalar == Int32 {
    /// The numbers 0 to count − 1 in random order.
    ///
    /// - Shape: [count].
    public static func randomPermutation(count: Int, stream: String) -> Tensor {
        Tensor(unchecked: .randomPermutation(count: count, stream: stream))
    }
}

extension LogicalTensor {
    /// true with the given probability: exact to 2 to the power of −32.
    ///
    /// - Shape: `shape`.
    public static func randomBernoulli(
        shape: [Int], probability: Double = 0.5, stream: String
    ) -> Self {
        Self(
            .drawnBernoulli(
                .dimensions(shape), probability: probability, stream: NameScope.qualified(stream)))
    }

    /// true with the given probability, in the shape of another tensor.
    public static func randomBernoulli(
        like other: some TensorConvertible, probability: Double = 0.5, stream: String
    ) -> Self {
        Self(
            .drawnBernoulli(
                .like(other.anyTensor), probability: probability,
                stream: NameScope.qualified(stream)))
    }
}

/// The numbers of classes drawn with the probabilities softmax(logits).
///
/// - Shape: logits [..., classes] → [...].
public func randomCategorical<T: FloatingTensor>(logits: T, stream: String) -> T.Indices {
    let logits = logits.anyTensor
    return T.Indices(
        logits.composed("randomCategorical") { logits in
            try logits.requireFloating()
            guard try logits.knownRank() > 0 else {
                throw RuleViolation(.scalarHasNoAxis("scalar logits have no axis of classes"))
            }
            let wide: DType = logits.dtype == .float64 ? .float64 : .float32
            // The greatest of logits plus Gumbel noise falls on each class with its probability.
            let noise = log(
                AnyTensor.openUniform(.like(logits), stream: NameScope.qualified(stream), wide))
            let gumbel = -log(-noise)
            return (stopGradient(logits.cast(to: wide)) + gumbel).argMax(axis: -1)
        })
}

/// Zero with probability `rate`, else x / (1 − rate); drawn anew in each run.
///
/// Srivastava et al. 2014, with the scaling in training. The draw belongs to the stream and to `x`:
/// built again it is the same tensor. For inference leave it out.
/// - Parameter rate: The probability of becoming 0, less than 1.
/// - Shape: that of the operand.
public func dropout<T: FloatingTensor>(_ x: T, rate: Double, stream: String) -> T {
    dropout(x, rate: rate, fullStream: NameScope.qualified(stream))
}

/// The same with a stream whose name is complete.
package func dropout<T: FloatingTensor>(_ x: T, rate: Double, fullStream stream: String) -> T {
    x.composed("dropout") { x in
        try x.requireFloating()
        guard rate >= 0, rate < 1 else {
            throw RuleViolation(
                .invalidArgument("the rate", value: "\(rate)", wanted: "in 0..<1"))
        }
        if rate == 0 { return x }
        let bits = AnyTensor.randomBits(.like(x), stream: stream)
        let threshold = Swift.min((rate * 0x1p32).rounded(), 0x1p32 - 1)
        let wide = x.widened
        return select(bits .>= threshold, wide * (1 / (1 - rate)), .scalar(0, like: wide))
            .cast(to: x.dtype)
    }
}

/// x / keepProbability with that probability, else 0; drawn anew in each run.
///
/// - Parameter keepProbability: A scalar above 0 and at most 1, which may be fed: 1 keeps everything.
///   Any other fails the run.
/// - Shape: that of the operand.
public func dropout<T: FloatingTensor>(_ x: T, keepProbability: T, stream: String) -> T {
    let keepProbability = keepProbability.anyTensor
    return x.composed("dropout", with: [keepProbability]) { x in
        try x.requireFloating()
        guard keepProbability.dtype == x.dtype, keepProbability.rank ?? 0 == 0 else {
            throw RuleViolation(
                .invalidArgument(
                    "the probability", value: "\(keepProbability.type)",
                    wanted: "a scalar \(x.dtype)"))
        }
        let probability = keepProbability.widened
        let isProbability = (probability .> 0) .& (probability .<= 1)
        let keep = check(
            probability, that: isProbability,
            "dropout: the probability of staying must be above 0 and at most 1")
        let unit = try AnyTensor.uniform(
            .like(x), stream: NameScope.qualified(stream), for: x.dtype)
        return select(unit .< keep, x.widened / keep, .scalar(0, like: keep)).cast(to: x.dtype)
    }
}
