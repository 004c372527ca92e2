// SPDX-License-Identifier: Apache-2.0

/// Movement of elements. Axes may be negative: they count from the end. What does not fit makes a
/// tensor that carries an error.
extension TensorProtocol {
    /// The elements, in row-major order, under other dimensions.
    ///
    /// - Parameter shape: The new dimensions; one of them may be −1 and is what remains. None of the
    ///   others is 0 then: what remains of no elements could be anything.
    public func reshaped(to shape: [Int]) -> Self {
        if self.shape.dims == shape, !shape.contains(-1) { return self }
        return Self(.make(.reshape(shape), [anyTensor]))
    }

    /// The elements under the dimensions of another tensor.
    public func reshaped(like other: some TensorConvertible) -> Self {
        let other = other.anyTensor
        if let dims = other.shape.dimensions { return reshaped(to: dims) }
        return Self(.make(.reshapeLike, [anyTensor, other]))
    }

    /// The axes from `first` to `last` as one.
    ///
    /// - Shape: [n, h, w, c] → [n · h · w · c], or [n, h · w · c] from axis 1.
    public func flattened(from first: Int = 0, through last: Int = -1) -> Self {
        composed("flatten") { x in
            guard let dims = x.shape.dims else {
                guard first == 0, last == -1 else {
                    _ = try x.knownRank()
                    return x
                }
                return x.reshaped(to: [-1])
            }
            let rank = dims.count
            if rank == 0 { return x.reshaped(to: [1]) }
            let (low, high) = (try x.resolvedAxis(first), try x.resolvedAxis(last))
            guard low <= high else {
                throw RuleViolation("axis \(first) of \(type) does not stand before axis \(last)")
            }
            if low == high { return x }
            let axes = Array(0..<low) + Array(high + 1..<rank)
            var groups = axes.map { GroupedAxis.product($0..<$0 + 1) }
            groups.insert(.product(low..<high + 1), at: low)
            return x.regrouped(groups)
        }
    }

    /// With its axes in another order, in reverse when none is given.
    ///
    /// - Shape: axis i of the result is axis `permutation[i]` of the tensor.
    public func transposed(permutation: [Int]? = nil) -> Self {
        composed("transpose") { x in
            let order = try permutation ?? Array((0..<(try x.knownRank())).reversed())
            let resolved = order.map { $0 < 0 ? $0 + order.count : $0 }
            if resolved == Array(0..<order.count), x.rank == order.count { return x }
            return .make(.transpose(resolved), [x])
        }
    }

    /// With one axis moved to another place; the rest keep their order.
    public func movingAxis(from source: Int, to destination: Int) -> Self {
        composed("movingAxis") { x in
            let rank = try x.knownRank()
            let (from, to) = (try x.resolvedAxis(source), try x.resolvedAxis(destination))
            var order = Array(0..<rank)
            order.remove(at: from)
            order.insert(from, at: to)
            return x.transposed(permutation: order)
        }
    }

    /// With two axes exchanged.
    public func swappingAxes(_ a: Int, _ b: Int) -> Self {
        composed("swappingAxes") { x in
            var order = Array(0..<(try x.knownRank()))
            order.swapAt(try x.resolvedAxis(a), try x.resolvedAxis(b))
            return x.transposed(permutation: order)
        }
    }

    /// With a new axis of size 1 at this place of the result.
    ///
    /// - Shape: [a, b] → [1, a, b] at 0, [a, b, 1] at −1.
    public func expandingDimension(at axis: Int) -> Self { expandingDimensions(at: [axis]) }

    /// With new axes of size 1 at these places of the result.
    public func expandingDimensions(at axes: [Int]) -> Self {
        composed("expand") { x in
            let rank = try x.knownRank() + axes.count
            var dims = x.shape.dims ?? []
            let resolved = axes.map { $0 < 0 ? $0 + rank : $0 }.sorted()
            guard resolved.allSatisfy({ $0 >= 0 && $0 < rank }), Set(resolved).count == axes.count
            else {
                throw RuleViolation(
                    "\(axes) are no places for new axes in \(x.type): in the result they are 0 to "
                        + "\(rank - 1), or \(-rank) to -1 from the end, each once")
            }
            for axis in resolved { dims.insert(1, at: axis) }
            if x.shape.isFullyKnown { return x.reshaped(to: dims) }
            // A reshape to a shape could tell neither several unknown dimensions apart nor one that
            // stands beside a 0.
            return .make(.expand(axes: resolved), [x])
        }
    }

