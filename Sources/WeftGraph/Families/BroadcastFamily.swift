// SPDX-License-Identifier: Apache-2.0

/// Axis i of the operand becomes axis `axes[i]` of the result; an axis of size 1 is repeated.
struct BroadcastFamily: ArrayFamily {
    let shape: [Int]
    let axes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "broadcast" }
    var attributeText: String { "to: \(shape), axes: \(axes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.broadcastType(operands[0], to: Shape(dims: shape), axes, keepsOwn: true)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.broadcast(axes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .broadcast(shape: results[0].shape, axes: axes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.broadcast(axes)] }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.repeated(operands[0], to: type, axes, node)])
    }
}

/// (x, like).
struct BroadcastLikeFamily: OperationFamily {
    let axes: [Int]

    var name: String { "broadcastLike" }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.broadcastType(operands[0], to: operands[1].shape, axes)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.broadcast(axes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.repeated(operands[0], to: type, axes, node)])
    }
}

/// (x, like) → x summed over what broadcasting `like` to it repeated.
struct UnbroadcastLikeFamily: OperationFamily {
    var name: String { "unbroadcastLike" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.unbroadcastType(operands[0], like: operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.unbroadcast()
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        scope.bind(node, [scope.unbroadcast(operands[0], to: type, node)])
    }
}
