// SPDX-License-Identifier: Apache-2.0

/// Operations of single nodes of which the functions of tensors are made.
extension AnyTensor {
    /// The elements, in row-major order, with axes merged, split, added or dropped. Sizes that are
    /// not known yet follow the axes that they are made from.
    package func regrouped(_ groups: [GroupedAxis]) -> AnyTensor {
        if shape.isFullyKnown, let dims = shape.dims {
            let sizes = groups.compactMap { $0.size(of: dims) }
            if sizes.count == groups.count { return reshaped(to: sizes) }
        }
        return .make(.regroup(groups), [self])
    }

    /// Sums over what broadcasting to this shape from `other`'s repeated.
    package func unbroadcast(like other: AnyTensor) -> AnyTensor {
        if shape == other.shape, shape.isFullyKnown { return self }
        return .make(.unbroadcastLike, [self, other])
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

    /// The elements `start..<limit` of one axis; `limit` nil for its end.
    package func sliced(axis: Int, _ start: Int, _ limit: Int?, stride: Int = 1) -> AnyTensor {
        guard let rank = shape.rank else {
            return .composed("slice", [self]) {
                _ = try knownRank()
                return self
            }
        }
        var starts = Array(repeating: 0, count: rank)
        var limits = Array(repeating: Int.max, count: rank)
        var strides = Array(repeating: 1, count: rank)
        starts[axis] = start
        limits[axis] = limit ?? Int.max
        strides[axis] = stride
        return sliced(starts: starts, limits: limits, strides: strides)
    }
}
