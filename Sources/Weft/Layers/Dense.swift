// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A fully connected layer: `x · w + b`.
///
/// - Shape: input `[..., inputs]` → `[..., units]`.
public struct Dense<Scalar: FloatingScalar>: ModelessLayer {
    /// The weights, `[inputs, units]`.
    public let kernel: Variable<Scalar>
    /// The offsets, `[units]`; nil without.
    public let bias: Variable<Scalar>?

    /// A layer whose variables are `name/kernel` and `name/bias`.
    public init(
        _ name: String, inputs: Int, units: Int, usesBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
    ) {
        (kernel, bias) = withNameScope(name) {
            (
                Variable("kernel", shape: [inputs, units], initializer: kernelInitializer),
                usesBias ? Variable("bias", shape: [units], initializer: biasInitializer) : nil
            )
        }
    }

    /// The layer's output. Without inputs or units it is an error.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        kernel.handle.inItsScope { output(x) }
    }

    private func output(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard let rank = x.rank, rank > 0 else {
            return Tensor(
                .invalid("dense", nil, "the input must have a last axis, not \(x.anyTensor.type)"))
        }
        let sizes = kernel.handle.shape
        guard sizes.allSatisfy({ $0 > 0 }) else {
            return Tensor(
                .invalid(
                    "dense", nil,
                    "inputs and units must be positive, not \(sizes[0]) and \(sizes[1])"))
        }
        let product = AnyTensor.dot(
            x.anyTensor, kernel.anyTensor, contracting: ([rank - 1], [0]))
        return Tensor(bias.map { product + $0.anyTensor } ?? product)
    }
}
