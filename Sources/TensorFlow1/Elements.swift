// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// Tensors of given elements, and parts of tensors by positions.
extension tf {
    private static func filled(
        _ number: Double, _ sizes: AnyTensor, _ dtype: DType, _ name: String?
    ) -> Tensor {
        call("Fill", [sizes, .scalar(number, dtype)], [:], name)
    }

    /// A tensor of zeros.
    public static func zeros(
        _ shape: [any TensorOperand], _ dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(0, sizes(shape), dtype, name) }
    /// A tensor of zeros.
    public static func zeros(
        _ shape: [any TensorOperand], dtype: DType, name: String? = nil
    ) -> Tensor { filled(0, sizes(shape), dtype, name) }
    /// A tensor of zeros.
    public static func zeros(
        shape: [any TensorOperand], dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(0, sizes(shape), dtype, name) }
    /// A tensor of zeros whose shape a tensor or a shape says.
    public static func zeros(
        _ shape: some SizesOperand, _ dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(0, shape.tensor(.int32), dtype, name) }
    /// A tensor of zeros whose shape a tensor or a shape says.
    public static func zeros(
        _ shape: some SizesOperand, dtype: DType, name: String? = nil
    ) -> Tensor { filled(0, shape.tensor(.int32), dtype, name) }

    /// A tensor of ones.
    public static func ones(
        _ shape: [any TensorOperand], _ dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(1, sizes(shape), dtype, name) }
    /// A tensor of ones.
    public static func ones(
        _ shape: [any TensorOperand], dtype: DType, name: String? = nil
    ) -> Tensor { filled(1, sizes(shape), dtype, name) }
    /// A tensor of ones.
    public static func ones(
        shape: [any TensorOperand], dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(1, sizes(shape), dtype, name) }
    /// A tensor of ones whose shape a tensor or a shape says.
    public static func ones(
        _ shape: some SizesOperand, _ dtype: DType = .float32, name: String? = nil
    ) -> Tensor { filled(1, shape.tensor(.int32), dtype, name) }
    /// A tensor of ones whose shape a tensor or a shape says.
    public static func ones(
        _ shape: some SizesOperand, dtype: DType, name: String? = nil
    ) -> Tensor { filled(1, shape.tensor(.int32), dtype, name) }

    /// Zeros in the shape of a tensor, as a run finds it.
    public static func zeros_like(
        _ tensor: some TensorOperand, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        let x = tensor.tensor(nil)
        return dtype.map { filled(0, shape(x), $0, name) } ?? call("ZerosLike", [x], [:], name)
    }

    /// Ones in the shape of a tensor, as a run finds it.
    public static func ones_like(
        _ tensor: some TensorOperand, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        let x = tensor.tensor(nil)
        return dtype.map { filled(1, shape(x), $0, name) } ?? call("OnesLike", [x], [:], name)
    }

    /// A tensor all of whose elements are `value`.
    public static func fill(
        _ dims: [any TensorOperand], _ value: some TensorOperand, name: String? = nil
    ) -> Tensor { call("Fill", [sizes(dims), value.tensor(nil)], [:], name) }
    /// A tensor all of whose elements are `value`, its shape as a tensor says.
    public static func fill(
        _ dims: some SizesOperand, _ value: some TensorOperand, name: String? = nil
    ) -> Tensor { call("Fill", [dims.tensor(.int32), value.tensor(nil)], [:], name) }

    /// The numbers from 0 to below `limit`.
    public static func range(
        _ limit: some TensorOperand, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        range(0, limit, 1, dtype: dtype, name: name)
    }

    /// The numbers from `start` to below `limit`, `delta` apart.
    public static func range(
        _ start: some TensorOperand, _ limit: some TensorOperand, _ delta: some TensorOperand = 1,
        dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        let given: [any TensorOperand] = [start, limit, delta]
        let own = given.compactMap(\.elementType).first
        let usual = given.map { $0.tensor(nil).dtype }.first(where: \.isFloatingPoint) ?? .int32
        let dtype = dtype ?? own ?? usual
        let bounds = given.map { operand in
            let bound = operand.tensor(dtype)
            return bound.dtype == dtype ? bound : bound.cast(to: dtype)
        }
        return call("Range", bounds, [:], name)
    }

