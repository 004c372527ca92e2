// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A depthwise convolution over one spatial axis; see ``DepthwiseConvolution``.
public typealias DepthwiseConv1D<Scalar: FloatingScalar> = DepthwiseConvolution<OneAxis, Scalar>
/// A depthwise convolution over two spatial axes; see ``DepthwiseConvolution``.
public typealias DepthwiseConv2D<Scalar: FloatingScalar> = DepthwiseConvolution<TwoAxes, Scalar>
/// A depthwise convolution over three spatial axes; see ``DepthwiseConvolution``.
public typealias DepthwiseConv3D<Scalar: FloatingScalar> = DepthwiseConvolution<ThreeAxes, Scalar>

/// A convolution of each channel on its own, with `multiplier` filters for each.
///
/// Channel `c · multiplier + m` of the output is channel c with its filter m, as in TensorFlow, and in PyTorch with
/// as many groups as channels.
/// - Shape: of two axes, input `[n, h, w, inputs]` → `[n, h', w', inputs · multiplier]`.
public struct DepthwiseConvolution<Axes: SpatialAxes, Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable {
        let kernel: Variable<Scalar>
        let bias: Variable<Scalar>?
    }

    private let weights: SizedVariables<Weights>
    private let usesBias: Bool
    private let window: ConvolutionWindow
    /// How many filters each channel has.
    public let multiplier: Int

    /// A layer whose variables are `name/kernel` and `name/bias`.
    ///
    /// - Parameters:
    ///   - inputs: How many channels the input has; nil for those of the first input.
    ///   - multiplier: How many filters each channel has.
    ///   - kernelSize: The sides of the window.
    public init(
        _ name: String, inputs: Int? = nil, multiplier: Int = 1, kernelSize: [Int],
        strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1],
        usesBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros
    ) {
        window = ConvolutionWindow(strides: strides, padding: padding, dilations: dilations)
        self.multiplier = multiplier
        self.usesBias = usesBias
        weights = SizedVariables(name, size: inputs) { inputs in
            let outputs = ArraySize.count([inputs, multiplier]) ?? -1
            return Weights(
                kernel: Variable(
                    "kernel", shape: Axes.expanded(kernelSize) + [inputs, multiplier],
                    initializer: kernelInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [outputs], initializer: biasInitializer) : nil)
        }
    }

    /// The weights, of two axes `[kernel height, kernel width, inputs, multiplier]`.
    public var kernel: Variable<Scalar> { weights.made?.kernel ?? weights.missing("kernel") }
    /// The offsets, `[inputs · multiplier]`; nil without.
    public var bias: Variable<Scalar>? {
        usesBias ? weights.made?.bias ?? weights.missing("bias") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let operation = Axes.name("depthwiseConv")
        return Tensor(
            weights.output(operation, x.anyTensor) {
                let weights = try weights.made(for: x.anyTensor)
                let product = try Axes.depthwise(x.anyTensor, weights.kernel, window)
                return weights.bias.map { product + $0.anyTensor } ?? product
            })
    }
}

/// A separable convolution over one spatial axis; see ``SeparableConvolution``.
public typealias SeparableConv1D<Scalar: FloatingScalar> = SeparableConvolution<OneAxis, Scalar>
/// A separable convolution over two spatial axes; see ``SeparableConvolution``.
public typealias SeparableConv2D<Scalar: FloatingScalar> = SeparableConvolution<TwoAxes, Scalar>
/// A separable convolution over three spatial axes; see ``SeparableConvolution``.
public typealias SeparableConv3D<Scalar: FloatingScalar> = SeparableConvolution<ThreeAxes, Scalar>

