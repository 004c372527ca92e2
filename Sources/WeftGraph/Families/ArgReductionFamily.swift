// SPDX-License-Identifier: Apache-2.0

package enum ArgReductionKind: String, CaseIterable, Hashable, Sendable {
    case argMax, argMin
}

/// The position of an extreme element along an axis.
struct ArgReductionFamily: ArrayFamily, SettledFamily, ConstantGradient {
    let kind: ArgReductionKind
    let axis: Int

    static var functions: [PrimitiveFunction] {
        ArgReductionKind.allCases.map {
            PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes)
        }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try argReductionType(axis, operands[0])]
    }

    var primitive: Primitive { .argReduce(kind, axis: axis) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.argReduce(kind, axis)]
    }
}

private func argReductionType(_ axis: Int, _ x: TensorType) throws -> TensorType {
    try requireElements(x.dtype, .numeric)
    try requireAxes([axis], rank: x.shape.rank)
    guard let dims = x.shape.dims else { return TensorType(.int64, .unknown) }
    if dims[axis] == 0 {
        throw RuleViolation(.axisEmpty(axis, x))
    }
    return TensorType(.int64, dims.indices.filter { $0 != axis }.map { dims[$0] })
}

extension Evaluation {
    /// The first of equal extremes; the first NaN wins over all numbers.
    fileprivate func argReduce(_ kind: ArgReductionKind, _ axis: Int) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let operand = inputs[0]
            let elements = T.load(operand)
            let count = shape.reduce(1, *)
            guard operand.shape[axis] > 0 || count == 0 else {
                throw failure(
                    "axis \(axis) of \(operand.shape) is empty and has no extreme element")
            }
            var best = [(element: T, index: Int64)?](repeating: nil, count: count)
            let strides = keptStrides(operand.shape, without: [axis])
            var position = 0
            try forEach(operand.shape) { index in
                let target = RowMajor.offset(index, strides)
                let element = elements[position]
                position += 1
                if let current = best[target] {
                    guard
                        isMoreExtreme(
                            element, than: current.element, greatest: kind == .argMax,
                            operand.dtype)
                    else { return }
                }
                best[target] = (element, Int64(index[axis]))
            }
            return try Int64.store(best.map { $0?.index ?? 0 }, dtype, shape)
        }
        return try widened(inputs[0].dtype) { try evaluate($0) }
    }

    func isMoreExtreme<T: WideNumber>(
        _ a: T, than b: T, greatest: Bool, _ dtype: DType
    ) -> Bool {
        if T.isNaN(b) { return false }
        if T.isNaN(a) { return true }
        return greatest ? T.isAscending(b, a, dtype) : T.isAscending(a, b, dtype)
    }
}

extension NumericTensor {
    /// The position of the greatest element along an axis, of equal ones the first; of NaN, if there is.
    public func argMax(axis: Int, keepingDimensions: Bool = false) -> Indices {
        argReduced(.argMax, axis: axis, keepingDimensions: keepingDimensions)
    }

    /// The position of the least element along an axis, of equal ones the first; of NaN, if there is.
    public func argMin(axis: Int, keepingDimensions: Bool = false) -> Indices {
        argReduced(.argMin, axis: axis, keepingDimensions: keepingDimensions)
    }

    private func argReduced(
        _ kind: ArgReductionKind, axis: Int, keepingDimensions: Bool
    ) -> Indices {
        Indices(
            anyTensor.composed(kind.rawValue) { x in
                let axis = try x.resolvedAxis(axis)
                let result = AnyTensor.make(.argReduce(kind, axis: axis), [x])
                return keepingDimensions ? result.expandingDimensions(at: [axis]) : result
            })
    }
}
