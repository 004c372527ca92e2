// SPDX-License-Identifier: Apache-2.0

extension IntegerTensor {
    /// How often each of the numbers `0..<count` occurs; other numbers are left out.
    ///
    /// What weighted counts are: `weights.segmentSums(x, count:)`.
    /// - Parameter batchRank: How many first axes are a batch, each element of which is counted on its own.
    /// - Shape: [...] → [count]; [n, ...] → [n, count] for `batchRank` 1.
    public func binCounts(count: Int, batchRank: Int = 0) -> Indices {
        Indices(
            anyTensor.composed("binCounts") { x in
                guard count >= 0 else {
                    throw RuleViolation(.negative("the count", value: "\(count)"))
                }
                return try x.binCounts(.numbers([count]), batchRank)
            })
    }

    /// How often each of the numbers below a computed count occurs; other numbers are left out.
    ///
    /// - Parameters:
    ///   - count: A scalar.
    ///   - batchRank: How many first axes are a batch, each element of which is counted on its own.
    /// - Shape: [...] → [count]; [n, ...] → [n, count] for `batchRank` 1.
    public func binCounts(count: some IntegerTensor, batchRank: Int = 0) -> Indices {
        let count = count.anyTensor
        return Indices(
            anyTensor.composed("binCounts", with: [count]) { x in
                try x.binCounts(count.asNumber("the count"), batchRank)
            })
    }

    /// How often each number from 0 up to the greatest occurs; negative ones are left out.
    ///
    /// The run finds how many that are: see `nonZero` for what follows from it.
    /// - Shape: [...] → [greatest + 1], [0] of no numbers.
    public func binCounts() -> Indices {
        Indices(
            anyTensor.composed("binCounts") { x in
                try requireElements(x.dtype, .integer)
                let none = AnyTensor.scalar(-1, .int64)
                let greatest = maximum(x.cast(to: .int64).max(), none)
                // So that one more is a number, too.
                let last = minimum(greatest, .scalar(0x1p48, .int64))
                return try x.binCounts((last + 1).reshaped(to: [1]), 0)
            })
    }
}

extension NumericTensor {
    /// How many elements lie in each of the parts of equal length from `low` to `high`.
    ///
    /// Elements below are in the first part and those above in the last one, as in TensorFlow's
    /// `histogram_fixed_width`; NaN is in none.
    /// - Parameters:
    ///   - low: A scalar, as `high`, which must be greater: else the run fails.
    ///   - bins: How many parts, at least 1.
    /// - Shape: [...] → [bins].
    public func histogram(from low: Self, to high: Self, bins: Int) -> Indices {
        histogram(low, high, []) {
            guard bins > 0 else {
                throw RuleViolation(
                    .invalidArgument("the bins", value: "\(bins)", wanted: "1 or more"))
            }
            return .numbers([bins])
        }
    }

    /// How many elements lie in each of a computed number of parts of equal length.
    ///
    /// - Parameters:
    ///   - low: A scalar, as `high`, which must be greater: else the run fails.
    ///   - bins: How many parts, a scalar.
    /// - Shape: [...] → [bins].
    public func histogram(from low: Self, to high: Self, bins: some IntegerTensor) -> Indices {
        let bins = bins.anyTensor
        return histogram(low, high, [bins]) { try bins.asNumber("the bins") }
    }

    private func histogram(
        _ low: Self, _ high: Self, _ others: [AnyTensor], _ bins: () throws -> AnyTensor
    ) -> Indices {
        let (low, high) = (low.anyTensor, high.anyTensor)
        return Indices(
            anyTensor.composed("histogram", with: [low, high] + others) { x in
                try requireElements(x.dtype, .numeric)
                try AnyTensor.requireSameDType([x, low, high])
                for end in [low, high] where end.rank ?? 0 != 0 {
                    throw RuleViolation(
                        .wrongRank("an end of the histogram", end.type, wanted: 0...0))
                }
                let count = try bins()
                let start = check(
                    low, that: low .< high, "the start of a histogram must be less than its end")
                // In f64, as TensorFlow has it. Differences of integers might not fit in their type.
                let from = start.cast(to: .float64)
                let above = maximum(x, start)
                let distance =
                    x.dtype.isFloatingPoint
                    ? (above - start).cast(to: .float64) : above.cast(to: .float64) - from
                let width = (high.cast(to: .float64) - from) / count.cast(to: .float64)
                let place = floor(distance / width)
                let last = (count - 1).cast(to: .float64)
                let number = select(
                    x.dtype.isFloatingPoint ? x.isNaN : .zeros(like: x, dtype: .bool),
                    .scalar(-1, .float64), minimum(place, last))
                return try number.cast(to: .int64).binCounts(count, 0)
            })
    }
}

