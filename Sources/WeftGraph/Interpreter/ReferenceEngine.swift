// SPDX-License-Identifier: Apache-2.0

/// The reference interpreter: it defines what every primitive means.
///
/// Scalar loops, one instruction at a time: floats in `Double`, integers in wrapping 64 bits, each
/// result rounded to its element type once. It is made to be read and compared with, not to be
/// fast; what it shares with the engines are the rows of the elementwise functions and the types.
package struct ReferenceEngine: Engine {
    private let memoryLimit: Int?

    /// - Parameter memoryLimit: The most bytes that the values of a run may take at once, besides its
    ///   inputs; nil for what there is.
    package init(memoryLimit: Int? = nil) { self.memoryLimit = memoryLimit }

    package var name: String { "reference" }
    package var deviceDescription: String { "the reference interpreter, one thread" }

    package func value(of array: NDArray) -> EngineValue { .host(array) }

    package func compile(_ program: Program) throws -> any Executable {
        let plan = try ReferencePlan(program)
        try plan.requireMemory(within: memoryLimit)
        return ReferenceExecutable(plan: plan)
    }
}

/// A value during a run: list-typed values hold arrays of any types, nil for zeros.
enum ReferenceValue {
    case array(NDArray)
    case list([NDArray?])
}

struct ReferenceExecutable: Executable {
    let plan: ReferencePlan

    var keptBytes: Int { plan.program.keptBytes }

    func run(_ arguments: inout RunArguments, control: RunControl?) throws -> RunResults {
        try run(&arguments, Interpreter(control: control, host: arguments.host))
    }

    func profile(
        _ arguments: inout RunArguments, control: RunControl?
    ) throws -> (RunResults, [StepTiming]) {
        let recorder = InstructionRecorder()
        let results = try run(
            &arguments,
            Interpreter(control: control, host: arguments.host, recorder: recorder))
        return (results, recorder.timings)
    }

    func explain() -> String { plan.program.listing }

    private func run(
        _ arguments: inout RunArguments, _ interpreter: Interpreter
    ) throws -> RunResults {
        let inputs = try arguments.read(for: plan.program)
        for (index, (array, type)) in zip(inputs, plan.program.inputTypes).enumerated()
        where array.dtype != type.dtype || array.shape != type.shape {
            throw RunError(
                .invalidFeed,
                "input \(index) is \(array.dtype)\(array.shape), the program was compiled for \(type)"
            )
        }
        var values = inputs.map { ReferenceValue.array($0) }
        let outputs = try interpreter.run(plan, &values).map {
            guard case .array(let array) = $0 else {
                throw RunError(.invalidFetch, "a list cannot leave a program; fetch its arrays")
            }
            return array
        }
        return RunResults(outputs, of: plan.program)
    }
}

/// A program with what the interpreter looks up: where each value is used last, and the plans of
/// the programs inside.
final class ReferencePlan: Sendable {
    let program: Program
    /// The last instruction that uses a value; `Int.max` for outputs, −1 for values nobody uses.
    let lastUse: [Int]
    /// The programs inside an instruction, by its position.
    let inner: [Int: [ReferencePlan]]

    /// - Throws: `RunError` when the program names values that it does not have.
    convenience init(_ program: Program) throws {
        var called: [Program: ReferencePlan] = [:]
        try self.init(program, &called)
    }

    /// - Parameter called: The plans of programs that are called so far: each is made once.
    private init(_ program: Program, _ called: inout [Program: ReferencePlan]) throws {
        self.program = program
        let values = program.values.indices
        guard program.inputs.allSatisfy(values.contains),
            program.outputs.allSatisfy(values.contains)
        else { throw RunError(.unsupported, "an input or output of the program is no value of it") }
        var lastUse = [Int](repeating: -1, count: program.values.count)
        var inner: [Int: [ReferencePlan]] = [:]
        for (position, instruction) in program.instructions.enumerated() {
            guard instruction.inputs.allSatisfy(values.contains),
                instruction.outputs.allSatisfy(values.contains)
            else {
                throw RunError(
                    .unsupported,
                    "\(instruction.label): an operand or result is no value of the program")
            }
            for value in instruction.inputs { lastUse[value] = position }
            let programs = instruction.primitive.programs
            if !programs.isEmpty {
                inner[position] = try programs.map { program in
                    if let plan = called[program] { return plan }
                    let plan = try ReferencePlan(program, &called)
                    called[program] = plan
                    return plan
                }
            }
        }
        for value in program.outputs { lastUse[value] = Int.max }
        self.lastUse = lastUse
        self.inner = inner
    }
}

extension ReferencePlan {
    /// What an instruction takes while it is evaluated, in bytes: its results, and 16 for each element of
    /// the operands and results, for its widened value and its place. Programs inside count for themselves.
    func workingBytes(_ position: Int) -> Int {
        let instruction = program.instructions[position]
        if case .constant = instruction.primitive { return 0 }
        let results = instruction.outputs.reduce(0) { $0 + program.values[$1].byteCount }
        if inner[position] != nil { return results }
        return (instruction.inputs + instruction.outputs).reduce(results) {
            $0 + 16 * program.values[$1].count
        }
    }

    /// The most bytes that values take at once besides the inputs and constants.
    ///
    /// - Parameter known: Those of plans that were looked at: one may be called from many places.
    private func peakBytes(_ known: inout [ObjectIdentifier: Int]) -> Int {
        if let bytes = known[ObjectIdentifier(self)] { return bytes }
        var (live, peak) = (0, 0)
        var isCounted = [Bool](repeating: false, count: program.values.count)
        for (position, instruction) in program.instructions.enumerated() {
            peak = max(peak, live + workingBytes(position))
            if case .constant = instruction.primitive { continue }
            for value in Set(instruction.inputs)
            where lastUse[value] == position && isCounted[value] {
                live -= program.values[value].byteCount
            }
            for value in instruction.outputs where lastUse[value] >= 0 {
                isCounted[value] = true
                live += program.values[value].byteCount
            }
        }
        let bytes = peak + (inner.values.joined().map { $0.peakBytes(&known) }.max() ?? 0)
        known[ObjectIdentifier(self)] = bytes
        return bytes
    }

    /// - Throws: `RunError` when a run needs more than `limit` bytes.
    func requireMemory(within limit: Int?) throws {
        guard let limit else { return }
        var known: [ObjectIdentifier: Int] = [:]
        let bytes = peakBytes(&known)
        if bytes > limit {
            throw RunError(.memoryLimit(bytes: bytes, limit: limit, largest: nil))
        }
    }
}
