// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The greatest element over all spatial axes.
public typealias GlobalMaxPool<Scalar: NumericScalar> = GlobalPool<MaximumPool<Scalar>>
/// The mean over all spatial axes.
public typealias GlobalAveragePool<Scalar: FloatingScalar> = GlobalPool<AveragePool<Scalar>>

/// One element for each channel, of all along the axes between the first and the last: ``GlobalMaxPool``,
/// ``GlobalAveragePool``.
///
/// - Shape: input `[n, ..., c]` → `[n, c]`, or `[n, 1, ..., c]` where the axes are kept.
public struct GlobalPool<Kind: PoolKind>: ModelessLayer {
    /// Whether the spatial axes stay, with size 1.
    public let keepsDimensions: Bool

    /// The layer; it has no parameters.
    public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

    /// The layer's output. An input without spatial axes is an error.
    public func callAsFunction(_ x: Tensor<Kind.Scalar>) -> Tensor<Kind.Scalar> {
        x.composed("globalPool") { x in
            let rank = try x.knownRank()
            guard rank >= 3 else {
                throw RuleViolation("\(x.type) has no spatial axes between the first and the last")
            }
            return Kind.reduced(
                x, axes: Array(1..<rank - 1), keepingDimensions: keepsDimensions)
        }
    }
}

/// The greatest element in windows of one spatial axis, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveMaxPool1D<Scalar: NumericScalar> =
    AdaptivePool<OneAxis, MaximumPool<Scalar>>
/// The greatest element in windows of two spatial axes, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveMaxPool2D<Scalar: NumericScalar> =
    AdaptivePool<TwoAxes, MaximumPool<Scalar>>
/// The greatest element in windows of three spatial axes, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveMaxPool3D<Scalar: NumericScalar> =
    AdaptivePool<ThreeAxes, MaximumPool<Scalar>>
/// The mean in windows of one spatial axis, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveAveragePool1D<Scalar: FloatingScalar> =
    AdaptivePool<OneAxis, AveragePool<Scalar>>
/// The mean in windows of two spatial axes, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveAveragePool2D<Scalar: FloatingScalar> =
    AdaptivePool<TwoAxes, AveragePool<Scalar>>
/// The mean in windows of three spatial axes, as many as are wanted; see ``AdaptivePool``.
public typealias AdaptiveAveragePool3D<Scalar: FloatingScalar> =
    AdaptivePool<ThreeAxes, AveragePool<Scalar>>

/// Pooling by windows that make an output of a wanted size of inputs of any: window i of m over n elements is from
/// ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉, as in PyTorch.
///
/// The spatial sizes of the input must be known when the graph is built, and no smaller than the output's.
/// - Shape: of two axes, input `[n, h, w, c]` → `[n, sizes[0], sizes[1], c]`.
public struct AdaptivePool<Axes: SpatialAxes, Kind: PoolKind>: ModelessLayer {
    /// The sizes of the output's spatial axes.
    public let outputSizes: [Int]

    /// The layer; it has no parameters.
    ///
    /// - Parameter outputSizes: One for each spatial axis or one for all; at most 4,096.
    public init(outputSizes: [Int]) { self.outputSizes = Axes.expanded(outputSizes) }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Kind.Scalar>) -> Tensor<Kind.Scalar> {
        let isFloating = Kind.Scalar.dtype.isFloatingPoint
        return x.composed("adaptivePool") { x in
            guard try x.knownRank() == Axes.count + 2, outputSizes.count == Axes.count else {
                throw RuleViolation(
                    "an input with \(Axes.count) spatial axes and as many sizes are wanted, not \(x.type) and "
                        + "\(outputSizes)")
            }
            var y = isFloating ? x.widened : x
            for (index, count) in outputSizes.enumerated() {
                y = try pooled(y, axis: index + 1, count)
            }
            return y.cast(to: x.dtype)
        }
    }

    /// Windows along one axis: of all axes one after the other, since a mean of means of equal counts is the mean.
    private func pooled(_ x: AnyTensor, axis: Int, _ count: Int) throws -> AnyTensor {
        let size = try x.knownSize(axis)
        guard count >= 1, count <= min(size, 4096) else {
            throw RuleViolation(
                .invalidArgument(
                    "an output size", value: "\(count)",
                    wanted: "in 1...\(min(size, 4096)), for axis \(axis) of \(x.type)"))
        }
        if count == size { return x }
        if size % count == 0 {
            let rank = try x.knownRank()
            let grouped = x.regrouped(
                (0..<rank).flatMap { other -> [GroupedAxis] in
                    other == axis
                        ? [.size(count), .quotient(axis: axis, by: count)]
                        : [.product(other..<other + 1)]
                })
            return Kind.reduced(grouped, axes: [axis + 1], keepingDimensions: false)
        }
        let windows = (0..<count).map { i in
            // No overflow: both are sizes, and one of them is below 4,097.
            let (start, end) = (i * size / count, ((i + 1) * size + count - 1) / count)
            return Kind.reduced(
                x.sliced(axis: axis, start, end), axes: [axis], keepingDimensions: true)
        }
        return .concatenated(windows, axis: axis)
    }
}