    /// Without the given axes, which must be of size 1; without all such when none are given.
    public func squeezed(axes: [Int]? = nil) -> Self {
        composed("squeeze") { x in
            let dims = x.shape.dims ?? []
            let rank = try x.knownRank()
            if axes == nil, dims.contains(where: { $0 < 0 }) {
                throw RuleViolation(
                    "which axes of \(x.type) are of size 1 is not known; say which to remove")
            }
            let removed =
                try axes.map { try x.resolvedAxes($0) } ?? dims.indices.filter { dims[$0] == 1 }
            if let bad = removed.first(where: { dims[$0] >= 0 && dims[$0] != 1 }) {
                throw RuleViolation(.axisNotOne(bad, x.type, size: dims[bad]))
            }
            if removed.isEmpty { return x }
            let kept = (0..<rank).filter { !removed.contains($0) }
            return x.regrouped(kept.map { .product($0..<$0 + 1) })
        }
    }

    /// Repeated to other dimensions as NumPy does it: axes are aligned at the end, and an axis of
    /// size 1 is repeated.
    ///
    /// - Parameter shape: The new dimensions; −1 for that of the tensor itself.
    public func broadcasted(to shape: [Int]) -> Self {
        composed("broadcast") { x in
            if x.shape.dims == shape, x.shape.isFullyKnown { return x }
            guard shape.allSatisfy({ $0 >= -1 }) else {
                throw RuleViolation(ArraySize.problem(shape))
            }
            let rank = try x.knownRank()
            guard rank <= shape.count else {
                throw RuleViolation(
                    "\(x.shape) has more axes than \(Shape(dims: shape)), to which it is to be "
                        + "broadcast")
            }
            return .make(
                .broadcast(shape: shape, axes: Array(shape.count - rank..<shape.count)), [x])
        }
    }

    /// Repeated to the dimensions of another tensor.
    public func broadcasted(like other: some TensorConvertible) -> Self {
        let other = other.anyTensor
        return composed("broadcast", with: [other]) { x in
            if let dims = other.shape.dimensions { return x.broadcasted(to: dims) }
            if x.rank == 0 { return .make(.broadcastLike(axes: []), [x, other]) }
            let (rank, target) = (try x.knownRank(), try other.knownRank())
            guard rank <= target else {
                throw RuleViolation(
                    "\(x.shape) has more axes than \(other.shape), to which it is to be broadcast")
            }
            return .make(.broadcastLike(axes: Array(target - rank..<target)), [x, other])
        }
    }

    /// Put side by side with itself, `multiples[i]` times along axis i.
    ///
    /// - Shape: [a, b] → [a · multiples[0], b · multiples[1]].
    public func tiled(by multiples: [Int]) -> Self {
        composed("tile") { x in
            let rank = try x.knownRank()
            guard multiples.count == rank, multiples.allSatisfy({ $0 >= 0 && $0 < 1 << 24 }) else {
                throw RuleViolation(
                    "\(multiples) must have one non-negative count for each axis of \(x.type)")
            }
            let dims = x.shape.dims ?? []
            guard ArraySize.isAddressable(dims + multiples) else {
                throw RuleViolation(.tooLarge("\(multiples) times \(x.type)"))
            }
            // Each axis behind a new one of its own, along which it is repeated.
            return x.expandingDimensions(at: (0..<rank).map { 2 * $0 })
                .broadcasted(to: zip(multiples, dims).flatMap { [$0, $1] })
                .regrouped((0..<rank).map { .product(2 * $0..<2 * $0 + 2) })
        }
    }

    /// With each element `count` times in a row along an axis.
    public func repeated(_ count: Int, axis: Int) -> Self {
        composed("repeat") { x in
            let axis = try x.resolvedAxis(axis)
            guard count >= 0 else {
                throw RuleViolation(.negative("the count", value: "\(count)"))
            }
            guard count < 1 << 24 else {
                throw RuleViolation(.tooLarge("\(count) times \(x.type)"))
            }
            var wide = x.shape.dims ?? []
            wide.insert(count, at: axis + 1)
            return x.expandingDimensions(at: [axis + 1]).broadcasted(to: wide)
                .flattened(from: axis, through: axis + 1)
        }
    }

