// SPDX-License-Identifier: Apache-2.0

extension Step {
    func sort(_ attributes: SortAttributes) throws -> [NDArray] {
        sorted(
            axis: attributes.axis, isDescending: attributes.isDescending,
            keeping: inputs[0].shape[attributes.axis])
    }

    func topK(_ k: Int) throws -> [NDArray] {
        guard inputs[0].rank > 0 else { throw unsupported("a scalar has no last axis") }
        return sorted(axis: inputs[0].rank - 1, isDescending: true, keeping: k)
    }

    /// The first `count` of each row in order, and where they stood. Equal elements (−0 and 0, and
    /// NaNs, which are the greatest) keep their order in both directions.
    private func sorted(axis: Int, isDescending: Bool, keeping count: Int) -> [NDArray] {
        func evaluate<T: WideNumber>(_: T.Type) -> [NDArray] {
            let operand = inputs[0]
            let elements = T.load(operand)
            let strides = RowMajor.strides(operand.shape)
            let outputStrides = RowMajor.strides(shape)
            let length = operand.shape[axis]
            var sources = [Int](repeating: 0, count: shape.reduce(1, *))
            var positions = [Int64](repeating: 0, count: sources.count)
            var firsts = operand.shape
            firsts[axis] = 1
            RowMajor.forEach(firsts) { index in
                let first = RowMajor.offset(index, strides)
                let target = RowMajor.offset(index, outputStrides)
                func element(_ i: Int) -> T { elements[first + i * strides[axis]] }
                let order = (0..<length).sorted { i, j in
                    let (a, b) = isDescending ? (element(j), element(i)) : (element(i), element(j))
                    if T.isAscending(a, b, operand.dtype) { return true }
                    if T.isAscending(b, a, operand.dtype) { return false }
                    return i < j
                }
                for (rank, i) in order.prefix(count).enumerated() {
                    sources[target + rank * outputStrides[axis]] = first + i * strides[axis]
                    positions[target + rank * outputStrides[axis]] = Int64(i)
                }
            }
            return [
                operand.taking(sources, shape: shape),
                NDArray(integers: positions, dtype: .int32, shape: shape),
            ]
        }
        return widened(inputs[0].dtype) { evaluate($0) }
    }
}
