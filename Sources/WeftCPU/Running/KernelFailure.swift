// SPDX-License-Identifier: Apache-2.0
import COneDNN
import CWeftKernels
import WeftGraph

/// The errors that kernels report, in words.
enum KernelFailure {
    static func error(_ step: Step, _ status: weft_status, in program: Program) -> RunError {
        switch status {
        case WEFT_INTEGER_DIVISION_BY_ZERO:
            let kind = RunError.Kind.divisionByZero(element: nil)
            return divisor(step, program)?.error(kind) ?? step.error(kind, in: program)
        case WEFT_INDEX_OUT_OF_RANGE:
            return step.error(misplacedIndex(), in: program)
        case WEFT_OUT_OF_MEMORY:
            return outOfMemory(step, in: program)
        case WEFT_UNSUPPORTED:
            return step.error(
                .unsupported, "the engine has no kernel for these element types", in: program)
        default:
            return step.error(
                .kernelFailure, "the kernel failed (\(status.rawValue))", in: program)
        }
    }

    private static func outOfMemory(_ step: Step, in program: Program) -> RunError {
        let instructions = step.members.lazy.map { program.instructions[Int($0)] }
        let bytes = instructions.flatMap(\.outputs).reduce(0) {
            $0 + program.values[$1].byteCount
        }
        return step.error(
            .outOfMemory,
            "there is no memory for what the kernel needs besides its results of \(bytes) bytes; "
                + "use smaller batches", in: program)
    }

    /// The words of oneDNN.
    static func vendorError(
        _ step: Step, _ status: weft_dnn_status, in program: Program
    ) -> RunError {
        if status == WEFT_DNN_OUT_OF_MEMORY { return outOfMemory(step, in: program) }
        return step.error(
            .kernelFailure, "oneDNN failed: \(String(cString: weft_dnn_last_error()))",
            in: program)
    }

    /// The integer division among the instructions of a step.
    private static func divisor(_ step: Step, _ program: Program) -> Program.Instruction? {
        for member in step.members {
            let instruction = program.instructions[Int(member)]
            guard case .binary(let kind) = instruction.primitive,
                program.values[instruction.outputs[0]].dtype.isInteger
            else { continue }
            switch kind {
            case .divide, .remainder, .floorDivide, .floorModulo: return instruction
            default: continue
            }
        }
        return nil
    }

    /// What the kernel that this thread has just called noted.
    private static func misplacedIndex() -> RunError.Kind {
        let noted = weft_last_misplaced_index()
        guard noted.axis >= 0 else {
            return .other(.kernelFailure, "a window is larger than the array")
        }
        return .indexOutOfRange(
            Int(noted.index), window: Int(noted.window), axis: Int(noted.axis),
            size: Int(noted.greatest + noted.window))
    }
}
