// SPDX-License-Identifier: Apache-2.0

struct ConcatenateFamily: ArrayFamily, SettledFamily {
    let axis: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "concatenate" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: Int.max) }
    var operandCount: Int? { nil }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try concatenateType(axis, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.concatenate(axis)
    }

    var primitive: Primitive { .concatenate(axis: axis) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.concatenate(axis)]
    }
}

/// (gradient, parts...) → the gradient of one part.
struct ConcatenateSliceFamily: OperationFamily {
    let axis: Int
    let index: Int

    var name: String { "concatenateSlice" }
    var attributeText: String { "axis: \(axis), part: \(index)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try concatenateSliceType(axis, index, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.concatenateSlice(axis, index)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        let dims = scope.values[operands[0]].shape
        let start = operands[1...].prefix(index).reduce(0) { $0 + scope.values[$1].shape[axis] }
        var slice = SliceAttributes(
            starts: dims.map { _ in 0 }, limits: dims, strides: dims.map { _ in 1 })
        slice.starts[axis] = start
        slice.limits[axis] = start + types[0].shape[axis]
        scope.bind(node, scope.emit(.slice(slice), [operands[0]], types, origin: node.origin))
    }
}

private func concatenateType(_ axis: Int, _ inputs: [TensorType]) throws -> TensorType {
    guard let first = inputs.first else { throw RuleViolation("nothing to concatenate") }
    var shape = first.shape
    var sum = CheckedSize(0)
    var isKnown = true
    for type in inputs {
        try requireSameElements(first, type)
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
    let size = try sum.required("axis \(axis)")
    dims[axis] = isKnown ? size : -1
    return TensorType(first.dtype, dims)
}

/// Inputs: the result's gradient, the operands of the concatenation.
private func concatenateSliceType(
    _ axis: Int, _ index: Int, _ inputs: [TensorType]
) throws -> TensorType {
    guard index >= 0, index < inputs.count - 1 else {
        throw RuleViolation("there is no part \(index) of \(inputs.count - 1)")
    }
    let whole = try concatenateType(axis, Array(inputs.dropFirst()))
    try requireGradient(inputs[0], of: TensorType(inputs[0].dtype, whole.shape))
    return TensorType(inputs[0].dtype, inputs[index + 1].shape)
}

extension GradientRule {
    fileprivate func concatenate(_ axis: Int) -> [AnyTensor?] {
        let sizes = inputs.map { $0.shape[axis] }
        guard let rank = output.shape.rank, sizes.allSatisfy({ $0 != nil }) else {
            return each { .make(.concatenateSlice(axis: axis, index: $0), [gradient] + inputs) }
        }
        var ends: [Int] = []
        for size in sizes { ends.append((ends.last ?? 0) + (size ?? 0)) }
        return each { index in
            var starts = Array(repeating: 0, count: rank)
            var limits = Array(repeating: Int.max, count: rank)
            starts[axis] = ends[index] - (sizes[index] ?? 0)
            limits[axis] = ends[index]
            return gradient.sliced(starts: starts, limits: limits)
        }
    }

    fileprivate func concatenateSlice(_ axis: Int, _ index: Int) -> [AnyTensor?] {
        var parts = inputs.dropFirst().map { AnyTensor.filled(0, like: $0, dtype: gradient.dtype) }
        parts[index] = gradient
        return first(AnyTensor.concatenated(parts, axis: axis))
    }
}

extension Evaluation {
    fileprivate func concatenate(_ axis: Int) throws -> NDArray {
        let size = dtype.size
        let inner = shape[(axis + 1)...].reduce(size, *)
        let outer = shape[..<axis].reduce(1, *)
        return try NDArray(dtype: dtype, shape: shape) { target in
            var place = target
            for row in 0..<outer {
                for input in inputs {
                    let length = input.shape[axis] * inner
                    input.withUnsafeBytes {
                        if length > 0, let base = $0.baseAddress {
                            place.copyMemory(from: base + row * length, byteCount: length)
                        }
                    }
                    place += length
                }
            }
        }
    }
}
