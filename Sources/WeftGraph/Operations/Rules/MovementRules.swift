// SPDX-License-Identifier: Apache-2.0

extension Operation {
    func reshapeType(_ dims: [Int], _ x: TensorType) throws -> TensorType {
        let wildcards = dims.filter { $0 == -1 }.count
        guard wildcards <= 1, dims.allSatisfy({ $0 >= -1 }) else {
            throw RuleViolation(
                "\(dims) is no shape: one dimension may be -1, the others must not be negative")
        }
        guard let known = ArraySize.count(dims.filter { $0 >= 0 }) else {
            throw RuleViolation(ArraySize.problem(dims))
        }
        if wildcards > 0, known == 0 {
            throw RuleViolation(
                "what -1 stands for in \(dims) does not follow: "
                    + "beside a dimension of 0 any size will do")
        }
        guard let count = x.shape.count else { return TensorType(x.dtype, dims) }
        if wildcards == 0 {
            guard known == count else {
                throw RuleViolation("\(x) has \(count) elements, \(dims) has \(known)")
            }
            return TensorType(x.dtype, dims)
        }
        guard count % known == 0 else {
            throw RuleViolation("the \(count) elements of \(x) do not fill \(dims)")
        }
        return TensorType(x.dtype, dims.map { $0 == -1 ? count / known : $0 })
    }

    /// `axes` are positions of the result.
    func expandType(_ axes: [Int], _ x: TensorType) throws -> TensorType {
        guard var dims = x.shape.dims else { return TensorType(x.dtype, .unknown) }
        try requireAxes(axes, rank: dims.count + axes.count)
        for axis in axes.sorted() { dims.insert(1, at: axis) }
        return TensorType(x.dtype, dims)
    }

    /// Where no size but 1 is given, an axis that is in no product must be of size 1.
    func regroupType(_ groups: [GroupedAxis], _ x: TensorType) throws -> TensorType {
        for case .size(let size) in groups where size < 0 {
            throw RuleViolation("\(size) is no size of an axis")
        }
        guard let dims = x.shape.dims else {
            let sizes = groups.map { group -> Int in
                if case .size(let size) = group { size } else { -1 }
            }
            return TensorType(x.dtype, sizes)
        }
        var result: [Int] = []
        var named: Set<Int> = []
        for group in groups {
            if case .product(let axes) = group {
                guard axes.lowerBound >= 0, axes.upperBound <= dims.count else {
                    throw RuleViolation("\(axes) are not all axes of \(x)")
                }
                named.formUnion(axes)
            }
            guard let size = group.size(of: dims) else {
                throw RuleViolation("an axis made of \(x) would be too long")
            }
            result.append(size)
        }
        if groups.allSatisfy(\.givesNoSize),
            let axis = dims.indices.first(where: { !named.contains($0) && dims[$0] > 1 })
        {
            throw RuleViolation("axis \(axis) of \(x) has size \(dims[axis]), not 1")
        }
        guard ArraySize.count(result.filter { $0 >= 0 }) != nil else {
            throw RuleViolation(ArraySize.problem(result))
        }
        let type = TensorType(x.dtype, result)
        if let before = x.shape.count, let after = type.shape.count, before != after {
            throw RuleViolation("\(x) has \(before) elements, \(type.shape) has \(after)")
        }
        return type
    }

    func reshapeLikeType(_ x: TensorType, _ like: TensorType) throws -> TensorType {
        if let a = x.shape.count, let b = like.shape.count, a != b {
            throw RuleViolation("\(x) has \(a) elements, \(like.shape) has \(b)")
        }
        return TensorType(x.dtype, like.shape)
    }