    /// `num` numbers from `start` to `stop`, equally far apart.
    public static func linspace(
        _ start: some TensorOperand, _ stop: some TensorOperand, _ num: some TensorOperand,
        name: String? = nil
    ) -> Tensor {
        let (first, last) = pair(start, stop)
        return call("LinSpace", [first, last, num.tensor(.int32)], [:], name)
    }

    /// `num` numbers from `start` to `stop`, equally far apart.
    public static func lin_space(
        _ start: some TensorOperand, _ stop: some TensorOperand, _ num: some TensorOperand,
        name: String? = nil
    ) -> Tensor {
        linspace(start, stop, num, name: name)
    }

    /// `on_value` at the positions that `indices` says along a new axis of size `depth`, elsewhere `off_value`.
    public static func one_hot(
        _ indices: some TensorOperand, _ depth: some TensorOperand,
        on_value: some TensorOperand = 1,
        off_value: some TensorOperand = 0, axis: Int = -1, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        let dtype = dtype ?? on_value.elementType ?? off_value.elementType ?? .float32
        return call(
            "OneHot",
            [
                indices.tensor(nil), depth.tensor(.int32), on_value.tensor(dtype),
                off_value.tensor(dtype),
            ], ["axis": .int(axis)], name)
    }

    /// `on_value` at the positions that `indices` says along a new axis of size `depth`, elsewhere `off_value`.
    public static func one_hot(
        _ indices: some TensorOperand, depth: some TensorOperand, on_value: some TensorOperand = 1,
        off_value: some TensorOperand = 0, axis: Int = -1, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        one_hot(
            indices, depth, on_value: on_value, off_value: off_value, axis: axis, dtype: dtype,
            name: name)
    }

    /// The same with numbers for both values.
    public static func one_hot(
        _ indices: some TensorOperand, _ depth: some TensorOperand, _ on_value: some TensorOperand,
        _ off_value: some TensorOperand, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        one_hot(indices, depth, on_value: on_value, off_value: off_value, dtype: dtype, name: name)
    }

    /// The true elements of the first lengths of each row: [..., maxlen].
    public static func sequence_mask(
        _ lengths: some TensorOperand, _ maxlen: Int? = nil, dtype: DType = .bool,
        name: String? = nil
    ) -> Tensor {
        let lengths = lengths.tensor(.int32)
        let limit = maxlen?.tensor(lengths.dtype) ?? reduce_max(lengths)
        let mask = less(range(limit), expand_dims(lengths, -1))
        return dtype == .bool ? named(mask, name) : cast(mask, dtype, name: name)
    }

    // MARK: Parts

    /// `size` elements of each dimension from `begin` on; −1 is all that are left.
    public static func slice(
        _ input: some TensorOperand, _ begin: [any TensorOperand], _ size: [any TensorOperand],
        name: String? = nil
    ) -> Tensor {
        call("Slice", [input.tensor(nil), sizes(begin), sizes(size)], [:], name)
    }

    /// `size` elements of each dimension from `begin` on, which tensors say.
    public static func slice(
        _ input: some TensorOperand, _ begin: some SizesOperand, _ size: some SizesOperand,
        name: String? = nil
    ) -> Tensor {
        call("Slice", [input.tensor(nil), begin.tensor(.int32), size.tensor(.int32)], [:], name)
    }

    /// Elements of each dimension from where a tensor says; −1 is all that are left.
    public static func slice(
        _ input: some TensorOperand, _ begin: some SizesOperand, _ size: [any TensorOperand],
        name: String? = nil
    ) -> Tensor {
        call("Slice", [input.tensor(nil), begin.tensor(.int32), sizes(size)], [:], name)
    }

