// SPDX-License-Identifier: Apache-2.0

/// Reductions, products and movement on tensors whose type is known at run time. Axes may be
/// negative: they count from the end.
extension AnyTensor {
    /// Non-negative axes; all of them for nil. A tensor that carries an error when they cannot be resolved.
    func resolvedAxes(_ axes: [Int]?, for operation: String) -> Result<[Int], GraphError> {
        if let error { return .failure(error) }
        guard let rank = shape.rank else {
            if let axes, axes.allSatisfy({ $0 >= 0 }) { return .success(axes.sorted()) }
            return .failure(
                GraphError(
                    operation: operation, name: node.name,
                    reason: "the rank of \(type) is unknown, so "
                        + (axes == nil ? "'all axes'" : "an axis counted from the end")
                        + " is unknown too; give non-negative axes"))
        }
        guard let axes else { return .success(Array(0..<rank)) }
        do {
            let resolved = try axes.map { try normalizedAxis($0, rank: rank) }
            try requireAxes(resolved, rank: rank)
            return .success(resolved.sorted())
        } catch {
            let reason = (error as? RuleViolation)?.reason ?? "\(error)"
            return .failure(GraphError(operation: operation, name: node.name, reason: reason))
        }
    }

    package func reduced(
        _ kind: ReductionKind, axes: [Int]? = nil, keepingDimensions: Bool = false
    ) -> AnyTensor {
        switch resolvedAxes(axes, for: kind.rawValue) {
        case .failure(let error): return .invalid(error, type: TensorType(dtype, .unknown))
        case .success(let axes):
            let result = axes.isEmpty && shape.rank == 0
                ? self : AnyTensor.make(.reduce(kind, axes: axes), [self])
            return keepingDimensions ? result.expanded(at: axes) : result
        }
    }

    package func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        reduced(.sum, axes: axes, keepingDimensions: keepingDimensions)
    }

    /// The number of elements along `axes` as a scalar of the tensor's type: a constant where it is
    /// known, else computed from the shape when the plan is made.
    package func elementCount(axes: [Int]? = nil) -> AnyTensor {
        switch resolvedAxes(axes, for: "count") {
        case .failure(let error): return .invalid(error, type: TensorType(dtype, .unknown))
        case .success(let axes):
            let sizes = axes.map { shape[$0] }
            if sizes.allSatisfy({ $0 != nil }) {
                return .scalar(sizes.reduce(1) { $0 * Double($1 ?? 1) }, dtype)
            }
            let picked = axes.map {
                AnyTensor.make(
                    .slice(SliceAttributes(starts: [$0], limits: [$0 + 1], strides: [1])),
                    [.make(.shapeOf, [self])])
            }
            let all = picked.count == 1 ? picked[0] : AnyTensor.make(.concatenate(axis: 0), picked)
            return AnyTensor.make(.reduce(.product, axes: [0]), [all]).cast(to: dtype)
        }
    }

    package func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> AnyTensor {
        sum(axes: axes, keepingDimensions: keepingDimensions) / elementCount(axes: axes)
    }

    /// New axes of size 1 at these positions of the result.
    package func expanded(at axes: [Int]) -> AnyTensor {
        guard var dims = shape.dims else {
            return .invalid("expand", node.name, "the rank of \(type) is unknown", type: type)
        }
        let rank = dims.count + axes.count
        let resolved = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
        guard resolved.allSatisfy({ $0 >= 0 && $0 < rank }), Set(resolved).count == axes.count else {
            return .invalid(
                "expand", node.name, "\(axes) are no axes of a result of rank \(rank)", type: type)
        }
        for axis in resolved { dims.insert(1, at: axis) }
        if dims.filter({ $0 < 0 }).count <= 1 { return reshaped(to: dims) }
        // Several unknown dimensions: a reshape to a shape could not tell them apart.
        return .make(.expand(axes: resolved), [self])
    }

    package func reshaped(to dims: [Int]) -> AnyTensor {
        if shape.dims == dims, !dims.contains(-1) { return self }
        return .make(.reshape(dims), [self])
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

    package func transposed(_ permutation: [Int]? = nil) -> AnyTensor {
        guard let permutation else {
            guard let rank = shape.rank else {
                return .invalid("transpose", node.name, "the rank of \(type) is unknown", type: type)
            }
            return transposed(Array((0..<rank).reversed()))
        }
        let rank = permutation.count
        let resolved = permutation.map { $0 < 0 ? $0 + rank : $0 }
        if resolved == Array(0..<rank), shape.rank == rank { return self }
        return .make(.transpose(resolved), [self])
    }

    /// Repeated to `dims` as NumPy broadcasts: axes are aligned at the end.
    package func broadcast(to dims: [Int]) -> AnyTensor {
        if shape.dims == dims { return self }
        guard let rank = shape.rank, rank <= dims.count else {
            return .invalid(
                "broadcast", node.name, "\(type) cannot be broadcast to \(Shape(dims: dims))",
                type: TensorType(dtype, dims))
        }
        return .make(
            .broadcast(shape: dims, axes: Array(dims.count - rank..<dims.count)), [self])
    }

    package func broadcast(like other: AnyTensor) -> AnyTensor {
        if let dims = other.shape.dimensions { return broadcast(to: dims) }
        guard let rank = shape.rank, let target = other.shape.rank else {
            if shape.rank == 0 { return .make(.broadcastLike(axes: []), [self, other]) }
            return .invalid("broadcast", node.name, "the rank of \(type) is unknown", type: type)
        }
        return .make(.broadcastLike(axes: Array(max(target - rank, 0)..<target)), [self, other])
    }

    /// `lhs` and `rhs` multiplied and summed over the given axes.
    package static func dot(
        _ lhs: AnyTensor, _ rhs: AnyTensor, contracting: ([Int], [Int]), batch: ([Int], [Int]) = ([], [])
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
        make(.iota(axis: axis), [like])
    }
}