/// On which side of equal elements a place is.
public enum SearchSide: Hashable, Sendable, CaseIterable {
    /// Before them: how many elements are less.
    case left
    /// Behind them: how many are less or equal.
    case right
}

/// Where values would be put into sorted numbers so that these stay sorted; found by bisection.
///
/// Of numbers that do not ascend along the last axis some place is found.
/// - Shape: sorted [n], values [...] → [...]; or sorted [..., n], values [..., m] → [..., m], with first
///   axes that are the same.
public func searchSorted<T: NumericTensor>(
    _ sorted: T, _ values: T, side: SearchSide = .left
) -> T.Indices {
    let values = values.anyTensor
    return T.Indices(
        sorted.anyTensor.composed("searchSorted", with: [values]) { sorted in
            try AnyTensor.requireSameDType([sorted, values])
            let rank = try sorted.knownRank()
            guard rank > 0 else {
                throw RuleViolation(.scalarHasNoAxis("a scalar has no axis to search along"))
            }
            if rank > 1 {
                let rows = Shape(dims: sorted.shape.dims.map { Array($0.dropLast()) })
                let own = Shape(dims: values.shape.dims.map { Array($0.dropLast()) })
                guard try values.knownRank() == rank, rows.merged(with: own) != nil else {
                    throw RuleViolation(
                        "values \(values.shape) must have the first axes of \(sorted.type)")
                }
            }
            // One more, which is never looked at, so that there always is one that could be.
            let last = Array(repeating: 0, count: rank - 1) + [1]
            let elements = sorted.padded(low: Array(repeating: 0, count: rank), high: last)
            let start = AnyTensor.zeros(like: values, dtype: .int64)
            let ends = whileLoop(
                [start, start + sorted.size(ofAxis: -1)],
                condition: { ($0[0] .< $0[1]).any() },
                body: { ends in
                    let (low, high) = (ends[0], ends[1])
                    let middle = (low + high).floorDivided(by: .scalar(2, .int64))
                    let element =
                        rank == 1
                        ? elements.gathered(at: middle, outOfBounds: .clamped)
                        : elements.gathered(along: rank - 1, at: middle, outOfBounds: .clamped)
                    let isBehind = side == .left ? element .< values : element .<= values
                    let isOpen = low .< high
                    return [
                        select(isOpen .& isBehind, middle + 1, low),
                        select(isOpen .& .!isBehind, middle, high),
                    ]
                })
            return ends[0]
        })
}

extension AnyTensor {
    /// - Parameter count: i64[1].
    fileprivate func binCounts(_ count: AnyTensor, _ batchRank: Int) throws -> AnyTensor {
        try requireElements(dtype, .integer)
        let rank = try knownRank()
        guard batchRank >= 0, batchRank <= rank else {
            throw RuleViolation(
                "batchRank is \(batchRank); it must be in 0...\(rank), the rank of \(type)")
        }
        let bins = count.reshaped(to: [])
        let numbers = cast(to: .int64)
        func counted(_ numbers: AnyTensor, _ bins: AnyTensor) -> AnyTensor {
            AnyTensor.ones(like: numbers).segmentSums(numbers, count: bins)
        }
        if batchRank == 0 { return counted(numbers.flattened(), bins) }
        // The bins of each element of the batch stand behind those of the one before.
        let dims = (0..<batchRank).map { size(ofAxis: $0) }
        let rows = dims.dropFirst().reduce(dims[0]) { $0 * $1 }
        let own = numbers.reshaped(to: stacked([rows, .scalar(-1, .int64)]))
        let isBin = (own .>= 0) .& (own .< bins)
        let place = select(isBin, own + .iota(like: own) * bins, .scalar(-1, .int64))
        return counted(place.flattened(), rows * bins).reshaped(to: stacked(dims + [bins]))
    }
}
