// SPDX-License-Identifier: Apache-2.0

private let list = ArrayType(.list, [])

/// - Throws: `RuleViolation` for an array.
func requireList(_ type: TensorType) throws {
    if type.dtype != .list { throw RuleViolation("\(type) is no list") }
}

/// () → an empty list.
struct ListEmptyFamily: SettledFamily, ConstantGradient {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listEmpty" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 0 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] { [TensorType(.list, [])] }

    var primitive: Primitive { .listEmpty }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] { [.list([])] }
}

/// (list, array) → list.
struct ListAppendFamily: SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listAppend" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        return [operands[0]]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// The gradient of a list is a list of the gradients of its elements.
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let popped = AnyTensor.makeAll(.listPop(rule.inputs[1].type), [rule.gradient])
        return rule.each { popped.count == 2 ? popped[$0] : popped[0] }
    }

    var primitive: Primitive { .listAppend }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands[0] == list && operands[1].dtype != .list ? [list] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        var list = try call.takeList()
        list.append(try call.operands[1].array(for: call.instruction))
        return [.list(list)]
    }
}

/// (list) → list, its last array. An empty list gives zeros of the type.
struct ListPopFamily: PrimitiveFamily {
    let element: TensorType

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listPop" }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        return [operands[0], element]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let outputs = rule.node.tensors
        let rest = rule.gradients[0] ?? AnyTensor.make(.listZerosLike, [outputs[0]])
        let element = rule.gradients[1] ?? AnyTensor.zeros(like: outputs[1])
        return rule.first(.make(.listAppend, [rest, element]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        if case .appended(let rest, let last) = scope.builtLists[operands[0]] {
            guard node.types[1].admits(scope.values[last]) else {
                throw RuleViolation(
                    "the last array is \(scope.values[last]), not \(node.types[1]); pop arrays in the "
                        + "opposite order of their appending")
            }
            scope.bind(node, [rest, last])
            return
        }
        let element = try scope.typeOfElement(element, of: operands[0], node)
        let types = [scope.values[operands[0]], element]
        let primitive = settled(operands.map { scope.values[$0] }, types)
        scope.bind(node, scope.emit(primitive, operands, types, origin: node.origin))
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .listPop(results[1].tensorType)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [list] && element.dtype != .list ? try knownTypes(operands) : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let type = call.types[1]
        var list = try call.takeList()
        guard let last = list.popLast() ?? nil else {
            return [.list(list), .array(.zeros(type.dtype, type.shape))]
        }
        guard last.dtype == type.dtype, last.shape == type.shape else {
            throw call.instruction.error(
                .kernelFailure,
                "the last array is \(last.dtype)\(last.shape), not \(type); pop arrays in the opposite order of their appending"
            )
        }
        return [.list(list), .array(last)]
    }
}

/// (list) → a list of as many zeros.
struct ListZerosLikeFamily: SettledFamily, ConstantGradient {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listZerosLike" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        return [operands[0]]
    }

    var primitive: Primitive { .listZerosLike }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        guard let elements = scope.builtElements(operands[0]) else {
            return try scope.emit(primitive, operands, of: node)
        }
        let zeros = elements.map { element in
            let type = scope.values[element]
            return scope.repeated(scope.constant(.zeros(type.dtype, [])), to: type, [], node)
        }
        scope.bind(node, scope.builtList(zeros))
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        [.list(Array(repeating: nil, count: try call.takeList().count))]
    }
}

/// (list, list) → a list of sums; a shorter one counts as continued by zeros.
struct ListAddFamily: SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "listAdd" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireList(operands[1])
        return [operands[0]]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        [rule.gradients[0], rule.gradients[0]]
    }

    var primitive: Primitive { .listAdd }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        guard let a = scope.builtElements(operands[0]), let b = scope.builtElements(operands[1])
        else {
            return try scope.emit(primitive, operands, of: node)
        }
        let sums = try zip(a, b).map { x, y in
            guard scope.values[x] == scope.values[y] else {
                throw RuleViolation(
                    .shapesDiffer(
                        "arrays at one place of two lists", Shape(scope.values[x].shape),
                        Shape(scope.values[y].shape)))
            }
            return scope.emit(.binary(.add), [x, y], scope.values[x], origin: node.origin)
        }
        let longer = a.count >= b.count ? a : b
        scope.bind(node, scope.builtList(sums + longer.dropFirst(sums.count)))
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        guard case .list(let a) = call.operands[0], case .list(let b) = call.operands[1] else {
            throw call.instruction.error(.unsupported, "an array is given, not a list")
        }
        var result = a.count >= b.count ? a : b
        for (position, (x, y)) in zip(a, b).enumerated() {
            guard let x, let y else {
                result[position] = x ?? y
                continue
            }
            guard x.dtype == y.dtype, x.shape == y.shape else {
                throw call.instruction.error(
                    .kernelFailure,
                    "element \(position) is \(x.dtype)\(x.shape) in one list "
                        + "and \(y.dtype)\(y.shape) in the other; only equal types can be added")
            }
            let evaluation = Evaluation(
                instruction: call.instruction, inputs: [x, y],
                types: [ArrayType(x.dtype, x.shape)], control: call.interpreter.control)
            result[position] = try evaluation.binary(.add)
        }
        return [.list(result)]
    }
}
