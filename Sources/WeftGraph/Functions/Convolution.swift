// SPDX-License-Identifier: Apache-2.0

// Convolutions. Channels are the last axis, everywhere; for arrays with the channels before the
// spatial axes there are `movingChannelsLast()` and `movingChannelsFirst()`. As everywhere in the
// field they are cross-correlations: the filter is not flipped.
//
// Strides and dilations are one number for each spatial axis, or one for all. Shapes that do not
// fit make a tensor that carries an error.

/// The convolution over one spatial axis.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, w, channels], filter [w, channels / groups, outputs] → [n, w', outputs].
public func conv1D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.convolved(
            "conv1D", spatialRank: 1, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

/// The convolution over two spatial axes.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, h, w, channels], filter [h, w, channels / groups, outputs] → [n, h', w', outputs].
public func conv2D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.convolved(
            "conv2D", spatialRank: 2, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

/// The convolution over three spatial axes.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, channels / groups, outputs] → [n, d', h', w', outputs].
public func conv3D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.convolved(
            "conv3D", spatialRank: 3, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

/// A convolution of each channel on its own, with `multiplier` filters for each.
///
/// Result channel `c · multiplier + m` is channel c with its filter m.
/// - Shape: x [n, h, w, channels], filter [h, w, channels, multiplier] →
///   [n, h', w', channels · multiplier].
public func depthwiseConv2D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.depthwiseConvolved(
            filter: filter.anyTensor, strides: strides, padding: padding, dilations: dilations))
}

/// The transpose of `conv1D` as a linear map: it makes series longer by the strides.
///
/// The sizes of the result are those of `transposedConv2D`.
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, w, channels], filter [w, outputs / groups, channels] →
///   [n, w', outputs].
public func transposedConv1D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.transposedConvolved(
            "transposedConv1D", spatialRank: 1, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

/// The transpose of `conv2D` as a linear map: it makes images larger by the strides.
///
/// The result's height is h · stride for `.same`, (h − 1) · stride + max(filter, stride) for
/// `.valid`, and (h − 1) · stride + filter − low − high for explicit padding.
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, h, w, channels], filter [h, w, outputs / groups, channels] →
///   [n, h', w', outputs].
public func transposedConv2D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.transposedConvolved(
            "transposedConv2D", spatialRank: 2, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

/// The transpose of `conv3D` as a linear map: it makes volumes larger by the strides.
///
/// The sizes of the result are those of `transposedConv2D`.
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, outputs / groups, channels] →
///   [n, d', h', w', outputs].
public func transposedConv3D<T: FloatingScalar>(
    _ x: Tensor<T>, filter: Tensor<T>, strides: [Int] = [1], padding: Padding = .valid,
    dilations: [Int] = [1], groups: Int = 1
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.transposedConvolved(
            "transposedConv3D", spatialRank: 3, filter: filter.anyTensor, strides: strides,
            padding: padding, dilations: dilations, groups: groups))
}

extension Tensor {
    /// With the second axis moved to the end.
    ///
    /// - Shape: [n, channels, ...] → [n, ..., channels].
    public func movingChannelsLast() -> Tensor {
        Tensor(unchecked: anyTensor.movedAxis(from: 1, to: -1))
    }

    /// With the last axis moved to the second place.
    ///
    /// - Shape: [n, ..., channels] → [n, channels, ...].
    public func movingChannelsFirst() -> Tensor {
        Tensor(unchecked: anyTensor.movedAxis(from: -1, to: 1))
    }
}
