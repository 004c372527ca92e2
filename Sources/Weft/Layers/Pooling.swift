// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What a ``Pool`` makes of the elements in a window.
public protocol PoolKind {
    /// The elements.
    associatedtype Scalar: NumericScalar
    /// The pool of a tensor `[n, spatial..., c]` over so many spatial axes.
    static func pooled(
        _ x: Tensor<Scalar>, axes: Int, size: [Int], strides: [Int]?, padding: Padding,
        dilations: [Int]
    ) -> Tensor<Scalar>
    /// One element of all along the axes, which stay with size 1 if they are to.
    static func reduced(_ x: AnyTensor, axes: [Int], keepingDimensions: Bool) -> AnyTensor
}

/// The greatest element; what lies beyond the edges never is it.
public enum MaximumPool<Scalar: NumericScalar>: PoolKind {
    /// The pool of a tensor `[n, spatial..., c]`.
    public static func pooled(
        _ x: Tensor<Scalar>, axes: Int, size: [Int], strides: [Int]?, padding: Padding,
        dilations: [Int]
    ) -> Tensor<Scalar> {
        switch axes {
        case 1:
            return maxPool1D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        case 3:
            return maxPool3D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        default:
            return maxPool2D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        }
    }
    /// The greatest element along the axes.
    public static func reduced(
        _ x: AnyTensor, axes: [Int], keepingDimensions: Bool
    ) -> AnyTensor { x.max(axes: axes, keepingDimensions: keepingDimensions) }
}

/// The mean of the elements; what lies beyond the edges does not count.
public enum AveragePool<Scalar: FloatingScalar>: PoolKind {
    /// The pool of a tensor `[n, spatial..., c]`.
    public static func pooled(
        _ x: Tensor<Scalar>, axes: Int, size: [Int], strides: [Int]?, padding: Padding,
        dilations: [Int]
    ) -> Tensor<Scalar> {
        switch axes {
        case 1:
            return averagePool1D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        case 3:
            return averagePool3D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        default:
            return averagePool2D(
                x, size: size, strides: strides, padding: padding, dilations: dilations)
        }
    }
    /// The mean along the axes.
    public static func reduced(
        _ x: AnyTensor, axes: [Int], keepingDimensions: Bool
    ) -> AnyTensor { x.mean(axes: axes, keepingDimensions: keepingDimensions) }
}

/// The greatest element in each window of one spatial axis.
public typealias MaxPool1D<Scalar: NumericScalar> = Pool<OneAxis, MaximumPool<Scalar>>
/// The greatest element in each window of two spatial axes.
public typealias MaxPool2D<Scalar: NumericScalar> = Pool<TwoAxes, MaximumPool<Scalar>>
/// The greatest element in each window of three spatial axes.
public typealias MaxPool3D<Scalar: NumericScalar> = Pool<ThreeAxes, MaximumPool<Scalar>>
/// The mean of the elements in each window of one spatial axis; padding does not count.
public typealias AveragePool1D<Scalar: FloatingScalar> = Pool<OneAxis, AveragePool<Scalar>>
/// The mean of the elements in each window of two spatial axes; padding does not count.
public typealias AveragePool2D<Scalar: FloatingScalar> = Pool<TwoAxes, AveragePool<Scalar>>
/// The mean of the elements in each window of three spatial axes; padding does not count.
public typealias AveragePool3D<Scalar: FloatingScalar> = Pool<ThreeAxes, AveragePool<Scalar>>

/// One element for each window of one to three spatial axes: ``MaxPool2D``, ``AveragePool2D`` and those of other
/// numbers of axes.
///
/// - Shape: of two axes, input `[n, h, w, c]` → `[n, h', w', c]`.
public struct Pool<Axes: SpatialAxes, Kind: PoolKind>: ModelessLayer {
    /// The sides of the window.
    public let size: [Int]
    /// The steps of the window; nil for its size.
    public let strides: [Int]?
    /// What the window sees beyond the edges.
    public let padding: Padding
    /// The distance of neighbouring elements of the window.
    public let dilations: [Int]

    /// The layer; it has no parameters. Each list is one number for each axis, or one for all.
    public init(
        size: [Int] = [2], strides: [Int]? = nil, padding: Padding = .valid, dilations: [Int] = [1]
    ) {
        self.size = size
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Kind.Scalar>) -> Tensor<Kind.Scalar> {
        guard (1...3).contains(Axes.count) else { return Tensor(Axes.unsupported("pool")) }
        return Kind.pooled(
            x, axes: Axes.count, size: size, strides: strides, padding: padding,
            dilations: dilations)
    }
}
