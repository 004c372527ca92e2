// SPDX-License-Identifier: Apache-2.0

extension Operation {
    private func requireIndices(_ type: TensorType) throws {
        guard type.dtype == .int32 || type.dtype == .int64 else {
            throw RuleViolation("indices must be i32 or i64, not \(type.dtype)")
        }
    }

    /// The dimensions of the indices without the one that holds index vectors.
    private func batchDimensions(_ indices: [Int], _ vectorAxis: Int) throws -> [Int] {
        guard vectorAxis >= 0, vectorAxis <= indices.count else {
            throw RuleViolation("indices of rank \(indices.count) have no axis \(vectorAxis)")
        }
        return indices.indices.filter { $0 != vectorAxis }.map { indices[$0] }
    }

    func gatherType(
        _ attributes: GatherAttributes, _ x: TensorType, _ indices: TensorType
    ) throws -> TensorType {
        try requireIndices(indices)
        guard let dims = x.shape.dims, let indexDims = indices.shape.dims else {
            return TensorType(x.dtype, .unknown)
        }
        guard attributes.sliceSizes.count == dims.count else {
            throw RuleViolation("\(attributes.sliceSizes) are no sizes of slices of \(x)")
        }
        try requireAxes(attributes.collapsedAxes, rank: dims.count)
        try requireAxes(attributes.startIndexMap, rank: dims.count)
        guard attributes.sliceSizes.allSatisfy({ $0 >= -1 }) else {
            throw RuleViolation("\(attributes.sliceSizes) are no sizes of slices")
        }
        let sizes = zip(attributes.sliceSizes, dims).map { $0 == -1 ? $1 : $0 }
        if let bad = attributes.collapsedAxes.first(where: { sizes[$0] != 1 }) {
            throw RuleViolation("axis \(bad) is collapsed, its slice must have size 1")
        }
        let batch = try batchDimensions(indexDims, attributes.indexVectorAxis)
        let vector =
            attributes.indexVectorAxis < indexDims.count ? indexDims[attributes.indexVectorAxis] : 1
        if vector >= 0, vector != attributes.startIndexMap.count {
            throw RuleViolation(
                "index vectors have \(vector) elements, \(attributes.startIndexMap.count) are mapped"
            )
        }
        // Where there is no index there may be nothing to gather from either.
        if !batch.contains(where: { $0 <= 0 }) {
            for i in dims.indices where dims[i] >= 0 && sizes[i] > dims[i] {
                throw RuleViolation("a slice of \(sizes) does not fit in \(x)")
            }
        }
        let offsets = dims.indices.filter { !attributes.collapsedAxes.contains($0) }
            .map { sizes[$0] }
        guard attributes.offsetAxes.count == offsets.count else {
            throw RuleViolation("\(attributes.offsetAxes) do not hold slices of \(sizes)")
        }
        let rank = batch.count + offsets.count
        try requireAxes(attributes.offsetAxes, rank: rank)
        var result: [Int] = []
        var (b, o) = (batch.makeIterator(), offsets.makeIterator())
        for axis in 0..<rank {
            result.append((attributes.offsetAxes.contains(axis) ? o.next() : b.next()) ?? -1)
        }
        return TensorType(x.dtype, result)
    }

    /// Inputs: operand, indices, updates.
    func scatterType(_ attributes: ScatterAttributes, _ inputs: [TensorType]) throws -> TensorType {
        let (x, indices, updates) = (inputs[0], inputs[1], inputs[2])
        try requireIndices(indices)
        guard x.dtype == updates.dtype else {
            throw RuleViolation(
                "element types differ: \(x) and \(updates); convert one with `cast(to:)`")
        }
        guard let dims = x.shape.dims, let indexDims = indices.shape.dims,
            let updateDims = updates.shape.dims
        else { return x }
        try requireAxes(attributes.insertedWindowAxes, rank: dims.count)
        try requireAxes(attributes.scatterAxesToOperandAxes, rank: dims.count)
        try requireAxes(attributes.updateWindowAxes, rank: updateDims.count)
        let window = dims.indices.filter { !attributes.insertedWindowAxes.contains($0) }
        guard window.count == attributes.updateWindowAxes.count else {
            throw RuleViolation("the updates' window axes do not fit \(x)")
        }
        for (axis, own) in zip(attributes.updateWindowAxes, window)
        where updateDims[axis] >= 0 && dims[own] >= 0 && updateDims[axis] > dims[own] {
            throw RuleViolation("updates \(updates) do not fit in \(x)")
        }
        let batch = try batchDimensions(indexDims, attributes.indexVectorAxis)
        let vector =
            attributes.indexVectorAxis < indexDims.count ? indexDims[attributes.indexVectorAxis] : 1
        if vector >= 0, vector != attributes.scatterAxesToOperandAxes.count {
            throw RuleViolation(
                "index vectors have \(vector) elements, "
                    + "\(attributes.scatterAxesToOperandAxes.count) are mapped")
        }
        let own = updateDims.indices.filter { !attributes.updateWindowAxes.contains($0) }
            .map { updateDims[$0] }
        guard Shape(dims: batch).merged(with: Shape(dims: own)) != nil else {
            throw RuleViolation("indices \(indices) and updates \(updates) do not go together")
        }
        return x
    }
}
