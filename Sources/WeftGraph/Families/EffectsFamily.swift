// SPDX-License-Identifier: Apache-2.0

package struct UpdateAttributes: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The input becomes the value.
        case assign
        /// The region's result on the value before becomes the value.
        case modify(Region)
    }
    package var variable: VariableHandle
    package var kind: Kind
    /// The level of the region that the update was made in.
    package var level: Int
    package var order: UInt64
}

package struct GroupAttributes: Hashable, Sendable {
    /// Whether the updates that ride with values (`withUpdates`) below this node run with it.
    package var runsUpdates: Bool
}

/// A new value of a variable: (value), or a body's result on the value before.
struct UpdateFamily: ConstantGradient {
    let attributes: UpdateAttributes

    var name: String { "update" }
    var attributeText: String { "'\(attributes.variable.name)'" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try updateType(attributes, operands)]
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

private func updateType(_ attributes: UpdateAttributes, _ inputs: [TensorType]) throws -> TensorType
{
    let variable = attributes.variable
    let value: TensorType
    switch attributes.kind {
    case .assign: value = inputs[0]
    case .modify(let region): value = region.outputs[0].type
    }
    guard value.dtype == variable.dtype, value.shape.admits(variable.shape) else {
        throw RuleViolation(
            .valueDoesNotFitVariable(
                variable.name, TensorType(variable.dtype, variable.shape), value: value))
    }
    return TensorType(variable.dtype, variable.shape)
}
