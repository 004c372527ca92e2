// SPDX-License-Identifier: Apache-2.0

/// What a node computes: a source, a primitive, a primitive that shapes have still to settle,
/// control flow over regions, a mark, or an effect.
///
/// What is known of each stands in its family; `family` is the one way there.
package enum Operation: Hashable, Sendable {
    /// A tensor that was built wrongly; its node has the error.
    case invalid

    // Sources.
    case placeholder(Placeholder)
    case readVariable(VariableHandle)
    case parameter(level: Int, index: Int)
    case random(RandomAttributes)

    // Complex numbers, which are pairs of real ones for engines.
    /// (real part, imaginary part) → complex numbers.
    case complex
    /// (complex numbers) → their real or their imaginary parts.
    case complexPart(isImaginary: Bool)
    /// (x) or (x, like) → the transform of x.
    case fourier(FourierAttributes)

    /// What engines compute.
    case primitive(Primitive)
    /// What becomes a primitive when the shapes of all operands are known.
    case unsettled(Unsettled)

    // Control flow.
    case cond(Region, Region)
    case whileLoop(WhileAttributes)
    case scan(ScanAttributes)
    case call(CallAttributes)

    // Marks.
    case stopGradient
    case customGradient(CustomGradient, outputs: Int)
    case withUpdates
    case after

    // Effects.
    case update(UpdateAttributes)
    case emit(EmitAttributes)
    /// An effect where the function is stateful.
    case hostCall(HostCallAttributes)
    case group(GroupAttributes)
}

/// Operations that are primitives once the shapes of their operands are known. They take an operand
/// of which only the shape matters, so that it needs no values when the program runs.
package enum Unsettled: Hashable, Sendable {
    /// (like) → the index along `axis`.
    case iotaLike(axis: Int)
    /// (like) → its shape as numbers.
    case shapeOf
    /// → false in an array of the sizes that the operands' elements say.
    case shaped(SizeRule)
    /// (x, starts, like) → the slice of that shape, moved so that it fits.
    case sliceLike
    /// (gradient, starts, like) → the gradient of what `sliceLike` sliced, which is of that shape.
    case sliceLikeGradient
    /// (x, value, low, high): the shapes of the last two are the paddings.
    case padLike
    /// (x, like) → `topK` with as many elements as `like` has.
    case topKLike
    /// (x) → x with axes of size 1.
    case expand(axes: [Int])
    /// (x) → x with axes multiplied with others, or of size 1.
    case regroup([GroupedAxis])
    /// (x, like).
    case reshapeLike
    /// (x, like): axis i of x becomes axis `axes[i]`.
    case broadcastLike(axes: [Int])
    /// (x, like) → x summed over what broadcasting `like` to it repeated.
    case unbroadcastLike
    /// (gradient, like) → the gradient of what was sliced.
    case sliceGradient(SliceAttributes)
    /// (gradient, parts...) → the gradient of one part.
    case concatenateSlice(axis: Int, index: Int)
    /// (output gradient, filter, input).
    case convolutionInputGradientLike(ConvolutionAttributes)
    /// (input, output gradient, filter).
    case convolutionFilterGradientLike(ConvolutionAttributes)
    /// (output gradient, operand).
    case windowSumGradientLike(WindowAttributes)
    /// (list, like) → its arrays along a new first axis, as long as that of `like`; where it is filled
    /// there may be fewer.
    case listStackLike(TensorType, filling: Bool)
    /// (x) → x, of whose shape no more is known than this.
    case declared(Shape)
    /// (slices...) → the array of them along a new first axis, of this type.
    case slices(TensorType)
}

extension Operation {
    /// What is known of the operation.
    var family: any OperationFamily {
        switch self {
        case .invalid: InvalidFamily()
        case .placeholder(let placeholder): PlaceholderFamily(placeholder: placeholder)
        case .readVariable(let variable): ReadVariableFamily(variable: variable)
        case .parameter(let level, let index): ParameterFamily(level: level, index: index)
        case .random(let attributes): RandomFamily(attributes: attributes)
        case .complex: ComplexFamily()
        case .complexPart(let isImaginary): ComplexPartFamily(isImaginary: isImaginary)
        case .fourier(let attributes): FourierFamily(attributes: attributes)
        case .primitive(let primitive): primitive.family
        case .unsettled(let unsettled): unsettled.family
        case .cond(let a, let b): CondFamily(branches: [a, b])
        case .whileLoop(let attributes): WhileFamily(attributes: attributes)
        case .scan(let attributes): ScanFamily(attributes: attributes)
        case .call(let attributes): CallFamily(attributes: attributes)
        case .stopGradient: StopGradientFamily()
        case .customGradient(let custom, let outputs):
            CustomGradientFamily(custom: custom, outputCount: outputs)
        case .withUpdates: WithUpdatesFamily()
        case .after: AfterFamily()
        case .update(let attributes): UpdateFamily(attributes: attributes)
        case .emit(let attributes): EmitFamily(attributes: attributes)
        case .hostCall(let attributes): HostCallFamily(attributes: attributes)
        case .group(let attributes): GroupFamily(attributes: attributes)
        }
    }

