// SPDX-License-Identifier: Apache-2.0

extension AnyTensor {
    /// The number of dimensions not known when the graph is built.
    private var unknownCount: Int { shape.dims?.filter { $0 < 0 }.count ?? 0 }

    /// Without the given axes, which must be of size 1; without all such for nil.
    public func squeezed(axes: [Int]?) -> AnyTensor {
        .composed("squeeze", [self]) {
            let dims = shape.dims ?? []
            let rank = try knownRank()
            if axes == nil, unknownCount > 0 {
                throw RuleViolation(
                    "which axes of \(type) are of size 1 is not known; say which to remove")
            }
            let removed =
                try axes.map { try resolvedAxes($0) } ?? dims.indices.filter { dims[$0] == 1 }
            if let bad = removed.first(where: { dims[$0] >= 0 && dims[$0] != 1 }) {
                throw RuleViolation("axis \(bad) of \(type) has size \(dims[bad]), not 1")
            }
            if removed.isEmpty { return self }
            let kept = (0..<rank).filter { !removed.contains($0) }
            return regrouped(kept.map { .product($0..<$0 + 1) })
        }
    }

    /// The axes from `first` to `last` as one, in row-major order.
    package func flattened(from first: Int = 0, through last: Int = -1) -> AnyTensor {
        .composed("flatten", [self]) {
            guard let dims = shape.dims else {
                guard first == 0, last == -1 else {
                    _ = try knownRank()
                    return self
                }
                return reshaped(to: [-1])
            }
            let rank = dims.count
            if rank == 0 { return reshaped(to: [1]) }
            let (low, high) = (try resolvedAxis(first), try resolvedAxis(last))
            guard low <= high else {
                throw RuleViolation("axis \(first) of \(type) does not stand before axis \(last)")
            }
            if low == high { return self }
            let axes = Array(0..<low) + Array(high + 1..<rank)
            var groups = axes.map { GroupedAxis.product($0..<$0 + 1) }
            groups.insert(.product(low..<high + 1), at: low)
            return regrouped(groups)
        }
    }

    package func movedAxis(from source: Int, to destination: Int) -> AnyTensor {
        .composed("movingAxis", [self]) {
            let rank = try knownRank()
            let (from, to) = (try resolvedAxis(source), try resolvedAxis(destination))
            var order = Array(0..<rank)
            order.remove(at: from)
            order.insert(from, at: to)
            return transposed(permutation: order)
        }
    }

    package func swappedAxes(_ a: Int, _ b: Int) -> AnyTensor {
        .composed("swappingAxes", [self]) {
            var order = Array(0..<(try knownRank()))
            order.swapAt(try resolvedAxis(a), try resolvedAxis(b))
            return transposed(permutation: order)
        }
    }

    /// Tensors of one shape along a new axis.
    public static func stacked(_ tensors: [AnyTensor], axis: Int) -> AnyTensor {
        composed("stack", tensors) {
            guard let first = tensors.first else {
                throw RuleViolation("there is nothing to stack")
            }
            let rank = try first.knownRank() + 1
            let place = try normalizedAxis(axis, rank: rank)
            for tensor in tensors where tensor.shape.merged(with: first.shape) == nil {
                throw RuleViolation(
                    "the tensors must have one shape: \(first.shape) and \(tensor.shape) differ")
            }
            return concatenated(tensors.map { $0.expandingDimensions(at: [place]) }, axis: place)
        }
    }

    /// A list of tensors with errors in it has no more than these: what is wrong may be the count.
    package static let mostParts = 1 << 20

    private static func requireParts(_ count: Int) throws {
        guard count <= mostParts else {
            throw RuleViolation("\(count) parts are too many; there may be \(mostParts)")
        }
    }

