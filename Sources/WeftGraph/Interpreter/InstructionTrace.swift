// SPDX-License-Identifier: Apache-2.0

/// A run one instruction at a time, with a look at the operands and results of each, also inside
/// branches, loops and calls.
package final class InstructionTrace {
    private struct Place: Hashable {
        let plan: ObjectIdentifier
        let position: Int
    }

    package typealias Look = (
        _ instruction: Program.Instruction, _ operands: [NDArray], _ results: [NDArray]
    ) throws -> Void

    private let program: Program
    private let engine: any Engine
    private let control: RunControl?
    /// On record, so that nothing is done to the host again.
    private let host: HostRecord?
    private var look: Look = { _, _, _ in }
    private var executables: [Place: any Executable] = [:]

    /// A trace whose single instructions run on `engine`.
    ///
    /// - Parameter host: What a run of the program did to its host, from where that begins.
    package init(
        _ program: Program, on engine: any Engine, host: HostRecord?, control: RunControl?
    ) {
        self.program = program
        self.host = host
        self.engine = engine
        self.control = control
    }

    /// Runs the program, and calls `look` after each instruction on arrays; what it throws ends the run.
    package func run(_ inputs: [NDArray], _ look: @escaping Look) throws {
        self.look = look
        let plan = try ReferencePlan(program)
        var values = inputs.map { ReferenceValue.array($0) }
        _ = try Interpreter(control: control, host: host, trace: self).run(plan, &values)
    }

    /// The results of an instruction on arrays; nil for one that the interpreter runs itself.
    func evaluate(
        _ plan: ReferencePlan, _ position: Int, _ operands: [ReferenceValue]
    ) throws -> [ReferenceValue]? {
        let instruction = plan.program.instructions[position]
        switch instruction.primitive {
        case .constant, .cond, .whileLoop, .scan, .call, .listEmpty, .listAppend, .listPop,
            .listZerosLike, .listAdd, .listGet, .listSet, .listClear, .listCount, .listResize,
            .listStack, .listUnstack, .check, .emit:
            return nil
        default: break
        }
        let arrays = try operands.map { try $0.array(for: instruction) }
        let types = instruction.outputs.map { plan.program.values[$0] }
        let results: [NDArray]
        switch instruction.primitive {
        case .hostCall(let call):
            results = try call.run(
                arrays, types, record: host, control: control, error: instruction.error)
        case .strings(let operation):
            results = try operation.run(
                arrays, types, record: host, control: control, error: instruction.error)
        default:
            let place = Place(plan: ObjectIdentifier(plan), position: position)
            let executable =
                try executables[place] ?? engine.compile(Self.single(instruction, plan))
            executables[place] = executable
            results = try executable.run(arrays, control: control)
        }
        try look(instruction, arrays, results)
        return results.map { .array($0) }
    }

    /// The program of one instruction.
    private static func single(
        _ instruction: Program.Instruction, _ plan: ReferencePlan
    ) -> Program {
        Program.single(
            instruction.primitive, instruction.inputs.map { plan.program.values[$0] },
            instruction.outputs.map { plan.program.values[$0] }, origin: instruction.origin)
    }
}

extension NDArray {
    /// The position, in row-major order, of the first element that is NaN or infinite.
    package var firstNonFinite: Int? {
        // Such a number's exponent is all ones. Most arrays have none, which is seen without a branch.
        func find<Bits: FixedWidthInteger>(_: Bits.Type, _ exponent: Bits) -> Int? {
            withUnsafeBytes {
                let elements = $0.assumingMemoryBound(to: Bits.self)
                var count = 0
                for element in elements { count &+= element & exponent == exponent ? 1 : 0 }
                return count == 0 ? nil : elements.firstIndex { $0 & exponent == exponent }
            }
        }
        switch dtype {
        case .float16: return find(UInt16.self, 0x7C00)
        case .bfloat16: return find(UInt16.self, 0x7F80)
        case .float32: return find(UInt32.self, 0x7F80_0000)
        case .float64: return find(UInt64.self, 0x7FF0_0000_0000_0000)
        case .complex64, .complex128: return inReals.firstNonFinite.map { $0 / 2 }
        default: return nil
        }
    }
}
