// SPDX-License-Identifier: Apache-2.0

// Convolutions that name the type they are summed in. Input and filter may be of different element
// types; the rules of accumulators are those of `matmul` with one.

/// The convolution over one spatial axis, with the sums and the result in a type of its own.
///
/// - Parameters:
///   - type: The type of the sums: of the operands' kind, with every number of theirs, of 32 bits or more.
///   - groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, w, channels], filter [w, channels / groups, outputs] → [n, w', outputs].
public func conv1D<Sum: NumericScalar>(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn type: Sum.Type,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> Tensor<Sum> {
    Tensor(
        conv1D(
            x, filter: filter, accumulatingIn: Sum.dtype, strides: strides, padding: padding,
            dilations: dilations, groups: groups))
}

/// The convolution over one spatial axis, with the sums and the result in a type that is known at run time
/// only.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, w, channels], filter [w, channels / groups, outputs] → [n, w', outputs].
public func conv1D(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn dtype: DType,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> AnyTensor {
    .accumulated("conv1D", in: dtype, [x.anyTensor, filter.anyTensor]) {
        conv1D(
            $0[0], filter: $0[1], strides: strides, padding: padding, dilations: dilations,
            groups: groups)
    }
}

/// The convolution over two spatial axes, with the sums and the result in a type of its own.
///
/// - Parameters:
///   - type: The type of the sums: of the operands' kind, with every number of theirs, of 32 bits or more.
///   - groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, h, w, channels], filter [h, w, channels / groups, outputs] →
///   [n, h', w', outputs].
public func conv2D<Sum: NumericScalar>(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn type: Sum.Type,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> Tensor<Sum> {
    Tensor(
        conv2D(
            x, filter: filter, accumulatingIn: Sum.dtype, strides: strides, padding: padding,
            dilations: dilations, groups: groups))
}

/// The convolution over two spatial axes, with the sums and the result in a type that is known at run time
/// only.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, h, w, channels], filter [h, w, channels / groups, outputs] →
///   [n, h', w', outputs].
public func conv2D(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn dtype: DType,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> AnyTensor {
    .accumulated("conv2D", in: dtype, [x.anyTensor, filter.anyTensor]) {
        conv2D(
            $0[0], filter: $0[1], strides: strides, padding: padding, dilations: dilations,
            groups: groups)
    }
}

/// The convolution over three spatial axes, with the sums and the result in a type of its own.
///
/// - Parameters:
///   - type: The type of the sums: of the operands' kind, with every number of theirs, of 32 bits or more.
///   - groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, channels / groups, outputs] →
///   [n, d', h', w', outputs].
public func conv3D<Sum: NumericScalar>(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn type: Sum.Type,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> Tensor<Sum> {
    Tensor(
        conv3D(
            x, filter: filter, accumulatingIn: Sum.dtype, strides: strides, padding: padding,
            dilations: dilations, groups: groups))
}

/// The convolution over three spatial axes, with the sums and the result in a type that is known at run time
/// only.
///
/// - Parameter groups: Into how many groups the channels are divided, each with its own filters.
/// - Shape: x [n, d, h, w, channels], filter [d, h, w, channels / groups, outputs] →
///   [n, d', h', w', outputs].
public func conv3D(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn dtype: DType,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1
) -> AnyTensor {
    .accumulated("conv3D", in: dtype, [x.anyTensor, filter.anyTensor]) {
        conv3D(
            $0[0], filter: $0[1], strides: strides, padding: padding, dilations: dilations,
            groups: groups)
    }
}

/// A convolution of each channel on its own, with the sums and the result in a type of its own.
///
/// - Parameter type: The type of the sums: of the operands' kind, with every number of theirs, of 32
///   bits or more.
/// - Shape: x [n, h, w, channels], filter [h, w, channels, multiplier] →
///   [n, h', w', channels · multiplier].
public func depthwiseConv2D<Sum: NumericScalar>(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn type: Sum.Type,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1]
) -> Tensor<Sum> {
    Tensor(
        depthwiseConv2D(
            x, filter: filter, accumulatingIn: Sum.dtype, strides: strides, padding: padding,
            dilations: dilations))
}

/// A convolution of each channel on its own, with the sums and the result in a type that is known at run
/// time only.
///
/// - Shape: x [n, h, w, channels], filter [h, w, channels, multiplier] →
///   [n, h', w', channels · multiplier].
public func depthwiseConv2D(
    _ x: some NumericTensor, filter: some NumericTensor, accumulatingIn dtype: DType,
    strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1]
) -> AnyTensor {
    .accumulated("depthwiseConv2D", in: dtype, [x.anyTensor, filter.anyTensor]) {
        depthwiseConv2D(
            $0[0], filter: $0[1], strides: strides, padding: padding, dilations: dilations)
    }
}
