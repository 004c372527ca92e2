// SPDX-License-Identifier: Apache-2.0

/// An operation some of whose operands are complex numbers: which operations on real numbers it is made
/// of.
///
/// Engines never see a complex number, and no gradient rule but those of pairs and parts knows one.
struct ComplexOperation {
    private let op: Operation
    private let inputs: [AnyTensor]
    private let name: String?

    init(_ op: Operation, _ inputs: [AnyTensor], _ name: String?) {
        self.op = op
        self.inputs = inputs
        self.name = name
    }

    /// The results; nil where the operation takes complex numbers as it takes all others: where it does
    /// not look at the elements.
    func results() -> [AnyTensor]? {
        guard inputs.contains(where: \.dtype.isComplex) else { return nil }
        switch op {
        case .invalid, .placeholder, .readVariable, .parameter, .random, .complex, .complexPart,
            .fourier, .cond, .whileLoop, .scan, .call, .stopGradient, .customGradient, .withUpdates,
            .after,
            .update, .group:
            return nil
        case .primitive(.listAppend), .primitive(.listPop), .primitive(.listSet),
            .primitive(.listUnstack), .primitive(.check):
            return nil
        case .unsettled(.declared), .unsettled(.slices): return nil
        case .emit, .hostCall, .primitive, .unsettled: break
        }
        return [
            AnyTensor.composed(op.summary, inputs) {
                switch op {
                case .primitive(let primitive): try primitiveResult(primitive)
                case .unsettled(let unsettled): try unsettledResult(unsettled)
                default:
                    throw RuleViolation(
                        "the host is given real arrays; give it the real and the imaginary part")
                }
            }
        ]
    }

    // MARK: Parts

    /// The operation on the real parts, and that on the imaginary ones.
    private func eachPart() -> AnyTensor {
        let parts = inputs.map { $0.dtype.isComplex ? $0.parts : (real: $0, imaginary: $0) }
        return .complex(
            .make(op, parts.map(\.real), name: name), .make(op, parts.map(\.imaginary), name: name))
    }

    /// The operation on real parts alone, where only shapes matter.
    private func realParts() -> AnyTensor {
        .make(op, inputs.map { $0.dtype.isComplex ? $0.parts.real : $0 }, name: name)
    }

    private func meaningless(wanted: [DType] = DTypeClass.numeric.dtypes) -> RuleViolation {
        let dtype = inputs.first { $0.dtype.isComplex }?.dtype ?? .complex64
        return RuleViolation(.wrongElementType(.operand, dtype, wanted: wanted))
    }

    /// - Throws: `RuleViolation` when not all of these operands are of one type.
    private func requireOneType(_ operands: some Sequence<AnyTensor>) throws {
        try AnyTensor.requireSameDType(Array(operands))
    }

    private func primitiveResult(_ primitive: Primitive) throws -> AnyTensor {
        switch primitive {
        case .unary(let kind):
            guard let result = AnyTensor.complexUnary(kind, inputs[0]) else {
                throw meaningless(wanted: kind.descriptor.operands.dtypes)
            }
            return result
        case .binary(let kind):
            try requireOneType(inputs)
            guard let result = AnyTensor.complexBinary(kind, inputs[0], inputs[1]) else {
                throw meaningless(wanted: kind.descriptor.operands.dtypes)
            }
            return result
        case .compare(let kind):
            try requireOneType(inputs)
            let (a, b) = (inputs[0].parts, inputs[1].parts)
            let real = AnyTensor.compare(kind, a.real, b.real)
            let imaginary = AnyTensor.compare(kind, a.imaginary, b.imaginary)
            switch kind {
            case .equal: return .binary(.and, real, imaginary)
            case .notEqual: return .binary(.or, real, imaginary)
            case .less, .lessOrEqual, .greater, .greaterOrEqual: throw meaningless()
            }
        case .select:
            try requireOneType(inputs.dropFirst())
            return eachPart()
        case .cast(let dtype): return inputs[0].complexCast(to: dtype)
        case .reduce(.sum, _): return eachPart()
        case .reduce(.product, let axes): return try inputs[0].complexProduct(axes: axes)
        case .cumulative(let attributes) where attributes.kind == .sum: return eachPart()
        case .window(.sum, _), .windowSumGradient: return eachPart()
        case .dot, .convolution, .convolutionInputGradient, .convolutionFilterGradient:
            return try bilinear()
        case .reshape, .broadcast, .transpose, .slice, .dynamicSlice, .reverse, .gather:
            return eachPart()
        case .dynamicUpdateSlice, .pad:
            try requireOneType(inputs.prefix(2))
            return eachPart()
        case .concatenate:
            try requireOneType(inputs)
            return eachPart()
        case .scatter(.set, _), .scatter(.add, _):
            try requireOneType([inputs[0], inputs[2]])
            return eachPart()
        default: throw meaningless(wanted: DTypeClass.floating.dtypes)
        }
    }

    private func unsettledResult(_ unsettled: Unsettled) throws -> AnyTensor {
        switch unsettled {
        case .iotaLike:
            let index = realParts()
            return .complex(index, .zeros(like: index))
        case .shapeOf, .shaped: return realParts()
        case .convolutionInputGradientLike, .convolutionFilterGradientLike: return try bilinear()
        case .topKLike: throw meaningless()
        case .sliceLike, .sliceLikeGradient, .padLike, .expand, .regroup, .reshapeLike,
            .broadcastLike, .unbroadcastLike, .sliceGradient, .concatenateSlice,
            .windowSumGradientLike, .listStackLike, .declared, .slices:
            if case .padLike = unsettled { try requireOneType(inputs.prefix(2)) }
            // Of an operand of which only the shape matters the real part may stand for both.
            return inputs[0].dtype.isComplex ? eachPart() : realParts()
        }
    }

    /// Of an operation that is linear in either of its first two operands.
    private func bilinear() throws -> AnyTensor {
        try requireOneType(inputs.prefix(2))
        let rest = inputs.dropFirst(2).map { $0.dtype.isComplex ? $0.parts.real : $0 }
        func product(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
            .make(op, [a, b] + rest, name: name)
        }
        let (a, b) = (inputs[0].parts, inputs[1].parts)
        return .complex(
            product(a.real, b.real) - product(a.imaginary, b.imaginary),
            product(a.real, b.imaginary) + product(a.imaginary, b.real))
    }
}
