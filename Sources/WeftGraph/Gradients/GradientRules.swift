// SPDX-License-Identifier: Apache-2.0

extension Operation {
    /// Whether the operand's values, and not just its shape or its integers, reach the result
    /// differentiably. Indices at and above the inputs stand for what regions take from outside.
    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        switch self {
        case .invalid, .constant, .placeholder, .readVariable, .parameter, .iota, .random: false
        case .unary(let kind): kind.descriptor.gradient != nil
        case .binary(let kind): kind.descriptor.gradient != nil
        case .compare, .argReduce, .shapeOf, .listEmpty, .listZerosLike, .stopGradient: false
        case .update, .group: false
        case .select: index > 0
        case .cast(let dtype): dtype.isFloatingPoint && operands[index].dtype.isFloatingPoint
        case .reduce, .cumulative, .dot, .convolution, .window: true
        case .convolutionInputGradient, .convolutionFilterGradient: index < 2
        case .maxPoolGradient, .maxPoolPick: index == 1
        case .windowSumGradient, .sliceGradient, .concatenateSlice: index == 0
        case .reshape, .expand, .regroup, .broadcast, .transpose, .slice, .reverse, .sort, .topK:
            true
        case .reshapeLike, .broadcastLike, .unbroadcastLike, .dynamicSlice, .gather: index == 0
        case .dynamicUpdateSlice: index < 2
        case .pad, .concatenate: true
        case .scatter: index != 1
        case .cond: index > 0
        case .whileLoop, .scan, .rematerialized: true
        case .listAppend, .listPop, .listAdd: true
        case .customGradient(_, let outputs): index >= outputs
        case .check, .withUpdates, .after: index == 0
        }
    }
}

extension Node {
    /// The gradients of the node's operands for those of its outputs; nil where none flows or none
    /// is needed. Operands are the inputs, then what the regions take from outside.
    ///
    /// A rule says what the derivative is and no more: the pass adds, checks and stops.
    func operandGradients(
        _ gradients: [AnyTensor?], needed: [Bool], captures: [AnyTensor]
    ) throws -> [AnyTensor?] {
        let rule = GradientRule(
            node: self, gradients: gradients, needed: needed, captures: captures)
        switch op {
        case .invalid, .constant, .placeholder, .readVariable, .parameter, .iota, .random:
            return rule.nothing
        case .compare, .argReduce, .shapeOf, .stopGradient, .update, .group: return rule.nothing
        case .unary(let kind): return rule.unary(kind)
        case .binary(let kind): return rule.binary(kind)
        case .select: return rule.select()
        case .cast: return rule.cast()
        case .reduce(let kind, let axes): return try rule.reduction(kind, axes)
        case .cumulative(let attributes): return try rule.cumulative(attributes)
        case .dot(let dimensions): return try rule.dot(dimensions)
        case .convolution(let attributes): return rule.convolution(attributes)
        case .convolutionInputGradient(let attributes):
            return rule.convolutionInputGradient(attributes)
        case .convolutionFilterGradient(let attributes):
            return rule.convolutionFilterGradient(attributes)
        case .window(let kind, let attributes): return rule.window(kind, attributes)
        case .windowSumGradient(let attributes): return rule.windowSumGradient(attributes)
        case .maxPoolGradient(let attributes): return rule.maxPoolGradient(attributes)
        case .maxPoolPick(let attributes): return rule.maxPoolPick(attributes)
        case .reshape, .reshapeLike, .expand, .regroup: return rule.reshape()
        case .broadcast(_, let axes), .broadcastLike(let axes): return try rule.broadcast(axes)
        case .unbroadcastLike: return rule.unbroadcast()
        case .transpose(let permutation): return rule.transpose(permutation)
        case .slice(let attributes): return rule.slice(attributes)
        case .sliceGradient(let attributes): return rule.sliceGradient(attributes)
        case .dynamicSlice: return rule.dynamicSlice()
        case .dynamicUpdateSlice: return try rule.dynamicUpdateSlice()
        case .pad(let attributes): return rule.pad(attributes)
        case .concatenate(let axis): return rule.concatenate(axis)
        case .concatenateSlice(let axis, let index): return rule.concatenateSlice(axis, index)
        case .reverse(let axes): return rule.reverse(axes)
        case .gather(let attributes): return rule.gather(attributes)
        case .scatter(let kind, let attributes): return rule.scatter(kind, attributes)
        case .sort(let attributes): return try rule.sorted(axis: attributes.axis)
        case .topK: return try rule.sorted(axis: -1)
        case .cond(let a, let b): return try rule.cond(a, b)
        case .whileLoop(let attributes): return try rule.whileLoop(attributes)
        case .scan(let attributes): return try rule.scan(attributes)
        case .rematerialized(let body, _): return try rule.rematerialized(body)
        case .listEmpty, .listZerosLike: return rule.nothing
        case .listAppend: return rule.listAppend()
        case .listPop: return rule.listPop()
        case .listAdd: return [gradients[0], gradients[0]]
        case .customGradient(let custom, let outputs):
            return try rule.customGradient(custom, outputs: outputs)
        case .check, .withUpdates, .after: return rule.first(gradients[0])
        }
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
        GraphError(operation: node.op.summary, name: node.name, reason: "no gradient: \(reason)")
    }
}
