// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// How many spatial axes a layer goes over: ``OneAxis``, ``TwoAxes`` or ``ThreeAxes``. They stand between the batch
/// and the channels.
public protocol SpatialAxes: Sendable {
    /// Their number.
    static var count: Int { get }
}

/// One spatial axis: series.
public enum OneAxis: SpatialAxes {
    /// 1.
    public static let count = 1
}

/// Two spatial axes: images.
public enum TwoAxes: SpatialAxes {
    /// 2.
    public static let count = 2
}

/// Three spatial axes: volumes.
public enum ThreeAxes: SpatialAxes {
    /// 3.
    public static let count = 3
}

extension SpatialAxes {
    /// `conv1D` and its like, by the number of axes.
    static func name(_ operation: String) -> String { "\(operation)\(count)D" }

    /// One number for each axis, from one for each or one for all. Another count stays as it is, for the rules of
    /// operations to complain of.
    static func expanded(_ sizes: [Int]) -> [Int] {
        sizes.count == 1 ? Array(repeating: sizes[0], count: count) : sizes
    }

    /// The convolution over these axes.
    static func convolved(
        _ x: AnyTensor, _ filter: AnyTensor, _ window: ConvolutionWindow, groups: Int
    ) -> AnyTensor {
        let (strides, padding, dilations) = (window.strides, window.padding, window.dilations)
        switch count {
        case 1:
            return conv1D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups)
        case 2:
            return conv2D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups)
        case 3:
            return conv3D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups)
        default: return unsupported("conv")
        }
    }

    /// The transposed convolution over these axes.
    static func transposedConvolved(
        _ x: AnyTensor, _ filter: AnyTensor, _ window: ConvolutionWindow, groups: Int,
        sizes: AnyTensor?
    ) -> AnyTensor {
        let (strides, padding, dilations) = (window.strides, window.padding, window.dilations)
        switch count {
        case 1:
            return transposedConv1D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups, outputSizes: sizes)
        case 2:
            return transposedConv2D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups, outputSizes: sizes)
        case 3:
            return transposedConv3D(
                x, filter: filter, strides: strides, padding: padding, dilations: dilations,
                groups: groups, outputSizes: sizes)
        default: return unsupported("transposedConv")
        }
    }

    static func unsupported(_ operation: String) -> AnyTensor {
        .invalid(operation, nil, "there are windows over one to three axes, not over \(count)")
    }
}

/// How the window of a convolution goes over its input.
struct ConvolutionWindow: Sendable {
    let strides: [Int]
    let padding: Padding
    let dilations: [Int]
}
