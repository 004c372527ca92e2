// SPDX-License-Identifier: Apache-2.0

/// The start vectors of a gather or scatter: the indices with the axis that holds them taken out.
private struct IndexVectors {
    let batch: [Int]
    private let numbers: [Int64]
    private let strides: [Int]
    private let vectorAxis: Int
    private let vectorStride: Int

    init(_ indices: NDArray, vectorAxis: Int) {
        numbers = Int64.load(indices)
        self.vectorAxis = vectorAxis
        let all = RowMajor.strides(indices.shape)
        let axes = indices.shape.indices.filter { $0 != vectorAxis }
        batch = axes.map { indices.shape[$0] }
        strides = axes.map { all[$0] }
        vectorStride = vectorAxis < indices.rank ? all[vectorAxis] : 0
    }

    func vector(at index: [Int], count: Int) -> [Int64] {
        let first = RowMajor.offset(index, strides)
        return (0..<count).map { numbers[first + $0 * vectorStride] }
    }
}

extension Step {
    /// Where a window of `sizes` starts; nil when it is left out.
    private func start(
        _ vector: [Int64], _ map: [Int], _ operand: [Int], _ sizes: [Int], _ mode: IndexMode
    ) throws -> [Int]? {
        var start = [Int](repeating: 0, count: operand.count)
        if operand.indices.contains(where: { sizes[$0] > operand[$0] }) {
            // Only a scatter into an axis without elements: no place at all fits.
            guard mode == .checked else { return nil }
            throw failure("a window of \(sizes) does not fit into an array of \(operand)")
        }
        for (component, axis) in zip(vector, map) {
            let last = Int64(operand[axis] - sizes[axis])
            if component >= 0, component <= last {
                start[axis] = Int(component)
                continue
            }
            switch mode {
            case .checked:
                let what = sizes[axis] == 1 ? "index" : "a window of \(sizes[axis]) at"
                throw failure(
                    "\(what) \(component) is outside axis \(axis) of size \(operand[axis]); "
                        + "indices must lie in 0...\(last), or use the clamped or ignored mode")
            case .clamped: start[axis] = Int(min(max(component, 0), last))
            case .ignored: return nil
            }
        }
        return start
    }

    func gather(_ attributes: GatherAttributes) throws -> NDArray {
        let operand = inputs[0].shape
        let sizes = attributes.sliceSizes
        let vectors = IndexVectors(inputs[1], vectorAxis: attributes.indexVectorAxis)
        let strides = RowMajor.strides(operand)
        let windowAxes = operand.indices.filter { !attributes.collapsedAxes.contains($0) }
        let offsetAxes = attributes.offsetAxes.sorted()
        let batchAxes = shape.indices.filter { !offsetAxes.contains($0) }
        // Every index is looked at, also when the slices have no elements.
        var starts: [[Int]?] = []
        try RowMajor.forEach(vectors.batch) {
            let vector = vectors.vector(at: $0, count: attributes.startIndexMap.count)
            starts.append(
                try start(vector, attributes.startIndexMap, operand, sizes, attributes.mode))
        }
        let batchStrides = RowMajor.strides(vectors.batch)
        var sources: [Int] = []
        RowMajor.forEach(shape) { index in
            let batch = RowMajor.offset(batchAxes.map { index[$0] }, batchStrides)
            guard var place = starts[batch] else {
                sources.append(-1)
                return
            }
            for (axis, offset) in zip(windowAxes, offsetAxes) { place[axis] += index[offset] }
            sources.append(RowMajor.offset(place, strides))
        }
        return inputs[0].taking(sources, shape: shape)
    }

    /// In the row-major order of the indices, each window in its own row-major order.
    func scatter(_ kind: ScatterKind, _ attributes: ScatterAttributes) throws -> NDArray {
        let (operand, updates) = (inputs[0].shape, inputs[2].shape)
        let vectors = IndexVectors(inputs[1], vectorAxis: attributes.indexVectorAxis)
        let windowAxes = operand.indices.filter { !attributes.insertedWindowAxes.contains($0) }
        let batchAxes = updates.indices.filter { !attributes.updateWindowAxes.contains($0) }
        var sizes = [Int](repeating: 1, count: operand.count)
        for (axis, update) in zip(windowAxes, attributes.updateWindowAxes) {
            sizes[axis] = updates[update]
        }
        let (strides, updateStrides) = (RowMajor.strides(operand), RowMajor.strides(updates))
        var places: [(target: Int, update: Int)] = []
        try RowMajor.forEach(vectors.batch) { index in
            let vector = vectors.vector(
                at: index, count: attributes.scatterAxesToOperandAxes.count)
            guard
                let start = try start(
                    vector, attributes.scatterAxesToOperandAxes, operand, sizes, attributes.mode)
            else { return }
            let batchOffset = RowMajor.offset(index, batchAxes.map { updateStrides[$0] })
            RowMajor.forEach(windowAxes.map { sizes[$0] }) { window in
                var target = RowMajor.offset(start, strides)
                var update = batchOffset
                for (position, axis) in windowAxes.enumerated() {
                    target += window[position] * strides[axis]
                    update +=
                        window[position] * updateStrides[attributes.updateWindowAxes[position]]
                }
                places.append((target, update))
            }
        }
        if kind == .set { return copied(places, from: inputs[2], into: inputs[0]) }
        func evaluate<T: WideNumber>(_: T.Type) -> NDArray {
            let binary: BinaryKind =
                switch kind {
                case .add, .set: .add
                case .multiply: .multiply
                case .maximum: .maximum
                case .minimum: .minimum
                }
            let function = T.function(binary, dtype)
            var result = T.load(inputs[0])
            let values = T.load(inputs[2])
            for (target, update) in places {
                result[target] = function(result[target], values[update]) ?? result[target]
            }
            return T.store(result, dtype, shape)
        }
        return widened(dtype) { evaluate($0) }
    }

    private func copied(
        _ places: [(target: Int, update: Int)], from updates: NDArray, into operand: NDArray
    ) -> NDArray {
        let size = operand.dtype.size
        var result = operand
        result.withUnsafeMutableBytes { target in
            updates.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for (place, update) in places {
                    (to + place * size).copyMemory(from: from + update * size, byteCount: size)
                }
            }
        }
        return result
    }
}
