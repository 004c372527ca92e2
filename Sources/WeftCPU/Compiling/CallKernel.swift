// SPDX-License-Identifier: Apache-2.0
import CWeftKernels
import WeftGraph

/// The calls that are not run by their bodies.
enum CallKernel {
    case adam(isAfterCorrection: Bool)
    /// A function of each element, which is fused like any other.
    case elementwise(weft_opcode)

    static func isElementwise(_ hint: CallHint) -> Bool {
        switch hint {
        case .geluByTanh, .geluByErf: true
        case .adamBeforeCorrection, .adamAfterCorrection: false
        }
    }

    /// The kernel for a call; nil when there is none for its hint, or for the types of its operands.
    init?(_ instruction: Program.Instruction, in program: Program) {
        guard case .call(let called) = instruction.primitive, let hint = called.hint else {
            return nil
        }
        let types = instruction.inputs.map { program.values[$0] }
        switch hint {
        case .adamBeforeCorrection, .adamAfterCorrection:
            let isAfterCorrection = hint == .adamAfterCorrection
            guard types.count == (isAfterCorrection ? 10 : 8),
                instruction.outputs.count == 3, let array = types.first, array.count > 0,
                types.allSatisfy({ $0.dtype == .float32 }),
                types[..<4].allSatisfy({ $0 == array }),
                types[4...].allSatisfy({ $0.count == 1 }),
                instruction.outputs.allSatisfy({ program.values[$0] == array })
            else { return nil }
            self = .adam(isAfterCorrection: isAfterCorrection)
        case .geluByTanh, .geluByErf:
            guard types.count == 1, types[0].dtype == .float32,
                instruction.outputs.map({ program.values[$0] }) == types
            else { return nil }
            self = .elementwise(hint == .geluByTanh ? WEFT_OP_GELU_TANH : WEFT_OP_GELU_ERF)
        }
    }
}
