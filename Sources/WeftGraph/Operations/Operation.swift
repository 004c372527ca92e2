// SPDX-License-Identifier: Apache-2.0

/// What a node computes.
///
/// The pure operations whose shapes are settled have a counterpart in `Primitive`, which is what
/// engines see. The rest exists only in graphs: sources, effects, operations that take just the
/// shape of an input (their names end in `Like`), and control flow over regions.
package enum Operation: Hashable, Sendable {
    /// A tensor that was built wrongly; its node has the error.
    case invalid

    // Sources.
    case constant(ConstantValue)
    case placeholder(Placeholder)
    case readVariable(VariableHandle)
    case parameter(level: Int, index: Int)
    case iota(axis: Int)
    case random(RandomAttributes)

    // Elementwise; operands broadcast against each other.
    case unary(UnaryKind)
    case binary(BinaryKind)
    case compare(ComparisonKind)
    case select
    case cast(DType)

    // Reductions.
    case reduce(ReductionKind, axes: [Int])
    case argReduce(ArgReductionKind, axis: Int)
    case cumulative(CumulativeAttributes)

    // Products.
    case dot(DotDimensions)
    case convolution(ConvolutionAttributes)
    case convolutionInputGradient(ConvolutionAttributes)
    case convolutionFilterGradient(ConvolutionAttributes)

    // Windows.
    case window(WindowKind, WindowAttributes)
    case windowSumGradient(WindowAttributes)
    case maxPoolGradient(WindowAttributes)
    case maxPoolPick(WindowAttributes)

    // Movement.
    case reshape([Int])
    case reshapeLike
    case expand(axes: [Int])
    case regroup([GroupedAxis])
    case broadcast(shape: [Int], axes: [Int])
    case broadcastLike(axes: [Int])
    case unbroadcastLike
    case transpose([Int])
    case slice(SliceAttributes)
    case sliceGradient(SliceAttributes)
    case dynamicSlice(sizes: [Int])
    case dynamicUpdateSlice
    case pad(PadAttributes)
    case concatenate(axis: Int)
    case concatenateSlice(axis: Int, index: Int)
    case reverse(axes: [Int])
    case gather(GatherAttributes)
    case scatter(ScatterKind, ScatterAttributes)
    case sort(SortAttributes)
    case topK(Int)
    case shapeOf

    // Control flow.
    case cond(Region, Region)
    case whileLoop(WhileAttributes)
    case scan(ScanAttributes)
    case rematerialized(Region, RematerializationRole)

    // Lists.
    case listEmpty
    case listAppend
    case listPop(TensorType)
    case listZerosLike
    case listAdd

    // Marks.
    case stopGradient
    case customGradient(CustomGradient, outputs: Int)
    case check(CheckKind)
    case withUpdates
    case after

    // Effects.
    case update(UpdateAttributes)
    case group(GroupAttributes)
}

extension Operation {
    /// Whether equal nodes are one. Effects are not: two increments are two.
    package var isInterned: Bool {
        switch self {
        case .invalid, .update, .group: false
        default: true
        }
    }

    package var isEffect: Bool {
        if case .update = self { return true }
        return false
    }

    /// The bodies that the operation runs.
    package var regions: [Region] {
        switch self {
        case .cond(let a, let b): [a, b]
        case .whileLoop(let attributes): [attributes.condition, attributes.body]
        case .scan(let attributes): [attributes.body]
        case .rematerialized(let body, _): [body]
        case .update(let attributes):
            if case .modify(let region) = attributes.kind { [region] } else { [] }
        default: []
        }
    }

    /// The free levels that the operation itself brings, without those of its inputs.
    var ownFreeLevels: UInt64 {
        switch self {
        case .parameter(let level, _): 1 << UInt64(level)
        case .random(let attributes): Self.levels(through: attributes.level)
        case .update(let attributes):
            regions.reduce(Self.levels(through: attributes.level)) { $0 | $1.freeLevels }
        default: regions.reduce(0) { $0 | $1.freeLevels }
        }
    }

    /// The bits of all enclosing regions: what is drawn or updated in a branch inside a loop is
    /// another one in each of the loop's iterations, although it uses nothing of the loop.
    private static func levels(through level: Int) -> UInt64 {
        level > 0 ? (1 << UInt64(level + 1)) - 2 : 0
    }

    /// How many outputs there are, also when the operands are wrong.
    func outputCount(_ inputs: [AnyTensor]) -> Int {
        switch self {
        case .cond(let a, let b): max(a.outputs.count, b.outputs.count, 1)
        case .whileLoop(let attributes): max(attributes.body.parameterTypes.count, 1)
        case .scan(let attributes): max(attributes.body.outputs.count, 1)
        case .rematerialized(let body, _): max(body.outputs.count, 1)
        case .sort, .topK, .listPop: 2
        case .customGradient(_, let outputs): outputs
        default: 1
        }
    }
}

extension Operation {
    /// The operation's name in messages and drawings.
    package var summary: String {
        switch self {
        case .invalid: "invalid"
        case .constant: "constant"
        case .placeholder: "placeholder"
        case .readVariable: "variable"
        case .parameter: "parameter"
        case .iota: "iota"
        case .random: "randomBits"
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
        case .reshapeLike: "reshapeLike"
        case .expand: "expand"
        case .regroup: "regroup"
        case .broadcast: "broadcast"
        case .broadcastLike: "broadcastLike"
        case .unbroadcastLike: "unbroadcastLike"
        case .transpose: "transpose"
        case .slice: "slice"
        case .sliceGradient: "sliceGradient"
        case .dynamicSlice: "dynamicSlice"
        case .dynamicUpdateSlice: "dynamicUpdateSlice"
        case .pad: "pad"
        case .concatenate: "concatenate"
        case .concatenateSlice: "concatenateSlice"
        case .reverse: "reverse"
        case .gather: "gather"
        case .scatter: "scatter"
        case .sort: "sort"
        case .topK: "topK"
        case .shapeOf: "shapeOf"
        case .cond: "cond"
        case .whileLoop: "whileLoop"
        case .scan: "scan"
        case .rematerialized: "rematerialized"
        case .listEmpty: "listEmpty"
        case .listAppend: "listAppend"
        case .listPop: "listPop"
        case .listZerosLike: "listZerosLike"
        case .listAdd: "listAdd"
        case .stopGradient: "stopGradient"
        case .customGradient: "customGradient"
        case .check: "check"
        case .withUpdates: "withUpdates"
        case .after: "after"
        case .update: "update"
        case .group: "group"
        }
    }
}
