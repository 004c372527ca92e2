// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// All axes but the first as one.
///
/// - Shape: input `[n, ...]` → `[n, product of the rest]`.
public struct Flatten<Scalar: TensorScalar>: ModelessLayer {
    /// The layer; it has no parameters.
    public init() {}

    /// The layer's output. All axes but the first must be known.
    public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
        if x.anyTensor.error != nil { return x }
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
