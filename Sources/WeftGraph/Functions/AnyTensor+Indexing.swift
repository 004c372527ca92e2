// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    private func requireIndices(_ indices: AnyTensor) throws -> AnyTensor {
        guard indices.dtype.isInteger else {
            throw RuleViolation("the indices must be integers, not \(indices.dtype)")
        }
        return indices.asIndices()
    }

    /// The sub-tensors at `indices` of an axis, which the axes of the indices replace.
    package func gathered(at indices: AnyTensor, axis: Int, mode: IndexMode) -> AnyTensor {
        .composed("gather", [self, indices]) {
            let indices = try requireIndices(indices)
            let (rank, count) = (try knownRank(), try indices.knownRank())
            guard rank > 0 else { throw RuleViolation("a scalar has no axis to gather along") }
            let axis = try resolvedAxis(axis)
            var sizes = Array(repeating: -1, count: rank)
            sizes[axis] = 1
            return .make(
                .gather(
                    GatherAttributes(
                        offsetAxes: Array(0..<axis) + Array(axis + count..<rank - 1 + count),
                        collapsedAxes: [axis], startIndexMap: [axis], indexVectorAxis: count,
                        sliceSizes: sizes, mode: mode)), [self, indices])
        }
    }

    /// The index along `axis` of the shape of `self`, as i64.
    private func position(_ axis: Int) -> AnyTensor {
        .iota(like: .filled(0, like: self, dtype: .int64), axis: axis)
    }

    /// The element at the index given for each place: both have the same dimensions but along `axis`.
    package func gathered(along axis: Int, at indices: AnyTensor, mode: IndexMode) -> AnyTensor {
        .composed("gather", [self, indices]) {
            let indices = try requireIndices(indices).cast(to: .int64)
            let rank = try knownRank()
            guard try indices.knownRank() == rank else {
                throw RuleViolation(
                    "indices \(indices.shape) must have as many axes as \(type); use `gather(at:axis:)`"
                )
            }
            let axis = try resolvedAxis(axis)
            for other in 0..<rank where other != axis {
                if let a = shape[other], let b = indices.shape[other], a != b {
                    throw RuleViolation(
                        "\(shape) and indices \(indices.shape) must be equal but for axis \(axis)")
                }
            }
            let vector = (0..<rank).map {
                ($0 == axis ? indices : indices.position($0)).expandingDimensions(at: [rank])
            }
            return gatheredND(at: .concatenated(vector, axis: rank), mode: mode)
        }
    }

    /// The sub-tensors whose first indices are the vectors on the last axis of `indices`.
    package func gatheredND(at indices: AnyTensor, mode: IndexMode) -> AnyTensor {
        .composed("gatherND", [self, indices]) {
            let indices = try requireIndices(indices)
            let (rank, count) = (try knownRank(), try indices.knownRank())
            guard count > 0 else { throw RuleViolation("a scalar holds no index vectors") }
            let depth = try indices.knownSize(-1)
            guard depth <= rank else {
                throw RuleViolation("index vectors of \(depth) elements are too long for \(type)")
            }
            let batch = count - 1
            return .make(
                .gather(
                    GatherAttributes(
                        offsetAxes: Array(batch..<batch + rank - depth),
                        collapsedAxes: Array(0..<depth), startIndexMap: Array(0..<depth),
                        indexVectorAxis: count - 1,
                        sliceSizes: (0..<rank).map { $0 < depth ? 1 : -1 }, mode: mode)),
                [self, indices])
        }
    }

    /// `gathered(at:axis:)` for each element of the first `batchRank` axes, which both have.
    package func gathered(
        at indices: AnyTensor, axis: Int, batchRank: Int, mode: IndexMode
    ) -> AnyTensor {
        .composed("gather", [self, indices]) {
            if batchRank == 0 { return gathered(at: indices, axis: axis, mode: mode) }
            let indices = try requireIndices(indices).cast(to: .int64)
            let (rank, count) = (try knownRank(), try indices.knownRank())
            let axis = try resolvedAxis(axis)
            guard batchRank > 0, batchRank <= axis, batchRank <= count else {
                throw RuleViolation(
                    "batchRank is \(batchRank); it must be at most the axis, \(axis), and the rank of "
                        + "indices \(indices.shape)")
            }
            for other in 0..<batchRank {
                if let a = shape[other], let b = indices.shape[other], a != b {
                    throw RuleViolation(
                        "batch axis \(other) differs: \(shape) and indices \(indices.shape)")
                }
            }
            let parts = (0..<batchRank).map { indices.position($0) } + [indices]
            let vectors = AnyTensor.concatenated(
                parts.map { $0.expandingDimensions(at: [count]) }, axis: count)
            let collapsed = Array(0..<batchRank) + [axis]
            // [batch..., before axis..., indices..., behind axis...]
            let offsets =
                Array(batchRank..<axis)
                + Array(axis + count - batchRank..<rank - 1 + count - batchRank)
            return .make(
                .gather(
                    GatherAttributes(
                        offsetAxes: offsets, collapsedAxes: collapsed, startIndexMap: collapsed,
                        indexVectorAxis: count,
                        sliceSizes: (0..<rank).map { collapsed.contains($0) ? 1 : -1 }, mode: mode)),
                [self, vectors])
        }
    }

    /// With `updates` combined into the sub-tensors at the vectors on the last axis of `indices`.
    package func scatteredND(
        _ kind: ScatterKind, _ updates: AnyTensor, at indices: AnyTensor, mode: IndexMode
    ) -> AnyTensor {
        .composed("scatterND", [self, indices, updates]) {
            try AnyTensor.requireSameDType([self, updates])
            let indices = try requireIndices(indices)
            let (rank, count) = (try knownRank(), try indices.knownRank())
            guard count > 0 else { throw RuleViolation("a scalar holds no index vectors") }
            let depth = try indices.knownSize(-1)
            guard depth <= rank else {
                throw RuleViolation("index vectors of \(depth) elements are too long for \(type)")
            }
            let wanted = Shape(
                dims: Array((indices.shape.dims ?? []).dropLast())
                    + Array((shape.dims ?? [])[depth...]))
            guard updates.shape.merged(with: wanted) != nil else {
                throw RuleViolation(
                    "updates of \(shape) at index vectors \(indices.shape) must have the shape "
                        + "\(wanted), not \(updates.shape)")
            }
            let batch = count - 1
            return .make(
                .scatter(
                    kind,
                    ScatterAttributes(
                        updateWindowAxes: Array(batch..<batch + rank - depth),
                        insertedWindowAxes: Array(0..<depth),
                        scatterAxesToOperandAxes: Array(0..<depth), indexVectorAxis: count - 1,
                        mode: mode)), [self, indices, updates])
        }
    }

    /// With `updates` combined into the sub-tensors at `indices` of the first axis.
    package func scattered(
        _ kind: ScatterKind, _ updates: AnyTensor, at indices: AnyTensor, mode: IndexMode
    ) -> AnyTensor {
        .composed("scatter", [self, indices, updates]) {
            let count = try indices.knownRank()
            guard try knownRank() > 0 else { throw RuleViolation("a scalar has no rows") }
            let rows = (indices.shape.dims ?? []) + (shape.dims ?? []).dropFirst()
            guard updates.shape.merged(with: Shape(dims: rows)) != nil else {
                throw RuleViolation(
                    "updates of \(shape) at indices \(indices.shape) must have the shape "
                        + "\(Shape(dims: rows)), not \(updates.shape)")
            }
            return scatteredND(
                kind, updates, at: indices.expandingDimensions(at: [count]), mode: mode)
        }
    }

    /// The sums of the rows with equal numbers; a row of another number is left out.
    package func segmentSums(_ segments: AnyTensor, count: Int) -> AnyTensor {
        .composed("segmentSums", [self, segments]) {
            let rank = try segments.knownRank()
            guard count >= 0 else {
                throw RuleViolation("the count must not be negative: \(count)")
            }
            guard let dims = shape.dims, dims.count >= rank,
                Shape(dims: Array(dims[..<rank])).merged(with: segments.shape) != nil
            else {
                throw RuleViolation(
                    "the segment numbers, \(segments.shape), must have the first dimensions of \(type)"
                )
            }
            let rest = dims[rank...]
            guard !rest.contains(where: { $0 < 0 }) else {
                throw RuleViolation("the axes of \(type) behind the segments must be known")
            }
            return AnyTensor.filled(0, dtype, shape: [count] + rest)
                .scattered(.add, self, at: segments, mode: .ignored)
        }
    }

}
