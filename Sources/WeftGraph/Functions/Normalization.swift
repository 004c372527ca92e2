// SPDX-License-Identifier: Apache-2.0

// Normalisations as plain functions: what they divide by is computed from, or given with, their
// operands. Parameters are broadcast against the operand, channels being the last axis. Of 16-bit
// floats they are computed in 32 bits and rounded once.

/// (x − mean) / √(variance + epsilon) · scale + offset.
///
/// The part of batch normalisation that training and inference have in common; the moments are the
/// batch's or the moving ones. Ioffe and Szegedy 2015.
/// - Shape: x [..., channels]; the rest [channels] → [..., channels].
public func batchNormalized<T: FloatingScalar>(
    _ x: Tensor<T>, mean: Tensor<T>, variance: Tensor<T>, offset: Tensor<T>? = nil,
    scale: Tensor<T>? = nil, epsilon: Double
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.batchNormalized(
            mean: mean.anyTensor, variance: variance.anyTensor, offset: offset?.anyTensor,
            scale: scale?.anyTensor, epsilon: epsilon))
}

/// Each example with mean 0 and variance 1 along `axes`, then scaled and shifted.
///
/// Ba et al. 2016.
/// - Shape: x [..., channels]; scale, offset [channels] → [..., channels].
public func layerNormalized<T: FloatingScalar>(
    _ x: Tensor<T>, axes: [Int] = [-1], scale: Tensor<T>? = nil, offset: Tensor<T>? = nil,
    epsilon: Double = 1e-5
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.layerNormalized(
            axes: axes, scale: scale?.anyTensor, offset: offset?.anyTensor, epsilon: epsilon))
}

/// x / √(mean(x²) + epsilon) · scale along `axes`.
///
/// Zhang and Sennrich 2019.
/// - Shape: x [..., channels]; scale [channels] → [..., channels].
public func rmsNormalized<T: FloatingScalar>(
    _ x: Tensor<T>, axes: [Int] = [-1], scale: Tensor<T>? = nil, epsilon: Double = 1e-6
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.rmsNormalized(axes: axes, scale: scale?.anyTensor, epsilon: epsilon))
}

/// Each group of channels of an example with mean 0 and variance 1, then scaled and shifted.
///
/// One group is a layer normalisation over all axes of the example, as many groups as channels an
/// instance normalisation. Wu and He 2018.
/// - Shape: x [n, ..., channels]; scale, offset [channels] → [n, ..., channels].
public func groupNormalized<T: FloatingScalar>(
    _ x: Tensor<T>, groups: Int, scale: Tensor<T>? = nil, offset: Tensor<T>? = nil,
    epsilon: Double = 1e-5
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.groupNormalized(
            groups: groups, scale: scale?.anyTensor, offset: offset?.anyTensor, epsilon: epsilon))
}

/// x / √max(Σ x², epsilon): vectors along `axes` with length 1.
///
/// - Shape: that of the operand.
public func l2Normalized<T: FloatingScalar>(
    _ x: Tensor<T>, axes: [Int]? = nil, epsilon: Double = 1e-12
) -> Tensor<T> {
    Tensor(unchecked: x.anyTensor.l2Normalized(axes: axes, epsilon: epsilon))
}