    /// With the order of the elements reversed along the given axes, along all when none are given.
    public func reversed(axes: [Int]? = nil) -> Self {
        composed("reverse") { x in .make(.reverse(axes: try x.resolvedAxes(axes)), [x]) }
    }

    /// With the elements moved along an axis; what leaves at one end comes in at the other.
    public func rolled(by shift: Int, axis: Int) -> Self {
        composed("roll") { x in
            let axis = try x.resolvedAxis(axis)
            guard let size = x.shape[axis] else {
                if shift == 0 { return x }
                let size = x.size(ofAxis: axis)
                let length = maximum(size, .scalar(1, .int64))
                let shift = AnyTensor.constant(NDArray(Int64(shift)))
                let places = AnyTensor.binary(.floorModulo, shift, length)
                let parts = x.split(sizes: stacked([size - places, places]), axis: axis)
                return .concatenated(parts.reversed(), axis: axis)
            }
            let rest = size == 0 ? 0 : shift % size
            let places = rest < 0 ? rest + size : rest
            if places == 0 { return x }
            return .concatenated(
                [
                    x.sliced(axis: axis, size - places, nil),
                    x.sliced(axis: axis, 0, size - places),
                ], axis: axis)
        }
    }

    /// With the elements moved along several axes, along each by a shift of its own.
    ///
    /// - Parameters:
    ///   - shifts: One for each of the axes.
    ///   - axes: An axis that is named twice is moved twice.
    public func rolled(by shifts: [Int], axes: [Int]) -> Self {
        composed("roll") { x in
            guard shifts.count == axes.count else {
                throw RuleViolation(.countsDiffer("shifts", shifts.count, for: "axes", axes.count))
            }
            return zip(shifts, axes).reduce(x) { $0.rolled(by: $1.0, axis: $1.1) }
        }
    }

    /// With the first elements of each sequence in reverse order, the rest as they are.
    ///
    /// - Parameters:
    ///   - lengths: How many are reversed, for each index of the batch axis: at most all of them, which a
    ///     run checks; fewer than 1 is none.
    ///   - axis: The axis along which the sequences go.
    ///   - batchAxis: Another one.
    /// - Shape: lengths [n]; x [n, t, a] → the same.
    public func reversedSequences(
        lengths: some IntegerTensor, axis: Int = 1, batchAxis: Int = 0
    ) -> Self {
        let lengths = lengths.anyTensor
        return composed("reversedSequences", with: [lengths]) { x in
            let (axis, batch) = (try x.resolvedAxis(axis), try x.resolvedAxis(batchAxis))
            guard axis != batch else {
                throw RuleViolation(.axisRepeated([axis, batch], rank: x.rank))
            }
            try requireElements(lengths.dtype, .integer, of: .argument("the lengths"))
            if let count = x.shape[batch], !lengths.shape.admits([count]),
                lengths.shape.isFullyKnown
            {
                throw RuleViolation(
                    .invalidArgument("the lengths", value: "\(lengths.type)", wanted: "[\(count)]"))
            }
            let others = (0..<(try x.knownRank())).filter { $0 != batch }
            let counts = lengths.cast(to: .int64)
                .broadcasted(to: stacked([x.size(ofAxis: batch)]))
                .expandingDimensions(at: others)
            let place = AnyTensor.iota(like: x, axis: axis, dtype: .int64)
            return x.gathered(
                along: axis, at: select(place .< counts, counts - 1 - place, place))
        }
    }

    /// With the second axis moved to the end.
    ///
    /// - Shape: [n, channels, ...] → [n, ..., channels].
    public func movingChannelsLast() -> Self { movingAxis(from: 1, to: -1) }

    /// With the last axis moved to the second place.
    ///
    /// - Shape: [n, ..., channels] → [n, channels, ...].
    public func movingChannelsFirst() -> Self { movingAxis(from: -1, to: 1) }
}
