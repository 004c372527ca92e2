// SPDX-License-Identifier: Apache-2.0

// Lists whose arrays are reached by index. Their gradients are lists that may be shorter, and have holes:
// what nothing was added to takes no memory. So an index comes with the count of the list that it is
// meant for, and is held against that wherever the gradient is computed, with the list or without it.

private let list = ArrayType(.list, [])
private let number = ArrayType(.int64, [])

private func requireNumber(_ type: TensorType, _ name: String) throws {
    guard type.dtype == .int64, type.shape.rank ?? 0 == 0 else {
        throw RuleViolation(.invalidArgument(name, value: "\(type)", wanted: "i64[]"))
    }
}

private func requireArray(_ type: TensorType) throws {
    if type.dtype == .list { throw RuleViolation("a list cannot hold a list") }
}

/// (list, index, count) → the array there. A hole gives zeros.
struct ListGetFamily: PrimitiveFamily {
    let element: TensorType
    let bounds: ListBounds

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listGet" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireNumber(operands[1], "the index")
        try requireNumber(operands[2], "the count")
        try requireArray(element)
        return [element]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let empty = AnyTensor.make(.listEmpty, [])
        return rule.first(
            .make(.listSet(bounds), [empty, rule.gradient, rule.inputs[1], rule.inputs[2]]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        if let built = scope.builtElements(operands[0]),
            let index = scope.knownArray(operands[1])?.integers?.first,
            let count = scope.knownArray(operands[2])?.integers?.first,
            built.indices.contains(Int(index)), index < count,
            element.admits(scope.values[built[Int(index)]])
        {
            return scope.bind(node, built[Int(index)])
        }
        let type = try scope.typeOfElement(element, of: operands[0], node)
        let primitive = Primitive.listGet(type.tensorType, bounds)
        scope.bind(node, scope.emit(primitive, operands, type, origin: node.origin))
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .listGet(results[0].tensorType, bounds)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [list, number, number] ? try knownTypes(operands) : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let (index, count) = (try call.number(1), try call.number(2))
        let type = call.types[0]
        let array = try call.takeList().element(at: index, ofCount: count, bounds, of: type)
        return [.array(array ?? .zeros(type.dtype, type.shape))]
    }
}

/// (list, array, index, count) → list with the array in that place, which bounds may allow to be new.
struct ListSetFamily: SettledFamily {
    let bounds: ListBounds

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listSet" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 4 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireArray(operands[1])
        try requireNumber(operands[2], "the index")
        try requireNumber(operands[3], "the count")
        return [operands[0]]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let operands = [rule.gradient, rule.inputs[2], rule.inputs[3]]
        return rule.each {
            .make($0 == 0 ? .listClear(bounds) : .listGet(rule.inputs[1].type, bounds), operands)
        }
    }

    var primitive: Primitive { .listSet(bounds) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands[0] == list && operands[1].dtype != .list && operands[2...] == [number, number]
            ? [list] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let (index, count) = (try call.number(2), try call.number(3))
        let array = try call.operands[1].array(for: call.instruction)
        var list = try call.takeList()
        try list.set(array, at: index, ofCount: count, bounds)
        return [.list(list)]
    }
}

/// (list, index, count) → list with a hole in that place: the gradient of `listSet` for what was there
/// before.
struct ListClearFamily: SettledFamily {
    let bounds: ListBounds

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listClear" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireNumber(operands[1], "the index")
        try requireNumber(operands[2], "the count")
        return [operands[0]]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.first(.make(.listClear(bounds), [rule.gradient, rule.inputs[1], rule.inputs[2]]))
    }

    var primitive: Primitive { .listClear(bounds) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [list, number, number] ? [list] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let (index, count) = (try call.number(1), try call.number(2))
        var list = try call.takeList()
        try list.clear(at: index, ofCount: count, bounds)
        return [.list(list)]
    }
}

