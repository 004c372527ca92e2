// SPDX-License-Identifier: Apache-2.0

extension Node {
    /// The gradients of the node's operands for those of its outputs: see `OperationFamily`.
    func operandGradients(
        _ gradients: [AnyTensor?], needed: [Bool], captures: [AnyTensor]
    ) throws -> [AnyTensor?] {
        try op.family.gradients(
            GradientRule(node: self, gradients: gradients, needed: needed, captures: captures))
    }
}

/// What a rule is given: a node, its outputs' gradients and which operands' gradients are wanted.
struct GradientRule {
    let node: Node
    /// One for each output; at least one is not nil.
    let gradients: [AnyTensor?]
    let needed: [Bool]
    let captures: [AnyTensor]

    var inputs: [AnyTensor] { node.inputs }
    var output: AnyTensor { AnyTensor(node: node, index: 0) }
    /// The gradient of the only output.
    var gradient: AnyTensor { gradients[0] ?? .zeros(like: output) }
    var nothing: [AnyTensor?] { Array(repeating: nil, count: needed.count) }

    func isNeeded(_ index: Int) -> Bool { index < needed.count && needed[index] }

    /// The first operand's gradient, and none for the others.
    func first(_ gradient: AnyTensor?) -> [AnyTensor?] {
        var result = nothing
        if isNeeded(0) { result[0] = gradient }
        return result
    }

    /// A gradient for each operand for which one is needed.
    func each(_ gradient: (Int) throws -> AnyTensor?) rethrows -> [AnyTensor?] {
        try needed.indices.map { needed[$0] ? try gradient($0) : nil }
    }

    func failure(_ reason: String) -> GraphError {
        GraphError(operation: node.op.summary, name: node.name, .noGradient(reason))
    }
}
