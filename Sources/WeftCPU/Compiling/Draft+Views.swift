// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension Draft {
    /// The input whose elements, in row-major order, are those of the only output.
    static func viewSource(of instruction: Program.Instruction, in program: Program) -> Int? {
        guard let first = instruction.inputs.first, let out = instruction.outputs.first,
            instruction.outputs.count == 1
        else { return nil }
        let (from, to) = (program.values[first], program.values[out])
        let isView: Bool
        switch PrimitiveTraits(instruction.primitive).view {
        case .never: return nil
        case .always: return first
        case .ifSameElementType: isView = from.dtype == to.dtype
        case .ifSameShape: isView = from.shape == to.shape
        case .ifAscending(let axes):
            // The permutation of a transposition is by the axes of the result.
            let sizes = instruction.primitive.isTransposition ? to.shape : from.shape
            isView = from.count == to.count && isAscending(axes, sizes)
        case .ifSingle(let axes): isView = axes.allSatisfy { from.shape[$0] == 1 }
        case .ifUpdateIsWhole:
            let update = instruction.inputs[1]
            return program.values[update].shape == to.shape ? update : nil
        case .ifOnlyOperand: isView = instruction.inputs.count == 1
        }
        return isView ? first : nil
    }

    /// Whether the axes that matter (`sizes` other than 1) keep their order.
    private static func isAscending(_ axes: [Int], _ sizes: [Int]) -> Bool {
        var last = -1
        for (axis, size) in zip(axes, sizes) where size != 1 {
            if axis < last { return false }
            last = axis
        }
        return true
    }
}

extension Primitive {
    fileprivate var isTransposition: Bool {
        if case .transpose = self { return true }
        return false
    }
}
