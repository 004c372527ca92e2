// SPDX-License-Identifier: Apache-2.0

package struct SortAttributes: Hashable, Sendable {
    package var axis: Int
    package var isDescending: Bool

    package init(axis: Int, isDescending: Bool) {
        self.axis = axis
        self.isDescending = isDescending
    }
}

/// (operand) → sorted values, their positions. Stable; NaN counts as the greatest.
struct SortFamily: ArrayFamily, SettledFamily {
    let attributes: SortAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "sort" }
    var attributeText: String {
        "axis: \(attributes.axis)" + (attributes.isDescending ? ", descending" : "")
    }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try sortTypes(attributes, operands[0])
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.sorted(axis: attributes.axis)
    }

    var primitive: Primitive { .sort(attributes) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.sorted(node, primitive, operands[0])
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { try evaluation.sort(attributes) }
}

/// (operand) → the greatest k of the last axis, their positions.
struct TopKFamily: ArrayFamily, SettledFamily {
    let k: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "topK" }
    var attributeText: String { "k: \(k)" }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try topKTypes(k, operands[0])
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.sorted(axis: -1)
    }

    var primitive: Primitive { .topK(k) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.sorted(node, primitive, operands[0])
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { try evaluation.topK(k) }
}

/// (x, like): `topK` with as many elements as `like`, a vector, has.
struct TopKLikeFamily: OperationFamily {
    var name: String { "topK" }
    var outputCount: Int { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try topKTypes(operands[1].shape[0], operands[0])
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.sorted(axis: -1)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let k = scope.values[operands[1]].shape.first ?? 0
        try scope.sorted(node, .topK(k), operands[0], types: try scope.types(node, operands))
    }
}

extension LoweringScope {
    /// Sorts; of strings their ranks.
    fileprivate func sorted(
        _ node: Node, _ primitive: Primitive, _ operand: Int, types: [ArrayType]? = nil
    ) throws {
        let types = try types ?? self.types(node, [operand])
        guard node.inputs[0].dtype == .string else {
            return bind(node, emit(primitive, [operand], types, origin: node.origin))
        }
        let (ranks, strings) = rankedStrings(operand, of: node)
        let sorted = emit(primitive, [ranks], types, origin: node.origin)
        let taken = GatherAttributes(
            offsetAxes: [], collapsedAxes: [0], startIndexMap: [0],
            indexVectorAxis: types[0].shape.count, sliceSizes: [1], mode: .clamped)
        let values = emit(
            .gather(taken), [strings, sorted[0]], types[0], origin: node.origin)
        bind(node, [values, sorted[1]])
    }
}

private func sortTypes(_ attributes: SortAttributes, _ x: TensorType) throws -> [TensorType] {
    if x.dtype != .string { try requireElements(x.dtype, .numeric) }
    try requireAxes([attributes.axis], rank: x.shape.rank)
    return [x, TensorType(.int32, x.shape)]
}

/// - Parameter k: nil while it is unknown.
private func topKTypes(_ k: Int?, _ x: TensorType) throws -> [TensorType] {
    if x.dtype != .string { try requireElements(x.dtype, .numeric) }
    guard var dims = x.shape.dims else {
        return [TensorType(x.dtype, .unknown), TensorType(.int32, .unknown)]
    }
    guard let last = dims.last else {
        throw RuleViolation(.wrongRank("the operand", x, wanted: 1...Int.max))
    }
    if let k, k < 0 || last >= 0 && k > last {
        throw RuleViolation(
            .invalidArgument(
                "k", value: "\(k)", wanted: "0 to the \(last) elements of the last axis of \(x)"))
    }
    dims[dims.count - 1] = k ?? -1
    return [TensorType(x.dtype, dims), TensorType(.int32, dims)]
}

extension GradientRule {
    /// `sort` and `topK`: their second output says where each element came from.
    fileprivate func sorted(axis: Int) throws -> [AnyTensor?] {
        let x = inputs[0]
        guard let rank = x.shape.rank else { throw failure("the rank of \(x.type) is unknown") }
        guard let gradient = gradients[0] else { return nothing }
        return first(
            AnyTensor.zeros(like: x).addingAlong(
                axis: axis < 0 ? axis + rank : axis, indices: AnyTensor(node: node, index: 1),
                gradient))
    }
}

extension Evaluation {
    fileprivate func sort(_ attributes: SortAttributes) throws -> [NDArray] {
        try sorted(
            axis: attributes.axis, isDescending: attributes.isDescending,
            keeping: inputs[0].shape[attributes.axis])
    }

