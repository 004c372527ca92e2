// SPDX-License-Identifier: Apache-2.0

/// (x, starts, like) → the slice of the shape of `like` that begins at `starts`, moved so that it lies
/// inside.
struct SliceLikeFamily: OperationFamily {
    var name: String { "sliceLike" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireSlice(operands[2], at: operands[1], of: operands[0])
        return [TensorType(operands[0].dtype, operands[2].shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.first(.make(.sliceLikeGradient, [rule.gradient, rule.inputs[1], rule.inputs[0]]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        let (x, dims) = (operands[0], scope.values[operands[0]].shape)
        if type.shape == dims { return scope.bind(node, x) }
        let primitive: Primitive
        let inputs: [Int]
        if let starts = scope.knownElements(operands[1])?.compactMap(\.self) {
            primitive = .slice(SliceAttributes(clamping: starts, sizes: type.shape, within: dims))
            inputs = [x]
        } else {
            primitive = .dynamicSlice(sizes: type.shape)
            inputs = [x, operands[1]]
        }
        scope.bind(node, scope.emit(primitive, inputs, type, origin: node.origin))
    }
}

/// (gradient, starts, like) → zeros in the shape of `like`, but for the gradient in the place that
/// `sliceLike` took.
struct SliceLikeGradientFamily: OperationFamily {
    var name: String { "sliceLikeGradient" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireSlice(operands[0], at: operands[1], of: operands[2])
        return [TensorType(operands[0].dtype, operands[2].shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.first(.make(.sliceLike, [rule.gradient, rule.inputs[1], rule.inputs[0]]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        let (x, sizes) = (operands[0], scope.values[operands[0]].shape)
        if type.shape == sizes { return scope.bind(node, x) }
        if let starts = scope.knownElements(operands[1])?.compactMap(\.self) {
            let slice = SliceAttributes(clamping: starts, sizes: sizes, within: type.shape)
            return scope.bind(node, scope.padded(x, aroundSlice: slice, to: type, node))
        }
        let zero = scope.constant(.zeros(type.dtype, []))
        let zeros = scope.repeated(zero, to: type, [], node)
        scope.bind(
            node,
            scope.emit(
                .dynamicUpdateSlice, [zeros, x, operands[1]], type, origin: node.origin))
    }
}

/// - Throws: `RuleViolation` when nothing of the shape of `part` can lie in `whole`.
private func requireSlice(
    _ part: TensorType, at starts: TensorType, of whole: TensorType
) throws {
    guard let sizes = part.shape.dims else { return }
    if let dims = whole.shape.dims {
        guard dims.count == sizes.count else {
            throw RuleViolation(.invalidSliceSizes(sizes, of: whole))
        }
        for (size, own) in zip(sizes, dims) where own >= 0 && size > own {
            throw RuleViolation(.sliceDoesNotFit(sizes, in: whole))
        }
    }
    try requireStarts(starts, rank: sizes.count)
}
