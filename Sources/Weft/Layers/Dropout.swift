// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Sets a share of the elements to zero while training, and scales the others so that the mean stays
/// (Srivastava et al. 2014).
public struct Dropout<Scalar: FloatingScalar>: Layer {
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
    public func callAsFunction(_ x: Tensor<Scalar>, mode: Mode) -> Tensor<Scalar> {
        if case .inference = mode { return x }
        // The stream's name is complete: the function `dropout` would put the caller's scope before it.
        let dropped = NameScope.$path.withValue(stream) {
            dropout(x.anyTensor, rate: rate, fullStream: stream)
        }
        return Tensor(mode.select(training: dropped, inference: x.anyTensor))
    }
}
