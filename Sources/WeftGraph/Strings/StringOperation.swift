// SPDX-License-Identifier: Apache-2.0

/// What is known of one function of strings: the same for every engine, which run it on the host.
protocol StringFunction: Hashable, Sendable {
    /// The name in messages, profiles and drawings.
    var name: String { get }
    /// What is neither name nor operand, for people; empty for nothing.
    var attributeText: String { get }
    /// How many operands there are; nil for any number.
    var operandCount: Int? { get }
    /// How many results there are.
    var resultCount: Int { get }
    /// Whether a run of it can never fail.
    var cannotFail: Bool { get }
    /// The bytes of the arrays and tables that it has of its own.
    var keptBytes: Int { get }

    /// The types of the results for operands of the given types, as exactly as these allow.
    ///
    /// - Throws: `RuleViolation` when the operands do not fit.
    func resultTypes(_ operands: [TensorType]) throws -> [TensorType]

    /// The definition.
    func evaluate(_ call: StringCall) throws -> [NDArray]
}

extension StringFunction {
    var attributeText: String { "" }
    var operandCount: Int? { 1 }
    var resultCount: Int { 1 }
    var cannotFail: Bool { true }
    var keptBytes: Int { 0 }

    /// What tells it from other functions.
    fileprivate var key: AnyHashable { AnyHashable(self) }
}

/// A function of strings in a graph; in a program also which of its operands and results stand for
/// strings.
package struct StringOperation: Sendable {
    let function: any StringFunction
    /// The positions of the operands that are numbers of strings.
    private(set) var stringOperands: [Int] = []
    /// The positions of the results that are.
    private(set) var stringResults: [Int] = []

    init(_ function: some StringFunction) { self.function = function }

    /// The operation in a program, for operands and results of these types in the graph.
    func settled(_ operands: [DType], _ results: [DType]) -> StringOperation {
        var settled = self
        settled.stringOperands = operands.indices.filter { operands[$0] == .string }
        settled.stringResults = results.indices.filter { results[$0] == .string }
        return settled
    }

    /// Runs the function on operands as programs have them.
    ///
    /// - Parameters:
    ///   - types: The types of the results in the program.
    ///   - record: Whose strings the numbers stand for.
    ///   - error: An error of the instruction.
    package func run(
        _ operands: [NDArray], _ types: [ArrayType], record: HostRecord?, control: RunControl?,
        error: (RunError.Kind) -> RunError
    ) throws -> [NDArray] {
        try control?.check()
        guard let strings = record?.strings else {
            throw error(.other(.unsupported, "strings are computed in runs of sessions only"))
        }
        var (operands, own) = (operands, types)
        do {
            let watch = Watch(control)
            for i in stringOperands { operands[i] = try strings.strings(operands[i], watch) }
            for i in stringResults { own[i].dtype = .string }
            var results = try withoutActuallyEscaping(error) {
                let call = StringCall(operands: operands, types: own, control: control, error: $0)
                try call.requireRoom()
                return try function.evaluate(call)
            }
            for i in stringResults { results[i] = try strings.numbers(of: results[i], watch) }
            return results
        } catch let shortage as MemoryShortage {
            throw error(.memoryShortage(bytes: shortage.bytes, shortage.description))
        }
    }
}

extension Primitive {
    /// A function of strings in a graph.
    static func strings(of function: some StringFunction) -> Primitive {
        .strings(StringOperation(function))
    }
}

extension StringOperation: Hashable {
    package static func == (a: StringOperation, b: StringOperation) -> Bool {
        a.function.key == b.function.key && a.stringOperands == b.stringOperands
            && a.stringResults == b.stringResults
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(function.key)
        hasher.combine(stringOperands)
        hasher.combine(stringResults)
    }
}
