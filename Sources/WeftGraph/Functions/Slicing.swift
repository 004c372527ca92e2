// SPDX-License-Identifier: Apache-2.0

extension TensorProtocol {
    /// A part of the tensor: a range for each axis.
    public func sliced(_ ranges: [TensorRange]) -> Self {
        composed("slice") { x in try x.slicePlan(ranges).applied(to: x) }
    }
}

extension AnyTensor {
    fileprivate func slicePlan(_ ranges: [TensorRange]) throws -> SlicePlan {
        let rank = try knownRank()
        let named = ranges.filter { $0.kind != .newAxis && $0.kind != .ellipsis }.count
        guard named <= rank else {
            throw RuleViolation(.countsDiffer("ranges", named, for: "axes of \(type)", rank))
        }
        guard ranges.filter({ $0.kind == .ellipsis }).count <= 1 else {
            throw RuleViolation("there may be one ellipsis, not more")
        }
        var plan = SlicePlan()
        for range in ranges {
            switch range.kind {
            case .ellipsis:
                for _ in 0..<rank - named { plan.keep() }
            case .newAxis: plan.insert()
            case .index(let position): try plan.index(position, of: self)
            case .range(let start, let end, let stride):
                try plan.range(start, end, stride, of: self)
            }
        }
        while plan.axis < rank { plan.keep() }
        return plan
    }

    /// Which elements of each axis `sliced` takes, where all sizes are known.
    ///
    /// - Throws: `GraphError` when a range is not within its axis, or is a new axis.
    package func sliceBounds(_ ranges: [TensorRange]) throws -> [SliceBound] {
        do {
            return try slicePlan(ranges).bounds(of: shape.dimensions ?? [])
        } catch let violation as RuleViolation {
            throw GraphError(operation: "slice", reason: violation.reason)
        }
    }
}

extension AnyTensor {
    /// One element along an axis; negative positions count from the end.
    package func element(_ position: Int, axis: Int) -> AnyTensor {
        var ranges = Array(repeating: TensorRange.all, count: axis)
        ranges.append(.index(position))
        return sliced(ranges)
    }
}

/// The elements of an axis that a subscript takes.
package struct SliceBound {
    package let start: Int
    /// Negative where they are taken from the end.
    package let stride: Int
    package let count: Int
    /// Whether the result has no such axis.
    package let isIndex: Bool
}

/// A subscript, worked out axis by axis into as few operations as possible.
///
/// Positions from the end of an axis of unknown size cannot be given to a slice: the end is cut off
/// by a negative padding, or reached by reversing the axis.
private struct SlicePlan {
    /// The next axis of the tensor.
    private(set) var axis = 0
    private var starts: [Int] = []
    private var limits: [Int] = []
    private var strides: [Int] = []
    /// How many elements are cut off at the ends of axes of unknown size before slicing.
    private var crops: [Int: (low: Int, high: Int)] = [:]
    /// Axes that are reversed before cropping, and after slicing.
    private var reversedBefore: [Int] = []
    private var reversedAfter: [Int] = []
    private var removed: [Int] = []
    /// Positions of new axes in the result.
    private var inserted: [Int] = []

    private var resultRank: Int { axis - removed.count + inserted.count }

    mutating func keep() { add(0, Int.max, 1) }

    mutating func insert() { inserted.append(resultRank) }

    private mutating func add(_ start: Int, _ limit: Int, _ stride: Int) {
        starts.append(start)
        limits.append(limit)
        strides.append(stride)
        axis += 1
    }

    mutating func index(_ position: Int, of x: AnyTensor) throws {
        removed.append(axis)
        if let size = x.shape[axis] {
            let place = position < 0 ? position + size : position
            guard place >= 0, place < size else {
                throw RuleViolation(
                    .notWithinAxis("index \(position)", axis: axis, of: x.type, size: size))
            }
            add(place, place + 1, 1)
        } else if position >= 0 {
            guard position < Int.max else {
                throw RuleViolation(.outOfRange("index \(position)"))
            }
            add(position, position + 1, 1)
        } else {
            guard position > -(1 << 40) else {
                throw RuleViolation(.outOfRange("index \(position)"))
            }
            reversedBefore.append(axis)
            add(-position - 1, -position, 1)
        }
    }