    fileprivate func topK(_ k: Int) throws -> [NDArray] {
        guard inputs[0].rank > 0 else { throw unsupported("a scalar has no last axis") }
        return try sorted(axis: inputs[0].rank - 1, isDescending: true, keeping: k)
    }

    /// The first `count` of each row in order, and where they stood. Equal elements (−0 and 0, and
    /// NaNs, which are the greatest) keep their order in both directions.
    fileprivate func sorted(axis: Int, isDescending: Bool, keeping count: Int) throws -> [NDArray] {
        func evaluate<T: WideNumber>(_: T.Type) throws -> [NDArray] {
            let operand = inputs[0]
            let elements = T.load(operand)
            let strides = RowMajor.strides(operand.shape)
            let outputStrides = RowMajor.strides(shape)
            let length = operand.shape[axis]
            var sources = [Int](repeating: 0, count: shape.reduce(1, *))
            var positions = [Int64](repeating: 0, count: sources.count)
            var firsts = operand.shape
            firsts[axis] = 1
            var watch = watch
            try forEach(firsts) { index in
                let first = RowMajor.offset(index, strides)
                let target = RowMajor.offset(index, outputStrides)
                func element(_ i: Int) -> T { elements[first + i * strides[axis]] }
                let order = try (0..<length).sorted { i, j in
                    try watch.note()
                    let (a, b) = isDescending ? (element(j), element(i)) : (element(i), element(j))
                    if T.isAscending(a, b, operand.dtype) { return true }
                    if T.isAscending(b, a, operand.dtype) { return false }
                    return i < j
                }
                for (rank, i) in order.prefix(count).enumerated() {
                    sources[target + rank * outputStrides[axis]] = first + i * strides[axis]
                    positions[target + rank * outputStrides[axis]] = Int64(i)
                }
            }
            return [
                try operand.taking(sources, shape: shape),
                try NDArray(wrapping: positions, dtype: .int32, shape: shape),
            ]
        }
        return try widened(inputs[0].dtype) { try evaluate($0) }
    }
}

extension OrderedTensor {
    /// The elements in ascending order along an axis, NaN last; or in descending order, NaN first.
    /// Strings are in the order of their bytes. Equal ones keep their order.
    public func sorted(axis: Int = -1, isDescending: Bool = false) -> Self {
        Self(AnyTensor.sorted(anyTensor, axis: axis, isDescending: isDescending).values)
    }

    /// The positions that the sorted elements had.
    public func argSorted(axis: Int = -1, isDescending: Bool = false) -> Order {
        Order(AnyTensor.sorted(anyTensor, axis: axis, isDescending: isDescending).positions)
    }

    /// The greatest `k` elements of the last axis in descending order, and their positions.
    ///
    /// Of equal elements the first come first.
    /// - Shape: [..., n] → [..., k].
    public func topK(_ k: Int) -> (values: Self, positions: Order) {
        let x = anyTensor
        let both = AnyTensor.composedAll("topK", [x], count: 2) {
            guard k >= 0 else {
                throw RuleViolation(.invalidArgument("k", value: "\(k)", wanted: "0 or more"))
            }
            return AnyTensor.makeAll(.topK(k), [x])
        }
        return (Self(both[0]), Order(both[1]))
    }

    /// The greatest `k` elements of the last axis in descending order, and their positions.
    ///
    /// Of equal elements the first come first.
    /// - Parameter k: A scalar.
    /// - Shape: [..., n] → [..., k].
    public func topK(_ k: some IntegerTensor) -> (values: Self, positions: Order) {
        let (x, k) = (anyTensor, k.anyTensor)
        let both = AnyTensor.composedAll("topK", [x, k], count: 2) {
            AnyTensor.makeAll(.unsettled(.topKLike), [x, .shaped(by: try k.asNumber("k"))])
        }
        return (Self(both[0]), Order(both[1]))
    }
}

extension AnyTensor {
    fileprivate static func sorted(
        _ x: AnyTensor, axis: Int, isDescending: Bool
    ) -> (values: AnyTensor, positions: AnyTensor) {
        let both = composedAll("sort", [x], count: 2) {
            let attributes = SortAttributes(
                axis: try x.resolvedAxis(axis), isDescending: isDescending)
            return makeAll(.sort(attributes), [x])
        }
        return (both[0], both[1])
    }
}
