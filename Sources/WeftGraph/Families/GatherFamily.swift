// SPDX-License-Identifier: Apache-2.0

/// What an index outside the operand does.
public enum IndexMode: Hashable, Sendable, CaseIterable {
    /// The run throws.
    case checked
    /// The nearest valid index is taken.
    case clamped
    /// Gather gives zero, scatter leaves it out.
    case ignored
}

/// The general gather of StableHLO.
package struct GatherAttributes: Hashable, Sendable {
    package var offsetAxes: [Int]
    package var collapsedAxes: [Int]
    package var startIndexMap: [Int]
    package var indexVectorAxis: Int
    /// The slice's sizes; −1 takes the whole axis.
    package var sliceSizes: [Int]
    package var mode: IndexMode

    package init(
        offsetAxes: [Int], collapsedAxes: [Int], startIndexMap: [Int], indexVectorAxis: Int,
        sliceSizes: [Int], mode: IndexMode
    ) {
        self.offsetAxes = offsetAxes
        self.collapsedAxes = collapsedAxes
        self.startIndexMap = startIndexMap
        self.indexVectorAxis = indexVectorAxis
        self.sliceSizes = sliceSizes
        self.mode = mode
    }
}

/// (operand, indices).
struct GatherFamily: ArrayFamily {
    let attributes: GatherAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "gather" }
    var attributeText: String {
        "axes: \(attributes.startIndexMap), slices: \(attributes.sliceSizes)"
    }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try gatherType(attributes, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.gather(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        var resolved = attributes
        resolved.sliceSizes = zip(attributes.sliceSizes, operands[0].shape).map {
            $0 == -1 ? $1 : $0
        }
        return .gather(resolved)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.gather(attributes)]
    }
}

private func gatherType(
    _ attributes: GatherAttributes, _ x: TensorType, _ indices: TensorType
) throws -> TensorType {
    try requireIndices(indices)
    guard let dims = x.shape.dims, let indexDims = indices.shape.dims else {
        return TensorType(x.dtype, .unknown)
    }
    guard attributes.sliceSizes.count == dims.count else {
        throw RuleViolation(.invalidSliceSizes(attributes.sliceSizes, of: x))
    }
    try requireAxes(attributes.collapsedAxes, rank: dims.count)
    try requireAxes(attributes.startIndexMap, rank: dims.count)
    guard attributes.sliceSizes.allSatisfy({ $0 >= -1 }) else {
        throw RuleViolation(.invalidSliceSizes(attributes.sliceSizes, of: x))
    }
    let sizes = zip(attributes.sliceSizes, dims).map { $0 == -1 ? $1 : $0 }
    if let bad = attributes.collapsedAxes.first(where: { sizes[$0] != 1 }) {
        throw RuleViolation("axis \(bad) is collapsed, its slice must have size 1")
    }
    let batch = try batchDimensions(indexDims, attributes.indexVectorAxis)
    let vector =
        attributes.indexVectorAxis < indexDims.count ? indexDims[attributes.indexVectorAxis] : 1
    if vector >= 0, vector != attributes.startIndexMap.count {
        throw RuleViolation(
            .countsDiffer(
                "elements in an index vector", vector, for: "axes", attributes.startIndexMap.count))
    }
    // Where there is no index there may be nothing to gather from either, as where a loop over the rows of
    // an array without rows takes one in each of its no iterations: then the run says so.
    if !batch.contains(where: { $0 <= 0 }) {
        for i in dims.indices where dims[i] >= 0 && sizes[i] > Swift.max(dims[i], 1) {
            throw RuleViolation(.sliceDoesNotFit(sizes, in: x))
        }
    }
    let offsets = dims.indices.filter { !attributes.collapsedAxes.contains($0) }
        .map { sizes[$0] }
    guard attributes.offsetAxes.count == offsets.count else {
        throw RuleViolation("\(attributes.offsetAxes) do not hold slices of \(sizes)")
    }
    let rank = batch.count + offsets.count
    try requireAxes(attributes.offsetAxes, rank: rank)
    var result: [Int] = []
    var (b, o) = (batch.makeIterator(), offsets.makeIterator())
    for axis in 0..<rank {
        result.append((attributes.offsetAxes.contains(axis) ? o.next() : b.next()) ?? -1)
    }
    return TensorType(x.dtype, result)
}

func requireIndices(_ type: TensorType, _ what: String = "indices") throws {
    guard type.dtype == .int32 || type.dtype == .int64 else {
        throw RuleViolation(
            .wrongElementType(.argument(what), type.dtype, wanted: [.int32, .int64]))
    }
}

/// The dimensions of the indices without the one that holds index vectors.
func batchDimensions(_ indices: [Int], _ vectorAxis: Int) throws -> [Int] {
    guard vectorAxis >= 0, vectorAxis <= indices.count else {
        throw RuleViolation("indices of rank \(indices.count) have no axis \(vectorAxis)")
    }
    return indices.indices.filter { $0 != vectorAxis }.map { indices[$0] }
}

