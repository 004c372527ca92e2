// SPDX-License-Identifier: Apache-2.0

/// (operands...) → results, by a function of strings. In a program a string is its number among those of
/// the run.
struct StringsFamily: PrimitiveFamily, ConstantGradient {
    let operation: StringOperation

    private var strings: any StringFunction { operation.function }

    static var functions: [PrimitiveFunction] { [.init([.int64])] }
    var name: String { strings.name }
    var attributeText: String { strings.attributeText }
    var outputCount: Int { strings.resultCount }
    var operandCount: Int? { strings.operandCount }
    var cannotFail: Bool { strings.cannotFail }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try strings.resultTypes(operands)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .strings(operation)
    }

    /// The types in the graph are those in the program, but for strings.
    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        func inGraph(_ types: [ArrayType], _ strings: [Int]) throws -> [TensorType] {
            try types.enumerated().map { index, type in
                guard strings.contains(index) else { return type.tensorType }
                guard type.dtype == .int64 else {
                    throw RuleViolation("\(type) are no numbers of strings")
                }
                return ArrayType(.string, type.shape).tensorType
            }
        }
        let wanted = try strings.resultTypes(try inGraph(operands, operation.stringOperands))
        let given = try inGraph(results, operation.stringResults)
        guard given.count == wanted.count else {
            throw RuleViolation("it gives \(wanted.count) results, not \(given.count)")
        }
        for (index, type) in given.enumerated()
        where type.dtype != wanted[index].dtype
            || !wanted[index].shape.admits(results[index].shape)
        {
            throw RuleViolation("the result is \(type), not \(wanted[index])")
        }
        return results
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let settled = operation.settled(node.inputs.map(\.dtype), node.types.map(\.dtype))
        scope.bind(
            node,
            scope.emit(
                .strings(settled), operands, try scope.types(node, operands), origin: node.origin))
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let instruction = call.instruction
        return try operation.run(
            call.operands.map { try $0.array(for: instruction) }, call.types,
            record: call.interpreter.host, control: call.interpreter.control,
            error: instruction.error
        ).map { .array($0) }
    }
}

/// () → the strings of an array.
private struct StringConstant: StringFunction {
    let value: ConstantValue

    var name: String { "constant" }
    var attributeText: String { "\(value.array.count) strings" }
    var operandCount: Int? { 0 }
    var keptBytes: Int { value.array.byteCount }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(.string, value.array.shape)]
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] { [value.array] }
}

/// (strings...) → for each, the rank of each string among all, bytewise; then, if wanted, the string of each
/// rank: a vector of as many as there are, with empty ones behind the different ones.
private struct StringRanks: StringFunction {
    let count: Int
    let givesStrings: Bool

    var name: String { "stringRanks" }
    var attributeText: String { givesStrings ? "and strings" : "" }
    var operandCount: Int? { count }
    var resultCount: Int { count + (givesStrings ? 1 : 0) }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let ranks = operands.map { TensorType(.int64, $0.shape) }
        return givesStrings ? ranks + [TensorType(.string, [-1])] : ranks
    }

    func evaluate(_ call: StringCall) throws -> [NDArray] {
        let order = try StringOrder(call.operands, call.watch)
        var results = try (0..<count).map { operand in
            try NDArray(
                wrapping: order.ranks(operand), dtype: .int64, shape: call.types[operand].shape)
        }
        if givesStrings {
            let shape = call.types[count].shape
            var writer = call.writer
            for rank in 0..<order.count { try order.withString(rank) { try writer.append($0) } }
            for _ in order.count..<max(shape.reduce(1, *), order.count) { try writer.append([]) }
            results.append(try writer.array(shape))
        }
        return results
    }
}

extension Primitive {
    /// () → strings, in a program.
    package static func stringConstant(_ array: NDArray) -> Primitive {
        .strings(
            StringOperation(StringConstant(value: ConstantValue(array))).settled([], [.string]))
    }

    /// (strings...) → the ranks of each among all, in a program.
    package static func stringRanks(of count: Int) -> Primitive {
        let operands = Array(repeating: DType.string, count: count)
        return .strings(
            StringOperation(StringRanks(count: count, givesStrings: false)).settled(
                operands, operands.map { _ in .int64 })
        )
    }
}

extension LoweringScope {
    /// The instruction of a constant of strings.
    func strings(_ value: ConstantValue, of node: Node) -> Int {
        emit(
            .stringConstant(value.array), [],
            ArrayType(.int64, value.array.shape), origin: node.origin)
    }

    /// The ranks of strings among all of the operands: integers in their order.
    func stringRanks(_ operands: [Int], of node: Node) -> [Int] {
        emit(
            .stringRanks(of: operands.count), operands, operands.map { values[$0] },
            origin: node.origin)
    }

    /// The ranks of strings among themselves, and the string of each rank: a vector.
    func rankedStrings(_ operand: Int, of node: Node) -> (ranks: Int, strings: Int) {
        let type = values[operand]
        let function = StringOperation(StringRanks(count: 1, givesStrings: true))
        let both = emit(
            .strings(function.settled([.string], [.int64, .string])), [operand],
            [type, ArrayType(.int64, [type.shape.reduce(1, *)])], origin: node.origin)
        return (both[0], both[1])
    }
}