    /// Whether equal nodes are one. Effects are not: two increments are two.
    package var isInterned: Bool {
        switch self {
        case .invalid, .update, .emit, .group: false
        case .hostCall: !isEffect
        case .placeholder, .readVariable, .parameter, .random, .complex, .complexPart, .fourier,
            .primitive, .unsettled, .cond,
            .whileLoop, .scan, .call, .stopGradient, .customGradient, .withUpdates, .after:
            true
        }
    }

    package var isEffect: Bool { effect != nil }

    /// The variable that the operation itself gives another version, the level of the region that the
    /// program did so in, and when that was.
    package var effect: (variable: VariableHandle, level: Int, order: UInt64)? {
        switch self {
        case .update(let attributes): (attributes.variable, attributes.level, attributes.order)
        case .emit(let attributes): (.host, attributes.level, attributes.order)
        case .hostCall(let attributes)
        where attributes.function.isStateful && !attributes.isRepetition:
            (.host, attributes.level, attributes.order)
        default: nil
        }
    }

    /// The bodies that the operation runs.
    package var regions: [Region] {
        switch self {
        case .cond(let a, let b): [a, b]
        case .whileLoop(let attributes): [attributes.condition, attributes.body]
        case .scan(let attributes): [attributes.body]
        case .call(let attributes): [attributes.body]
        case .update(let attributes):
            if case .modify(let region) = attributes.kind { [region] } else { [] }
        case .invalid, .placeholder, .readVariable, .parameter, .random, .complex, .complexPart,
            .fourier, .primitive, .unsettled,
            .stopGradient, .customGradient, .withUpdates, .after, .emit, .hostCall, .group:
            []
        }
    }

    /// The free levels that the operation itself brings, without those of its inputs.
    var ownFreeLevels: UInt64 {
        switch self {
        case .parameter(let level, _): 1 << UInt64(level)
        case .random(let attributes): attributes.levels
        default:
            regions.reduce(effect.map { Self.levels(through: $0.level) } ?? 0) {
                $0 | $1.freeLevels
            }
        }
    }

    /// The bits of all enclosing regions: what is drawn or changed in a branch inside a loop is
    /// another one in each of the loop's iterations, although it uses nothing of the loop.
    static func levels(through level: Int) -> UInt64 {
        level > 0 ? (1 << UInt64(level + 1)) - 2 : 0
    }

    /// The operation's name in messages and drawings.
    package var summary: String { family.name }
}

extension Unsettled {
    /// What is known of the operation.
    var family: any OperationFamily {
        switch self {
        case .iotaLike(let axis): IotaLikeFamily(axis: axis)
        case .shapeOf: ShapeOfFamily()
        case .shaped(let rule): SizesFamily(rule: rule)
        case .sliceLike: SliceLikeFamily()
        case .sliceLikeGradient: SliceLikeGradientFamily()
        case .padLike: PadLikeFamily()
        case .topKLike: TopKLikeFamily()
        case .expand(let axes): ExpandFamily(axes: axes)
        case .regroup(let groups): RegroupFamily(groups: groups)
        case .reshapeLike: ReshapeLikeFamily()
        case .broadcastLike(let axes): BroadcastLikeFamily(axes: axes)
        case .unbroadcastLike: UnbroadcastLikeFamily()
        case .sliceGradient(let attributes): SliceGradientFamily(attributes: attributes)
        case .concatenateSlice(let axis, let index):
            ConcatenateSliceFamily(axis: axis, index: index)
        case .convolutionInputGradientLike(let attributes):
            ConvolutionInputGradientLikeFamily(attributes: attributes)
        case .convolutionFilterGradientLike(let attributes):
            ConvolutionFilterGradientLikeFamily(attributes: attributes)
        case .windowSumGradientLike(let attributes):
            WindowSumGradientLikeFamily(attributes: attributes)
        case .listStackLike(let type, let filling):
            ListStackLikeFamily(element: type, filling: filling)
        case .declared(let shape): DeclaredFamily(shape: shape)
        case .slices(let type): SlicesFamily(type: type)
        }
    }
}
