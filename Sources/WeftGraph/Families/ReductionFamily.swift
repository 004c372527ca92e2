// SPDX-License-Identifier: Apache-2.0

package enum ReductionKind: String, CaseIterable, Hashable, Sendable {
    case sum, product, maximum = "max", minimum = "min", all, any

    /// The element types that it takes.
    var operands: [DType] {
        switch self {
        case .sum, .product: DTypeClass.numeric.dtypes
        case .maximum, .minimum: DTypeClass.numeric.dtypes + [.bool]
        case .all, .any: [.bool]
        }
    }
}

/// Sums, products and extremes over axes.
struct ReductionFamily: ArrayFamily, SettledFamily {
    let kind: ReductionKind
    let axes: [Int]

    static var functions: [PrimitiveFunction] {
        ReductionKind.allCases.map { PrimitiveFunction($0.rawValue, $0.operands) }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .combined(counting: .reduce(.sum, axes: axes)) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try reductionType(kind, axes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.reduction(kind, axes)
    }

    var primitive: Primitive { .reduce(kind, axes: axes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.reduce(kind, axes)]
    }
}

private func reductionType(
    _ kind: ReductionKind, _ axes: [Int], _ x: TensorType
) throws -> TensorType {
    switch kind {
    case .sum, .product:
        try requireElements(x.dtype, .numeric)
    case .maximum, .minimum:
        try requireElements(x.dtype, .any)
    case .all, .any:
        guard x.dtype == .bool else {
            throw RuleViolation(.wrongElementType(.operand, x.dtype, wanted: [.bool]))
        }
    }
    try requireAxes(axes, rank: x.shape.rank)
    guard let dims = x.shape.dims else { return TensorType(x.dtype, .unknown) }
    let kept = dims.indices.filter { !axes.contains($0) }
    return TensorType(x.dtype, kept.map { dims[$0] })
}

extension GradientRule {
    fileprivate func reduction(_ kind: ReductionKind, _ axes: [Int]) throws -> [AnyTensor?] {
        let x = inputs[0]
        switch kind {
        case .sum: return first(gradient.spread(over: x, axes: axes))
        case .product:
            let product = try productGradient(
                gradient.forProducts, x.forProducts, axes[...])
            return first(product.cast(to: x.dtype))
        case .maximum, .minimum:
            // Equal extremes share the gradient evenly, as in TensorFlow.
            let isExtreme = AnyTensor.compare(.equal, output.spread(over: x, axes: axes), x)
                .cast(to: x.dtype.computing)
            let count = isExtreme.reduced(.sum, axes: axes).spread(over: x, axes: axes)
            let spread = gradient.widened.spread(over: x, axes: axes)
            return first((isExtreme / count * spread).cast(to: x.dtype))
        case .all, .any: return nothing
        }
    }

    /// Each element's gradient is the product of the others. Dividing the product by the element
    /// would be wrong at zeros; the products of what stands before and of what comes after are not.
    fileprivate func productGradient(
        _ gradient: AnyTensor, _ x: AnyTensor, _ axes: ArraySlice<Int>
    ) throws -> AnyTensor {
        // One axis after the other, the last one first: the others' positions stay.
        guard let last = axes.last else { return gradient }
        let rest = axes.dropLast()
        let inner =
            rest.isEmpty
            ? gradient
            : try productGradient(
                gradient, x.reduced(.product, axes: [last]), rest)
        func products(isReversed: Bool) -> AnyTensor {
            .make(
                .cumulative(
                    CumulativeAttributes(
                        kind: .product, axis: last, isExclusive: true, isReversed: isReversed)), [x]
            )
        }
        return inner.spread(over: x, axes: [last])
            * (products(isReversed: false) * products(isReversed: true))
    }
}

extension AnyTensor {
    /// Of 16-bit floats in f64: products of some numbers of bf16 leave the range of f32, and infinity
    /// times 0 is NaN.
    var forProducts: AnyTensor {
        dtype.computing == dtype ? self : cast(to: .float64)
    }
}

extension Evaluation {
    fileprivate func reduce(_ kind: ReductionKind, _ axes: [Int]) throws -> NDArray {
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let operand = inputs[0]
            let elements = T.load(operand)
            let function = T.function(kind.binary, operand.dtype)
            var result = [T](
                repeating: kind.identity(T.self, operand.dtype), count: shape.reduce(1, *))
            let strides = keptStrides(operand.shape, without: axes)
            var position = 0
            try forEach(operand.shape) { index in
                let target = RowMajor.offset(index, strides)
                result[target] = function(result[target], elements[position]) ?? result[target]
                position += 1
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(inputs[0].dtype) { try evaluate($0) }
    }

    /// For each axis of the operand how far it moves in the output: not at all if it is reduced.
    func keptStrides(_ operand: [Int], without axes: [Int]) -> [Int] {
        let kept = operand.indices.filter { !axes.contains($0) }
        let output = RowMajor.strides(kept.map { operand[$0] })
        var strides = [Int](repeating: 0, count: operand.count)
        for (position, axis) in kept.enumerated() { strides[axis] = output[position] }
        return strides
    }
}

extension ReductionKind {
    /// The operation of two elements. All and any are those of bool, as numbers 0 and 1.
    var binary: BinaryKind {
        switch self {
        case .sum: .add
        case .product: .multiply
        case .maximum: .maximum
        case .minimum: .minimum
        case .all: .and
        case .any: .or
        }
    }

    /// What the operation leaves everything else as it is with.
    func identity<T: WideNumber>(_: T.Type, _ dtype: DType) -> T {
        switch self {
        case .sum, .any: T.zero
        case .product, .all: T.one
        case .maximum: T.extreme(greatest: false, dtype)
        case .minimum: T.extreme(greatest: true, dtype)
        }
    }
}