    /// `size` elements of each dimension from `begin` on; −1 is all that are left.
    public static func slice(
        _ input: some TensorOperand, begin: [any TensorOperand], size: [any TensorOperand],
        name: String? = nil
    ) -> Tensor {
        slice(input, begin, size, name: name)
    }

    /// Every `strides`-th element of each dimension from `begin` to before `end`.
    public static func strided_slice(
        _ input: some TensorOperand, _ begin: [any TensorOperand], _ end: [any TensorOperand],
        _ strides: [any TensorOperand]? = nil, begin_mask: Int = 0, end_mask: Int = 0,
        shrink_axis_mask: Int = 0, name: String? = nil
    ) -> Tensor {
        call(
            "StridedSlice",
            [
                input.tensor(nil), sizes(begin), sizes(end),
                sizes(strides ?? begin.map { _ in 1 }),
            ],
            [
                "begin_mask": .int(begin_mask), "end_mask": .int(end_mask),
                "shrink_axis_mask": .int(shrink_axis_mask),
            ], name)
    }

    /// The parts of `params` along `axis` at the positions `indices`.
    public static func gather(
        _ params: some TensorOperand, _ indices: some TensorOperand, axis: Int = 0,
        name: String? = nil
    ) -> Tensor {
        call(
            "GatherV2",
            [params.tensor(nil), indices.tensor(.int32), .scalar(Double(axis), .int32)], [:], name)
    }

    /// The parts of `params` at the positions that the last axis of `indices` says.
    public static func gather_nd(
        _ params: some TensorOperand, _ indices: some TensorOperand, name: String? = nil
    ) -> Tensor {
        call("GatherNd", [params.tensor(nil), indices.tensor(.int32)], [:], name)
    }

    /// `updates` added up at the positions that the last axis of `indices` says, in a tensor of zeros.
    public static func scatter_nd(
        _ indices: some TensorOperand, _ updates: some TensorOperand,
        _ shape: [any TensorOperand], name: String? = nil
    ) -> Tensor {
        call("ScatterNd", [indices.tensor(.int32), updates.tensor(nil), sizes(shape)], [:], name)
    }

    /// The distinct elements of a vector in the order in which they come first, and for each element the place
    /// of its own.
    public static func unique(
        _ x: some TensorOperand, out_idx: DType = .int32, name: String? = nil
    ) -> (y: Tensor, idx: Tensor) {
        let results = calls("Unique", [x.tensor(nil)], ["out_idx": .type(out_idx)], name)
        return (results[0], results.last ?? results[0])
    }

    /// The parts of `data`, each with the rows that `partitions` gives its number.
    public static func dynamic_partition(
        _ data: some TensorOperand, _ partitions: some TensorOperand, _ num_partitions: Int,
        name: String? = nil
    ) -> [Tensor] {
        calls(
            "DynamicPartition", [data.tensor(nil), partitions.tensor(.int32)],
            ["num_partitions": .int(num_partitions)], name)
    }

    /// The elements along `axis` in order.
    public static func sort(
        _ values: some TensorOperand, axis: Int = -1, direction: String = "ASCENDING",
        name: String? = nil
    ) -> Tensor {
        ordered("sort", direction, name) { values.tensor(nil).sorted(axis: axis, isDescending: $0) }
    }

    /// The positions that put the elements along `axis` in order.
    public static func argsort(
        _ values: some TensorOperand, axis: Int = -1, direction: String = "ASCENDING",
        name: String? = nil
    ) -> Tensor {
        ordered("argsort", direction, name) {
            values.tensor(nil).argSorted(axis: axis, isDescending: $0)
        }
    }

    private static func ordered(
        _ function: String, _ direction: String, _ name: String?, _ body: (Bool) -> Tensor
    ) -> Tensor {
        switch direction {
        case "ASCENDING": named(body(false), name)
        case "DESCENDING": named(body(true), name)
        default: .invalid(function, name, "'\(direction)' is no direction of sorting")
        }
    }
}
