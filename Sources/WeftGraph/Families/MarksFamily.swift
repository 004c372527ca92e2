// SPDX-License-Identifier: Apache-2.0

package enum CheckKind: Hashable, Sendable {
    /// The run throws when a value is NaN or infinite.
    case finite(String)
    /// The run throws when the second input, a scalar bool, is false. Others are shown then.
    case condition(CheckMessage)
    /// The run throws when one of the first input's 64-bit integers is negative or not less than the
    /// second input, a scalar.
    case inRange(String)
}

/// A gradient that the program gives.
///
/// Two are equal when they are the same object; a closure cannot be compared nor saved.
package final class CustomGradient: Hashable, Sendable {
    package typealias Closure =
        @Sendable (_ inputs: [AnyTensor], _ outputs: [AnyTensor], _ gradients: [AnyTensor]) ->
        [AnyTensor?]

    /// Written once more, by `deinit`, which has no company.
    nonisolated(unsafe) package private(set) var gradient: Closure

    package init(_ gradient: @escaping Closure) { self.gradient = gradient }

    deinit {
        // Closures that capture what other custom gradients gave would recurse otherwise.
        let empty: Closure = { _, _, _ in [] }
        NodeReclaimer.release(&gradient, leaving: empty)
    }

    package static func == (a: CustomGradient, b: CustomGradient) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// An operation that gives its first operand out unchanged.
protocol MarkFamily: OperationFamily {}

extension MarkFamily {
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .same }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] { [operands[0]] }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { rule.first(rule.gradients[0]) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, [operands[0]])
    }
}

/// (x) → x, without a gradient.
struct StopGradientFamily: MarkFamily, ConstantGradient {
    var name: String { "stopGradient" }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { false }
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { rule.nothing }
}

/// (x, updates...) → x; the updates run with the step that asks for them.
struct WithUpdatesFamily: MarkFamily {
    var name: String { "withUpdates" }
}

/// (x, updates...) → x, after the updates.
struct AfterFamily: MarkFamily {
    var name: String { "after" }
}

/// (values..., inputs...) → values, with a gradient that the program gives.
struct CustomGradientFamily: OperationFamily {
    let custom: CustomGradient
    let outputCount: Int

    var name: String { "customGradient" }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        Array(operands.prefix(outputCount))
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool {
        index >= outputCount
    }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.customGradient(custom, outputs: outputCount)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, Array(operands.prefix(outputCount)))
    }
}

/// (x) or (x, condition, values...) → x, or the run fails.
struct CheckFamily: SettledFamily {
    let kind: CheckKind

    static var functions: [PrimitiveFunction] {
        ["finite", "condition"].map { PrimitiveFunction($0, DTypeClass.any.dtypes) }
            + [PrimitiveFunction("inRange", [.int64])]
    }
    var function: String? {
        switch kind {
        case .finite: "finite"
        case .condition: "condition"
        case .inRange: "inRange"
        }
    }
    var name: String { "check" }
    var attributeText: String {
        switch kind {
        case .finite(let message), .inRange(let message): "'\(message)'"
        case .condition(let message): "'\(message.text)'"
        }
    }
    var outputCount: Int { 1 }
    var operandCount: Int? {
        switch kind {
        case .finite: 1
        case .inRange: 2
        case .condition(let message): 2 + message.names.count
        }
    }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        if case .condition = kind {
            guard operands[1].dtype == .bool, operands[1].shape.rank ?? 0 == 0 else {
                throw RuleViolation(
                    .invalidArgument(
                        "the condition", value: "\(operands[1])", wanted: "a scalar bool"))
            }
            try requireArrays(Array(operands.dropFirst(2)), "shown")
        }
        if case .inRange = kind {
            guard operands[0].dtype == .int64, operands[1].dtype == .int64,
                operands[1].shape.admits([])
            else {
                throw RuleViolation(
                    "it takes 64-bit integers and a scalar bound, not \(operands[0]) and "
                        + "\(operands[1])")
            }
        }
        return [operands[0]]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { rule.first(rule.gradients[0]) }

    var primitive: Primitive { .check(kind) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        guard case .condition(var message) = kind else {
            return try scope.emit(primitive, operands, of: node)
        }
        message.strings = node.inputs.dropFirst(2).map { $0.dtype == .string }
        try scope.emit(.check(.condition(message)), operands, of: node)
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let instruction = call.instruction
        switch kind {
        case .finite(let message):
            let array = try call.operands[0].array(for: instruction)
            guard array.dtype.isFloatingPoint else { break }
            if let kind = RunError.Kind.notFinite(message, Double.load(array), array.shape) {
                throw instruction.error(kind)
            }
        case .condition(let message):
            guard try call.isTrue(call.operands[1]) else {
                let shown = try call.operands.dropFirst(2).map { try $0.array(for: instruction) }
                throw instruction.error(
                    try message.failure(showing: shown, of: call.interpreter.host))
            }
        case .inRange(let message):
            let array = try call.operands[0].array(for: instruction)
            let numbers = array.integers ?? []
            let bound = try call.operands[1].array(for: instruction).integers?.first ?? 0
            let kind = numbers.withUnsafeBufferPointer {
                RunError.Kind.outOfRange(message, $0, array.shape, bound: bound)
            }
            if let kind {
                throw instruction.error(kind)
            }
        }
        return [call.operands[0]]
    }
}

extension GradientRule {
    /// The gradients of operands behind so many values, by a closure of the program.
    func customGradient(_ custom: CustomGradient, outputs: Int) throws -> [AnyTensor?] {
        let values = node.tensors
        let filled = values.indices.map { gradients[$0] ?? AnyTensor.zeros(like: values[$0]) }
        let operands = Array(inputs.dropFirst(outputs))
        let results = custom.gradient(operands, values, filled)
        guard results.count == operands.count else {
            throw GraphError(
                operation: node.op.summary, name: node.name,
                reason: "the gradient closure returned \(results.count) gradients for "
                    + "\(operands.count) inputs; return one for each, nil where none flows")
        }
        return each { results[$0 - outputs] }
    }
}
