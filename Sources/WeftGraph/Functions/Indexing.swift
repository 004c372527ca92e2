// SPDX-License-Identifier: Apache-2.0

/// Elements by computed indices, which are integers of any type. Axes may be negative: they count from
/// the end; indices may not. An index outside its axis fails the run, or does what `outOfBounds` says.
extension TensorProtocol {
    /// The sub-tensors at the given indices of an axis.
    ///
    /// Its gradient is a sum over the indices, so an index may occur more than once.
    /// - Parameter batchRank: How many first axes tensor and indices have in common; each element of
    ///   them has its own indices.
    /// - Shape: x [a, n, b], indices [i, j] → [a, i, j, b] for axis 1.
    public func gathered(
        at indices: some IntegerTensor, axis: Int = 0, batchRank: Int = 0,
        outOfBounds: IndexMode = .checked
    ) -> Self {
        let indices = indices.anyTensor
        return composed("gather", with: [indices]) { x in
            let indices = try indices.requiredAsIndices()
            let (rank, count) = (try x.knownRank(), try indices.knownRank())
            guard rank > 0 else {
                throw RuleViolation(.scalarHasNoAxis("a scalar has no axis to gather along"))
            }
            let axis = try x.resolvedAxis(axis)
            guard batchRank == 0 else {
                return try x.gathered(
                    at: indices.cast(to: .int64), axis: axis, batchRank: batchRank, outOfBounds)
            }
            var sizes = Array(repeating: -1, count: rank)
            sizes[axis] = 1
            return .make(
                .gather(
                    GatherAttributes(
                        offsetAxes: Array(0..<axis) + Array(axis + count..<rank - 1 + count),
                        collapsedAxes: [axis], startIndexMap: [axis], indexVectorAxis: count,
                        sliceSizes: sizes, mode: outOfBounds)), [x, indices])
        }
    }

    /// The elements at an index of their own for each place along an axis.
    ///
    /// - Shape: x [a, n], indices [a, k] → [a, k] along axis 1.
    public func gathered(
        along axis: Int, at indices: some IntegerTensor, outOfBounds: IndexMode = .checked
    ) -> Self {
        let indices = indices.anyTensor
        return composed("gather", with: [indices]) { x in
            let indices = try indices.requiredAsIndices().cast(to: .int64)
            let rank = try x.knownRank()
            guard try indices.knownRank() == rank else {
                throw RuleViolation(
                    "indices \(indices.shape) must have as many axes as \(x.type); "
                        + "use `gathered(at:axis:)`")
            }
            let axis = try x.resolvedAxis(axis)
            for other in 0..<rank where other != axis {
                if let a = x.shape[other], let b = indices.shape[other], a != b {
                    throw RuleViolation(
                        "\(x.shape) and indices \(indices.shape) must be equal but for axis \(axis)"
                    )
                }
            }
            let vector = (0..<rank).map {
                ($0 == axis ? indices : indices.position($0)).expandingDimensions(at: [rank])
            }
            return x.gatheredND(
                at: AnyTensor.concatenated(vector, axis: rank), outOfBounds: outOfBounds)
        }
    }

    /// The sub-tensors whose first indices are the vectors on the last axis of `indices`.
    ///
    /// - Shape: x [a, b, c], indices [i, 2] → [i, c].
    public func gatheredND(
        at indices: some IntegerTensor, outOfBounds: IndexMode = .checked
    ) -> Self {
        let indices = indices.anyTensor
        return composed("gatherND", with: [indices]) { x in
            let indices = try indices.requiredAsIndices()
            let (depth, rank, count) = try x.depth(of: indices)
            let batch = count - 1
            return .make(
                .gather(
                    GatherAttributes(
                        offsetAxes: Array(batch..<batch + rank - depth),
                        collapsedAxes: Array(0..<depth), startIndexMap: Array(0..<depth),
                        indexVectorAxis: count - 1,
                        sliceSizes: (0..<rank).map { $0 < depth ? 1 : -1 }, mode: outOfBounds)),
                [x, indices])
        }
    }

    /// With updates combined into the sub-tensors at the given indices of the first axis.
    ///
    /// - Shape: x [n, a], indices [i], updates [i, a] → [n, a].
    public func scattering(
        _ updates: Self, at indices: some IntegerTensor, combining kind: ScatterKind = .set,
        outOfBounds: IndexMode = .checked
    ) -> Self {
        let (updates, indices) = (updates.anyTensor, indices.anyTensor)
        return composed("scatter", with: [indices, updates]) { x in
            let count = try indices.knownRank()
            guard try x.knownRank() > 0 else {
                throw RuleViolation(.scalarHasNoAxis("a scalar has no rows"))
            }
            let rows = (indices.shape.dims ?? []) + (x.shape.dims ?? []).dropFirst()
            guard updates.shape.merged(with: Shape(dims: rows)) != nil else {
                throw RuleViolation(
                    .wrongShape(
                        "updates of \(x.shape) at indices \(indices.shape)", updates.shape,
                        wanted: Shape(dims: rows)))
            }
            return x.scatteringND(
                updates, at: indices.expandingDimensions(at: [count]), combining: kind,
                outOfBounds: outOfBounds)
        }
    }

