// SPDX-License-Identifier: Apache-2.0

/// How an update that is scattered is combined with the element already there.
public enum ScatterKind: String, CaseIterable, Hashable, Sendable {
    /// It replaces it; of several updates of one element an unspecified one stays.
    case set
    /// It is added.
    case add
    /// It is multiplied with it.
    case multiply
    /// The greater of both stays.
    case maximum
    /// The lesser of both stays.
    case minimum

    /// The element types that it takes.
    var operands: [DType] {
        switch self {
        case .add, .multiply: DTypeClass.numeric.dtypes
        case .set, .maximum, .minimum: DTypeClass.any.dtypes
        }
    }
}

/// The general scatter of StableHLO.
package struct ScatterAttributes: Hashable, Sendable {
    package var updateWindowAxes: [Int]
    package var insertedWindowAxes: [Int]
    package var scatterAxesToOperandAxes: [Int]
    package var indexVectorAxis: Int
    package var mode: IndexMode

    package init(
        updateWindowAxes: [Int], insertedWindowAxes: [Int], scatterAxesToOperandAxes: [Int],
        indexVectorAxis: Int, mode: IndexMode
    ) {
        self.updateWindowAxes = updateWindowAxes
        self.insertedWindowAxes = insertedWindowAxes
        self.scatterAxesToOperandAxes = scatterAxesToOperandAxes
        self.indexVectorAxis = indexVectorAxis
        self.mode = mode
    }
}

/// (operand, indices, updates).
struct ScatterFamily: ArrayFamily, SettledFamily {
    let kind: ScatterKind
    let attributes: ScatterAttributes

    static var functions: [PrimitiveFunction] {
        ScatterKind.allCases.map { PrimitiveFunction($0.rawValue, $0.operands) }
    }
    var function: String? { kind.rawValue }
    var name: String { "scatter" }
    var attributeText: String { "\(kind.rawValue), axes: \(attributes.scatterAxesToOperandAxes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        if operands[0].dtype == .string, kind != .set {
            throw RuleViolation(.wrongElementType(.operand, .string, wanted: kind.operands))
        }
        return [try scatterType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index != 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.scatter(kind, attributes)
    }

    var primitive: Primitive { .scatter(kind, attributes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.scatter(kind, attributes)]
    }
}

/// Inputs: operand, indices, updates.
private func scatterType(
    _ attributes: ScatterAttributes, _ inputs: [TensorType]
) throws -> TensorType {
    let (x, indices, updates) = (inputs[0], inputs[1], inputs[2])
    try requireIndices(indices)
    try requireSameElements(x, updates)
    guard let dims = x.shape.dims, let indexDims = indices.shape.dims,
        let updateDims = updates.shape.dims
    else { return x }
    try requireAxes(attributes.insertedWindowAxes, rank: dims.count)
    try requireAxes(attributes.scatterAxesToOperandAxes, rank: dims.count)
    try requireAxes(attributes.updateWindowAxes, rank: updateDims.count)
    guard attributes.updateWindowAxes == attributes.updateWindowAxes.sorted() else {
        throw RuleViolation(
            "the updates' window axes \(attributes.updateWindowAxes) do not ascend")
    }
    let window = dims.indices.filter { !attributes.insertedWindowAxes.contains($0) }
    guard window.count == attributes.updateWindowAxes.count else {
        throw RuleViolation("the updates' window axes do not fit \(x)")
    }
    for (axis, own) in zip(attributes.updateWindowAxes, window)
    where updateDims[axis] >= 0 && dims[own] >= 0 && updateDims[axis] > dims[own] {
        throw RuleViolation("updates \(updates) do not fit in \(x)")
    }
    let batch = try batchDimensions(indexDims, attributes.indexVectorAxis)
    let vector =
        attributes.indexVectorAxis < indexDims.count ? indexDims[attributes.indexVectorAxis] : 1
    if vector >= 0, vector != attributes.scatterAxesToOperandAxes.count {
        throw RuleViolation(
            .countsDiffer(
                "elements in an index vector", vector, for: "axes",
                attributes.scatterAxesToOperandAxes.count))
    }
    let own = updateDims.indices.filter { !attributes.updateWindowAxes.contains($0) }
        .map { updateDims[$0] }
    guard Shape(dims: batch).merged(with: Shape(dims: own)) != nil else {
        throw RuleViolation("indices \(indices) and updates \(updates) do not go together")
    }
    return x
}

