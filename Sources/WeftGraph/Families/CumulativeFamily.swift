// SPDX-License-Identifier: Apache-2.0

package struct CumulativeAttributes: Hashable, Sendable {
    package var kind: ReductionKind
    package var axis: Int
    package var isExclusive: Bool
    package var isReversed: Bool

    package init(kind: ReductionKind, axis: Int, isExclusive: Bool, isReversed: Bool) {
        self.kind = kind
        self.axis = axis
        self.isExclusive = isExclusive
        self.isReversed = isReversed
    }
}

/// The results of a reduction up to each element along an axis.
struct CumulativeFamily: ArrayFamily, SettledFamily {
    let attributes: CumulativeAttributes

    static var functions: [PrimitiveFunction] {
        ReductionKind.allCases.filter { $0 != .all && $0 != .any }.map {
            PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes)
        }
    }
    var function: String? { attributes.kind.rawValue }
    var name: String { "cumulative(\(attributes.kind.rawValue))" }
    var attributeText: String {
        "axis: \(attributes.axis)" + (attributes.isExclusive ? ", exclusive" : "")
            + (attributes.isReversed ? ", reversed" : "")
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try cumulativeType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.cumulative(attributes)
    }

    var primitive: Primitive { .cumulative(attributes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.cumulative(attributes)]
    }
}

private func cumulativeType(
    _ attributes: CumulativeAttributes, _ x: TensorType
) throws -> TensorType {
    try requireElements(x.dtype, .numeric)
    guard attributes.kind != .all, attributes.kind != .any else {
        throw RuleViolation("\(attributes.kind.rawValue) has no cumulative form")
    }
    try requireAxes([attributes.axis], rank: x.shape.rank)
    return x
}

extension GradientRule {
    fileprivate func cumulative(_ attributes: CumulativeAttributes) throws -> [AnyTensor?] {
        switch attributes.kind {
        case .sum:
            var mirrored = attributes
            mirrored.isReversed.toggle()
            return first(.make(.cumulative(mirrored), [gradient]))
        case .product: return first(try cumulativeProductGradient(attributes))
        case .maximum, .minimum: return first(try cumulativeExtremeGradient(attributes))
        case .all, .any: return nothing
        }
    }

    /// What stands before element i is a factor of every product that i is in. The rest is a linear
    /// recurrence from the far end, sᵢ = gᵢ + xᵢ₊₁ · sᵢ₊₁, which is right at zeros, where dividing
    /// is not.
    fileprivate func cumulativeProductGradient(
        _ attributes: CumulativeAttributes
    ) throws -> AnyTensor {
        let x = inputs[0].forProducts
        var before = attributes
        before.isExclusive = true
        let rest = try backwards(attributes, [gradient.forProducts, x]) { carry, slices in
            let (g, x) = (slices[0], slices[1])
            return attributes.isExclusive
                ? (g + x * carry, carry) : (x * (g + carry), g + carry)
        }
        return (AnyTensor.make(.cumulative(before), [x]) * rest).cast(to: inputs[0].dtype)
    }

    /// A running extreme changes at records; each record gets the gradients up to the next one.
    fileprivate func cumulativeExtremeGradient(
        _ attributes: CumulativeAttributes
    ) throws -> AnyTensor {
        let x = inputs[0]
        var before = attributes
        before.isExclusive = true
        let isRecord = AnyTensor.compare(
            attributes.kind == .maximum ? .greater : .less, x,
            AnyTensor.make(.cumulative(before), [x]))
        return try backwards(attributes, [gradient, isRecord]) { carry, slices in
            let (g, isRecord) = (slices[0], slices[1])
            let zero = AnyTensor.scalar(0, g.dtype)
            let sum = attributes.isExclusive ? carry : g + carry
            let kept = select(isRecord, zero, sum)
            return (attributes.isExclusive ? g + kept : kept, select(isRecord, sum, zero))
        }
    }

    /// A loop along the axis against the direction of the accumulation, from a carry of zeros.
    fileprivate func backwards(
        _ attributes: CumulativeAttributes, _ sequences: [AnyTensor],
        _ step: (AnyTensor, [AnyTensor]) -> (next: AnyTensor, output: AnyTensor)
    ) throws -> AnyTensor {
        guard let rank = inputs[0].shape.rank else {
            throw failure("the rank of \(inputs[0].type) is unknown")
        }
        let axis = attributes.axis
        let toFront = [axis] + (0..<rank).filter { $0 != axis }
        let moved = sequences.map { $0.transposed(permutation: toFront) }
        let slices = moved.map {
            TensorType($0.dtype, Shape(dims: $0.shape.dims.map { Array($0.dropFirst()) }))
        }
        let start = AnyTensor.zeros(
            like: moved[0].reduced(.sum, axes: [0]))
        let body = Region.build(parameters: [start.type] + slices) { parameters in
            let (next, output) = step(parameters[0], Array(parameters.dropFirst()))
            return [next, output]
        }
        let loop = AnyTensor.makeAll(
            .scan(ScanAttributes(body: body, carries: 1, isReversed: !attributes.isReversed)),
            [start] + moved)
        guard loop.count == 2 else { throw loop[0].error ?? failure("its loop is invalid") }
        return loop[1].transposed(permutation: inverse(of: toFront))
    }
}

