// SPDX-License-Identifier: Apache-2.0

/// Functions whose results have as many elements as the run finds: a session runs what comes before,
/// makes a plan for the number that it finds, and goes on with that. Plans for numbers that were met
/// are kept like those for shapes that were fed. A loop that they stand in is planned one iteration after
/// the other, so that they are better outside of it where they can be.
extension TensorProtocol {
    /// The positions of the elements that are not zero, or true, in row-major order.
    ///
    /// - Shape: x of rank r → i64[count, r].
    public func nonZero() -> Indices {
        Indices(
            anyTensor.composed("nonZero") { x in
                let rank = try x.knownRank()
                guard rank > 0 else { throw RuleViolation("a scalar has no axes to find on") }
                let places = x.isNonZero.truePositions()
                var stride = AnyTensor.scalar(1, .int64)
                var columns: [AnyTensor] = []
                for axis in (0..<rank).reversed() {
                    let size = x.size(ofAxis: axis)
                    let rows = AnyTensor.binary(.floorDivide, places, stride)
                    columns.append(axis == 0 ? rows : AnyTensor.binary(.floorModulo, rows, size))
                    // Of no elements, none is divided, but a divisor stands there.
                    stride = AnyTensor.binary(.maximum, stride * size, .scalar(1, .int64))
                }
                return .concatenated(
                    columns.reversed().map { $0.expandingDimensions(at: [1]) }, axis: 1)
            })
    }

    /// The sub-tensors where a mask over the first axes is true, one after the other: a boolean mask.
    ///
    /// Its gradient is that of a gather.
    /// - Shape: x [a, b, c], mask [a, b] → [count, c].
    public func masked(by mask: some LogicalTensor) -> Self {
        let mask = mask.anyTensor
        return composed("masked", with: [mask]) { x in
            try x.rows(behind: mask).gathered(at: mask.truePositions(), outOfBounds: .clamped)
        }
    }

    /// The sub-tensors of each part: those whose number in `parts` is 0, those whose number is 1, and so
    /// on up to `count`, in their order. Numbers outside `0..<count` are in no part.
    ///
    /// - Shape: x [a, b, c], parts [a, b] → `count` tensors [n, c].
    public func partitioned(by parts: some IntegerTensor, count: Int) -> [Self] {
        let (x, parts) = (anyTensor, parts.anyTensor)
        return AnyTensor.composedAll("partition", [x, parts], count: count) {
            guard count >= 1, count <= 1 << 16 else {
                throw RuleViolation(
                    .invalidArgument("count", value: "\(count)", wanted: "1 to \(1 << 16)"))
            }
            // Numbers of no part stand behind all.
            let given = parts.cast(to: .int64)
            let none = AnyTensor.scalar(Double(count), .int64)
            let isPart =
                AnyTensor.compare(.greaterOrEqual, given, .scalar(0, .int64))
                .& AnyTensor.compare(.less, given, none)
            let numbers = select(isPart, given, none).flattened()
            let ordered = try x.rows(behind: parts).gathered(
                at: numbers.argSorted(axis: 0), outOfBounds: .clamped)
            let sizes = AnyTensor.ones(like: numbers).segmentSums(numbers, count: count + 1)
            return Array(ordered.split(sizes: sizes, axis: 0).dropLast())
        }.map { Self($0) }
    }
}

extension OrderedTensor {
    /// The different elements of a vector in the order of their first places, where each element of the
    /// vector is among them, and how often each occurs. NaN equals nothing, so each is one of its own.
    ///
    /// - Shape: [n] → values [count], places [n], counts [count].
    public func unique() -> (values: Self, places: Indices, counts: Indices) {
        let x = anyTensor
        let all = AnyTensor.composedAll("unique", [x], count: 3) {
            guard try x.knownRank() == 1 else {
                throw RuleViolation("only a vector has different elements in order, not \(x.type)")
            }
            return x.uniqueParts()
        }
        return (Self(all[0]), Indices(all[1]), Indices(all[2]))
    }
}

extension AnyTensor {
    fileprivate var isNonZero: AnyTensor {
        dtype == .bool ? self : .compare(.notEqual, self, .scalar(0, dtype))
    }

