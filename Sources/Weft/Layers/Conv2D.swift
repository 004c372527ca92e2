// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A convolution over two spatial axes: cross-correlation, as everywhere in the field.
///
/// - Shape: input `[n, h, w, inputs]` → `[n, h', w', filters]`.
public struct Conv2D<Scalar: FloatingScalar>: ModelessLayer {
    /// The weights, `[kernel height, kernel width, inputs / groups, filters]`.
    public let kernel: Variable<Scalar>
    /// The offsets, `[filters]`; nil without.
    public let bias: Variable<Scalar>?
    /// The steps of the window along height and width.
    public let strides: [Int]
    /// What the window sees beyond the edges.
    public let padding: Padding
    /// The distance of neighbouring weights along height and width.
    public let dilations: [Int]
    /// Into how many groups the channels are divided.
    public let groups: Int

    /// A layer whose variables are `name/kernel` and `name/bias`.
    ///
    /// - Parameter kernelSize: Height and width of the window.
    public init(
        _ name: String, inputs: Int, filters: Int, kernelSize: [Int], strides: [Int] = [1, 1],
        padding: Padding = .valid, dilations: [Int] = [1, 1], groups: Int = 1,
        usesBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros
    ) {
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
        self.groups = groups
        (kernel, bias) = withNameScope(name) {
            (
                Variable(
                    "kernel", shape: kernelSize + [inputs / max(groups, 1), filters],
                    initializer: kernelInitializer),
                usesBias ? Variable("bias", shape: [filters], initializer: biasInitializer) : nil
            )
        }
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        kernel.handle.inItsScope { output(x) }
    }

    private func output(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard kernel.handle.shape.allSatisfy({ $0 > 0 }) else {
            return Tensor(
                .invalid(
                    "conv2D", nil,
                    "the kernel's sides, inputs and filters must be positive: a filter of "
                        + "\(kernel.handle.shape) sees or makes nothing"))
        }
        let product = conv2D(
            x, filter: kernel.value, strides: strides, padding: padding, dilations: dilations,
            groups: groups)
        return bias.map { product + $0.value } ?? product
    }
}
