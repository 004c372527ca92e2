// SPDX-License-Identifier: Apache-2.0

// The draws of Random.swift in arrays of computed sizes: see `sizes` of a tensor.

extension AnyTensor {
    /// Uniform random numbers of [low, high) in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomUniform(
        _ dtype: DType, shape sizes: some IntegerTensor, from low: Double = 0,
        to high: Double = 1, stream: String
    ) -> AnyTensor {
        drawnUniform(
            .sizes(sizes.anyTensor), from: low, to: high, stream: NameScope.qualified(stream), dtype
        )
    }

    /// Normally distributed random numbers in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomNormal(
        _ dtype: DType, shape sizes: some IntegerTensor, mean: Double = 0,
        standardDeviation: Double = 1, stream: String
    ) -> AnyTensor {
        drawnNormal(
            .sizes(sizes.anyTensor), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: false, dtype)
    }

    /// Normally distributed random numbers within two standard deviations, in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomTruncatedNormal(
        _ dtype: DType, shape sizes: some IntegerTensor, mean: Double = 0,
        standardDeviation: Double = 1, stream: String
    ) -> AnyTensor {
        drawnNormal(
            .sizes(sizes.anyTensor), mean: mean, standardDeviation: standardDeviation,
            stream: NameScope.qualified(stream), isTruncated: true, dtype)
    }

    /// Whole numbers of a range, each equally likely, in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomIntegers(
        _ dtype: DType, shape sizes: some IntegerTensor, in range: Range<Int64>, stream: String
    ) -> AnyTensor {
        drawnIntegers(
            .sizes(sizes.anyTensor), from: range.lowerBound, to: range.upperBound,
            stream: NameScope.qualified(stream), dtype)
    }
}

extension Tensor where Scalar: FloatingScalar {
    /// Uniform random numbers of [low, high) in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomUniform(
        shape sizes: some IntegerTensor, from low: Double = 0, to high: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomUniform(
                Scalar.dtype, shape: sizes, from: low, to: high, stream: stream))
    }

    /// Normally distributed random numbers in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomNormal(
        shape sizes: some IntegerTensor, mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomNormal(
                Scalar.dtype, shape: sizes, mean: mean, standardDeviation: standardDeviation,
                stream: stream))
    }

    /// Normally distributed random numbers within two standard deviations, in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomTruncatedNormal(
        shape sizes: some IntegerTensor, mean: Double = 0, standardDeviation: Double = 1,
        stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomTruncatedNormal(
                Scalar.dtype, shape: sizes, mean: mean, standardDeviation: standardDeviation,
                stream: stream))
    }
}

extension Tensor where Scalar: IntegerScalar {
    /// Whole numbers of a range, each equally likely, in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomIntegers(
        shape sizes: some IntegerTensor, in range: Range<Int64>, stream: String
    ) -> Tensor {
        Tensor(
            unchecked: .randomIntegers(Scalar.dtype, shape: sizes, in: range, stream: stream))
    }
}

extension LogicalTensor {
    /// true with the given probability, in an array of computed sizes.
    ///
    /// - Shape: sizes [rank of the result].
    public static func randomBernoulli(
        shape sizes: some IntegerTensor, probability: Double = 0.5, stream: String
    ) -> Self {
        Self(
            .drawnBernoulli(
                .sizes(sizes.anyTensor), probability: probability,
                stream: NameScope.qualified(stream)))
    }
}
