// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Movements of elements in TensorFlow.
extension ExportCall {
    func structure(_ primitive: Primitive) throws -> String {
        let x = try input(0)
        switch primitive {
        case .reshape(let dims): return try writer.reshape(x, try writer.vector(dims), dtype)
        case .broadcast(let shape, let axes):
            let aligned = try spread(x, axes, rank: shape.count)
            let own = try shape.contains(-1) ? sizes(of: 0) : ""
            let sizes = try writer.packed(
                shape.indices.map { axis in
                    let size = shape[axis] >= 0 ? shape[axis] : nil
                    return (
                        size,
                        {
                            guard let source = axes.firstIndex(of: axis) else {
                                throw self.failure("the size of axis \(axis) is not known")
                            }
                            return try self.writer.element(source, of: own)
                        }
                    )
                })
            return try writer.broadcast(aligned, sizes, dtype)
        case .transpose(let permutation):
            return writer.add(
                "Transpose", [x, try writer.vector(permutation)],
                ["T": try .of(dtype), "Tperm": try .of(.int64)])
        case .slice(let attributes): return try slice(attributes)
        case .dynamicSlice(let sizes): return try moved(1, sizes: try writer.vector(sizes))
        case .dynamicUpdateSlice:
            let sizes = try self.sizes(of: 1)
            let starts = try inside(2, sizes: sizes)
            let ends = try writer.binary("AddV2", starts, sizes, .int64)
            let steps = try writer.vector(Array(repeating: 1, count: try rank(0)))
            return writer.add(
                "TensorStridedSliceUpdate", [x, starts, ends, steps, try input(1)],
                try sliceAttributes(end: 0))
        case .pad(let attributes): return try pad(attributes)
        case .concatenate(let axis):
            return writer.add(
                "ConcatV2", try inputs() + [try writer.scalar(axis)],
                [
                    "T": try .of(dtype), "Tidx": try .of(.int64), "N": .of(node.inputs.count),
                ])
        case .reverse(let axes):
            return writer.add(
                "ReverseV2", [x, try writer.vector(axes)],
                ["T": try .of(dtype), "Tidx": try .of(.int64)])
        default: throw failure("write what does not depend on it")
        }
    }

    /// With axes of size 1 so that axis i becomes axis `axes[i]` of as many as `rank`.
    private func spread(_ x: String, _ axes: [Int], rank: Int) throws -> String {
        let missing = (0..<rank).filter { !axes.contains($0) }
        guard axes == axes.sorted() else { throw failure("its axes change their order") }
        // Those in front come about by broadcasting.
        let inner = missing.filter { axis in axes.contains { $0 < axis } }
        if inner.isEmpty { return x }
        if let dims = node.inputs[0].shape.dimensions {
            let sizes = (0..<rank).map { axis in axes.firstIndex(of: axis).map { dims[$0] } ?? 1 }
            return try writer.reshape(x, try writer.vector(sizes), dtype)
        }
        return try missing.reduce(x) { try writer.expand($0, at: $1, dtype) }
    }

    private func sliceAttributes(end: Int) throws -> [String: TFAttrValue] {
        [
            "T": try .of(dtype), "Index": try .of(.int64), "begin_mask": .of(0),
            "end_mask": .of(end), "ellipsis_mask": .of(0), "new_axis_mask": .of(0),
            "shrink_axis_mask": .of(0),
        ]
    }

    private func slice(_ attributes: SliceAttributes) throws -> String {
        let open = attributes.limits.enumerated().reduce(0) { mask, limit in
            limit.element == Int.max ? mask | 1 << limit.offset : mask
        }
        let limits = attributes.limits.map { $0 == Int.max ? 0 : $0 }
        return writer.add(
            "StridedSlice",
            [
                try input(0), try writer.vector(attributes.starts), try writer.vector(limits),
                try writer.vector(attributes.strides),
            ], try sliceAttributes(end: open))
    }

    private func sliceGradient(_ attributes: SliceAttributes) throws -> String {
        let open = attributes.limits.enumerated().reduce(0) { mask, limit in
            limit.element == Int.max ? mask | 1 << limit.offset : mask
        }
        let limits = attributes.limits.map { $0 == Int.max ? 0 : $0 }
        return writer.add(
            "StridedSliceGrad",
            [
                try sizes(of: 1), try writer.vector(attributes.starts), try writer.vector(limits),
                try writer.vector(attributes.strides), try input(0),
            ], try sliceAttributes(end: open))
    }