extension GatherAttributes {
    /// The scatter that puts every element back where this gather took it.
    var scatter: ScatterAttributes {
        ScatterAttributes(
            updateWindowAxes: offsetAxes.sorted(), insertedWindowAxes: collapsedAxes,
            scatterAxesToOperandAxes: startIndexMap, indexVectorAxis: indexVectorAxis, mode: mode)
    }
}

extension ScatterAttributes {
    /// The gather that takes every element from where this scatter puts it.
    func gather(operand: AnyTensor, updates: AnyTensor) -> GatherAttributes? {
        guard let rank = operand.shape.rank, updateWindowAxes == updateWindowAxes.sorted() else {
            return nil
        }
        var windows = updateWindowAxes.makeIterator()
        let sizes = (0..<rank).map { axis -> Int in
            if insertedWindowAxes.contains(axis) { return 1 }
            return windows.next().flatMap { updates.shape[$0] } ?? -1
        }
        return GatherAttributes(
            offsetAxes: updateWindowAxes, collapsedAxes: insertedWindowAxes,
            startIndexMap: scatterAxesToOperandAxes, indexVectorAxis: indexVectorAxis,
            sliceSizes: sizes, mode: mode)
    }
}

extension GradientRule {
    fileprivate func gather(_ attributes: GatherAttributes) -> [AnyTensor?] {
        let (x, indices) = (inputs[0], inputs[1])
        return first(
            .make(.scatter(.add, attributes.scatter), [.zeros(like: x), indices, gradient]))
    }
}

extension Evaluation {
    fileprivate func gather(_ attributes: GatherAttributes) throws -> NDArray {
        let operand = inputs[0].shape
        let sizes = attributes.sliceSizes
        let vectors = IndexVectors(inputs[1], vectorAxis: attributes.indexVectorAxis)
        let strides = RowMajor.strides(operand)
        let windowAxes = operand.indices.filter { !attributes.collapsedAxes.contains($0) }
        let offsetAxes = attributes.offsetAxes.sorted()
        let batchAxes = shape.indices.filter { !offsetAxes.contains($0) }
        // Every index is looked at, also when the slices have no elements.
        var starts: [[Int]?] = []
        try forEach(vectors.batch) {
            let vector = vectors.vector(at: $0, count: attributes.startIndexMap.count)
            starts.append(
                try start(vector, attributes.startIndexMap, operand, sizes, attributes.mode))
        }
        let batchStrides = RowMajor.strides(vectors.batch)
        var sources: [Int] = []
        try forEach(shape) { index in
            let batch = RowMajor.offset(batchAxes.map { index[$0] }, batchStrides)
            guard var place = starts[batch] else {
                sources.append(-1)
                return
            }
            for (axis, offset) in zip(windowAxes, offsetAxes) { place[axis] += index[offset] }
            sources.append(RowMajor.offset(place, strides))
        }
        return try inputs[0].taking(sources, shape: shape)
    }

    /// Where a window of `sizes` starts; nil when it is left out.
    func start(
        _ vector: [Int64], _ map: [Int], _ operand: [Int], _ sizes: [Int], _ mode: IndexMode
    ) throws -> [Int]? {
        var start = [Int](repeating: 0, count: operand.count)
        if operand.indices.contains(where: { sizes[$0] > operand[$0] }) {
            // An axis without elements: no place at all fits.
            guard mode != .ignored else { return nil }
            throw failure("a window of \(sizes) does not fit into an array of \(operand)")
        }
        for (component, axis) in zip(vector, map) {
            let last = Int64(operand[axis] - sizes[axis])
            if component >= 0, component <= last {
                start[axis] = Int(component)
                continue
            }
            switch mode {
            case .checked:
                throw instruction.error(
                    .indexOutOfRange(
                        Int(component), window: sizes[axis], axis: axis, size: operand[axis]))
            case .clamped: start[axis] = Int(min(max(component, 0), last))
            case .ignored: return nil
            }
        }
        return start
    }

    func copied(
        _ places: [(target: Int, update: Int)], from updates: NDArray, into operand: NDArray
    ) -> NDArray {
        let size = operand.dtype.size
        var result = operand
        result.withUnsafeMutableBytes { target in
            updates.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                for (place, update) in places {
                    (to + place * size).copyMemory(from: from + update * size, byteCount: size)
                }
            }
        }
        return result
    }
}

/// The start vectors of a gather or scatter: the indices with the axis that holds them taken out.
struct IndexVectors {
    let batch: [Int]
    private let numbers: [Int64]
    private let strides: [Int]
    private let vectorAxis: Int
    private let vectorStride: Int

    init(_ indices: NDArray, vectorAxis: Int) {
        numbers = Int64.load(indices)
        self.vectorAxis = vectorAxis
        let all = RowMajor.strides(indices.shape)
        let axes = indices.shape.indices.filter { $0 != vectorAxis }
        batch = axes.map { indices.shape[$0] }
        strides = axes.map { all[$0] }
        vectorStride = vectorAxis < indices.rank ? all[vectorAxis] : 0
    }

    func vector(at index: [Int], count: Int) -> [Int64] {
        let first = RowMajor.offset(index, strides)
        return (0..<count).map { numbers[first + $0 * vectorStride] }
    }
}
