// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Comparisons and truth, element by element.
extension tf {
    /// Where x is y; NaN is equal to nothing.
    public static func equal(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Equal", x, y, name)
    }

    /// Where x is not y.
    public static func not_equal(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("NotEqual", x, y, name)
    }

    /// Where x is less than y.
    public static func less(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Less", x, y, name)
    }

    /// Where x is at most y.
    public static func less_equal(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("LessEqual", x, y, name)
    }

    /// Where x is greater than y.
    public static func greater(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("Greater", x, y, name)
    }

    /// Where x is at least y.
    public static func greater_equal(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("GreaterEqual", x, y, name)
    }

    /// Where both are true.
    public static func logical_and(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("LogicalAnd", x, y, name)
    }

    /// Where one is true.
    public static func logical_or(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        binary("LogicalOr", x, y, name)
    }

    /// True where x is false.
    public static func logical_not(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("LogicalNot", [x.tensor(nil)], [:], name)
    }

    /// Where one of them is true, and not both.
    public static func logical_xor(
        _ x: some TensorOperand, _ y: some TensorOperand, name: String? = nil
    ) -> Tensor {
        let (x, y) = pair(x, y)
        return call("NotEqual", [x, y], [:], name)
    }

    /// Where `condition` holds the elements of `x`, elsewhere those of `y`; both are computed. A vector of
    /// conditions chooses rows.
    public static func `where`(
        _ condition: some TensorOperand, _ x: some TensorOperand, _ y: some TensorOperand,
        name: String? = nil
    ) -> Tensor {
        let (x, y) = pair(x, y)
        return call("Select", [condition.tensor(nil), x, y], [:], name)
    }

    /// The positions of what is true, one a row, in `int64`.
    public static func `where`(_ condition: some TensorOperand, name: String? = nil) -> Tensor {
        call("Where", [condition.tensor(nil)], [:], name)
    }

    /// The rows, or elements, of `tensor` where `mask` is true.
    public static func boolean_mask(
        _ tensor: some TensorOperand, _ mask: some TensorOperand, name: String? = nil,
        axis: Int = 0
    ) -> Tensor {
        let (x, mask) = (tensor.tensor(nil), mask.tensor(.bool))
        guard let rank = mask.shape.rank, rank > 0 else {
            return .invalid("boolean_mask", name, "the rank of the mask must be known and above 0")
        }
        let sizes = shape(x)
        let size = reduce_prod(sizes[axis..<axis + rank])
        let flat = reshape(
            x,
            concat(
                [sizes[0..<axis], expand_dims(size, 0), sizes[(axis + rank)...]], 0))
        let places = squeeze(self.where(reshape(mask, [-1])), [1])
        return gather(flat, places, axis: axis, name: name)
    }
}