/// (list) → how many arrays it holds.
struct ListCountFamily: SettledFamily, ConstantGradient {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listCount" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        return [number.tensorType]
    }

    var primitive: Primitive { .listCount }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        if let built = scope.builtElements(operands[0]) {
            return scope.bind(node, scope.constant(NDArray(Int64(built.count))))
        }
        try scope.emit(primitive, operands, of: node)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [list] ? [number] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        [.array(NDArray(Int64(try call.takeList().count)))]
    }
}

/// (list, count) → a list of that many arrays: with holes behind the others, or without the last ones;
/// and how many there were.
struct ListResizeFamily: SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listResize" }
    var outputCount: Int { 2 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireNumber(operands[1], "the count")
        return [operands[0], number.tensorType]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    /// What was put behind the others came from nowhere; what was cut off counts as zeros.
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        guard let gradient = rule.gradients[0] else { return rule.nothing }
        let earlier = AnyTensor(node: rule.node, index: 1)
        return rule.first(AnyTensor.makeAll(.listResize, [gradient, earlier])[0])
    }

    var primitive: Primitive { .listResize }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands == [list, number] ? [list, number] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let newCount = try call.number(1)
        var list = try call.takeList()
        let count = list.count
        try list.resize(to: newCount)
        return [.list(list), .array(NDArray(Int64(count)))]
    }
}

/// (list, like) → its arrays along a new first axis, which is as long as that of `like`.
struct ListStackLikeFamily: OperationFamily {
    let element: TensorType
    let filling: Bool

    var name: String { "listStack" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireList(operands[0])
        try requireArray(element)
        guard operands[1].shape.rank != 0 else { throw RuleViolation("a scalar has no first axis") }
        let count = operands[1].shape.dims?.first ?? -1
        return [
            TensorType(element.dtype, Shape(dims: element.shape.dims.map { [count] + $0 }))
        ]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.first(.make(.listUnstack, [rule.gradient]))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let count = try scope.length(of: operands[1], node.inputs[1])
        let row = try scope.typeOfElement(element, of: operands[0], node)
        let type = try scope.arrayType(
            TensorType(row.dtype, Shape(dims: [count] + row.shape)), of: node)
        scope.bind(
            node,
            scope.emit(
                .listStack(type.tensorType, filling: filling), [operands[0]], type,
                origin: node.origin))
    }
}

/// (list) → the arrays along a new first axis. A hole gives zeros.
struct ListStackFamily: ProgramFamily {
    let type: TensorType
    let filling: Bool

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listStack" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .listStack(results[0].tensorType, filling: filling)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        guard let shape = type.shape.dimensions, !shape.isEmpty, type.dtype != .list else {
            return []
        }
        return operands == [list] ? [ArrayType(type.dtype, shape)] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let type = call.types[0]
        let rows = try call.takeList().rows(of: type, filling: filling)
        let result = try NDArray(repeating: 0, dtype: type.dtype, shape: type.shape)
        for (place, row) in rows.enumerated() {
            guard let row else { continue }
            (result.storage.address + place * row.byteCount)
                .copyMemory(from: row.storage.address, byteCount: row.byteCount)
        }
        return [.array(result)]
    }
}

/// (array) → a list of its slices along the first axis.
struct ListUnstackFamily: SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "listUnstack" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireArray(operands[0])
        guard operands[0].shape.rank != 0 else { throw RuleViolation("a scalar has no slices") }
        return [list.tensorType]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let x = rule.inputs[0]
        let row = TensorType(x.dtype, x.shape.withoutFirst)
        return rule.first(.make(.listStackLike(row, filling: true), [rule.gradient, x]))
    }

    var primitive: Primitive { .listUnstack }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        operands[0].dtype != .list && !operands[0].shape.isEmpty ? [list] : []
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let x = try call.operands[0].array(for: call.instruction)
        let shape = Array(x.shape.dropFirst())
        let bytes = shape.reduce(x.dtype.size, *)
        return [
            .list(
                try (0..<x.shape[0]).map { place in
                    try NDArray(dtype: x.dtype, shape: shape) {
                        $0.copyMemory(
                            from: x.storage.address + place * bytes, byteCount: bytes)
                    }
                })
        ]
    }
}
