// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Shapes and arrangements of tensors.
extension tf {
    // MARK: Sizes

    /// The sizes of a tensor's dimensions, as a run finds them.
    public static func shape(
        _ input: some TensorOperand, name: String? = nil, out_type: DType = .int32
    ) -> Tensor {
        call("Shape", [input.tensor(nil)], ["out_type": .type(out_type)], name)
    }

    /// The number of a tensor's elements, as a run finds it.
    public static func size(
        _ input: some TensorOperand, name: String? = nil, out_type: DType = .int32
    ) -> Tensor {
        call("Size", [input.tensor(nil)], ["out_type": .type(out_type)], name)
    }

    /// The number of a tensor's dimensions.
    public static func rank(_ input: some TensorOperand, name: String? = nil) -> Tensor {
        call("Rank", [input.tensor(nil)], [:], name)
    }

    /// The elements in another shape, of which one size may be −1: what is left.
    public static func reshape(
        _ tensor: some TensorOperand, _ shape: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        call("Reshape", [tensor.tensor(nil), sizes(shape)], [:], name)
    }

    /// The elements in a shape that a tensor or a shape says.
    public static func reshape(
        _ tensor: some TensorOperand, _ shape: some SizesOperand, name: String? = nil
    ) -> Tensor {
        call("Reshape", [tensor.tensor(nil), shape.tensor(.int32)], [:], name)
    }

    /// The elements in another shape, of which one size may be −1: what is left.
    public static func reshape(
        _ tensor: some TensorOperand, shape: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        reshape(tensor, shape, name: name)
    }

    /// The elements in a shape that a tensor or a shape says.
    public static func reshape(
        _ tensor: some TensorOperand, shape: some SizesOperand, name: String? = nil
    ) -> Tensor {
        reshape(tensor, shape, name: name)
    }

    /// With a new dimension of size 1 at `axis`.
    public static func expand_dims(
        _ input: some TensorOperand, axis: Int, name: String? = nil
    ) -> Tensor {
        call("ExpandDims", [input.tensor(nil), .scalar(Double(axis), .int32)], [:], name)
    }

    /// With a new dimension of size 1 at `axis`.
    public static func expand_dims(
        _ input: some TensorOperand, _ axis: Int, name: String? = nil
    ) -> Tensor {
        expand_dims(input, axis: axis, name: name)
    }

    /// With a new dimension of size 1 at `dim`.
    public static func expand_dims(
        _ input: some TensorOperand, dim: Int, name: String? = nil
    ) -> Tensor {
        expand_dims(input, axis: dim, name: name)
    }

    /// Without the dimensions of size 1, or without those at `axis`.
    public static func squeeze(
        _ input: some TensorOperand, axis: (any AxisConvertible)? = nil, name: String? = nil,
        squeeze_dims: (any AxisConvertible)? = nil
    ) -> Tensor {
        let axes = (axis ?? squeeze_dims)?.axes ?? []
        return call("Squeeze", [input.tensor(nil)], ["squeeze_dims": .ints(axes)], name)
    }

    /// Without the dimensions of size 1 at `axis`.
    public static func squeeze(
        _ input: some TensorOperand, _ axis: any AxisConvertible, name: String? = nil
    ) -> Tensor {
        squeeze(input, axis: axis, name: name)
    }

    /// The dimensions in another order, the reverse one if none is given.
    public static func transpose(
        _ a: some TensorOperand, perm: [Int]? = nil, name: String? = nil
    ) -> Tensor {
        let a = a.tensor(nil)
        guard let order = perm ?? a.shape.rank.map({ Array((0..<$0).reversed()) }) else {
            return .invalid("transpose", name, "the number of dimensions of \(a) must be known")
        }
        return call("Transpose", [a, axes(order)], [:], name)
    }

    /// The dimensions in another order.
    public static func transpose(
        _ a: some TensorOperand, _ perm: [Int], name: String? = nil
    ) -> Tensor {
        transpose(a, perm: perm, name: name)
    }

