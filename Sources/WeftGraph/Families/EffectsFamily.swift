// SPDX-License-Identifier: Apache-2.0

/// A new value of a variable: (value), or a body's result on the value before.
struct UpdateFamily: ConstantGradient {
    let attributes: UpdateAttributes

    var name: String { "update" }
    var attributeText: String { "'\(attributes.variable.name)'" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.updateType(attributes, operands)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, [try scope.update(attributes, operands, node)])
    }
}

/// (updates...) → true: what runs them together.
struct GroupFamily: ConstantGradient {
    let attributes: GroupAttributes

    var name: String { "group" }
    var attributeText: String { attributes.runsUpdates ? "with updates" : "" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] { [TensorType(.bool, [])] }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, [scope.constant(NDArray(true))])
    }
}
