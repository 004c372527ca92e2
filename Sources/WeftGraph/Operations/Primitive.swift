// SPDX-License-Identifier: Apache-2.0

/// What an engine must be able to do, and what most nodes of a graph are.
///
/// In a graph sizes may be open: a dimension of -1, a limit at the end, padding to the `same` size.
/// In a program all are settled. Branches and loops over programs stand in programs only. Engines `switch` over it without a `default`: the compiler tells them what is new.
package enum Primitive: Hashable, Sendable {
    /// () → array.
    case constant(ConstantValue)
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
    /// (x) → x in another element type.
    case cast(DType)

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

    /// (x) → the same elements in another shape. In a graph one dimension may be -1.
    case reshape([Int])
    /// Axis i of the operand becomes axis `axes[i]` of the output; an axis of size 1 is repeated.
    case broadcast(shape: [Int], axes: [Int])
    case transpose([Int])
    /// The limits are resolved: never `Int.max`.
    case slice(SliceAttributes)
    /// (operand, starts), clamped so that the slice fits.
    case dynamicSlice(sizes: [Int])
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

    /// (a) → its lower triangular factor; of a the lower triangle is read.
    case cholesky
    /// (a) → its factors l and u in one matrix, the order of its rows as i32, the order's sign.
    case lu
    /// (a) → q with orthonormal columns, an upper triangular r.
    case qr
    /// (a) → the singular values, descending, with vectors also u and vᵀ.
    case svd(hasVectors: Bool)
    /// (a) → the eigenvalues, ascending, with vectors also these as columns; of a the lower triangle is
    /// read.
    case selfAdjointEigen(hasVectors: Bool)
    /// (a, b) → x with a · x = b for a triangular a; both have the same batch.
    case triangularSolve(TriangularSolveAttributes)

    /// (x) → its Fourier transform; complex numbers are pairs along the last axis, which the axis of the
    /// attributes does not count. The length of an inverse real one is resolved.
    case fourierPairs(FourierAttributes)

    /// (predicate, captures...) → outputs. Both programs take all captures.
    case cond(Program, Program)
    /// (carries..., captures...) → carries. Both programs take all inputs.
    case whileLoop(condition: Program, body: Program, carries: Int, maximumIterations: Int?)
    /// (carries..., sequences..., captures...) → carries..., stacked outputs. The body takes
    /// carries, one slice of each sequence, captures.
    case scan(body: Program, carries: Int, sequences: Int, isReversed: Bool)
    /// (arguments..., captures...) → outputs. An engine that knows the hint may run a kernel.
    case call(CalledProgram)

    /// () → an empty list.
    case listEmpty
    /// (list, array) → list.
    case listAppend
    /// (list) → list, its last array. An empty list gives zeros of the type.
    case listPop(TensorType)
    /// (list) → a list of as many zeros.
    case listZerosLike
    /// (list, list) → a list of sums; a shorter one counts as continued by zeros.
    case listAdd
    /// (list, index, count) → the array there, of the type. The list counts as one of `count` arrays.
    case listGet(TensorType, ListBounds)
    /// (list, array, index, count) → list with the array in that place, or behind the others.
    case listSet(ListBounds)
    /// (list, index, count) → list with zeros in that place.
    case listClear(ListBounds)
    /// (list) → how many arrays it holds.
    case listCount
    /// (list, count) → a list of that many, and how many there were.
    case listResize
    /// (list) → the arrays along a new first axis, of the type; where it is filled there may be fewer.
    case listStack(TensorType, filling: Bool)
    /// (array) → a list of its slices along the first axis.
    case listUnstack

    /// (x) or (x, condition, values...) → x, or the run fails.
    case check(CheckKind)

    /// (operands...) → results, by a function of the program. A stateful one takes its place in the order
    /// of effects before them, an i64 scalar, and gives the next before its results.
    case hostCall(HostCall)
    /// (place in the order of effects, value) → the next place; the value goes to the run's owner, where
    /// it stands for strings, these.
    case emit(String, isString: Bool)

    /// (operands...) → results, by a function of strings. In a box of its own: an enumeration that holds
    /// an existential in itself is copied by calls, and every other primitive with it.
    indirect case strings(StringOperation)
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
    /// What is known of the primitive.
    var family: any PrimitiveFamily {
        switch self {
        case .constant(let value): ConstantFamily(value: value)
        case .iota(let axis): IotaFamily(axis: axis)
        case .randomBits(let draw): RandomBitsFamily(draw: draw)
        case .foldRandom: FoldRandomFamily()
        case .unary(let kind): UnaryFamily(kind: kind)
        case .binary(let kind): BinaryFamily(kind: kind)
        case .compare(let kind): ComparisonFamily(kind: kind)
        case .select: SelectFamily()
        case .cast(let dtype): CastFamily(dtype: dtype)
        case .reduce(let kind, let axes): ReductionFamily(kind: kind, axes: axes)
        case .argReduce(let kind, let axis): ArgReductionFamily(kind: kind, axis: axis)
        case .cumulative(let attributes): CumulativeFamily(attributes: attributes)
        case .dot(let dimensions): DotFamily(dimensions: dimensions)
        case .convolution(let attributes): ConvolutionFamily(attributes: attributes)
        case .convolutionInputGradient(let attributes):
            ConvolutionInputGradientFamily(attributes: attributes)
        case .convolutionFilterGradient(let attributes):
            ConvolutionFilterGradientFamily(attributes: attributes)
        case .window(let kind, let attributes): WindowFamily(kind: kind, attributes: attributes)
        case .windowSumGradient(let attributes): WindowSumGradientFamily(attributes: attributes)
        case .maxPoolGradient(let attributes): MaxPoolGradientFamily(attributes: attributes)
        case .maxPoolPick(let attributes): MaxPoolPickFamily(attributes: attributes)
        case .reshape(let dims): ReshapeFamily(dims: dims)
        case .broadcast(let shape, let axes): BroadcastFamily(shape: shape, axes: axes)
        case .transpose(let permutation): TransposeFamily(permutation: permutation)
        case .slice(let attributes): SliceFamily(attributes: attributes)
        case .dynamicSlice(let sizes): DynamicSliceFamily(sizes: sizes)
        case .dynamicUpdateSlice: DynamicUpdateSliceFamily()
        case .pad(let attributes): PadFamily(attributes: attributes)
        case .concatenate(let axis): ConcatenateFamily(axis: axis)
        case .reverse(let axes): ReverseFamily(axes: axes)
        case .gather(let attributes): GatherFamily(attributes: attributes)
        case .scatter(let kind, let attributes): ScatterFamily(kind: kind, attributes: attributes)
        case .sort(let attributes): SortFamily(attributes: attributes)
        case .topK(let k): TopKFamily(k: k)
        case .cholesky: CholeskyFamily()
        case .lu: LUFamily()
        case .qr: QRFamily()
        case .svd(let hasVectors): SingularValuesFamily(hasVectors: hasVectors)
        case .selfAdjointEigen(let hasVectors): SelfAdjointEigenFamily(hasVectors: hasVectors)
        case .triangularSolve(let attributes): TriangularSolveFamily(attributes: attributes)
        case .fourierPairs(let attributes): FourierPairsFamily(attributes: attributes)
        case .cond(let a, let b): CondProgramFamily(branches: [a, b])
        case .whileLoop(let condition, let body, let carries, let maximum):
            WhileProgramFamily(
                condition: condition, body: body, carries: carries, maximumIterations: maximum)
        case .scan(let body, let carries, let sequences, let isReversed):
            ScanProgramFamily(
                body: body, carries: carries, sequences: sequences, isReversed: isReversed)
        case .call(let called): CallProgramFamily(called: called)
        case .listEmpty: ListEmptyFamily()
        case .listAppend: ListAppendFamily()
        case .listPop(let type): ListPopFamily(element: type)
        case .listZerosLike: ListZerosLikeFamily()
        case .listAdd: ListAddFamily()
        case .listGet(let type, let bounds): ListGetFamily(element: type, bounds: bounds)
        case .listSet(let bounds): ListSetFamily(bounds: bounds)
        case .listClear(let bounds): ListClearFamily(bounds: bounds)
        case .listCount: ListCountFamily()
        case .listResize: ListResizeFamily()
        case .listStack(let type, let filling): ListStackFamily(type: type, filling: filling)
        case .listUnstack: ListUnstackFamily()
        case .check(let kind): CheckFamily(kind: kind)
        case .hostCall(let call): HostCallProgramFamily(call: call)
        case .emit(let name, let isString):
            EmitProgramFamily(emittedName: name, isString: isString)
        case .strings(let operation): StringsFamily(operation: operation)
        }
    }

    /// Whether the primitive runs even if nobody needs its value: it is a check, or does something to the
    /// host, or runs what does.
    package var mustRun: Bool {
        switch self {
        case .check, .emit: true
        case .hostCall(let call): call.isStateful
        default: programs.contains(where: \.mustRun)
        }
    }

    /// Whether the primitive calls a function of the host, emits a value or needs to know what the run's
    /// strings are, or runs what does.
    package var talksToHost: Bool {
        switch self {
        case .hostCall, .emit, .strings: true
        default: programs.contains(where: \.talksToHost)
        }
    }

    /// The primitive's name in messages, profiles and printed programs.
    package var summary: String { family.name }

    /// The functions that primitives of this case have, with the element types that each takes.
    package var functions: [PrimitiveFunction] { type(of: family).functions }

    /// Which of the functions it is; nil where there is only one.
    package var function: String? { family.function }

    /// The programs that the primitive runs, in the order of its associated values.
    package var programs: [Program] {
        switch self {
        case .cond(let first, let second): [first, second]
        case .whileLoop(let condition, let body, _, _): [condition, body]
        case .scan(let body, _, _, _): [body]
        case .call(let called): [called.program]
        default: []
        }
    }
}
