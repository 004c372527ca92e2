// SPDX-License-Identifier: Apache-2.0

/// What an engine must be able to do. All shapes are those of the instruction's values.
///
/// Engines `switch` over it without a `default`: the compiler tells them what is new.
package enum Primitive: Sendable {
    /// () → array.
    case constant(NDArray)
    /// () → the index along `axis`, in any numeric type.
    case iota(axis: Int)
    /// (state u32[4]) → u32 bits of any shape, see `RandomState`.
    case randomBits(RandomDraw)
    /// (state u32[4], i64 scalar) → the state of that iteration.
    case foldRandom

    // Elementwise. Operands broadcast as in NumPy; the output has the broadcast shape.
    case unary(UnaryKind)
    case binary(BinaryKind)
    case compare(ComparisonKind)
    /// (bool, a, b).
    case select
    case cast

    case reduce(ReductionKind, axes: [Int])
    /// → i64.
    case argReduce(ArgReductionKind, axis: Int)
    case cumulative(CumulativeAttributes)

    case dot(DotDimensions)
    /// (input, filter). The padding is resolved: never `same`.
    case convolution(ConvolutionAttributes)
    /// (output gradient, filter) → gradient of the input.
    case convolutionInputGradient(ConvolutionAttributes)
    /// (input, output gradient) → gradient of the filter.
    case convolutionFilterGradient(ConvolutionAttributes)

    /// The padding is resolved: never `same`.
    case window(WindowKind, WindowAttributes)
    /// (output gradient) → gradient of the operand of a window sum.
    case windowSumGradient(WindowAttributes)
    /// (operand, output gradient) → the operand's gradient: the first maximum gets it all.
    case maxPoolGradient(WindowAttributes)
    /// (operand, t of its shape) → t where each window has its first maximum.
    case maxPoolPick(WindowAttributes)

    case reshape
    /// Axis i of the operand becomes axis `axes[i]` of the output; an axis of size 1 is repeated.
    case broadcast(axes: [Int])
    case transpose([Int])
    /// The limits are resolved: never `Int.max`.
    case slice(SliceAttributes)
    /// (operand, starts), clamped so that the slice fits.
    case dynamicSlice
    /// (operand, update, starts), clamped so that the update fits.
    case dynamicUpdateSlice
    /// (operand, value).
    case pad(PadAttributes)
    case concatenate(axis: Int)
    case reverse(axes: [Int])
    /// (operand, indices); the slice sizes are resolved.
    case gather(GatherAttributes)
    /// (operand, indices, updates).
    case scatter(ScatterKind, ScatterAttributes)
    /// (operand) → sorted values, i32 positions. Stable; NaN counts as the greatest.
    case sort(SortAttributes)
    /// (operand) → the greatest k of the last axis, i32 positions; equal ones in order of position.
    case topK(Int)

    /// (predicate, captures...) → outputs. Both programs take all captures.
    case cond(Program, Program)
    /// (carries..., captures...) → carries. Both programs take all inputs.
    case whileLoop(condition: Program, body: Program, carries: Int, maximumIterations: Int?)
    /// (carries..., sequences..., captures...) → carries..., stacked outputs. The body takes
    /// carries, one slice of each sequence, captures.
    case scan(body: Program, carries: Int, sequences: Int, isReversed: Bool)

    /// () → an empty list.
    case listEmpty
    /// (list, array) → list.
    case listAppend
    /// (list) → list, its last array. An empty list gives zeros of the output's type.
    case listPop
    /// (list) → a list of as many zeros of the same types.
    case listZerosLike
    /// (list, list) → a list of sums; a shorter one counts as continued by zeros.
    case listAdd

    /// (x) or (x, condition) → x, or the run fails.
    case check(CheckKind)
}

/// Which draw of which stream: together with the state it names the numbers.
package struct RandomDraw: Hashable, Sendable {
    /// A hash of the stream's name that does not change between processes.
    package var stream: UInt64
    /// The draw's position among those of the stream in the plan.
    package var ordinal: UInt32

    package init(stream: UInt64, ordinal: UInt32) {
        self.stream = stream
        self.ordinal = ordinal
    }
}

extension Primitive {
    /// Whether the primitive is a check, or runs one: then it runs even if nobody needs its value.
    package var holdsCheck: Bool {
        switch self {
        case .check: true
        case .cond(let a, let b): a.holdsCheck || b.holdsCheck
        case .whileLoop(let condition, let body, _, _): condition.holdsCheck || body.holdsCheck
        case .scan(let body, _, _, _): body.holdsCheck
        default: false
        }
    }

    /// The primitive's name in messages, profiles and printed programs.
    package var summary: String {
        switch self {
        case .constant: "constant"
        case .iota: "iota"
        case .randomBits: "randomBits"
        case .foldRandom: "foldRandom"
        case .unary(let kind): kind.rawValue
        case .binary(let kind): kind.rawValue
        case .compare(let kind): kind.rawValue
        case .select: "select"
        case .cast: "cast"
        case .reduce(let kind, _): kind.rawValue
        case .argReduce(let kind, _): kind.rawValue
        case .cumulative(let attributes): "cumulative(\(attributes.kind.rawValue))"
        case .dot: "matmul"
        case .convolution: "convolution"
        case .convolutionInputGradient: "convolutionInputGradient"
        case .convolutionFilterGradient: "convolutionFilterGradient"
        case .window(let kind, _): "\(kind.rawValue)Pool"
        case .windowSumGradient: "sumPoolGradient"
        case .maxPoolGradient: "maxPoolGradient"
        case .maxPoolPick: "maxPoolPick"
        case .reshape: "reshape"
        case .broadcast: "broadcast"
        case .transpose: "transpose"
        case .slice: "slice"
        case .dynamicSlice: "dynamicSlice"
        case .dynamicUpdateSlice: "dynamicUpdateSlice"
        case .pad: "pad"
        case .concatenate: "concatenate"
        case .reverse: "reverse"
        case .gather: "gather"
        case .scatter: "scatter"
        case .sort: "sort"
        case .topK: "topK"
        case .cond: "cond"
        case .whileLoop: "whileLoop"
        case .scan: "scan"
        case .listEmpty: "listEmpty"
        case .listAppend: "listAppend"
        case .listPop: "listPop"
        case .listZerosLike: "listZerosLike"
        case .listAdd: "listAdd"
        case .check: "check"
        }
    }
}
