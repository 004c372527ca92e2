// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A fully connected layer: `x · w + b`.
///
/// - Shape: input `[..., inputs]` → `[..., units]`.
public struct Dense<Scalar: FloatingScalar>: ModelessLayer {
    private struct Weights: Sendable {
        let kernel: Variable<Scalar>
        let bias: Variable<Scalar>?
    }

    private let weights: SizedVariables<Weights>
    private let usesBias: Bool
    /// How many numbers it gives for each row.
    public let units: Int

    /// A layer whose variables are `name/kernel` and `name/bias`.
    ///
    /// - Parameter inputs: The size of the input's last axis; nil for that of the first input.
    public init(
        _ name: String, inputs: Int? = nil, units: Int, usesBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros
    ) {
        self.units = units
        self.usesBias = usesBias
        weights = SizedVariables(name, size: inputs) { inputs in
            Weights(
                kernel: Variable("kernel", shape: [inputs, units], initializer: kernelInitializer),
                bias: usesBias
                    ? Variable("bias", shape: [units], initializer: biasInitializer) : nil)
        }
    }

    /// The weights, `[inputs, units]`.
    public var kernel: Variable<Scalar> { weights.made?.kernel ?? weights.missing("kernel") }
    /// The offsets, `[units]`; nil without.
    public var bias: Variable<Scalar>? {
        usesBias ? weights.made?.bias ?? weights.missing("bias") : nil
    }

    /// The layer's output. Without inputs or units it is an error.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        Tensor(weights.output("dense", x.anyTensor) { try output(x.anyTensor) })
    }

    private func output(_ x: AnyTensor) throws -> AnyTensor {
        guard let rank = x.rank, rank > 0 else {
            throw RuleViolation("the input must have a last axis, not \(x.type)")
        }
        let weights = try weights.made(for: x)
        let sizes = weights.kernel.shape
        guard sizes.allSatisfy({ $0 > 0 }) else {
            throw RuleViolation(
                "inputs and units must be positive, not \(sizes[0]) and \(sizes[1])")
        }
        let product = AnyTensor.dot(
            x, weights.kernel.anyTensor, contracting: ([rank - 1], [0]))
        return weights.bias.map { product + $0.anyTensor } ?? product
    }
}
