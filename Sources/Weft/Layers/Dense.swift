// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A fully connected layer: `x · w + b`.
///
/// - Shape: input `[..., inputs]` → `[..., units]`.
public struct Dense<Scalar: FloatingScalar>: Sendable {
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

/// All axes but the first as one.
///
/// - Shape: input `[n, ...]` → `[n, product of the rest]`.
public struct Flatten: Sendable {
    /// The layer; it has no parameters.
    public init() {}

    /// The layer's output. All axes but the first must be known.
    public func callAsFunction<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        guard let dims = x.shape.dims, !dims.isEmpty,
            ArraySize.count(Array(dims.dropFirst())) != nil
        else {
            return Tensor(
                .invalid(
                    "flatten", nil,
                    "all axes of \(x.anyTensor.type) but the first must be known",
                    type: x.anyTensor.type))
        }
        return Tensor(x.anyTensor.regrouped([.product(0..<1), .product(1..<dims.count)]))
    }
}

/// Sets a share of the elements to zero while training, and scales the others so that the mean stays
/// (Srivastava et al. 2014).
public struct Dropout: Sendable {
    /// The share of elements that become zero, from 0 to below 1.
    public let rate: Double
    /// The name of the random stream.
    public let stream: String

    /// A layer whose random stream is named under the current name scope.
    public init(_ name: String, rate: Double) {
        self.rate = rate
        stream = NameScope.qualified(name)
    }

    /// The layer's output. The same layer on the same input is the same draw in one run.
    public func callAsFunction<Scalar: FloatingScalar>(
        _ x: Tensor<Scalar>, mode: Mode
    ) -> Tensor<Scalar> {
        if case .inference = mode { return x }
        // The stream's name is complete: the function `dropout` would put the caller's scope before it.
        let dropped = NameScope.$path.withValue(stream) {
            x.anyTensor.dropout(rate: rate, stream: stream)
        }
        return Tensor(mode.select(training: dropped, inference: x.anyTensor))
    }
}
