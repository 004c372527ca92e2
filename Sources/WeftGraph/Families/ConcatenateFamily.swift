// SPDX-License-Identifier: Apache-2.0

struct ConcatenateFamily: ArrayFamily {
    let axis: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "concatenate" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { nil }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.concatenateType(axis, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.concatenate(axis)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .concatenate(axis: axis)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.concatenate(axis)] }
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
        [try rules.concatenateSliceType(axis, index, operands)]
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