    /// The starts that an operand has, moved so that a part of these sizes lies inside.
    private func inside(_ index: Int, sizes: String) throws -> String {
        let starts = try writer.cast(
            try input(index), from: node.inputs[index].dtype, to: .int64)
        let room = try writer.binary("Sub", try self.sizes(of: 0), sizes, .int64)
        let least = try writer.binary("Minimum", starts, room, .int64)
        return try writer.binary("Maximum", least, try writer.scalar(0), .int64)
    }

    private func moved(_ index: Int, sizes: String) throws -> String {
        writer.add(
            "Slice", [try input(0), try inside(index, sizes: sizes), sizes],
            ["T": try .of(dtype), "Index": try .of(.int64)])
    }

    private func pad(_ attributes: PadAttributes) throws -> String {
        guard attributes.interior.allSatisfy({ $0 == 0 }) else {
            throw failure("elements are put between others")
        }
        let sides = zip(attributes.low, attributes.high).map { [max($0, 0), max($1, 0)] }
        var x = try input(0)
        if sides.contains(where: { $0 != [0, 0] }) {
            let paddings = try writer.constant(
                try .longs(sides.flatMap { $0 }, shape: [sides.count, 2]))
            x = writer.add(
                "PadV2", [x, paddings, try input(1)],
                ["T": try .of(dtype), "Tpaddings": try .of(.int64)])
        }
        guard zip(attributes.low, attributes.high).contains(where: { $0 < 0 || $1 < 0 }) else {
            return x
        }
        // Negative ones cut off; ends are counted from the end.
        let ends = attributes.high.map { min($0, 0) }
        let mask = ends.enumerated().reduce(0) { $1.element == 0 ? $0 | 1 << $1.offset : $0 }
        return writer.add(
            "StridedSlice",
            [
                x, try writer.vector(attributes.low.map { max(-$0, 0) }), try writer.vector(ends),
                try writer.vector(Array(repeating: 1, count: ends.count)),
            ], try sliceAttributes(end: mask))
    }

    // MARK: What follows other shapes

    func unsettled(_ unsettled: Unsettled) throws -> String {
        switch unsettled {
        case .iotaLike(let axis): return try iota(axis, sizes: try sizes(of: 0))
        case .shapeOf: return try writer.sizes(of: try input(0), dtype)
        case .shaped(let rule):
            return writer.add(
                "Fill", [try sizes(by: rule), try writer.constant(NDArray(false))],
                ["T": try .of(.bool), "index_type": try .of(.int64)])
        case .sliceLike: return try moved(1, sizes: try sizes(of: 2))
        case .expand(let axes):
            return try axes.reduce(try input(0)) { try writer.expand($0, at: $1, dtype) }
        case .regroup(let groups):
            return try writer.reshape(try input(0), try grouped(groups), dtype)
        case .reshapeLike: return try writer.reshape(try input(0), try sizes(of: 1), dtype)
        case .broadcastLike(let axes):
            return try writer.broadcast(
                try spread(try input(0), axes, rank: try rank(1)), try sizes(of: 1), dtype)
        case .unbroadcastLike:
            let (own, wanted) = (try sizes(of: 0), try sizes(of: 1))
            let axes = writer.add(
                "BroadcastGradientArgs", [own, wanted], ["T": try .of(.int64)])
            let sum = try writer.sum(try input(0), writer.output(1, of: axes), dtype)
            return try writer.reshape(sum, wanted, dtype)
        case .sliceGradient(let attributes): return try sliceGradient(attributes)
        case .concatenateSlice(let axis, let index):
            let all = try node.inputs.indices.dropFirst().map { try sizes(of: $0) }
            let offsets = writer.add(
                "ConcatOffset",
                [try writer.constant(NDArray(Int32(clamping: axis)))]
                    + (try all.map { try writer.cast($0, from: .int64, to: .int32) }),
                ["N": .of(all.count), "shape_type": try .of(.int32)])
            let offset = try writer.cast(
                writer.output(index, of: offsets), from: .int32, to: .int64)
            return writer.add(
                "Slice", [try input(0), offset, all[index]],
                ["T": try .of(dtype), "Index": try .of(.int64)])
        case .declared: return try input(0)
        case .convolutionInputGradientLike(let attributes):
            return try convolution(attributes, .input, sizes: try sizes(of: 2))
        case .convolutionFilterGradientLike(let attributes):
            return try convolution(attributes, .filter, sizes: try sizes(of: 2))
        case .windowSumGradientLike(let attributes):
            return try windowSum(attributes, gradientOf: try sizes(of: 1))
        case .sliceLikeGradient, .padLike, .topKLike, .listStackLike, .slices:
            throw failure("its sizes are computed in a way that only Weft has")
        }
    }

