// SPDX-License-Identifier: Apache-2.0

/// A loop over the first axis of its sequences.
///
/// Inputs: `carries` initial values, then the sequences. The body gets the carries and one slice of
/// each sequence, and returns the next carries and one slice of each output.
package struct ScanAttributes: Hashable, Sendable {
    package var body: Region
    package var carries: Int
    package var isReversed: Bool
}

/// A loop over the first axis of its sequences.
struct ScanFamily: OperationFamily {
    let attributes: ScanAttributes

    var name: String { "scan" }
    var attributeText: String {
        "carries: \(attributes.carries)" + (attributes.isReversed ? ", reversed" : "")
    }
    var outputCount: Int { max(attributes.body.outputs.count, 1) }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try scanTypes(attributes, operands)
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.scan(attributes) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        try scope.lowerScan(node, attributes, operands)
    }
}

/// (carries..., sequences..., captures...) → carries..., stacked outputs. The body takes carries, one
/// slice of each sequence, captures. A reversed scan goes from the last slice to the first; its
/// outputs stand where the slices stood.
struct ScanProgramFamily: ProgramFamily, SettledFamily {
    let body: Program
    let carries: Int
    let sequences: Int
    let isReversed: Bool

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "scan" }
    var outputCount: Int { body.outputs.count }
    var operandCount: Int? { nil }
    var cannotFail: Bool { false }

    var primitive: Primitive {
        .scan(body: body, carries: carries, sequences: sequences, isReversed: isReversed)
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        guard operands.count >= carries + sequences, body.outputs.count >= carries else {
            throw RuleViolation("there are too few operands or results")
        }
        let slices = operands[carries..<carries + sequences]
        let length = slices.first?.shape.first ?? results.dropFirst(carries).first?.shape.first
        guard slices.allSatisfy({ !$0.shape.isEmpty && $0.shape.first == length }) else {
            throw RuleViolation("the sequences differ in length")
        }
        let wanted =
            operands[..<carries]
            + slices.map { ArrayType($0.dtype, Array($0.shape.dropFirst())) }
            + operands[(carries + sequences)...]
        guard body.inputTypes == Array(wanted),
            Array(body.outputTypes.prefix(carries)) == Array(operands.prefix(carries))
        else { throw RuleViolation("the body does not fit the operands") }
        return body.outputTypes.prefix(carries)
            + body.outputTypes.dropFirst(carries).map {
                ArrayType($0.dtype, [length ?? 0] + $0.shape)
            }
    }

    func interpret(_ call: inout InterpretedCall) throws -> [ReferenceValue] {
        let instruction = call.instruction
        var state = Array(call.operands[..<carries])
        let sequences = try call.operands[carries..<carries + self.sequences].map {
            try $0.array(for: instruction)
        }
        let captures = Array(call.operands[(carries + self.sequences)...])
        call.operands.removeAll()
        let types = call.types.dropFirst(carries)
        let length = sequences.first?.shape.first ?? types.first?.shape.first ?? 0
        var outputs = try types.map { type throws(MemoryShortage) in
            try NDArray(repeating: 0, dtype: type.dtype, shape: type.shape)
        }
        for iteration in 0..<length {
            try call.interpreter.control?.check()
            let position = isReversed ? length - 1 - iteration : iteration
            var inputs = state + sequences.map { .array($0[position]) } + captures
            state.removeAll()
            var results = try call.interpreter.run(call.inner[0], &inputs)
            for (k, slice) in results[carries...].enumerated() {
                Self.copy(try slice.array(for: instruction), to: &outputs[k], at: position)
            }
            results.removeLast(results.count - carries)
            state = results
        }
        return state + outputs.map { .array($0) }
    }

    private static func copy(_ slice: NDArray, to output: inout NDArray, at position: Int) {
        output.withUnsafeMutableBytes { target in
            slice.withUnsafeBytes { source in
                guard let to = target.baseAddress, let from = source.baseAddress else { return }
                (to + position * source.count).copyMemory(from: from, byteCount: source.count)
            }
        }
    }
}

private func scanTypes(_ attributes: ScanAttributes, _ inputs: [TensorType]) throws -> [TensorType]
{
    let body = attributes.body
    guard body.outputs.count >= attributes.carries else {
        throw RuleViolation(
            .countsDiffer(
                "results of the body", body.outputs.count, for: "carries", attributes.carries))
    }
    guard inputs.count > attributes.carries else {
        throw RuleViolation("a scan needs at least one sequence")
    }
    var length = -1
    for type in inputs[attributes.carries...] {
        guard let dims = type.shape.dims else { continue }
        guard let first = dims.first else {
            throw RuleViolation(.wrongRank("a sequence", type, wanted: 1...Int.max))
        }
        if length >= 0, first >= 0, length != first {
            throw RuleViolation("sequences differ in length: \(length) and \(first)")
        }
        length = max(length, first)
    }
    var result: [TensorType] = []
    for i in 0..<attributes.carries {
        let (start, next) = (inputs[i], body.outputs[i].type)
        guard start.dtype == next.dtype, let merged = start.shape.merged(with: next.shape) else {
            throw RuleViolation(.loopValueChanges("carry", i, enters: start, leaves: next))
        }
        result.append(TensorType(start.dtype, merged))
    }
    for output in body.outputs[attributes.carries...] {
        guard output.dtype != .list else {
            throw RuleViolation("a list cannot be an output of each iteration")
        }
        result.append(
            TensorType(output.dtype, Shape(dims: output.shape.dims.map { [length] + $0 })))
    }
    return result
}
