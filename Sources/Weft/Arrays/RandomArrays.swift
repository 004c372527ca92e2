// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Random arrays. What a call gives is a function of the seed, of how many calls came before, and of
/// its arguments.
///
/// ```swift
/// let random = RandomArrays(seed: 1)
/// let noise = try random.normal(shape: [2, 3], standardDeviation: 0.1)
/// ```
///
/// It may be used from many threads at once; which call then comes first is not known.
public final class RandomArrays: Sendable {
    private let session: Session

    /// Random arrays of that seed.
    public init(seed: UInt64) { session = Session(.init(seed: seed)) }

    private func draw(_ tensor: () -> AnyTensor) throws -> NDArray {
        try ArrayComputation.results([], in: session) { _ in [tensor()] }[0]
    }

    /// Numbers of equal probability from `low` up to but without `high`.
    ///
    /// - Throws: `GraphError` when that is no range, or the type holds no such numbers.
    public func uniform(
        shape: [Int], from low: Double = 0, to high: Double = 1, as dtype: DType = .float32
    ) throws -> NDArray {
        try draw {
            .drawnUniform(.dimensions(shape), from: low, to: high, stream: "uniform", dtype)
        }
    }

    /// Numbers of the normal distribution.
    ///
    /// - Parameter isTruncated: Whether numbers farther than two standard deviations from the mean are
    ///   drawn again.
    /// - Throws: `GraphError` for a type that is not of floating-point numbers.
    public func normal(
        shape: [Int], mean: Double = 0, standardDeviation: Double = 1, isTruncated: Bool = false,
        as dtype: DType = .float32
    ) throws -> NDArray {
        try draw {
            .drawnNormal(
                .dimensions(shape), mean: mean, standardDeviation: standardDeviation,
                stream: "normal", isTruncated: isTruncated, dtype)
        }
    }

    /// Integers of a range, of equal probability.
    ///
    /// - Throws: `GraphError` when the range is empty, or the type does not hold its numbers.
    public func integers(
        shape: [Int], in range: Range<Int>, as dtype: DType = .int32
    ) throws -> NDArray {
        try draw {
            .drawnIntegers(
                .dimensions(shape), from: Int64(range.lowerBound), to: Int64(range.upperBound),
                stream: "integers", dtype)
        }
    }

    /// True with a probability.
    ///
    /// - Throws: `GraphError` when the probability is not in 0...1.
    public func bernoulli(shape: [Int], probability: Double = 0.5) throws -> NDArray {
        try draw {
            .drawnBernoulli(.dimensions(shape), probability: probability, stream: "bernoulli")
        }
    }

    /// The numbers from 0 up to but without `count` in random order.
    public func permutation(count: Int) throws -> NDArray {
        try draw { .drawnPermutation(count: count, stream: "permutation") }
    }
}