    /// With updates combined into the sub-tensors at the vectors on the last axis of `indices`.
    ///
    /// - Shape: x [a, b, c], indices [i, 2], updates [i, c] → [a, b, c].
    public func scatteringND(
        _ updates: Self, at indices: some IntegerTensor, combining kind: ScatterKind = .set,
        outOfBounds: IndexMode = .checked
    ) -> Self {
        let (updates, indices) = (updates.anyTensor, indices.anyTensor)
        return composed("scatterND", with: [indices, updates]) { x in
            try AnyTensor.requireSameDType([x, updates])
            let indices = try indices.requiredAsIndices()
            let (depth, rank, count) = try x.depth(of: indices)
            let wanted = Shape(
                dims: Array((indices.shape.dims ?? []).dropLast())
                    + Array((x.shape.dims ?? [])[depth...]))
            guard updates.shape.merged(with: wanted) != nil else {
                throw RuleViolation(
                    .wrongShape(
                        "updates of \(x.shape) at index vectors \(indices.shape)", updates.shape,
                        wanted: wanted))
            }
            let batch = count - 1
            return .make(
                .scatter(
                    kind,
                    ScatterAttributes(
                        updateWindowAxes: Array(batch..<batch + rank - depth),
                        insertedWindowAxes: Array(0..<depth),
                        scatterAxesToOperandAxes: Array(0..<depth), indexVectorAxis: count - 1,
                        mode: outOfBounds)), [x, indices, updates])
        }
    }

    /// `sizes` elements of each axis from computed positions.
    ///
    /// Positions from which the part would leave the tensor are moved so that it does not.
    /// - Parameters:
    ///   - starts: The first position on each axis.
    ///   - sizes: The result's dimensions; −1 for a whole axis.
    /// - Shape: starts [rank] → `sizes`.
    public func sliced(startingAt starts: some IntegerTensor, sizes: [Int]) -> Self {
        let starts = starts.anyTensor
        return composed("dynamicSlice", with: [starts]) { x in
            guard ArraySize.count(sizes.filter { $0 != -1 }) != nil else {
                throw RuleViolation("\(sizes) are no sizes of a part; use -1 for a whole axis")
            }
            guard !sizes.indices.contains(where: { sizes[$0] == -1 && x.shape[$0] == nil }) else {
                return x.sliced(startingAt: starts, sizes: AnyTensor.numbers(sizes))
            }
            let dims = sizes.enumerated().map { $1 == -1 ? x.shape[$0] ?? -1 : $1 }
            return .make(.dynamicSlice(sizes: dims), [x, starts.asIndices()])
        }
    }

    /// With the part from computed positions on replaced by `update`.
    ///
    /// - Shape: starts [rank]; update of the tensor's rank and no larger → the tensor's shape.
    public func replacing(startingAt starts: some IntegerTensor, with update: Self) -> Self {
        let (starts, update) = (starts.anyTensor, update.anyTensor)
        return composed("dynamicUpdate", with: [update, starts]) { x in
            .make(.dynamicUpdateSlice, [x, update, starts.asIndices()])
        }
    }
}

/// The rows of a table at the given indices.
///
/// - Shape: table [entries, width], indices [...] → [..., width].
public func embeddingLookup<T: TensorProtocol>(_ table: T, at indices: some IntegerTensor) -> T {
    table.gathered(at: indices)
}

extension AnyTensor {
    /// Integers of the types that operations with indices take.
    package func asIndices() -> AnyTensor {
        dtype.isInteger && dtype != .int32 && dtype != .int64 ? cast(to: .int64) : self
    }

    fileprivate func requiredAsIndices() throws -> AnyTensor {
        guard dtype.isInteger else {
            throw RuleViolation(
                .wrongElementType(
                    .argument("the indices"), dtype, wanted: DTypeClass.integer.dtypes))
        }
        return asIndices()
    }

    /// How many axes the vectors on the last axis of `indices` index; the tensor's rank and theirs.
    fileprivate func depth(
        of indices: AnyTensor
    ) throws -> (depth: Int, rank: Int, indexRank: Int) {
        let (rank, count) = (try knownRank(), try indices.knownRank())
        guard count > 0 else {
            throw RuleViolation(.scalarHasNoAxis("a scalar holds no index vectors"))
        }
        let depth = try indices.knownSize(-1)
        guard depth <= rank else {
            throw RuleViolation("index vectors of \(depth) elements are too long for \(type)")
        }
        return (depth, rank, count)
    }

    /// The index along `axis` of the shape of `self`, as i64.
    fileprivate func position(_ axis: Int) -> AnyTensor {
        .iota(like: self, axis: axis, dtype: .int64)
    }

    /// `gathered(at:axis:)` for each element of the first `batchRank` axes, which both have.
    fileprivate func gathered(
        at indices: AnyTensor, axis: Int, batchRank: Int, _ mode: IndexMode
    ) throws -> AnyTensor {
        let (rank, count) = (try knownRank(), try indices.knownRank())
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
