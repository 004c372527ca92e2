// SPDX-License-Identifier: Apache-2.0

/// Movement copies elements as they are: each function finds the place that an output element
/// comes from.
extension Evaluation {
    /// The output whose element at an index is the operand's at `source(index)`; nil takes `fill`.
    func moved(fill: NDArray? = nil, _ source: ([Int]) -> [Int]?) throws -> NDArray {
        let strides = RowMajor.strides(inputs[0].shape)
        var sources: [Int] = []
        sources.reserveCapacity(shape.reduce(1, *))
        try forEach(shape) { index in
            sources.append(source(index).map { RowMajor.offset($0, strides) } ?? -1)
        }
        return try inputs[0].taking(sources, shape: shape, fill: fill)
    }
}
