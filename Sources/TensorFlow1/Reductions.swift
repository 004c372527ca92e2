// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Reductions over axes: a number, a list of numbers, or nil for all.
extension tf {
    /// The axes that a reduction is over, and its result.
    private static func reduced(
        _ operation: String, _ x: any TensorOperand, _ axis: (any AxisConvertible)?, _ keeps: Bool,
        _ name: String?
    ) -> Tensor {
        let x = x.tensor(nil)
        let list: AnyTensor
        if let axis {
            list = axes(axis.axes)
        } else if let rank = x.shape.rank {
            list = axes(Array(0..<rank))
        } else {
            list = call("Range", [.scalar(0, .int32), call("Rank", [x]), .scalar(1, .int32)])
        }
        return call(operation, [x, list], ["keep_dims": .bool(keeps)], name)
    }

    /// The sum over `axis`, over all dimensions when nil.
    public static func reduce_sum(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Sum", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// The sum over `axis`, which has no label.
    public static func reduce_sum(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Sum", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// The mean over `axis`, over all dimensions when nil.
    public static func reduce_mean(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Mean", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// The mean over `axis`, which has no label.
    public static func reduce_mean(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Mean", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// The greatest element over `axis`, over all dimensions when nil.
    public static func reduce_max(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Max", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// The greatest element over `axis`, which has no label.
    public static func reduce_max(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Max", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// The smallest element over `axis`, over all dimensions when nil.
    public static func reduce_min(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Min", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// The smallest element over `axis`, which has no label.
    public static func reduce_min(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Min", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// The product over `axis`, over all dimensions when nil.
    public static func reduce_prod(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Prod", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// The product over `axis`, which has no label.
    public static func reduce_prod(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Prod", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// Whether all elements are true over `axis`, over all dimensions when nil.
    public static func reduce_all(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("All", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// Whether all elements are true over `axis`, which has no label.
    public static func reduce_all(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("All", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// Whether any element is true over `axis`, over all dimensions when nil.
    public static func reduce_any(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil,
        reduction_indices: (any AxisConvertible)? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Any", input_tensor, axis ?? reduction_indices, keepdims || keep_dims, name)
    }

    /// Whether any element is true over `axis`, which has no label.
    public static func reduce_any(
        _ input_tensor: some TensorOperand, _ axis: (any AxisConvertible)?,
        keepdims: Bool = false, name: String? = nil, keep_dims: Bool = false
    ) -> Tensor {
        reduced("Any", input_tensor, axis, keepdims || keep_dims, name)
    }

    /// log Σ exp over `axis`, without overflow.
    public static func reduce_logsumexp(
        _ input_tensor: some TensorOperand, axis: (any AxisConvertible)? = nil,
        keepdims: Bool = false, name: String? = nil
    ) -> Tensor {
        let x = input_tensor.tensor(nil)
        let top = stop_gradient(reduce_max(x, axis: axis, keepdims: true))
        let greatest = self.where(is_finite(top), top, zeros_like(top))
        let sum = log(reduce_sum(exp(x - greatest), axis: axis, keepdims: true)) + greatest
        guard !keepdims else { return named(sum, name) }
        return named(
            axis.map { squeeze(sum, $0.axes) } ?? reshape(sum, []), name)
    }

    /// The position of the greatest element along `axis`, the first of equal ones.
    public static func argmax(
        _ input: some TensorOperand, axis: Int? = nil, name: String? = nil, dimension: Int? = nil,
        output_type: DType = .int64
    ) -> Tensor {
        position("ArgMax", input, axis ?? dimension ?? 0, output_type, name)
    }

    /// The position of the greatest element along `axis`, the first of equal ones.
    public static func argmax(
        _ input: some TensorOperand, _ axis: Int, name: String? = nil, output_type: DType = .int64
    ) -> Tensor {
        position("ArgMax", input, axis, output_type, name)
    }

    /// The position of the smallest element along `axis`, the first of equal ones.
    public static func argmin(
        _ input: some TensorOperand, axis: Int? = nil, name: String? = nil, dimension: Int? = nil,
        output_type: DType = .int64
    ) -> Tensor {
        position("ArgMin", input, axis ?? dimension ?? 0, output_type, name)
    }

    /// The position of the smallest element along `axis`, the first of equal ones.
    public static func argmin(
        _ input: some TensorOperand, _ axis: Int, name: String? = nil, output_type: DType = .int64
    ) -> Tensor {
        position("ArgMin", input, axis, output_type, name)
    }

    /// The position of the greatest element along an axis.
    public static func arg_max(
        _ input: some TensorOperand, dimension: Int, name: String? = nil
    ) -> Tensor {
        position("ArgMax", input, dimension, .int64, name)
    }

    /// The position of the smallest element along an axis.
    public static func arg_min(
        _ input: some TensorOperand, dimension: Int, name: String? = nil
    ) -> Tensor {
        position("ArgMin", input, dimension, .int64, name)
    }

    private static func position(
        _ operation: String, _ input: any TensorOperand, _ axis: Int, _ dtype: DType,
        _ name: String?
    ) -> Tensor {
        call(
            operation, [input.tensor(nil), .scalar(Double(axis), .int32)],
            ["output_type": .type(dtype)], name)
    }

    /// The sums of the elements up to each along `axis`.
    public static func cumsum(
        _ x: some TensorOperand, axis: Int = 0, exclusive: Bool = false, reverse: Bool = false,
        name: String? = nil
    ) -> Tensor {
        call(
            "Cumsum", [x.tensor(nil), .scalar(Double(axis), .int32)],
            ["exclusive": .bool(exclusive), "reverse": .bool(reverse)], name)
    }

    /// The products of the elements up to each along `axis`.
    public static func cumprod(
        _ x: some TensorOperand, axis: Int = 0, exclusive: Bool = false, reverse: Bool = false,
        name: String? = nil
    ) -> Tensor {
        call(
            "Cumprod", [x.tensor(nil), .scalar(Double(axis), .int32)],
            ["exclusive": .bool(exclusive), "reverse": .bool(reverse)], name)
    }
}
