// SPDX-License-Identifier: Apache-2.0

// Pooling. Channels are the last axis. Sizes, strides and dilations are one number for each spatial
// axis, or one for all; the strides are the sizes when none are given. Shapes that do not fit make a
// tensor that carries an error.

/// The greatest element in each window over one spatial axis; padding never is.
///
/// - Shape: x [n, w, channels] → [n, w', channels].
public func maxPool1D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "maxPool1D", .maximum, spatialRank: 1, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The least element in each window over one spatial axis; padding never is.
///
/// - Shape: x [n, w, channels] → [n, w', channels].
public func minPool1D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "minPool1D", .minimum, spatialRank: 1, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The mean of the elements in each window over one spatial axis.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, w, channels] → [n, w', channels].
public func averagePool1D<T: FloatingScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.averagePooled(
            "averagePool1D", spatialRank: 1, size: size, strides: strides, padding: padding,
            dilations: dilations, countsPadding: countsPadding))
}

/// The greatest element in each window over two spatial axes; padding never is.
///
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func maxPool2D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "maxPool2D", .maximum, spatialRank: 2, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The least element in each window over two spatial axes; padding never is.
///
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func minPool2D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "minPool2D", .minimum, spatialRank: 2, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The mean of the elements in each window over two spatial axes.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, h, w, channels] → [n, h', w', channels].
public func averagePool2D<T: FloatingScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.averagePooled(
            "averagePool2D", spatialRank: 2, size: size, strides: strides, padding: padding,
            dilations: dilations, countsPadding: countsPadding))
}

/// The greatest element in each window over three spatial axes; padding never is.
///
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func maxPool3D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "maxPool3D", .maximum, spatialRank: 3, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The least element in each window over three spatial axes; padding never is.
///
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func minPool3D<T: NumericScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1]
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.pooled(
            "minPool3D", .minimum, spatialRank: 3, size: size, strides: strides, padding: padding,
            dilations: dilations))
}

/// The mean of the elements in each window over three spatial axes.
///
/// - Parameter countsPadding: Whether padding counts as zeros; else only elements count.
/// - Shape: x [n, d, h, w, channels] → [n, d', h', w', channels].
public func averagePool3D<T: FloatingScalar>(
    _ x: Tensor<T>, size: [Int], strides: [Int]? = nil, padding: Padding = .valid,
    dilations: [Int] = [1], countsPadding: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.averagePooled(
            "averagePool3D", spatialRank: 3, size: size, strides: strides, padding: padding,
            dilations: dilations, countsPadding: countsPadding))
}

/// The mean over all spatial axes.
///
/// - Shape: x [n, ..., channels] → [n, channels], or [n, 1, ..., channels] with `keepingDimensions`.
public func globalAveragePool<T: FloatingScalar>(
    _ x: Tensor<T>, keepingDimensions: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.globallyPooled("globalAveragePool") { x, axes in
            x.mean(axes: axes, keepingDimensions: keepingDimensions)
        })
}

/// The greatest element over all spatial axes.
///
/// - Shape: x [n, ..., channels] → [n, channels], or [n, 1, ..., channels] with `keepingDimensions`.
public func globalMaxPool<T: NumericScalar>(
    _ x: Tensor<T>, keepingDimensions: Bool = false
) -> Tensor<T> {
    Tensor(
        unchecked: x.anyTensor.globallyPooled("globalMaxPool") { x, axes in
            x.max(axes: axes, keepingDimensions: keepingDimensions)
        })
}
