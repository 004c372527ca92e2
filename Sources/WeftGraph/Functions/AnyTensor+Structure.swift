// SPDX-License-Identifier: Apache-2.0

/// Reductions, products and movement on tensors whose type is known at run time. Axes may be
/// negative: they count from the end.
extension AnyTensor {
    package func reduced(
        _ kind: ReductionKind, axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> AnyTensor {
        .composed(kind.rawValue, [self]) {
            if axes == nil, !keepingDimensions, shape.rank == nil {
                return .make(.reduce(kind, axes: [0]), [reshaped(to: [-1])])
            }
            let axes = try resolvedAxes(axes)
            let result =
                axes.isEmpty && shape.rank == 0
                ? self : AnyTensor.make(.reduce(kind, axes: axes), [self])
            return keepingDimensions ? result.expandingDimensions(at: axes) : result
        }
    }

    /// The sum over `axes`, over all for nil.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        reduced(.sum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The number of elements along `axes` as a scalar of `type`: a constant where it is known, else
    /// computed from the shape when the plan is made.
    package func elementCount(axes: [Int]? = nil, as type: DType) -> AnyTensor {
        .composed("count", [self]) {
            if axes == nil, shape.rank == nil {
                return AnyTensor.make(.reduce(.product, axes: [0]), [.make(.shapeOf, [self])])
                    .cast(to: type)
            }
            let axes = try resolvedAxes(axes)
            let sizes = axes.map { shape[$0] }
            if sizes.allSatisfy({ $0 != nil }) {
                return .scalar(sizes.reduce(1) { $0 * Double($1 ?? 1) }, type)
            }
            let picked = axes.map {
                AnyTensor.make(
                    .slice(SliceAttributes(starts: [$0], limits: [$0 + 1], strides: [1])),
                    [.make(.shapeOf, [self])])
            }
            let all = picked.count == 1 ? picked[0] : AnyTensor.make(.concatenate(axis: 0), picked)
            return AnyTensor.make(.reduce(.product, axes: [0]), [all]).cast(to: type)
        }
    }

    /// The mean over `axes`, over all for nil.
    ///
    /// - Shape: [..., n, ...] → [..., ...], or [..., 1, ...] with `keepingDimensions`.
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        .composed("mean", [self]) {
            let x = widened
            let sum = x.sum(axes: axes, keepingDimensions: keepingDimensions)
            return (sum / elementCount(axes: axes, as: x.dtype)).cast(to: dtype)
        }
    }

    /// With new axes of size 1 at these places of the result.
    public func expandingDimensions(at axes: [Int]) -> AnyTensor {
        .composed("expand", [self]) {
            let rank = try knownRank() + axes.count
            var dims = shape.dims ?? []
            let resolved = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
            guard resolved.allSatisfy({ $0 >= 0 && $0 < rank }), Set(resolved).count == axes.count
            else {
                throw RuleViolation(
                    "\(axes) are no places for new axes in \(type): in the result they are 0 to "
                        + "\(rank - 1), or \(-rank) to -1 from the end, each once")
            }
            for axis in resolved { dims.insert(1, at: axis) }
            if shape.isFullyKnown { return reshaped(to: dims) }
            // A reshape to a shape could tell neither several unknown dimensions apart nor one that
            // stands beside a 0.
            return .make(.expand(axes: resolved), [self])
        }
    }

    /// The elements, in row-major order, under other dimensions; one may be −1 and is what remains.
    public func reshaped(to dims: [Int]) -> AnyTensor {
        if shape.dims == dims, !dims.contains(-1) { return self }
        return .make(.reshape(dims), [self])
    }

    /// The elements, in row-major order, with axes merged, split, added or dropped. Sizes that are
    /// not known yet follow the axes that they are made from.
    package func regrouped(_ groups: [GroupedAxis]) -> AnyTensor {
        if shape.isFullyKnown, let dims = shape.dims {
            let sizes = groups.compactMap { $0.size(of: dims) }
            if sizes.count == groups.count { return reshaped(to: sizes) }
        }
        return .make(.regroup(groups), [self])
    }

