// SPDX-License-Identifier: Apache-2.0

/// A tensor of a graph: not numbers, but how to compute them.
///
/// ```swift
/// let x = Tensor<Float>.placeholder(shape: [nil, 2])
/// let y = x * x + 1
/// ```
///
/// Nothing is computed until a session runs it. Building never fails: a tensor built wrongly
/// carries a `GraphError`, which everything that throws throws.
public struct Tensor<Scalar: TensorScalar>: Hashable, Sendable {
    /// The same tensor with its element type known at run time only.
    public let anyTensor: AnyTensor

    /// The typed view of a tensor whose element type has been checked already.
    package init(unchecked tensor: AnyTensor) { anyTensor = tensor }

    /// A tensor whose element type is checked; of another type it carries an error.
    public init(_ tensor: AnyTensor) {
        if tensor.dtype == Scalar.dtype || tensor.error != nil {
            anyTensor = tensor
        } else {
            anyTensor = .invalid(
                "tensor", nil,
                "\(tensor.type) was given where elements of \(Scalar.dtype) are wanted; "
                    + "convert it with `cast(to:)`", type: TensorType(Scalar.dtype, .unknown))
        }
    }
}
