// SPDX-License-Identifier: Apache-2.0

/// (x) → x, of whose shape no more is known than a loop declares of its variable: what is written out of
/// its body is the same graph for all shapes, and what is wrong for one of them may not be reached with it.
struct DeclaredFamily: ConstantGradient {
    let shape: Shape

    var name: String { "declared" }
    var attributeText: String { "\(shape)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard operands[0].shape.merged(with: shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("a value and its declaration", operands[0].shape, shape))
        }
        return [TensorType(operands[0].dtype, shape)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        guard node.types[0].admits(scope.values[operands[0]]) else {
            throw RuleViolation(
                .shapesDiffer(
                    "a value and its declaration", Shape(dims: scope.values[operands[0]].shape),
                    shape))
        }
        scope.bind(node, operands[0])
    }
}

/// (slices...) → the array of them along a new first axis: what a scan that was written out has stacked.
///
/// Slices that differ in shape are kept one by one, for the scan that takes them one by one, which is then
/// written out, too. Nothing else can use them.
struct SlicesFamily: ConstantGradient {
    let type: TensorType

    var name: String { "slices" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] { [type] }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = operands.map { scope.values[$0] }
        let slice =
            types.first
            ?? type.shape.withoutFirst.dimensions.map { ArrayType(type.dtype, $0).inPrograms }
        guard let slice, types.allSatisfy({ $0 == slice }) else {
            return scope.bind(node, scope.builtList(operands))
        }
        let result = ArrayType(slice.dtype, [operands.count] + slice.shape)
        guard type.admits(result) else {
            throw RuleViolation(.shapesDiffer("the slices", type.shape, Shape(dims: result.shape)))
        }
        if operands.isEmpty {
            return scope.bind(node, scope.constant(.zeros(result.dtype, result.shape)))
        }
        let row = ArrayType(slice.dtype, [1] + slice.shape)
        let rows = operands.map { scope.reshaped($0, to: row, node) }
        scope.bind(
            node, scope.emit(.concatenate(axis: 0), rows, result, origin: node.origin))
    }
}
