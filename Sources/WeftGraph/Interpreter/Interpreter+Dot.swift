// SPDX-License-Identifier: Apache-2.0

extension Step {
    func dot(_ dimensions: DotDimensions) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let (a, b) = (T.load(inputs[0]), T.load(inputs[1]))
            let left = offsets(inputs[0].shape, dimensions.lhsBatch, dimensions.lhsContracting)
            let right = offsets(inputs[1].shape, dimensions.rhsBatch, dimensions.rhsContracting)
            var result: [T] = []
            result.reserveCapacity(shape.reduce(1, *))
            for (batchA, batchB) in zip(left.batch, right.batch) {
                for freeA in left.free {
                    for freeB in right.free {
                        var sum = T.zero
                        for (innerA, innerB) in zip(left.contracting, right.contracting) {
                            sum = T.sum(
                                sum,
                                T.product(
                                    a[batchA + freeA + innerA], b[batchB + freeB + innerB]))
                        }
                        result.append(sum)
                    }
                }
            }
            return T.store(result, dtype, shape)
        }
        return widened(inputs[0].dtype) { evaluate($0) }
    }

    /// The offsets that the indices of some axes add, in row-major order of the axes as listed.
    private func offsets(
        _ shape: [Int], _ batch: [Int], _ contracting: [Int]
    ) -> (batch: [Int], contracting: [Int], free: [Int]) {
        let strides = RowMajor.strides(shape)
        func all(_ axes: [Int]) -> [Int] {
            var result: [Int] = []
            let own = axes.map { strides[$0] }
            RowMajor.forEach(axes.map { shape[$0] }) { result.append(RowMajor.offset($0, own)) }
            return result
        }
        let free = shape.indices.filter { !batch.contains($0) && !contracting.contains($0) }
        return (all(batch), all(contracting), all(free))
    }
}
