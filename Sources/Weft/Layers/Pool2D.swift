// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// The greatest element in each window of two spatial axes.
///
/// - Shape: input `[n, h, w, c]` → `[n, h', w', c]`.
public struct MaxPool2D<Scalar: NumericScalar>: ModelessLayer {
    /// Height and width of the window.
    public let size: [Int]
    /// The steps of the window; nil for its size.
    public let strides: [Int]?
    /// What the window sees beyond the edges; it never is a maximum.
    public let padding: Padding

    /// The layer; it has no parameters.
    public init(size: [Int] = [2, 2], strides: [Int]? = nil, padding: Padding = .valid) {
        self.size = size
        self.strides = strides
        self.padding = padding
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        maxPool2D(x, size: size, strides: strides, padding: padding)
    }
}

/// The mean of the elements in each window of two spatial axes; padding does not count.
///
/// - Shape: input `[n, h, w, c]` → `[n, h', w', c]`.
public struct AveragePool2D<Scalar: FloatingScalar>: ModelessLayer {
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
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        averagePool2D(x, size: size, strides: strides, padding: padding)
    }
}