extension GradientRule {
    /// Where one element is scattered to twice, `set` has no gradient of meaning: which update wins is open.
    fileprivate func scatter(_ kind: ScatterKind, _ attributes: ScatterAttributes) -> [AnyTensor?] {
        let (x, indices, updates) = (inputs[0], inputs[1], inputs[2])
        func gathered(_ tensor: AnyTensor) -> AnyTensor {
            guard let gather = attributes.gather(operand: x, updates: updates) else {
                return .invalid(
                    failure("the operand's rank must be known and the window axes ascend"))
            }
            return .make(.gather(gather), [tensor, indices])
        }
        func scattered(_ kind: ScatterKind, _ operand: AnyTensor, _ updates: AnyTensor) -> AnyTensor
        {
            .make(.scatter(kind, attributes), [operand, indices, updates])
        }
        switch kind {
        case .add: return each { $0 == 0 ? gradient : gathered(gradient) }
        case .set:
            return each {
                $0 == 0 ? scattered(.set, gradient, .zeros(like: updates)) : gathered(gradient)
            }
        case .multiply:
            return each {
                if $0 == 0 { return scattered(.multiply, gradient, updates) }
                // The product of all other factors: of those that are not 0 divided by the factor
                // itself, and 0 where another factor is 0.
                let isZero = AnyTensor.compare(.equal, updates, .scalar(0, x.dtype))
                let factors = select(isZero, .scalar(1, x.dtype), updates)
                let product = gathered(scattered(.multiply, x, factors))
                let ownZeros = isZero.cast(to: x.dtype)
                let zeros = gathered(scattered(.add, .zeros(like: x), ownZeros))
                let isOnlyZero = AnyTensor.compare(.equal, zeros, ownZeros)
                return gathered(gradient)
                    * select(isOnlyZero, product / factors, .scalar(0, x.dtype))
            }
        case .maximum, .minimum:
            // All that equal the extreme share its gradient evenly, as in TensorFlow.
            let dtype = x.dtype
            let isOperand = AnyTensor.compare(.equal, x, output).cast(to: dtype)
            let isUpdate = AnyTensor.compare(.equal, updates, gathered(output)).cast(to: dtype)
            let share = gradient / scattered(.add, isOperand, isUpdate)
            return each { $0 == 0 ? share * isOperand : gathered(share) * isUpdate }
        }
    }
}

extension Evaluation {
    /// In the row-major order of the indices, each window in its own row-major order.
    fileprivate func scatter(_ kind: ScatterKind, _ attributes: ScatterAttributes) throws -> NDArray
    {
        let (operand, updates) = (inputs[0].shape, inputs[2].shape)
        let vectors = IndexVectors(inputs[1], vectorAxis: attributes.indexVectorAxis)
        let windowAxes = operand.indices.filter { !attributes.insertedWindowAxes.contains($0) }
        let batchAxes = updates.indices.filter { !attributes.updateWindowAxes.contains($0) }
        var sizes = [Int](repeating: 1, count: operand.count)
        for (axis, update) in zip(windowAxes, attributes.updateWindowAxes) {
            sizes[axis] = updates[update]
        }
        let (strides, updateStrides) = (RowMajor.strides(operand), RowMajor.strides(updates))
        var places: [(target: Int, update: Int)] = []
        try forEach(vectors.batch) { index in
            let vector = vectors.vector(
                at: index, count: attributes.scatterAxesToOperandAxes.count)
            guard
                let start = try start(
                    vector, attributes.scatterAxesToOperandAxes, operand, sizes, attributes.mode)
            else { return }
            let batchOffset = RowMajor.offset(index, batchAxes.map { updateStrides[$0] })
            try forEach(windowAxes.map { sizes[$0] }) { window in
                var target = RowMajor.offset(start, strides)
                var update = batchOffset
                for (position, axis) in windowAxes.enumerated() {
                    target += window[position] * strides[axis]
                    update +=
                        window[position] * updateStrides[attributes.updateWindowAxes[position]]
                }
                places.append((target, update))
            }
        }
        if kind == .set { return copied(places, from: inputs[2], into: inputs[0]) }
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let binary: BinaryKind =
                switch kind {
                case .add, .set: .add
                case .multiply: .multiply
                case .maximum: .maximum
                case .minimum: .minimum
                }
            let function = T.function(binary, dtype)
            var result = T.load(inputs[0])
            let values = T.load(inputs[2])
            var watch = watch
            for (target, update) in places {
                try watch.note()
                result[target] = function(result[target], values[update]) ?? result[target]
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }
}

extension AnyTensor {
    /// Adds each of `values` at its index along `axis`; the other coordinates stay.
    ///
    /// `indices` has the shape of `values`: result[…, indices[…, i, …], …] += values[…, i, …].
    package func addingAlong(axis: Int, indices: AnyTensor, _ values: AnyTensor) -> AnyTensor {
        guard let rank = shape.rank else {
            return .invalid("scatter", node.name, "the rank of \(type) is unknown", type: type)
        }
        let all = Array(0..<rank)
        let attributes = ScatterAttributes(
            updateWindowAxes: [], insertedWindowAxes: all, scatterAxesToOperandAxes: all,
            indexVectorAxis: rank, mode: .checked)
        return .make(
            .scatter(.add, attributes),
            [self, AnyTensor.coordinates(indices, axis: axis, rank: rank), values])
    }

    /// For each element of `indices` all its coordinates, those beside `axis` being its own.
    private static func coordinates(_ indices: AnyTensor, axis: Int, rank: Int) -> AnyTensor {
        let parts = (0..<rank).map {
            ($0 == axis ? indices : iota(like: indices, axis: $0)).expandingDimensions(at: [rank])
        }
        return concatenated(parts, axis: rank)
    }
}
