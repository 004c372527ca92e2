// SPDX-License-Identifier: Apache-2.0

/// A draw of random bits in a graph.
struct RandomFamily: ConstantGradient {
    let attributes: RandomAttributes

    var name: String { "randomBits" }
    var attributeText: String { "stream: '\(attributes.stream)'" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.randomType(attributes, operands)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        let draw = scope.context.draw(of: node, stream: attributes.stream)
        scope.bind(
            node,
            scope.emit(.randomBits(draw), [scope.requireRandomState()], types, origin: node.origin))
    }
}

/// A draw in a program: a function of the random state.
struct RandomBitsFamily: ArrayFamily, ProgramFamily {
    let draw: RandomDraw

    static var functions: [PrimitiveFunction] { [.init([.uint32])] }
    var name: String { "randomBits" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive { .randomBits(draw) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [RandomState.type] ? [ArrayType(.uint32, results[0].shape)] : []
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.randomBits(draw)] }
}

/// The random state of one iteration of a loop.
struct FoldRandomFamily: ArrayFamily, ProgramFamily {
    static var functions: [PrimitiveFunction] { [.init([.uint32])] }
    var name: String { "foldRandom" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive { .foldRandom }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [RandomState.type, ArrayType(.int64, [])] ? [RandomState.type] : []
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.foldRandom()] }
}
