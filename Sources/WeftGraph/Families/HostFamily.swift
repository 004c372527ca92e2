// SPDX-License-Identifier: Apache-2.0

package struct HostCallAttributes: Hashable, Sendable {
    package let function: HostFunction
    /// The level of the region that a call of a stateful function was made in; 0 of others.
    package var level = 0
    /// What tells one call of a stateful function from another; 0 of others.
    package var order: UInt64 = 0
    /// Whether the call stands where a backward pass computes something once more: a stateful function
    /// is not called again there.
    package var isRepetition = false

    package init(_ function: HostFunction) {
        self.function = function
        if function.isStateful {
            level = Region.currentLevel
            order = NodeIdentity.next()
        }
    }
}

package struct EmitAttributes: Hashable, Sendable {
    package let name: String
    /// The level of the region that it was made in.
    package var level: Int
    package var order: UInt64
}

extension VariableHandle {
    /// What stands for the host where variables are put in order: each stateful call and each emission
    /// gives a new version of it, the number of those so far. No session has it.
    package static let host = VariableHandle(
        "host", dtype: .int64, shape: [], initializer: .explicit, isTrainable: false, owner: nil,
        misuse: "the host is no variable", id: 0)

    /// The type of the versions of `host`.
    package static let hostOrder = ArrayType(.int64, [])
}

/// (operands...) → results, by a closure of the program.
struct HostCallFamily: OperationFamily {
    let attributes: HostCallAttributes

    private var function: HostFunction { attributes.function }
    var name: String { function.name }
    var attributeText: String { function.isStateful ? "on the host, stateful" : "on the host" }
    var outputCount: Int { max(function.results.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try function.resultTypes(operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        function.gradient != nil || function.isLastGradient
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        if function.isLastGradient {
            throw rule.failure(
                "it is computed on the host; give the function a gradient of tensors, `.graph`, to "
                    + "differentiate again")
        }
        guard let gradient = function.gradient else { return rule.nothing }
        return try rule.customGradient(gradient, outputs: 0)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        guard !attributes.isRepetition else {
            throw node.runError(
                .unsupported,
                "a backward pass computes the body around it once more and needs what it gave, but "
                    + "a stateful function is not called again; call it before the body, or make it "
                    + "a function without state")
        }
        let types = try scope.types(node, operands)
        let call = Primitive.hostCall(
            HostCall(function, operands: node.inputs.map(\.dtype), results: node.types.map(\.dtype))
        )
        guard function.isStateful else {
            scope.bind(node, scope.emit(call, operands, types, origin: node.origin))
            return
        }
        let results = scope.emit(
            call, [scope.currentVersion(.host)] + operands, [VariableHandle.hostOrder] + types,
            origin: node.origin)
        scope.versions.write(.host, results[0])
        scope.bind(node, Array(results.dropFirst()))
    }
}

/// (value) → value, which the owner of the run is given, too.
struct EmitFamily: ConstantGradient {
    let attributes: EmitAttributes

    var name: String { "emit" }
    var attributeText: String { "'\(attributes.name)'" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireArrays(operands, "emitted")
        return [operands[0]]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let next = scope.emit(
            .emit(attributes.name, isString: node.inputs[0].dtype == .string),
            [scope.currentVersion(.host), operands[0]],
            VariableHandle.hostOrder, origin: node.origin)
        scope.versions.write(.host, next)
        scope.bind(node, operands[0])
    }
}

/// (operands...) → results; of a stateful function (number, operands...) → number + 1, results.
struct HostCallProgramFamily: ProgramFamily, SettledFamily {
    let call: HostCall

    static var functions: [PrimitiveFunction] {
        [.init("pure", DTypeClass.any.dtypes), .init("stateful", DTypeClass.any.dtypes)]
    }
    var function: String? { call.isStateful ? "stateful" : "pure" }
    var name: String { call.name }
    var attributeText: String { call.isStateful ? "on the host, stateful" : "on the host" }
    var outputCount: Int { max(call.resultCount, 1) + (call.isStateful ? 1 : 0) }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    var primitive: Primitive { .hostCall(call) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        guard results.count == outputCount,
            !(operands + results).contains(where: { $0.dtype == .list })
        else { throw RuleViolation("it gives \(outputCount) arrays, not \(results)") }
        guard
            !call.isStateful
                || operands.first == VariableHandle.hostOrder
                    && results[0] == VariableHandle.hostOrder
        else { throw RuleViolation("its place in the order of effects is no number") }
        return results
    }

    func interpret(_ interpreted: inout InterpretedCall) throws -> [ReferenceValue] {
        let instruction = interpreted.instruction
        let run = interpreted.interpreter
        return try call.run(
            interpreted.operands.map { try $0.array(for: instruction) }, interpreted.types,
            record: run.host, control: run.control, error: instruction.error
        ).map { .array($0) }
    }
}

/// (number, value) → number + 1: the owner of the run is given the value.
struct EmitProgramFamily: ProgramFamily, SettledFamily {
    let emittedName: String
    let isString: Bool

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "emit" }
    var attributeText: String { "'\(emittedName)'" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    var primitive: Primitive { .emit(emittedName, isString: isString) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        guard operands[0] == VariableHandle.hostOrder, operands[1].dtype != .list else {
            throw RuleViolation("it takes a number and an array, not \(operands)")
        }
        return [VariableHandle.hostOrder]
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let arrays = try call.operands.map { try $0.array(for: call.instruction) }
        try call.interpreter.host?.emit(emittedName, isString: isString) { arrays[1] }
        return [.array(HostCall.number(after: arrays[0]))]
    }
}

func requireArrays(_ types: [TensorType], _ verb: String) throws {
    if types.contains(where: { $0.dtype == .list }) {
        throw RuleViolation("a list inside a loop cannot be \(verb); take its arrays out")
    }
}