    /// The sizes that elements of operands say, as i64[rank].
    func sizes(by rule: SizeRule) throws -> String {
        let given = try writer.cast(try input(0), from: dtype, to: .int64)
        switch rule {
        case .sizes: return given
        case .remaining:
            // The product of all, one of which is −1, is that of the others, negated.
            let (all, whole) = (try writer.vector([0]), try sizes(of: 1))
            let count = try writer.sum(whole, all, .int64, op: "Prod")
            let others = try writer.sum(
                try writer.unary("Abs", given, .int64), all, .int64, op: "Prod")
            let rest = try writer.binary(
                "FloorDiv", count,
                try writer.binary("Maximum", others, try writer.scalar(1), .int64), .int64)
            let isOpen = writer.add(
                "Less", [given, try writer.scalar(0)], ["T": try .of(.int64)])
            return writer.add("SelectV2", [isOpen, rest, given], ["T": try .of(.int64)])
        case .range:
            let numbers = writer.add("Range", try inputs(), ["Tidx": try .of(dtype)])
            return try writer.sizes(of: numbers, dtype)
        case .total:
            let sum = try writer.cast(try input(1), from: node.inputs[1].dtype, to: .int64)
            return try writer.reshape(sum, try writer.vector([1]), .int64)
        case .part(let axis, let index):
            let whole = try sizes(of: 1)
            return try writer.packed(
                try (0..<rank(1)).map { place in
                    let known = place == axis ? nil : node.inputs[1].shape[place]
                    return (
                        known,
                        {
                            try self.writer.element(
                                place == axis ? index : place, of: place == axis ? given : whole)
                        }
                    )
                })
        }
    }

    /// The size of a merged or split axis: −1 when it is unknown, nil when it is none.
    private static func size(of axis: GroupedAxis, _ dims: [Int]) -> Int? {
        switch axis {
        case .size(let size): return size
        case .quotient(let axis, let divisor):
            guard dims.indices.contains(axis), divisor > 0 else { return nil }
            return dims[axis] < 0 ? -1 : dims[axis] / divisor
        case .product(let axes):
            guard axes.upperBound <= dims.count else { return nil }
            let sizes = dims[axes]
            return sizes.contains { $0 < 0 } ? -1 : ArraySize.count(Array(sizes))
        }
    }

    /// The sizes of an operand whose axes are merged and split.
    private func grouped(_ groups: [GroupedAxis]) throws -> String {
        let dims = node.inputs[0].shape.dims ?? []
        let known = groups.map { Self.size(of: $0, dims) }
        if known.filter({ $0 == -1 }).count <= 1, !known.contains(nil), !known.contains(0) {
            return try writer.vector(known.compactMap { $0 })
        }
        let own = try sizes(of: 0)
        return try writer.packed(
            groups.indices.map { index in
                let size = known[index].flatMap { $0 < 0 ? nil : $0 }
                return (
                    size,
                    {
                        switch groups[index] {
                        case .size(let size): return try self.writer.scalar(size)
                        case .quotient(let axis, let divisor):
                            return try self.writer.binary(
                                "FloorDiv", try self.writer.element(axis, of: own),
                                try self.writer.scalar(divisor), .int64)
                        case .product(let axes):
                            return try axes.dropFirst().reduce(
                                try axes.first.map { try self.writer.element($0, of: own) }
                                    ?? self.writer.scalar(1)
                            ) {
                                try self.writer.binary(
                                    "Mul", $0, try self.writer.element($1, of: own), .int64)
                            }
                        }
                    }
                )
            })
    }
}