/// A depthwise convolution, and then a mixture of the channels at each place: far fewer weights than a full one has
/// (Chollet 2017).
///
/// - Shape: of two axes, input `[n, h, w, inputs]` → `[n, h', w', filters]`.
public struct SeparableConvolution<Axes: SpatialAxes, Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable {
        let depthwiseKernel: Variable<Scalar>
        let pointwiseKernel: Variable<Scalar>
        let bias: Variable<Scalar>?
    }

    private let weights: SizedVariables<Weights>
    private let usesBias: Bool
    private let window: ConvolutionWindow

    /// A layer whose variables are `name/depthwise_kernel`, `name/pointwise_kernel` and `name/bias`.
    ///
    /// - Parameters:
    ///   - inputs: How many channels the input has; nil for those of the first input.
    ///   - multiplier: How many filters each channel has before they are mixed.
    ///   - kernelSize: The sides of the window.
    public init(
        _ name: String, inputs: Int? = nil, filters: Int, multiplier: Int = 1, kernelSize: [Int],
        strides: [Int] = [1], padding: Padding = .valid, dilations: [Int] = [1],
        usesBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros
    ) {
        window = ConvolutionWindow(strides: strides, padding: padding, dilations: dilations)
        self.usesBias = usesBias
        weights = SizedVariables(name, size: inputs) { inputs in
            let between = ArraySize.count([inputs, multiplier]) ?? -1
            let point = Array(repeating: 1, count: Axes.count)
            return Weights(
                depthwiseKernel: Variable(
                    "depthwise_kernel", shape: Axes.expanded(kernelSize) + [inputs, multiplier],
                    initializer: kernelInitializer),
                pointwiseKernel: Variable(
                    "pointwise_kernel", shape: point + [between, filters],
                    initializer: kernelInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [filters], initializer: biasInitializer) : nil)
        }
    }

    /// The weights of single channels, of two axes `[kernel height, kernel width, inputs, multiplier]`.
    public var depthwiseKernel: Variable<Scalar> {
        weights.made?.depthwiseKernel ?? weights.missing("depthwise_kernel")
    }
    /// The weights of the mixture, of two axes `[1, 1, inputs · multiplier, filters]`.
    public var pointwiseKernel: Variable<Scalar> {
        weights.made?.pointwiseKernel ?? weights.missing("pointwise_kernel")
    }
    /// The offsets, `[filters]`; nil without.
    public var bias: Variable<Scalar>? {
        usesBias ? weights.made?.bias ?? weights.missing("bias") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let operation = Axes.name("separableConv")
        return Tensor(
            weights.output(operation, x.anyTensor) {
                let weights = try weights.made(for: x.anyTensor)
                let channels = try Axes.depthwise(x.anyTensor, weights.depthwiseKernel, window)
                try weights.pointwiseKernel.requireSeeing()
                let whole = ConvolutionWindow(strides: [1], padding: .valid, dilations: [1])
                let mixed = Axes.convolved(
                    channels, weights.pointwiseKernel.anyTensor, whole, groups: 1)
                return weights.bias.map { mixed + $0.anyTensor } ?? mixed
            })
    }
}

extension SpatialAxes {
    /// A convolution of each channel on its own, by a kernel `[spatial..., channels, multiplier]`.
    fileprivate static func depthwise<Scalar: FloatingScalar>(
        _ x: AnyTensor, _ kernel: Variable<Scalar>, _ window: ConvolutionWindow
    ) throws -> AnyTensor {
        try kernel.requireSeeing()
        guard kernel.shape.count == count + 2 else {
            throw RuleViolation(
                .countsDiffer("sides of the kernel", kernel.shape.count - 2, for: "axes", count))
        }
        let channels = kernel.shape[count]
        if let own = x.shape[-1], own != channels {
            throw RuleViolation("the input \(x.type) has \(own) channels, the kernel \(channels)")
        }
        // What cannot be grouped has no value, and says so.
        let sides = (0..<count).map { GroupedAxis.product($0..<$0 + 1) }
        let filter = kernel.anyTensor.regrouped(
            sides + [.size(1), .product(count..<count + 2)])
        return convolved(x, filter, window, groups: channels)
    }
}
