// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What a ``Pool2D`` makes of the elements in a window.
public protocol PoolKind {
    /// The elements.
    associatedtype Scalar: NumericScalar
    /// The pool of a tensor `[n, h, w, c]`.
    static func pooled(
        _ x: Tensor<Scalar>, size: [Int], strides: [Int]?, padding: Padding
    ) -> Tensor<Scalar>
}

/// The greatest element; what lies beyond the edges never is it.
public enum MaximumPool<Scalar: NumericScalar>: PoolKind {
    /// The pool of a tensor `[n, h, w, c]`.
    public static func pooled(
        _ x: Tensor<Scalar>, size: [Int], strides: [Int]?, padding: Padding
    ) -> Tensor<Scalar> {
        maxPool2D(x, size: size, strides: strides, padding: padding)
    }
}

/// The mean of the elements; what lies beyond the edges does not count.
public enum AveragePool<Scalar: FloatingScalar>: PoolKind {
    /// The pool of a tensor `[n, h, w, c]`.
    public static func pooled(
        _ x: Tensor<Scalar>, size: [Int], strides: [Int]?, padding: Padding
    ) -> Tensor<Scalar> {
        averagePool2D(x, size: size, strides: strides, padding: padding)
    }
}

/// The greatest element in each window of two spatial axes.
public typealias MaxPool2D<Scalar: NumericScalar> = Pool2D<MaximumPool<Scalar>>

/// The mean of the elements in each window of two spatial axes; padding does not count.
public typealias AveragePool2D<Scalar: FloatingScalar> = Pool2D<AveragePool<Scalar>>

/// One element for each window of two spatial axes: ``MaxPool2D``, ``AveragePool2D``.
///
/// - Shape: input `[n, h, w, c]` → `[n, h', w', c]`.
public struct Pool2D<Kind: PoolKind>: ModelessLayer {
    /// Height and width of the window.
    public let size: [Int]
    /// The steps of the window; nil for its size.
    public let strides: [Int]?
    /// What the window sees beyond the edges.
    public let padding: Padding

    /// The layer; it has no parameters.
    public init(size: [Int] = [2, 2], strides: [Int]? = nil, padding: Padding = .valid) {
        self.size = size
        self.strides = strides
        self.padding = padding
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Kind.Scalar>) -> Tensor<Kind.Scalar> {
        Kind.pooled(x, size: size, strides: strides, padding: padding)
    }
}