extension Evaluation {
    /// Every element is rounded once, from a running result that is not.
    fileprivate func cumulative(_ attributes: CumulativeAttributes) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let elements = T.load(inputs[0])
            let function = T.function(attributes.kind.binary, dtype)
            var result = elements
            let stride = RowMajor.strides(shape)[attributes.axis]
            let length = shape[attributes.axis]
            var firsts = shape
            firsts[attributes.axis] = 1
            let strides = RowMajor.strides(shape)
            var watch = watch
            try forEach(firsts) { index in
                try watch.note(length)
                let first = RowMajor.offset(index, strides)
                var running = attributes.kind.identity(T.self, dtype)
                for i in 0..<length {
                    let place = first + (attributes.isReversed ? length - 1 - i : i) * stride
                    let next = function(running, elements[place]) ?? running
                    result[place] = attributes.isExclusive ? running : next
                    running = next
                }
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }
}

extension NumericTensor {
    /// The sum of the elements up to each one along an axis.
    ///
    /// - Parameters:
    ///   - isExclusive: Whether the element itself is left out.
    ///   - isReversed: Whether it starts at the end.
    /// - Shape: that of the tensor.
    public func cumulativeSum(
        axis: Int, isExclusive: Bool = false, isReversed: Bool = false
    ) -> Self {
        cumulative(.sum, axis: axis, isExclusive: isExclusive, isReversed: isReversed)
    }

    /// The product of the elements up to each one along an axis.
    ///
    /// - Parameters:
    ///   - isExclusive: Whether the element itself is left out.
    ///   - isReversed: Whether it starts at the end.
    /// - Shape: that of the tensor.
    public func cumulativeProduct(
        axis: Int, isExclusive: Bool = false, isReversed: Bool = false
    ) -> Self {
        cumulative(.product, axis: axis, isExclusive: isExclusive, isReversed: isReversed)
    }

    /// The greatest of the elements up to each one along an axis; NaN from the first NaN on.
    ///
    /// The gradient is that of the first of equal ones.
    /// - Parameters:
    ///   - isExclusive: Whether the element itself is left out. Of none the greatest is −∞, of integers
    ///     their least number.
    ///   - isReversed: Whether it starts at the end.
    /// - Shape: that of the tensor.
    public func cumulativeMax(
        axis: Int, isExclusive: Bool = false, isReversed: Bool = false
    ) -> Self {
        cumulative(.maximum, axis: axis, isExclusive: isExclusive, isReversed: isReversed)
    }

    /// The least of the elements up to each one along an axis; NaN from the first NaN on.
    ///
    /// The gradient is that of the first of equal ones.
    /// - Parameters:
    ///   - isExclusive: Whether the element itself is left out. Of none the least is ∞, of integers their
    ///     greatest number.
    ///   - isReversed: Whether it starts at the end.
    /// - Shape: that of the tensor.
    public func cumulativeMin(
        axis: Int, isExclusive: Bool = false, isReversed: Bool = false
    ) -> Self {
        cumulative(.minimum, axis: axis, isExclusive: isExclusive, isReversed: isReversed)
    }

    package func cumulative(
        _ kind: ReductionKind, axis: Int, isExclusive: Bool, isReversed: Bool
    ) -> Self {
        let name =
            switch kind {
            case .product: "cumulativeProduct"
            case .maximum: "cumulativeMax"
            case .minimum: "cumulativeMin"
            case .sum, .all, .any: "cumulativeSum"
            }
        return composed(name) { x in
            .make(
                .cumulative(
                    CumulativeAttributes(
                        kind: kind, axis: try x.resolvedAxis(axis), isExclusive: isExclusive,
                        isReversed: isReversed)), [x])
        }
    }
}

extension FloatingTensor {
    /// log Σ exp of the elements up to each one along an axis, without overflow; −∞ of none.
    ///
    /// Each is a step of a loop along the axis.
    /// - Parameters:
    ///   - isExclusive: Whether the element itself is left out.
    ///   - isReversed: Whether it starts at the end.
    /// - Shape: that of the tensor.
    public func cumulativeLogSumExp(
        axis: Int, isExclusive: Bool = false, isReversed: Bool = false
    ) -> Self {
        composed("cumulativeLogSumExp") { x in
            try x.requireFloating()
            let axis = try x.resolvedAxis(axis)
            let rows = x.widened.movingAxis(from: axis, to: 0)
            let none = AnyTensor.filled(-.infinity, like: rows.sum(axes: [0]))
            let sums = scan(over: [rows], initial: [none], isReversed: isReversed) { sum, row in
                let next = logAddExp(sum[0], row[0])
                return ([next], [isExclusive ? sum[0] : next])
            }
            return sums.outputs[0].movingAxis(from: 0, to: axis).cast(to: x.dtype)
        }
    }
}
