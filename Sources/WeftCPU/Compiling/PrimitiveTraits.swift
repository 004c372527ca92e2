// SPDX-License-Identifier: Apache-2.0
import WeftGraph

/// What the compiler's passes must know of a primitive. With the `switch` that lowers it is the
/// engine's only list of primitives.
struct PrimitiveTraits {
    /// When a result that depends on constants alone is computed while the plan is made.
    enum Folding {
        case never
        case whenSmall
        /// Repeating is cheaper than reading: elementwise kernels repeat by themselves.
        case unlessRepeated
    }

    /// When the elements of the result are, in row-major order, those of an operand.
    enum View {
        case never, always
        case ifSameElementType, ifSameShape
        /// If the axes that matter keep their order.
        case ifAscending(axes: [Int])
        /// If the axes have nothing to reorder or to reduce.
        case ifSingle(axes: [Int])
        case ifUpdateIsWhole
        case ifOnlyOperand
    }

    let folding: Folding
    let view: View

    private init(_ folding: Folding, _ view: View = .never) {
        self.folding = folding
        self.view = view
    }

    init(_ primitive: Primitive) {
        switch primitive {
        case .unary, .binary, .compare, .select, .iota: self.init(.whenSmall)
        case .cast: self.init(.whenSmall, .ifSameElementType)
        case .reshape: self.init(.whenSmall, .always)
        case .broadcast(_, let axes):
            self.init(.unlessRepeated, .ifAscending(axes: axes))
        case .constant: self.init(.never)
        case .transpose(let permutation): self.init(.whenSmall, .ifAscending(axes: permutation))
        case .slice, .dynamicSlice, .pad: self.init(.whenSmall, .ifSameShape)
        case .dynamicUpdateSlice: self.init(.whenSmall, .ifUpdateIsWhole)
        case .concatenate: self.init(.whenSmall, .ifOnlyOperand)
        case .reverse(let axes), .reduce(_, let axes):
            self.init(.whenSmall, .ifSingle(axes: axes))
        case .cumulative, .argReduce, .sort, .topK, .gather, .scatter: self.init(.whenSmall)
        case .check: self.init(.never, .always)
        case .randomBits, .foldRandom, .dot, .convolution, .convolutionInputGradient,
            .convolutionFilterGradient, .window, .windowSumGradient, .maxPoolGradient,
            .maxPoolPick, .cond, .whileLoop, .scan, .listEmpty, .listAppend, .listPop,
            .listZerosLike, .listAdd:
            self.init(.never)
        }
    }
}

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
