// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A convolution over one spatial axis; see ``Convolution``.
public typealias Conv1D<Scalar: FloatingScalar> = Convolution<OneAxis, Scalar>
/// A convolution over two spatial axes; see ``Convolution``.
public typealias Conv2D<Scalar: FloatingScalar> = Convolution<TwoAxes, Scalar>
/// A convolution over three spatial axes; see ``Convolution``.
public typealias Conv3D<Scalar: FloatingScalar> = Convolution<ThreeAxes, Scalar>

/// A convolution over one to three spatial axes: cross-correlation, as everywhere in the field. ``Conv1D``,
/// ``Conv2D``, ``Conv3D``.
///
/// Sizes, strides and dilations are one number for each spatial axis, or one for all.
/// - Shape: of two axes, input `[n, h, w, inputs]` → `[n, h', w', filters]`.
public struct Convolution<Axes: SpatialAxes, Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable {
        let kernel: Variable<Scalar>
        let bias: Variable<Scalar>?
    }

    private let weights: SizedVariables<Weights>
    private let usesBias: Bool
    /// The steps of the window.
    public let strides: [Int]
    /// What the window sees beyond the edges.
    public let padding: Padding
    /// The distance of neighbouring weights.
    public let dilations: [Int]
    /// Into how many groups the channels are divided.
    public let groups: Int

    /// A layer whose variables are `name/kernel` and `name/bias`.
    ///
    /// - Parameters:
    ///   - inputs: How many channels the input has; nil for those of the first input.
    ///   - kernelSize: The sides of the window.
    public init(
        _ name: String, inputs: Int? = nil, filters: Int, kernelSize: [Int], strides: [Int] = [1],
        padding: Padding = .valid, dilations: [Int] = [1], groups: Int = 1,
        usesBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros
    ) {
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
        self.groups = groups
        self.usesBias = usesBias
        weights = SizedVariables(name, size: inputs) { inputs in
            let sides = Axes.expanded(kernelSize)
            return Weights(
                kernel: Variable(
                    "kernel", shape: sides + [inputs / max(groups, 1), filters],
                    initializer: kernelInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [filters], initializer: biasInitializer) : nil)
        }
    }

    /// The weights, of two axes `[kernel height, kernel width, inputs / groups, filters]`.
    public var kernel: Variable<Scalar> { weights.made?.kernel ?? weights.missing("kernel") }
    /// The offsets, `[filters]`; nil without.
    public var bias: Variable<Scalar>? {
        usesBias ? weights.made?.bias ?? weights.missing("bias") : nil
    }

    /// The layer's output.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        let operation = Axes.name("conv")
        return Tensor(
            weights.output(operation, x.anyTensor) {
                let weights = try weights.made(for: x.anyTensor)
                try weights.kernel.requireSeeing()
                let window = ConvolutionWindow(
                    strides: strides, padding: padding, dilations: dilations)
                let product = Axes.convolved(
                    x.anyTensor, weights.kernel.anyTensor, window, groups: groups)
                return weights.bias.map { product + $0.anyTensor } ?? product
            })
    }
}

extension Variable {
    /// - Throws: `RuleViolation` when a filter has no elements.
    func requireSeeing() throws {
        guard shape.allSatisfy({ $0 > 0 }) else {
            throw RuleViolation(
                "the kernel's sides, inputs and filters must be positive: a filter of \(shape) sees or makes "
                    + "nothing")
        }
    }
}
