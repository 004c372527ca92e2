// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A transposed convolution over one spatial axis; see ``TransposedConvolution``.
public typealias TransposedConv1D<Scalar: FloatingScalar> = TransposedConvolution<OneAxis, Scalar>
/// A transposed convolution over two spatial axes; see ``TransposedConvolution``.
public typealias TransposedConv2D<Scalar: FloatingScalar> = TransposedConvolution<TwoAxes, Scalar>
/// A transposed convolution over three spatial axes; see ``TransposedConvolution``.
public typealias TransposedConv3D<Scalar: FloatingScalar> = TransposedConvolution<ThreeAxes, Scalar>

/// The transpose of a convolution as a linear map, which makes images larger by the strides. Others call it
/// `ConvTranspose2d` or `Conv2DTranspose`.
///
/// The height of the output is h · stride for `.same`, (h − 1) · stride + max(side, stride) for `.valid`, and
/// (h − 1) · stride + side − low − high for explicit padding, where the side is that of the dilated kernel.
/// - Shape: of two axes, input `[n, h, w, inputs]` → `[n, h', w', filters]`.
public struct TransposedConvolution<Axes: SpatialAxes, Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable {
        let kernel: Variable<Scalar>
        let bias: Variable<Scalar>?
    }

    private let weights: SizedVariables<Weights>
    private let usesBias: Bool
    /// By how much the image becomes larger.
    public let strides: [Int]
    /// What the window of the convolution sees beyond the edges.
    public let padding: Padding
    /// The distance of neighbouring weights.
    public let dilations: [Int]
    /// Into how many groups the channels are divided.
    public let groups: Int
    /// The sizes of the output's spatial axes; nil for those of the formulas.
    public let outputSizes: [Int]?

    /// A layer whose variables are `name/kernel` and `name/bias`.
    ///
    /// - Parameters:
    ///   - inputs: How many channels the input has; nil for those of the first input.
    ///   - kernelSize: The sides of the window.
    ///   - outputSizes: The sizes of the output's spatial axes, where they are others than the formulas give: with
    ///     strides, images of several sizes have convolutions of one.
    public init(
        _ name: String, inputs: Int? = nil, filters: Int, kernelSize: [Int], strides: [Int] = [1],
        padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1,
        outputSizes: [Int]? = nil, usesBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
    ) {
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
        self.groups = groups
        self.outputSizes = outputSizes
        self.usesBias = usesBias
        weights = SizedVariables(name, size: inputs) { inputs in
            let sides = Axes.expanded(kernelSize)
            return Weights(
                kernel: Variable(
                    "kernel", shape: sides + [filters / max(groups, 1), inputs],
                    initializer: kernelInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [filters], initializer: biasInitializer) : nil)
        }
    }

    /// The weights, of two axes `[kernel height, kernel width, filters / groups, inputs]`.
    public var kernel: Variable<Scalar> { weights.made?.kernel ?? weights.missing("kernel") }
    /// The offsets, `[filters]`; nil without.
    public var bias: Variable<Scalar>? {
        usesBias ? weights.made?.bias ?? weights.missing("bias") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let operation = Axes.name("transposedConv")
        return Tensor(
            weights.output(operation, x.anyTensor) {
                let weights = try weights.made(for: x.anyTensor)
                try weights.kernel.requireSeeing()
                let window = ConvolutionWindow(
                    strides: strides, padding: padding, dilations: dilations)
                let product = Axes.transposedConvolved(
                    x.anyTensor, weights.kernel.anyTensor, window, groups: groups,
                    sizes: outputSizes.map { AnyTensor.numbers($0) })
                return weights.bias.map { product + $0.anyTensor } ?? product
            })
    }
}
