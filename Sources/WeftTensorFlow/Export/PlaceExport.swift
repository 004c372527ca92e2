// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// Elements by their places in TensorFlow.
extension ExportCall {
    func gather(_ attributes: GatherAttributes) throws -> String {
        let (own, count) = (try rank(0), try rank(1))
        // Elements of the axes that are picked from, whole ones of the others.
        let isWhole = attributes.sliceSizes.enumerated().allSatisfy { axis, size in
            attributes.collapsedAxes.contains(axis)
                ? size == 1 : size == -1 || size == node.inputs[0].shape[axis]
        }
        guard isWhole, attributes.collapsedAxes == attributes.startIndexMap else {
            throw failure("its axes are in an order of their own")
        }
        let indices = try writer.cast(try input(1), from: node.inputs[1].dtype, to: .int64)
        if attributes.indexVectorAxis == count, let axis = attributes.collapsedAxes.first,
            attributes.collapsedAxes.count == 1,
            attributes.offsetAxes == Array(0..<axis) + Array(axis + count..<own - 1 + count)
        {
            let places = try inside(
                indices, of: try writer.element(axis, of: try sizes(of: 0)), attributes.mode)
            let found = writer.add(
                "GatherV2", [try input(0), places, try writer.scalar(axis)],
                [
                    "Tparams": try .of(dtype), "Tindices": try .of(.int64),
                    "Taxis": try .of(.int64), "batch_dims": .of(0),
                ])
            guard attributes.mode == .ignored else { return found }
            return try zeroed(
                found, where: try equal(indices, places), axes: own - 1 - axis)
        }
        let depth = attributes.collapsedAxes.count
        guard attributes.indexVectorAxis == count - 1,
            attributes.collapsedAxes == Array(0..<depth),
            attributes.offsetAxes == Array(count - 1..<count - 1 + own - depth)
        else { throw failure("its axes are in an order of their own") }
        let places = try inside(indices, of: try firstSizes(depth), attributes.mode)
        let found = writer.add(
            "GatherNd", [try input(0), places],
            ["Tparams": try .of(dtype), "Tindices": try .of(.int64)])
        guard attributes.mode == .ignored else { return found }
        let isInside = try writer.sum(
            try equal(indices, places), try writer.vector([-1]), .bool, op: "All")
        return try zeroed(found, where: isInside, axes: own - depth)
    }

    /// The sizes of the first axes of the first operand: i64[count].
    private func firstSizes(_ count: Int) throws -> String {
        let all = try sizes(of: 0)
        return try writer.packed(
            (0..<count).map { axis in
                (node.inputs[0].shape[axis], { try self.writer.element(axis, of: all) })
            })
    }

    /// The nearest indices that there are, where others are no error.
    private func inside(_ indices: String, of sizes: String, _ mode: IndexMode) throws -> String {
        if mode == .checked { return indices }
        let last = try writer.binary("Sub", sizes, try writer.scalar(1), .int64)
        let least = try writer.binary("Minimum", indices, last, .int64)
        return try writer.binary("Maximum", least, try writer.scalar(0), .int64)
    }

    private func equal(_ a: String, _ b: String) throws -> String {
        writer.add(
            "Equal", [a, b], ["T": try .of(.int64), "incompatible_shape_error": .of(true)])
    }

    /// Zeros but where a mask over the axes before the last ones is true.
    private func zeroed(_ x: String, where mask: String, axes: Int) throws -> String {
        let wide = try (0..<axes).reduce(mask) { mask, _ in
            try writer.expand(mask, at: -1, .bool)
        }
        let zeros = try writer.unary("ZerosLike", x, dtype)
        return writer.add("SelectV2", [wide, x, zeros], ["T": try .of(dtype)])
    }

    func scatter(_ kind: ScatterKind, _ attributes: ScatterAttributes) throws -> String {
        let (own, count) = (try rank(0), try rank(1))
        let depth = attributes.insertedWindowAxes.count
        guard attributes.mode != .clamped, attributes.indexVectorAxis == count - 1, depth > 0,
            attributes.insertedWindowAxes == Array(0..<depth),
            attributes.scatterAxesToOperandAxes == Array(0..<depth)
        else { throw failure("its axes, or what it does with indices that are out of range") }
        let op: String
        switch kind {
        case .set: op = "TensorScatterUpdate"
        case .add: op = "TensorScatterAdd"
        case .maximum: op = "TensorScatterMax"
        case .minimum: op = "TensorScatterMin"
        case .multiply: throw failure("products are scattered")
        }
        let indices = try writer.cast(try input(1), from: node.inputs[1].dtype, to: .int64)
        let types: [String: TFAttrValue] = ["T": try .of(dtype), "Tindices": try .of(.int64)]
        if attributes.mode == .checked {
            return writer.add(op, [try input(0), indices, try input(2)], types)
        }
        guard dtype != .bool || kind == .set else { throw failure("truth values are combined") }
        // What lies outside goes into a row behind the others, which is cut off.
        let sizes = try firstSizes(depth)
        let places = try inside(indices, of: sizes, .ignored)
        let isInside = try writer.sum(
            try equal(indices, places), try writer.vector([-1]), .bool, op: "All", keeping: true)
        let rows = try writer.element(0, of: sizes)
        let behind = try writer.packed(
            (0..<depth).map { axis in (axis == 0 ? nil : 0, { rows }) })
        let targets = writer.add(
            "SelectV2", [isInside, indices, behind], ["T": try .of(.int64)])
        let paddings = try writer.constant(
            try .longs([0, 1] + Array(repeating: 0, count: 2 * (own - 1)), shape: [own, 2]))
        let longer = writer.add(
            "Pad", [try input(0), paddings],
            ["T": try .of(dtype), "Tpaddings": try .of(.int64)])
        let result = writer.add(op, [longer, targets, try input(2)], types)
        return writer.add(
            "StridedSlice",
            [
                result, try writer.vector([0]), try writer.vector([-1]), try writer.vector([1]),
            ],
            [
                "T": try .of(dtype), "Index": try .of(.int64), "begin_mask": .of(0),
                "end_mask": .of(0), "ellipsis_mask": .of(0), "new_axis_mask": .of(0),
                "shrink_axis_mask": .of(0),
            ])
    }
}