    mutating func range(_ start: Int?, _ end: Int?, _ stride: Int, of x: AnyTensor) throws {
        guard stride != 0, stride > -(1 << 40), stride < 1 << 40 else {
            throw RuleViolation("the stride must not be 0 or huge: \(stride)")
        }
        guard [start, end].allSatisfy({ ($0 ?? 0) > -(1 << 40) && ($0 ?? 0) < 1 << 40 }) else {
            throw RuleViolation(.outOfRange("the range \(text(start, end))"))
        }
        if let size = x.shape[axis] {
            let low = start.map { $0 < 0 ? $0 + size : $0 } ?? 0
            let high = end.map { $0 < 0 ? $0 + size : $0 } ?? size
            guard low >= 0, high <= size, low <= high else {
                throw RuleViolation(
                    .notWithinAxis(text(start, end), axis: axis, of: x.type, size: size))
            }
            add(low, high, stride, length: high - low)
            return
        }
        guard stride > 0 else {
            throw RuleViolation(
                "a negative stride needs an axis of known size, which axis \(axis) of \(x.type) is not; "
                    + "use `reversed(axes:)`")
        }
        switch (start ?? 0, end) {
        case (let low, nil) where low >= 0: add(low, Int.max, stride)
        case (let low, let high?) where low >= 0 && high >= 0:
            guard low <= high else { throw RuleViolation(backward(start, end)) }
            add(low, high, stride)
        case (let low, let high?) where low >= 0:
            crops[axis] = (0, high)
            add(low, Int.max, stride)
        case (let low, let high) where (high ?? -1) < 0:
            // Counted from the end on both sides: the same range of the reversed axis.
            let skipped = -(high ?? 0)
            guard skipped <= -low else { throw RuleViolation(backward(start, end)) }
            guard stride == 1 else {
                throw RuleViolation(
                    "a stride from a negative start needs an axis of known size, which axis \(axis) "
                        + "of \(x.type) is not")
            }
            reversedBefore.append(axis)
            reversedAfter.append(axis)
            add(skipped, -low, 1)
        default:
            throw RuleViolation(
                "\(text(start, end)) counts from both ends of axis \(axis) of \(x.type), the size of "
                    + "which is unknown; count from one end")
        }
    }

    private mutating func add(_ low: Int, _ high: Int, _ stride: Int, length: Int) {
        if stride > 0 {
            add(low, high, stride)
        } else {
            // From the last element on: the slice starts where the steps from there arrive.
            let first = length == 0 ? low : low + (length - 1) % -stride
            reversedAfter.append(axis)
            add(Swift.min(first, high), high, -stride)
        }
    }

    private func text(_ start: Int?, _ end: Int?) -> String {
        let low = start.map(String.init) ?? ""
        return end.map { "\(low)..<\($0)" } ?? "\(low)..."
    }

    private func backward(_ start: Int?, _ end: Int?) -> String {
        "\(text(start, end)) is no range: it ends before it starts"
    }

    func bounds(of dims: [Int]) throws -> [SliceBound] {
        guard inserted.isEmpty else { throw RuleViolation("a part of an array has no new axes") }
        return starts.indices.map { axis in
            let length = Swift.max(Swift.min(limits[axis], dims[axis]) - starts[axis], 0)
            let count = (length + strides[axis] - 1) / strides[axis]
            let isReversed = reversedAfter.contains(axis) && count > 0
            return SliceBound(
                start: starts[axis] + (isReversed ? (count - 1) * strides[axis] : 0),
                stride: isReversed ? -strides[axis] : strides[axis], count: count,
                isIndex: removed.contains(axis))
        }
    }

    func applied(to x: AnyTensor) -> AnyTensor {
        var x = x
        if !reversedBefore.isEmpty { x = x.reversed(axes: reversedBefore) }
        if !crops.isEmpty {
            x = x.padded(
                low: starts.indices.map { crops[$0]?.low ?? 0 },
                high: starts.indices.map { crops[$0]?.high ?? 0 })
        }
        let dims = x.shape.dims ?? []
        let isWhole = starts.indices.allSatisfy {
            starts[$0] == 0 && strides[$0] == 1 && (limits[$0] == Int.max || limits[$0] == dims[$0])
        }
        if !isWhole { x = x.sliced(starts: starts, limits: limits, strides: strides) }
        if !reversedAfter.isEmpty { x = x.reversed(axes: reversedAfter) }
        if !removed.isEmpty { x = x.squeezed(axes: removed) }
        if !inserted.isEmpty { x = x.expandingDimensions(at: inserted) }
        return x
    }
}
