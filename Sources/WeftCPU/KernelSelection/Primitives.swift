// SPDX-License-Identifier: Apache-2.0
import WeftGraph

// The engine's two lists of primitives: what its passes must know of each, and the step of each.

/// What the compiler's passes must know of a primitive.
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
        case .call(let called):
            self.init(called.hint.map(CallKernel.isElementwise) ?? false ? .whenSmall : .never)
        case .randomBits, .foldRandom, .dot, .convolution, .convolutionInputGradient,
            .convolutionFilterGradient, .window, .windowSumGradient, .maxPoolGradient,
            .maxPoolPick, .cholesky, .lu, .qr, .svd, .selfAdjointEigen, .triangularSolve,
            .fourierPairs,
            .cond,
            .whileLoop, .scan, .listEmpty, .listAppend, .listPop, .listZerosLike, .listAdd,
            .listGet, .listSet, .listClear, .listCount, .listResize, .listStack, .listUnstack,
            .hostCall, .emit, .strings:
            self.init(.never)
        }
    }
}

extension KernelSelection {
    /// The step of an instruction that is a unit of its own; nil when there is nothing to do.
    mutating func single(_ index: Int) throws -> Recipe? {
        let instruction = program.instructions[index]
        switch instruction.primitive {
        case .constant, .unary, .binary, .compare, .select, .cast, .reshape: return nil
        case .iota(let axis): return iota(index, axis)
        case .randomBits(let draw): return randomBits(index, draw)
        case .foldRandom: return foldRandom(index)
        case .reduce(let kind, let axes): return try reduce(index, kind, axes)
        case .argReduce(let kind, let axis): return argReduce(index, kind, axis)
        case .cumulative(let attributes): return cumulative(index, attributes)
        case .dot: return try dot(index)
        case .convolution(let attributes): return try convolution(index, .forward, attributes)
        case .convolutionInputGradient(let attributes):
            return try convolution(index, .inputGradient, attributes)
        case .convolutionFilterGradient(let attributes):
            return try convolution(index, .filterGradient, attributes)
        case .window(let kind, let attributes): return try window(index, kind, attributes)
        case .windowSumGradient(let attributes): return try windowSumGradient(index, attributes)
        case .maxPoolGradient(let attributes): return try maxPoolGradient(index, attributes)
        case .maxPoolPick(let attributes): return try maxPoolPick(index, attributes)
        case .broadcast(_, let axes): return try broadcast(index, axes)
        case .transpose(let permutation): return try transpose(index, permutation)
        case .slice(let attributes): return try slice(index, attributes)
        case .dynamicSlice: return try dynamicSlice(index)
        case .dynamicUpdateSlice: return try dynamicUpdateSlice(index)
        case .pad(let attributes): return try pad(index, attributes)
        case .concatenate(let axis): return concatenate(index, axis)
        case .reverse(let axes): return try reverse(index, axes)
        case .gather(let attributes): return try gather(index, attributes)
        case .scatter(let kind, let attributes): return try scatter(index, kind, attributes)
        case .sort(let attributes): return sort(index, attributes)
        case .topK(let k): return topK(index, k)
        case .cholesky: return try cholesky(index)
        case .lu: return try lu(index)
        case .qr: return try qr(index)
        case .svd(let hasVectors): return try svd(index, hasVectors: hasVectors)
        case .selfAdjointEigen(let hasVectors):
            return try selfAdjointEigen(index, hasVectors: hasVectors)
        case .triangularSolve(let attributes): return try triangularSolve(index, attributes)
        case .fourierPairs(let attributes): return try fourier(index, attributes)
        case .cond(let a, let b): return try cond(index, a, b)
        case .whileLoop(let condition, let body, let carries, let maximum):
            return try whileLoop(index, condition, body, carries, maximum)
        case .scan(let body, let carries, let sequences, let isReversed):
            return try scan(index, body, carries, sequences, isReversed)
        case .call(let called):
            switch CallKernel(instruction, in: program) {
            case .adam(let isAfterCorrection):
                return adam(index, isAfterCorrection: isAfterCorrection)
            case .elementwise: return nil
            case nil: return try call(index, called.program)
            }
        case .listEmpty: return listEmpty(index)
        case .listAppend: return listAppend(index)
        case .listPop: return listPop(index)
        case .listZerosLike: return listZerosLike(index)
        case .listAdd: return listAdd(index)
        case .listGet(_, let bounds): return listGet(index, bounds)
        case .listSet(let bounds): return listSet(index, bounds)
        case .listClear(let bounds): return listClear(index, bounds)
        case .listCount: return listCount(index)
        case .listResize: return listResize(index)
        case .listStack(_, let filling): return listStack(index, filling: filling)
        case .listUnstack: return listUnstack(index)
        case .check(let kind): return check(index, kind)
        case .hostCall(let call): return hostCall(index, call)
        case .emit(let name, let isString): return emit(index, name, isString: isString)
        case .strings(let operation): return strings(index, operation)
        }
    }
}