    /// - Parameter keepsOwn: Whether an unknown dimension of the target is the operand's own.
    func broadcastType(
        _ x: TensorType, to shape: Shape, _ axes: [Int], keepsOwn: Bool = false
    ) throws -> TensorType {
        guard var target = shape.dims else { return TensorType(x.dtype, .unknown) }
        if ArraySize.count(target.filter { $0 != -1 }) == nil {
            throw RuleViolation(ArraySize.problem(target.filter { $0 != -1 }))
        }
        try requireAxes(axes, rank: target.count)
        guard let dims = x.shape.dims else { return TensorType(x.dtype, shape) }
        guard dims.count == axes.count else {
            throw RuleViolation("\(x) has \(dims.count) axes, \(axes.count) are mapped to \(shape)")
        }
        for (i, axis) in axes.enumerated()
        where dims[i] != 1 && dims[i] >= 0 && target[axis] >= 0 && dims[i] != target[axis] {
            throw RuleViolation(
                "\(x.shape) cannot be broadcast to \(shape) (\(dims[i]) != \(target[axis]))")
        }
        if keepsOwn {
            for (i, axis) in axes.enumerated() where target[axis] < 0 { target[axis] = dims[i] }
        }
        return TensorType(x.dtype, target)
    }

    func transposeType(_ permutation: [Int], _ x: TensorType) throws -> TensorType {
        guard permutation.sorted() == Array(permutation.indices) else {
            throw RuleViolation("\(permutation) is no permutation")
        }
        guard let dims = x.shape.dims else {
            return TensorType(x.dtype, Array(repeating: -1, count: permutation.count))
        }
        guard dims.count == permutation.count else {
            throw RuleViolation("\(permutation) does not permute the axes of \(x)")
        }
        return TensorType(x.dtype, permutation.map { dims[$0] })
    }

    func sliceType(_ attributes: SliceAttributes, _ x: TensorType) throws -> TensorType {
        let rank = attributes.starts.count
        guard attributes.limits.count == rank, attributes.strides.count == rank else {
            throw RuleViolation("starts, limits and strides must be of one length")
        }
        guard let dims = x.shape.dims else {
            return TensorType(x.dtype, Array(repeating: -1, count: rank))
        }
        guard dims.count == rank else {
            throw RuleViolation("\(rank) ranges do not slice the axes of \(x)")
        }
        var result: [Int] = []
        for i in 0..<rank {
            let (start, limit, stride) =
                (attributes.starts[i], attributes.limits[i], attributes.strides[i])
            guard start >= 0, limit >= start, stride > 0 else {
                throw RuleViolation("\(start)..<\(limit) by \(stride) is no range of axis \(i)")
            }
            if dims[i] < 0 {
                result.append(
                    limit == Int.max
                        ? -1 : CheckedSize(limit - start).dividedUp(by: stride).value ?? -1)
                continue
            }
            let end = limit == Int.max ? dims[i] : limit
            guard start <= end, end <= dims[i] else {
                throw RuleViolation("\(start)..<\(end) is not within axis \(i) of \(x)")
            }
            result.append(CheckedSize(end - start).dividedUp(by: stride).value ?? -1)
        }
        return TensorType(x.dtype, result)
    }

    func dynamicSliceType(_ sizes: [Int], _ inputs: [TensorType]) throws -> TensorType {
        try requireStarts(inputs[1], rank: sizes.count)
        guard ArraySize.count(sizes) != nil else { throw RuleViolation(ArraySize.problem(sizes)) }
        if let dims = inputs[0].shape.dims {
            guard dims.count == sizes.count else {
                throw RuleViolation("\(sizes) are no sizes of slices of \(inputs[0])")
            }
            for i in dims.indices where dims[i] >= 0 && sizes[i] > dims[i] {
                throw RuleViolation("a slice of \(sizes) does not fit in \(inputs[0])")
            }
        }
        return TensorType(inputs[0].dtype, sizes)
    }