    /// As large as `shape`, by repetition.
    public static func broadcast_to(
        _ input: some TensorOperand, _ shape: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        call("BroadcastTo", [input.tensor(nil), sizes(shape)], [:], name)
    }

    /// As large as a shape says, by repetition.
    public static func broadcast_to(
        _ input: some TensorOperand, _ shape: some SizesOperand, name: String? = nil
    ) -> Tensor {
        call("BroadcastTo", [input.tensor(nil), shape.tensor(.int32)], [:], name)
    }

    // MARK: Joining and splitting

    /// Tensors one after the other along `axis`.
    public static func concat(
        _ values: [any TensorOperand], axis: Int, name: String? = nil
    ) -> Tensor {
        let dtype = values.lazy.compactMap(\.elementType).first
        let tensors = values.map { $0.tensor(dtype) }
        guard !tensors.isEmpty else {
            return .invalid("concat", name, "there must be at least one tensor to join")
        }
        return call("ConcatV2", tensors + [.scalar(Double(axis), .int32)], [:], name)
    }

    /// Tensors one after the other along `axis`.
    public static func concat(
        _ values: [any TensorOperand], _ axis: Int, name: String? = nil
    ) -> Tensor {
        concat(values, axis: axis, name: name)
    }

    /// Tensors one after the other along `axis`.
    public static func concat(
        values: [any TensorOperand], axis: Int, name: String? = nil
    ) -> Tensor {
        concat(values, axis: axis, name: name)
    }

    /// Tensors one after the other along an axis, which stands first as before 1.0.
    public static func concat(
        _ concat_dim: Int, _ values: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        concat(values, axis: concat_dim, name: name)
    }

    /// Tensors one after the other along `axis`.
    public static func concat_v2(
        _ values: [any TensorOperand], _ axis: Int, name: String? = nil
    ) -> Tensor {
        concat(values, axis: axis, name: name)
    }

    /// Tensors of one shape along a new dimension at `axis`.
    public static func stack(
        _ values: [any TensorOperand], axis: Int = 0, name: String? = nil
    ) -> Tensor {
        let dtype = values.lazy.compactMap(\.elementType).first
        guard !values.isEmpty else {
            return .invalid("stack", name, "there must be at least one tensor to stack")
        }
        return call("Pack", values.map { $0.tensor(dtype) }, ["axis": .int(axis)], name)
    }

    /// Tensors of one shape along a new dimension at `axis`.
    public static func stack(
        _ values: [any TensorOperand], _ axis: Int, name: String? = nil
    ) -> Tensor {
        stack(values, axis: axis, name: name)
    }

    /// Tensors of one shape along a new dimension, under its name before 1.0.
    public static func pack(
        _ values: [any TensorOperand], axis: Int = 0, name: String? = nil
    ) -> Tensor {
        stack(values, axis: axis, name: name)
    }

    /// The parts of a tensor along `axis`, which they no longer have.
    ///
    /// - Parameter num: How many there are; nil for the size of the dimension, which must be known then.
    public static func unstack(
        _ value: some TensorOperand, num: Int? = nil, axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        let value = value.tensor(nil)
        let position = value.shape.rank.map { axis < 0 ? axis + $0 : axis } ?? axis
        let known = value.shape.rank.flatMap {
            position < $0 && position >= 0 ? value.shape[position] : nil
        }
        guard let count = num ?? known, count >= 0 else {
            return [
                .invalid("unstack", name, "the size of axis \(axis) of \(value) must be known")
            ]
        }
        return calls("Unpack", [value], ["num": .int(count), "axis": .int(axis)], name)
    }

    /// The parts of a tensor along `axis`.
    public static func unstack(
        _ value: some TensorOperand, _ num: Int?, _ axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        unstack(value, num: num, axis: axis, name: name)
    }

    /// The parts of a tensor along an axis, under its name before 1.0.
    public static func unpack(
        _ value: some TensorOperand, num: Int? = nil, axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        unstack(value, num: num, axis: axis, name: name)
    }