    package func reshaped(like other: AnyTensor) -> AnyTensor {
        if let dims = other.shape.dimensions { return reshaped(to: dims) }
        return .make(.reshapeLike, [self, other])
    }

    /// Sums over what broadcasting to this shape from `other`'s repeated.
    package func unbroadcast(like other: AnyTensor) -> AnyTensor {
        if shape == other.shape, shape.isFullyKnown { return self }
        return .make(.unbroadcastLike, [self, other])
    }

    /// With its axes in another order, in reverse when none is given.
    ///
    /// - Shape: axis i of the result is axis `permutation[i]` of the tensor.
    public func transposed(permutation: [Int]? = nil) -> AnyTensor {
        .composed("transpose", [self]) {
            let order = try permutation ?? Array((0..<(try knownRank())).reversed())
            let resolved = order.map { $0 < 0 ? $0 + order.count : $0 }
            if resolved == Array(0..<order.count), shape.rank == order.count { return self }
            return .make(.transpose(resolved), [self])
        }
    }

    /// Repeated to other dimensions as NumPy does it: axes are aligned at the end.
    public func broadcasted(to dims: [Int]) -> AnyTensor {
        .composed("broadcast", [self]) {
            if shape.dims == dims, shape.isFullyKnown { return self }
            guard dims.allSatisfy({ $0 >= -1 }) else {
                throw RuleViolation(ArraySize.problem(dims))
            }
            let rank = try knownRank()
            guard rank <= dims.count else {
                throw RuleViolation(
                    "\(shape) has more axes than \(Shape(dims: dims)), to which it is to be broadcast"
                )
            }
            return .make(
                .broadcast(shape: dims, axes: Array(dims.count - rank..<dims.count)), [self])
        }
    }

    package func broadcast(like other: AnyTensor) -> AnyTensor {
        .composed("broadcast", [self, other]) {
            if let dims = other.shape.dimensions { return broadcasted(to: dims) }
            if shape.rank == 0 { return .make(.broadcastLike(axes: []), [self, other]) }
            let (rank, target) = (try knownRank(), try other.knownRank())
            guard rank <= target else {
                throw RuleViolation(
                    "\(shape) has more axes than \(other.shape), to which it is to be broadcast")
            }
            return .make(.broadcastLike(axes: Array(target - rank..<target)), [self, other])
        }
    }

    /// `lhs` and `rhs` multiplied and summed over the given axes.
    package static func dot(
        _ lhs: AnyTensor, _ rhs: AnyTensor, contracting: ([Int], [Int]),
        batch: ([Int], [Int]) = ([], [])
    ) -> AnyTensor {
        make(
            .dot(
                DotDimensions(
                    lhsContracting: contracting.0, rhsContracting: contracting.1, lhsBatch: batch.0,
                    rhsBatch: batch.1)), [lhs, rhs])
    }

    package static func concatenated(_ tensors: [AnyTensor], axis: Int) -> AnyTensor {
        if tensors.count == 1 { return tensors[0] }
        var axis = axis
        if axis < 0, let rank = tensors.compactMap(\.shape.rank).first { axis += rank }
        return make(.concatenate(axis: axis), tensors)
    }

    package func sliced(starts: [Int], limits: [Int], strides: [Int]? = nil) -> AnyTensor {
        .make(
            .slice(
                SliceAttributes(
                    starts: starts, limits: limits,
                    strides: strides ?? Array(repeating: 1, count: starts.count))), [self])
    }

    package func padded(
        low: [Int], high: [Int], interior: [Int]? = nil, value: AnyTensor? = nil
    ) -> AnyTensor {
        .make(
            .pad(
                PadAttributes(
                    low: low, high: high,
                    interior: interior ?? Array(repeating: 0, count: low.count))),
            [self, value ?? .scalar(0, dtype)])
    }

    package func reversed(axes: [Int]) -> AnyTensor { .make(.reverse(axes: axes), [self]) }

    /// The index along `axis`, in the shape and type of `like`.
    package static func iota(like: AnyTensor, axis: Int) -> AnyTensor {
        make(.iotaLike(axis: axis), [like])
    }
}
