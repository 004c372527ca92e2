// SPDX-License-Identifier: Apache-2.0

/// The same elements, in the same order, in another shape.
struct ReshapeFamily: ArrayFamily {
    let dims: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "reshape" }
    var attributeText: String { "to: \(Shape(dims: dims))" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.reshapeType(dims, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.reshape()
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .reshape(results[0].shape)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.reshape()] }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.reshaped(operands[0], to: type, node)])
    }
}

/// (x, like).
struct ReshapeLikeFamily: OperationFamily {
    var name: String { "reshapeLike" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.reshapeLikeType(operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.reshape()
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.reshaped(operands[0], to: type, node)])
    }
}

/// Axes of size 1 put in.
struct ExpandFamily: OperationFamily {
    let axes: [Int]

    var name: String { "expand" }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.expandType(axes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.reshape()
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.reshaped(operands[0], to: type, node)])
    }
}

/// Axes multiplied with others, kept, or put in with a size.
struct RegroupFamily: OperationFamily {
    let groups: [GroupedAxis]

    var name: String { "regroup" }
    var attributeText: String { "to: " + groups.map(\.text).joined(separator: ", ") }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.regroupType(groups, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { rule.reshape() }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.reshaped(operands[0], to: type, node)])
    }
}

/// The sizes of the axes as numbers.
struct ShapeOfFamily: OperationFamily, ConstantGradient {
    var name: String { "shapeOf" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(.int64, Shape(dims: [operands[0].shape.rank ?? -1]))]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let shape = scope.values[operands[0]].shape
        scope.bind(node, [scope.constant(NDArray(shape.map(Int64.init)))])
    }
}