    package func unstacked(axis: Int) -> [AnyTensor] {
        let size = shape[axis] ?? 0
        return AnyTensor.composedAll("unstack", [self], count: size) {
            let axis = try resolvedAxis(axis)
            let size = try knownSize(axis)
            try AnyTensor.requireParts(size)
            return (0..<size).map {
                sliced(axis: axis, $0, $0 + 1).squeezed(axes: [axis])
            }
        }
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

    package func split(sizes: [Int], axis: Int) -> [AnyTensor] {
        AnyTensor.composedAll("split", [self], count: sizes.count) {
            let axis = try resolvedAxis(axis)
            guard sizes.allSatisfy({ $0 >= 0 }), let total = CheckedSize(sum: sizes).value else {
                throw RuleViolation("the sizes of the parts must not be negative or huge: \(sizes)")
            }
            if let size = shape[axis], size != total {
                throw RuleViolation(
                    "the parts \(sizes) make \(total), but axis \(axis) of \(type) has \(size)")
            }
            var start = 0
            return sizes.map { size in
                defer { start += size }
                return sliced(axis: axis, start, start + size)
            }
        }
    }

    package func split(count: Int, axis: Int) -> [AnyTensor] {
        AnyTensor.composedAll("split", [self], count: count) {
            let axis = try resolvedAxis(axis)
            let size = try knownSize(axis)
            guard count > 0, size % count == 0 else {
                throw RuleViolation(
                    "axis \(axis) of \(type) cannot be split into \(count) equal parts; "
                        + "use `split(sizes:axis:)`")
            }
            try AnyTensor.requireParts(count)
            return split(sizes: Array(repeating: size / count, count: count), axis: axis)
        }
    }

    package func tiled(_ multiples: [Int]) -> AnyTensor {
        .composed("tile", [self]) {
            let rank = try knownRank()
            guard multiples.count == rank, multiples.allSatisfy({ $0 >= 0 && $0 < 1 << 24 }) else {
                throw RuleViolation(
                    "\(multiples) must have one non-negative count for each axis of \(type)")
            }
            let dims = shape.dims ?? []
            guard ArraySize.isAddressable(dims + multiples) else {
                throw RuleViolation("\(multiples) times \(type) would be too large")
            }
            // Each axis behind a new one of its own, along which it is repeated.
            return expandingDimensions(at: (0..<rank).map { 2 * $0 })
                .broadcasted(to: zip(multiples, dims).flatMap { [$0, $1] })
                .regrouped((0..<rank).map { .product(2 * $0..<2 * $0 + 2) })
        }
    }

    /// Each element `count` times in a row along an axis.
    package func repeated(_ count: Int, axis: Int) -> AnyTensor {
        .composed("repeat", [self]) {
            let axis = try resolvedAxis(axis)
            guard count >= 0, count < 1 << 24 else {
                throw RuleViolation("the count must not be negative: \(count)")
            }
            var wide = shape.dims ?? []
            wide.insert(count, at: axis + 1)
            return expandingDimensions(at: [axis + 1]).broadcasted(to: wide).flattened(
                from: axis, through: axis + 1)
        }
    }

    package func rolled(by shift: Int, axis: Int) -> AnyTensor {
        .composed("roll", [self]) {
            let axis = try resolvedAxis(axis)
            if let size = shape[axis] {
                let rest = size == 0 ? 0 : shift % size
                let places = rest < 0 ? rest + size : rest
                if places == 0 { return self }
                return .concatenated(
                    [sliced(axis: axis, size - places, nil), sliced(axis: axis, 0, size - places)],
                    axis: axis)
            }
            if shift == 0 { return self }
            guard shift.magnitude < ArraySize.maximumCount else {
                throw RuleViolation("\(shift) places are more than any axis has")
            }
            // The size is unknown: count from the other end of the reversed tensor.
            if shift < 0 {
                return .concatenated(
                    [sliced(axis: axis, -shift, nil), sliced(axis: axis, 0, -shift)], axis: axis)
            }
            let backward = reversed(axes: [axis])
            return AnyTensor.concatenated(
                [backward.sliced(axis: axis, shift, nil), backward.sliced(axis: axis, 0, shift)],
                axis: axis
            ).reversed(axes: [axis])
        }
    }

    package func reversedAxes(_ axes: [Int]?) -> AnyTensor {
        .composed("reverse", [self]) { reversed(axes: try resolvedAxes(axes)) }
    }
}