    func dynamicUpdateSliceType(_ inputs: [TensorType]) throws -> TensorType {
        guard inputs[0].dtype == inputs[1].dtype else {
            throw RuleViolation(
                "element types differ: \(inputs[0]) and \(inputs[1]); convert one with `cast(to:)`")
        }
        if let dims = inputs[0].shape.dims, let sizes = inputs[1].shape.dims {
            guard dims.count == sizes.count,
                zip(dims, sizes).allSatisfy({ $0 < 0 || $1 <= $0 })
            else { throw RuleViolation("\(inputs[1]) does not fit in \(inputs[0])") }
            try requireStarts(inputs[2], rank: dims.count)
        }
        return inputs[0]
    }

    private func requireStarts(_ type: TensorType, rank: Int) throws {
        guard type.dtype == .int32 || type.dtype == .int64 else {
            throw RuleViolation("start indices must be i32 or i64, not \(type.dtype)")
        }
        guard type.shape.admits([rank]) else {
            throw RuleViolation("start indices must be a vector of \(rank), not \(type)")
        }
    }

    func padType(
        _ attributes: PadAttributes, _ x: TensorType, _ value: TensorType
    ) throws -> TensorType {
        let rank = attributes.low.count
        guard attributes.high.count == rank, attributes.interior.count == rank,
            attributes.interior.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }),
            (attributes.low + attributes.high).allSatisfy({ $0.magnitude < 1 << 48 })
        else {
            throw RuleViolation(
                "low, high and interior padding must be of one length and not huge: "
                    + "\(attributes.low), \(attributes.high), \(attributes.interior)")
        }
        guard value.dtype == x.dtype, value.shape.rank ?? 0 == 0 else {
            throw RuleViolation("the padding value must be a scalar \(x.dtype), not \(value)")
        }
        guard let dims = x.shape.dims else {
            return TensorType(x.dtype, Array(repeating: -1, count: rank))
        }
        guard dims.count == rank else {
            throw RuleViolation("\(rank) paddings were given for the \(dims.count) axes of \(x)")
        }
        var result: [Int] = []
        for i in 0..<rank {
            if dims[i] < 0 {
                result.append(-1)
                continue
            }
            let inner = ConvolutionAttributes.dilated(dims[i], attributes.interior[i] + 1)
            let added = CheckedSize(attributes.low[i]) + CheckedSize(attributes.high[i])
            let size = try (inner + added).required("axis \(i) of \(x) would be too long")
            guard size >= 0 else {
                throw RuleViolation("more than all of axis \(i) of \(x) would be cropped")
            }
            result.append(size)
        }
        guard ArraySize.count(result.filter { $0 >= 0 }) != nil else {
            throw RuleViolation("the padded array would be too large: \(result)")
        }
        return TensorType(x.dtype, result)
    }

    func concatenateType(_ axis: Int, _ inputs: [TensorType]) throws -> TensorType {
        guard let first = inputs.first else { throw RuleViolation("nothing to concatenate") }
        var shape = first.shape
        var sum = CheckedSize(0)
        var isKnown = true
        for type in inputs {
            guard type.dtype == first.dtype else {
                throw RuleViolation(
                    "element types differ: \(first) and \(type); convert one with `cast(to:)`")
            }
            guard let dims = type.shape.dims else { return TensorType(first.dtype, .unknown) }
            try requireAxes([axis], rank: dims.count)
            if dims[axis] < 0 { isKnown = false } else { sum = sum + CheckedSize(dims[axis]) }
            var others = dims
            others[axis] = -1
            var own = shape.dims ?? []
            if own.count > axis { own[axis] = -1 }
            guard let merged = Shape(dims: own).merged(with: Shape(dims: others)) else {
                throw RuleViolation(
                    "\(first.shape) and \(type.shape) must be equal but for axis \(axis)")
            }
            shape = merged
        }
        var dims = shape.dims ?? []
        let size = try sum.required("axis \(axis) would be too long")
        dims[axis] = isKnown ? size : -1
        return TensorType(first.dtype, dims)
    }

    func reverseType(_ axes: [Int], _ x: TensorType) throws -> TensorType {
        try requireAxes(axes, rank: x.shape.rank)
        return x
    }
}
