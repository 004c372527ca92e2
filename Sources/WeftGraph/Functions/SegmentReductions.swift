// SPDX-License-Identifier: Apache-2.0

/// Reductions of sub-tensors with equal segment numbers. A number outside `0..<count` is left out.
///
/// Wherever a count is a tensor it is a scalar. `segments.max() + 1` counts up to the last segment there
/// is, which a run finds out; that numbers ascend, as TensorFlow's `segment_sum` wants it, is not needed.
extension NumericTensor {
    /// The sums of the sub-tensors with equal segment numbers, 0 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentSums(_ segments: some IntegerTensor, count: Int) -> Self {
        segmented("segmentSums", segments, count) { try $0.segmentSums($1, $2) }
    }

    /// The sums of the sub-tensors with equal segment numbers, 0 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentSums(_ segments: some IntegerTensor, count: some IntegerTensor) -> Self {
        segmented("segmentSums", segments, count) { try $0.segmentSums($1, $2) }
    }

    /// The products of the sub-tensors with equal segment numbers, 1 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentProducts(_ segments: some IntegerTensor, count: Int) -> Self {
        segmented("segmentProducts", segments, count) { try $0.segmentProducts($1, $2) }
    }

    /// The products of the sub-tensors with equal segment numbers, 1 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentProducts(_ segments: some IntegerTensor, count: some IntegerTensor) -> Self {
        segmented("segmentProducts", segments, count) { try $0.segmentProducts($1, $2) }
    }

    /// The greatest elements of the sub-tensors with equal segment numbers; for a segment without any −∞,
    /// of integers their least number.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMax(_ segments: some IntegerTensor, count: Int) -> Self {
        segmented("segmentMax", segments, count) { try $0.segmentExtremes($1, $2, .maximum) }
    }

    /// The greatest elements of the sub-tensors with equal segment numbers; for a segment without any −∞,
    /// of integers their least number.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMax(_ segments: some IntegerTensor, count: some IntegerTensor) -> Self {
        segmented("segmentMax", segments, count) { try $0.segmentExtremes($1, $2, .maximum) }
    }

    /// The least elements of the sub-tensors with equal segment numbers; for a segment without any ∞, of
    /// integers their greatest number.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMin(_ segments: some IntegerTensor, count: Int) -> Self {
        segmented("segmentMin", segments, count) { try $0.segmentExtremes($1, $2, .minimum) }
    }

    /// The least elements of the sub-tensors with equal segment numbers; for a segment without any ∞, of
    /// integers their greatest number.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMin(_ segments: some IntegerTensor, count: some IntegerTensor) -> Self {
        segmented("segmentMin", segments, count) { try $0.segmentExtremes($1, $2, .minimum) }
    }
}

extension FloatingTensor {
    /// The means of the sub-tensors with equal segment numbers, 0 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMeans(_ segments: some IntegerTensor, count: Int) -> Self {
        segmented("segmentMeans", segments, count) { try $0.segmentMeans($1, $2) }
    }

    /// The means of the sub-tensors with equal segment numbers, 0 for a segment without any.
    ///
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentMeans(_ segments: some IntegerTensor, count: some IntegerTensor) -> Self {
        segmented("segmentMeans", segments, count) { try $0.segmentMeans($1, $2) }
    }
}

extension TensorProtocol {
    /// What `body` makes of the tensor, the segments, and the count as i64[1].
    fileprivate func segmented(
        _ function: String, _ segments: some IntegerTensor, _ count: Int,
        _ body: (AnyTensor, AnyTensor, AnyTensor) throws -> AnyTensor
    ) -> Self {
        let segments = segments.anyTensor
        return composed(function, with: [segments]) { x in
            guard count >= 0 else {
                throw RuleViolation(.negative("the count", value: "\(count)"))
            }
            return try body(x, segments, .numbers([count]))
        }
    }

    fileprivate func segmented(
        _ function: String, _ segments: some IntegerTensor, _ count: some IntegerTensor,
        _ body: (AnyTensor, AnyTensor, AnyTensor) throws -> AnyTensor
    ) -> Self {
        let (segments, count) = (segments.anyTensor, count.anyTensor)
        return composed(function, with: [segments, count]) { x in
            try body(x, segments, count.asNumber("the count"))
        }
    }
}

extension AnyTensor {
    /// With all sub-tensors combined into those of a result that is `start` before.
    fileprivate func segments(
        _ segments: AnyTensor, _ count: AnyTensor, from start: AnyTensor, _ kind: ScatterKind
    ) throws -> AnyTensor {
        let rank = try segments.knownRank()
        guard let dims = shape.dims, dims.count >= rank,
            Shape(dims: Array(dims[..<rank])).merged(with: segments.shape) != nil
        else {
            throw RuleViolation(
                "the segment numbers, \(segments.shape), must have the first dimensions of \(type)")
        }
        let result = AnyTensor.concatenated(
            [count] + (dims.count > rank ? [sizes.sliced(axis: 0, rank, nil)] : []), axis: 0)
        return start.broadcasted(to: result)
            .scattering(self, at: segments, combining: kind, outOfBounds: .ignored)
    }

    fileprivate func segmentSums(_ numbers: AnyTensor, _ count: AnyTensor) throws -> AnyTensor {
        try segments(numbers, count, from: .scalar(0, dtype), .add)
    }

    fileprivate func segmentProducts(
        _ numbers: AnyTensor, _ count: AnyTensor
    ) throws -> AnyTensor {
        try segments(numbers, count, from: .scalar(1, dtype), .multiply)
    }

    fileprivate func segmentMeans(_ numbers: AnyTensor, _ count: AnyTensor) throws -> AnyTensor {
        try requireFloating()
        let x = widened
        let sums = try x.segmentSums(numbers, count)
        let counts = try AnyTensor.ones(like: numbers, dtype: x.dtype).segmentSums(numbers, count)
        let rank = (shape.rank ?? 0) - (numbers.shape.rank ?? 0)
        let divisors = maximum(counts, .scalar(1, like: counts))
            .expandingDimensions(at: Array(1..<1 + rank))
        return (sums / divisors).cast(to: dtype)
    }

    fileprivate func segmentExtremes(
        _ numbers: AnyTensor, _ count: AnyTensor, _ kind: ScatterKind
    ) throws -> AnyTensor {
        let isMaximum = kind == .maximum
        try requireElements(dtype, .numeric)
        var start = AnyTensor.scalar(isMaximum ? -.infinity : .infinity, dtype)
        if let range = dtype.integers {
            let last = dtype == .uint64 ? -1 : range.upperBound
            start = .constant(
                NDArray(
                    integers: [isMaximum ? range.lowerBound : last], dtype: dtype, shape: []))
        }
        return try segments(numbers, count, from: start, kind)
    }
}
