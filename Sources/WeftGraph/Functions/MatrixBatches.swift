// SPDX-License-Identifier: Apache-2.0

/// Batches of matrices: the axes before the last two.
extension AnyTensor {
    /// What `solve` makes of matrices and right sides, computed in the type for it; a right side of one axis is
    /// one column.
    package static func solved(
        _ a: AnyTensor, _ b: AnyTensor, by solve: (AnyTensor, AnyTensor) throws -> AnyTensor
    ) throws -> AnyTensor {
        try a.requireFloating()
        guard try a.knownRank() >= 2 else {
            throw RuleViolation(.wrongRank("the matrix", a.type, wanted: 2...Int.max))
        }
        let rank = try b.knownRank()
        guard rank > 0 else {
            throw RuleViolation(.wrongRank("the right side", b.type, wanted: 1...Int.max))
        }
        if rank > 1 { return try solve(a.widened, b.widened).cast(to: b.dtype) }
        let x = try solve(a.widened, b.widened.expandingDimension(at: 1))
        return x.squeezed(axes: [-1]).cast(to: b.dtype)
    }

    /// Both repeated to the batch that theirs are broadcast to.
    package static func withOneBatch(
        _ a: AnyTensor, _ b: AnyTensor
    ) throws -> (AnyTensor, AnyTensor) {
        let batch = try Shape.broadcast(a.batchShape, b.batchShape)
        return (a.withBatch(batch, of: b), b.withBatch(batch, of: a))
    }

    /// The matrices with their rows in another order, row i being row `order[i]` of before; or with them put
    /// back. The batches are broadcast.
    package func withRows(at order: AnyTensor, isInverse: Bool = false) -> AnyTensor {
        .composed("gather", [self, order]) {
            let axis = try order.knownRank() - 1
            var order = order
            if isInverse {
                // Where each number stands.
                let sort = SortAttributes(axis: axis, isDescending: false)
                order = AnyTensor.makeAll(.sort(sort), [order])[1]
            }
            if axis == 0 { return gathered(at: order, axis: -2) }
            let (columns, x) = try AnyTensor.withOneBatch(order.expandingDimension(at: -1), self)
            order = columns.squeezed(axes: [-1])
            return x.gathered(at: order, axis: -2, batchRank: try order.knownRank() - 1)
        }
    }

    private var batchShape: Shape { Shape(dims: Array((shape.dims ?? []).dropLast(2))) }

    /// Repeated to a batch whose sizes it has itself or `other` has.
    private func withBatch(_ batch: Shape, of other: AnyTensor) -> AnyTensor {
        let (own, sizes) = (shape.dims ?? [], batch.dims ?? [])
        let missing = sizes.count + 2 - own.count
        let isOwn = sizes.indices.map { $0 >= missing && own[$0 - missing] == sizes[$0] }
        if missing == 0, isOwn.allSatisfy(\.self) { return self }
        if sizes.indices.allSatisfy({ isOwn[$0] || sizes[$0] >= 0 }) {
            return broadcasted(to: zip(sizes, isOwn).map { $1 ? -1 : $0 } + [-1, -1])
        }
        let numbers = sizes.indices.map { axis in
            isOwn[axis]
                ? AnyTensor.numbers([-1])
                : other.size(ofAxis: axis - sizes.count - 2).reshaped(to: [1])
        }
        return broadcasted(to: AnyTensor.concatenated(numbers + [.numbers([-1, -1])], axis: 0))
    }
}