    /// The tensor divided along `axis` into parts of equal size.
    public static func split(
        _ value: some TensorOperand, _ num_or_size_splits: Int, axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        calls(
            "Split", [.scalar(Double(axis), .int32), value.tensor(nil)],
            ["num_split": .int(num_or_size_splits)], name)
    }

    /// The tensor divided along `axis` into parts of equal size.
    public static func split(
        _ value: some TensorOperand, _ num_or_size_splits: Int, _ axis: Int, name: String? = nil
    ) -> [Tensor] {
        split(value, num_or_size_splits, axis: axis, name: name)
    }

    /// The tensor divided along `axis` into parts of equal size.
    public static func split(
        value: some TensorOperand, num_or_size_splits: Int, axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        split(value, num_or_size_splits, axis: axis, name: name)
    }

    /// The tensor divided along `axis` into parts of these sizes, of which one may be −1: what is left.
    public static func split(
        _ value: some TensorOperand, _ num_or_size_splits: [Int], axis: Int = 0, name: String? = nil
    ) -> [Tensor] {
        calls(
            "SplitV",
            [value.tensor(nil), axes(num_or_size_splits), .scalar(Double(axis), .int32)],
            ["num_split": .int(num_or_size_splits.count)], name)
    }

    /// The tensor divided along `axis` into parts of these sizes.
    public static func split(
        _ value: some TensorOperand, _ num_or_size_splits: [Int], _ axis: Int, name: String? = nil
    ) -> [Tensor] {
        split(value, num_or_size_splits, axis: axis, name: name)
    }

    /// The tensor `multiples` times beside itself in each dimension.
    public static func tile(
        _ input: some TensorOperand, _ multiples: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        call("Tile", [input.tensor(nil), sizes(multiples)], [:], name)
    }

    /// The tensor `multiples` times beside itself in each dimension.
    public static func tile(
        _ input: some TensorOperand, _ multiples: some SizesOperand, name: String? = nil
    ) -> Tensor {
        call("Tile", [input.tensor(nil), multiples.tensor(.int32)], [:], name)
    }

    /// With elements added before and after each dimension: `"CONSTANT"`, `"REFLECT"` or `"SYMMETRIC"`.
    public static func pad(
        _ tensor: some TensorOperand, _ paddings: some TensorOperand, _ mode: String = "CONSTANT",
        name: String? = nil, constant_values: some TensorOperand = 0
    ) -> Tensor {
        let (x, sizes) = (tensor.tensor(nil), paddings.tensor(.int32))
        switch mode.uppercased() {
        case "CONSTANT":
            return call("PadV2", [x, sizes, constant_values.tensor(x.dtype)], [:], name)
        case "REFLECT", "SYMMETRIC":
            return call("MirrorPad", [x, sizes], ["mode": .string(mode.uppercased())], name)
        default: return .invalid("pad", name, "'\(mode)' is no mode of padding")
        }
    }

    /// With elements added before and after each dimension.
    public static func pad(
        _ tensor: some TensorOperand, _ paddings: some TensorOperand, mode: String,
        name: String? = nil
    ) -> Tensor {
        pad(tensor, paddings, mode, name: name)
    }

    /// The elements along `axis` from the last to the first.
    public static func reverse(
        _ tensor: some TensorOperand, axis: any AxisConvertible, name: String? = nil
    ) -> Tensor {
        call("ReverseV2", [tensor.tensor(nil), axes(axis.axes)], [:], name)
    }

    /// The elements along `axis` from the last to the first.
    public static func reverse(
        _ tensor: some TensorOperand, _ axis: any AxisConvertible, name: String? = nil
    ) -> Tensor {
        reverse(tensor, axis: axis, name: name)
    }

    /// The first elements of each sequence of a batch reversed.
    public static func reverse_sequence(
        _ input: some TensorOperand, _ seq_lengths: some TensorOperand, seq_axis: Int = 0,
        batch_axis: Int = 0, name: String? = nil
    ) -> Tensor {
        call(
            "ReverseSequence", [input.tensor(nil), seq_lengths.tensor(.int32)],
            ["seq_dim": .int(seq_axis), "batch_dim": .int(batch_axis)], name)
    }
}