    /// The numbers of the elements that are true, in row-major order: i64[count].
    fileprivate func truePositions() -> AnyTensor {
        let mask = flattened()
        return AnyTensor.iota(like: mask, dtype: .int64).compacted(where: mask).prefix(of: mask)
    }

    /// The elements where `mask` is true at the front, zeros behind them; of vectors.
    fileprivate func compacted(where mask: AnyTensor) -> AnyTensor {
        let count = mask.cast(to: .int64)
        let target = count.cumulative(.sum, axis: 0, isExclusive: true, isReversed: false)
        let outside = AnyTensor.scalar(-1, .int64)
        return AnyTensor.zeros(like: self).scattering(
            self, at: select(mask, target, outside), combining: .add, outOfBounds: .ignored)
    }

    /// As many of the first elements as are true in the mask.
    fileprivate func prefix(of mask: AnyTensor) -> AnyTensor {
        let count = mask.cast(to: .int64).sum(axes: [0], keepingDimensions: true)
        return sliced(startingAt: AnyTensor.zeros(like: count), sizes: count)
    }

    /// The sub-tensors on the first axes, which are those of `leading`, along one axis.
    fileprivate func rows(behind leading: AnyTensor) throws -> AnyTensor {
        let (rank, count) = (try knownRank(), try leading.knownRank())
        guard count >= 1, count <= rank else {
            throw RuleViolation(
                "\(leading.type) does not tell the sub-tensors of \(type) apart: it must have 1 to "
                    + "\(rank) axes, the first of these")
        }
        for axis in 0..<count {
            if let a = shape[axis], let b = leading.shape[axis], a != b {
                throw RuleViolation(
                    "\(leading.type) must have the first axes of \(type), axis \(axis) differs")
            }
        }
        var rows = self
        for axis in 0..<count where shape[axis] == nil || leading.shape[axis] == nil {
            let isEqual = AnyTensor.compare(
                .equal, size(ofAxis: axis), leading.size(ofAxis: axis))
            rows = check(
                rows, that: isEqual, "\(leading.type) must have the first axes of \(type)")
        }
        return count == 1 ? rows : rows.flattened(through: count - 1)
    }

    /// See `unique`. All is computed in arrays as long as the vector, so that only the ends are cut off
    /// when the number is known.
    fileprivate func uniqueParts() -> [AnyTensor] {
        let place = AnyTensor.iota(like: self, dtype: .int64)
        let order = argSorted(axis: 0).cast(to: .int64)
        let ascending = gathered(at: order, outOfBounds: .clamped)
        let isFirst = AnyTensor.compare(.equal, place, .scalar(0, .int64))
        let before = ascending.gathered(
            at: AnyTensor.binary(.maximum, place - 1, .scalar(0, .int64)), outOfBounds: .clamped)
        let isNew = AnyTensor.binary(.or, isFirst, .compare(.notEqual, ascending, before))
        let number = isNew.cast(to: .int64)
        let group = number.cumulative(.sum, axis: 0, isExclusive: false, isReversed: false) - 1
        // Sorting is stable, so that the first of a group has the first place. Behind the groups stands
        // what is greater than all places.
        let count = number.sum(axes: [0], keepingDimensions: true)
        let isGroup = AnyTensor.compare(.less, place, count)
        let firsts = select(
            isGroup, order.compacted(where: isNew), place.size(ofAxis: 0))
        let byPlace = firsts.argSorted(axis: 0).cast(to: .int64)
        let rankOfGroup = byPlace.argSorted(axis: 0).cast(to: .int64)
        let zeros = AnyTensor.zeros(like: place)
        let places = zeros.scattering(
            rankOfGroup.gathered(at: group, outOfBounds: .clamped), at: order, combining: .add)
        let counts = zeros.scattering(AnyTensor.ones(like: place), at: places, combining: .add)
        let values = gathered(
            at: firsts.gathered(at: byPlace, outOfBounds: .clamped), outOfBounds: .clamped)
        return [values.prefix(of: isNew), places, counts.prefix(of: isNew)]
    }
}
