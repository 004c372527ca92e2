// SPDX-License-Identifier: Apache-2.0

/// Axis i of the operand becomes axis `axes[i]` of the result; an axis of size 1 is repeated.
struct BroadcastFamily: ArrayFamily {
    let shape: [Int]
    let axes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "broadcast" }
    var attributeText: String { "to: \(shape), axes: \(axes)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try broadcastType(operands[0], to: Shape(dims: shape), axes, keepsOwn: true)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.broadcast(axes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .broadcast(shape: results[0].shape, axes: axes)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.broadcast(axes)] }

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
        [try broadcastType(operands[0], to: operands[1].shape, axes)]
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
        [try unbroadcastType(operands[0], like: operands[1])]
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

/// - Parameter keepsOwn: Whether an unknown dimension of the target is the operand's own.
private func broadcastType(
    _ x: TensorType, to shape: Shape, _ axes: [Int], keepsOwn: Bool = false
) throws -> TensorType {
    guard var target = shape.dims else { return TensorType(x.dtype, .unknown) }
    if ArraySize.count(target.filter { $0 != -1 }) == nil {
        throw RuleViolation(.invalidShape(target.filter { $0 != -1 }))
    }
    try requireAxes(axes, rank: target.count)
    guard let dims = x.shape.dims else { return TensorType(x.dtype, shape) }
    guard dims.count == axes.count else {
        throw RuleViolation(
            .countsDiffer("axes of \(shape)", axes.count, for: "axes of \(x)", dims.count))
    }
    for (i, axis) in axes.enumerated()
    where dims[i] != 1 && dims[i] >= 0 && target[axis] >= 0 && dims[i] != target[axis] {
        throw RuleViolation(.notBroadcastableTo(x.shape, target: shape, dims[i], target[axis]))
    }
    if keepsOwn {
        for (i, axis) in axes.enumerated() where target[axis] < 0 { target[axis] = dims[i] }
    }
    return TensorType(x.dtype, target)
}

private func unbroadcastType(_ x: TensorType, like target: TensorType) throws -> TensorType {
    guard let dims = x.shape.dims, let wanted = target.shape.dims else {
        return TensorType(x.dtype, target.shape)
    }
    let extra = dims.count - wanted.count
    guard extra >= 0,
        zip(dims[extra...], wanted).allSatisfy({ $0 == $1 || $1 == 1 || $0 < 0 || $1 < 0 })
    else {
        throw RuleViolation("\(x.shape) is not what broadcasting \(target.shape) gives")
    }
    return TensorType(x.dtype, target.shape)
}

extension GradientRule {
    fileprivate func broadcast(_ axes: [Int]) throws -> [AnyTensor?] {
        let x = inputs[0]
        guard let rank = output.shape.rank else {
            if axes.isEmpty { return first(gradient.unbroadcast(like: x)) }
            throw failure("the rank of \(output.type) is unknown")
        }
        if axes == Array(rank - axes.count..<rank) { return first(gradient.unbroadcast(like: x)) }
        let sum = gradient.reduced(.sum, axes: (0..<rank).filter { !axes.contains($0) })
        let order = axes.sorted()
        let inOrder = sum.transposed(permutation: axes.map { order.firstIndex(of: $0) ?? 0 })
        return first(inOrder.unbroadcast(like: x))
    }

    fileprivate func unbroadcast() -> [AnyTensor?] {
        let x = inputs[0]
        if gradient.shape.rank != nil, x.shape.rank != nil {
            return first(gradient.broadcasted(like: x))
        }
        return first(gradient + AnyTensor.zeros(like: x))
    }
}

extension Evaluation {
    fileprivate func broadcast(_ axes: [Int]) throws -> NDArray {
        let operand = inputs[0].shape
        return try moved { index in
            operand.indices.map { operand[$0] == 1 ? 0 : index[axes[$0]] }
        }
    }
}

extension AnyTensor {
    /// Repeated along the `axes` that a reduction of `x` removed, to the shape of `x`.
    func spread(over x: AnyTensor, axes: [Int]) -> AnyTensor {
        if axes.isEmpty { return self }
        guard let rank = x.shape.rank else {
            // Adding repeats whatever the rank turns out to be.
            return AnyTensor.make(.expand(axes: axes), [self])
                + AnyTensor.filled(0, like: x, dtype: dtype)
        }
        let kept = (0..<rank).filter { !axes.contains($0) }
        if let dims = x.shape.dimensions {
            return .make(.broadcast(shape: dims, axes: kept), [self])
        }
        return .make(.broadcastLike(axes: kept), [self, x])
    }
}
