// SPDX-License-Identifier: Apache-2.0

package struct SliceAttributes: Hashable, Sendable {
    package var starts: [Int]
    /// One past the last; `Int.max` for the end of the axis.
    package var limits: [Int]
    package var strides: [Int]

    package init(starts: [Int], limits: [Int], strides: [Int]) {
        self.starts = starts
        self.limits = limits
        self.strides = strides
    }
}

struct SliceFamily: ArrayFamily {
    let attributes: SliceAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "slice" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try sliceType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.slice(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .slice(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.slice(attributes)]
    }
}

/// (gradient, operand) → the gradient in the place of the slice, zeros around it.
struct SliceGradientFamily: OperationFamily {
    let attributes: SliceAttributes

    var name: String { "sliceGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try sliceGradientType(attributes, operands[0], of: operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.sliceGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.padded(operands[0], aroundSlice: attributes, to: type, node)])
    }
}

/// (operand, starts), clamped so that the slice fits.
struct DynamicSliceFamily: ArrayFamily {
    let sizes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "dynamicSlice" }
    var attributeText: String { "sizes: \(sizes)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try dynamicSliceType(sizes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.dynamicSlice()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .dynamicSlice(sizes: results[0].shape)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.dynamicSlice()] }
}

/// (operand, update, starts), clamped so that the update fits.
struct DynamicUpdateSliceFamily: ArrayFamily, SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "dynamicUpdateSlice" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 2) }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try dynamicUpdateSliceType(operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.dynamicUpdateSlice()
    }

    var primitive: Primitive { .dynamicUpdateSlice }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.dynamicUpdateSlice()]
    }
}

extension SliceAttributes {
    fileprivate var text: String {
        let ranges = zip(starts, limits).map { $1 == Int.max ? "\($0)..." : "\($0)..<\($1)" }
        return "["
            + zip(ranges, strides).map { $1 == 1 ? $0 : "\($0) by \($1)" }
            .joined(separator: ", ") + "]"
    }
}

private func sliceType(_ attributes: SliceAttributes, _ x: TensorType) throws -> TensorType {
    let rank = attributes.starts.count
    guard attributes.limits.count == rank, attributes.strides.count == rank else {
        throw RuleViolation("starts, limits and strides must be of one length")
    }
    guard let dims = x.shape.dims else {
        return TensorType(x.dtype, Array(repeating: -1, count: rank))
    }
    guard dims.count == rank else {
        throw RuleViolation(.countsDiffer("ranges", rank, for: "axes of \(x)", dims.count))
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

private func dynamicSliceType(_ sizes: [Int], _ inputs: [TensorType]) throws -> TensorType {
    try requireStarts(inputs[1], rank: sizes.count)
    guard ArraySize.count(sizes) != nil else { throw RuleViolation(.invalidShape(sizes)) }
    if let dims = inputs[0].shape.dims {
        guard dims.count == sizes.count else {
            throw RuleViolation(.invalidSliceSizes(sizes, of: inputs[0]))
        }
        for i in dims.indices where dims[i] >= 0 && sizes[i] > dims[i] {
            throw RuleViolation(.sliceDoesNotFit(sizes, in: inputs[0]))
        }
    }
    return TensorType(inputs[0].dtype, sizes)
}

private func dynamicUpdateSliceType(_ inputs: [TensorType]) throws -> TensorType {
    try requireSameElements(inputs[0], inputs[1])
    if let dims = inputs[0].shape.dims, let sizes = inputs[1].shape.dims {
        guard dims.count == sizes.count,
            zip(dims, sizes).allSatisfy({ $0 < 0 || $1 <= $0 })
        else { throw RuleViolation("\(inputs[1]) does not fit in \(inputs[0])") }
        try requireStarts(inputs[2], rank: dims.count)
    }
    return inputs[0]
}

func requireStarts(_ type: TensorType, rank: Int) throws {
    try requireIndices(type, "start indices")
    guard type.shape.admits([rank]) else {
        throw RuleViolation(
            .invalidArgument("start indices", value: "\(type)", wanted: "a vector of \(rank)"))
    }
}

private func sliceGradientType(
    _ attributes: SliceAttributes, _ gradient: TensorType, of x: TensorType
) throws -> TensorType {
    let slice = try sliceType(attributes, x)
    try requireGradient(gradient, of: TensorType(gradient.dtype, slice.shape))
    return TensorType(gradient.dtype, x.shape)
}

extension GradientRule {
    fileprivate func slice(_ attributes: SliceAttributes) -> [AnyTensor?] {
        first(.make(.sliceGradient(attributes), [gradient, inputs[0]]))
    }

    fileprivate func sliceGradient(_ attributes: SliceAttributes) -> [AnyTensor?] {
        first(.make(.slice(attributes), [gradient]))
    }

    fileprivate func dynamicSlice() -> [AnyTensor?] {
        let (x, starts) = (inputs[0], inputs[1])
        return first(.make(.dynamicUpdateSlice, [.zeros(like: x), gradient, starts]))
    }

    fileprivate func dynamicUpdateSlice() -> [AnyTensor?] {
        let (update, starts) = (inputs[1], inputs[2])
        return each {
            if $0 == 0 {
                return .make(.dynamicUpdateSlice, [gradient, .zeros(like: update), starts])
            }
            guard let sizes = update.shape.dimensions else {
                return .make(.sliceLike, [gradient, starts, update])
            }
            return .make(.dynamicSlice(sizes: sizes), [gradient, starts])
        }
    }
}

extension Evaluation {
    fileprivate func slice(_ attributes: SliceAttributes) throws -> NDArray {
        try moved { index in
            index.indices.map { attributes.starts[$0] + index[$0] * attributes.strides[$0] }
        }
    }

    /// Start indices moved so that a slice of `sizes` lies inside `operand`.
    fileprivate func clampedStarts(_ starts: NDArray, _ operand: [Int], _ sizes: [Int]) -> [Int] {
        let starts = Int64.load(starts)
        return operand.indices.map {
            Int(min(max(starts[$0], 0), Int64(operand[$0] - sizes[$0])))
        }
    }

    fileprivate func dynamicSlice() throws -> NDArray {
        let starts = clampedStarts(inputs[1], inputs[0].shape, shape)
        return try moved { index in index.indices.map { starts[$0] + index[$0] } }
    }

    fileprivate func dynamicUpdateSlice() throws -> NDArray {
        let update = inputs[1]
        let starts = clampedStarts(inputs[2], shape, update.shape)
        let strides = RowMajor.strides(shape)
        let size = dtype.size
        var result = inputs[0]
        result.withUnsafeMutableBytes { target in
            update.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                var position = 0
                RowMajor.forEach(update.shape) { index in
                    let place = RowMajor.offset(zip(index, starts).map { $0 + $1 }, strides)
                    (to + place * size).copyMemory(from: from + position * size, byteCount: size)
                    position += 1
                }
            }
        }
        return result
    }
}

extension SliceAttributes {
    /// The slice of `sizes` from `starts` on, which are moved so that it lies within an array of `dims`.
    init(clamping starts: [Int], sizes: [Int], within dims: [Int]) {
        let starts = dims.indices.map { min(max(starts[$0], 0), dims[$0] - sizes[$0]) }
        self.init(
            starts: starts, limits: zip(starts, sizes).map(+), strides: dims.map { _ in 1 })
    }

    /// With the limits that stand for the end of an axis as numbers.
    func resolved(operand dims: [Int]) -> SliceAttributes {
        var result = self
        result.limits = zip(limits, dims).map { $0 == Int.max ? $1 : $0 }
        return result
    }
}
