// SPDX-License-Identifier: Apache-2.0

package struct PadAttributes: Hashable, Sendable {
    /// Elements before, after (negative ones crop), and between the elements of each axis.
    package var low: [Int]
    package var high: [Int]
    package var interior: [Int]

    package init(low: [Int], high: [Int], interior: [Int]) {
        self.low = low
        self.high = high
        self.interior = interior
    }
}

/// (operand, value).
struct PadFamily: ArrayFamily, SettledFamily {
    let attributes: PadAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "pad" }
    var attributeText: String {
        "low: \(attributes.low), high: \(attributes.high)"
            + (attributes.interior.contains { $0 != 0 }
                ? ", interior: \(attributes.interior)" : "")
    }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 2) }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try padType(attributes, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.pad(attributes)
    }

    var primitive: Primitive { .pad(attributes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.pad(attributes)] }
}

/// (x, value, low, high): the sizes of the last two are how many elements go before and after each axis.
struct PadLikeFamily: OperationFamily {
    var name: String { "padLike" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let (x, low, high) = (operands[0], operands[2].shape.dims, operands[3].shape.dims)
        guard let low, let high else {
            return [TensorType(x.dtype, Shape(dims: x.shape.dims?.map { _ in -1 }))]
        }
        let zeros = low.map { _ in 0 }
        let known = PadAttributes(
            low: low.map { max($0, 0) }, high: high.map { max($0, 0) }, interior: zeros)
        let type = try padType(known, x, operands[1])
        let dims = zip(type.shape.dims ?? [], zip(low, high)).map { size, added in
            added.0 < 0 || added.1 < 0 ? -1 : size
        }
        return [TensorType(type.dtype, Shape(dims: dims))]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] { try rule.padLike() }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = try scope.types(node, operands)[0]
        let (low, high) = (scope.values[operands[2]].shape, scope.values[operands[3]].shape)
        let pad = PadAttributes(low: low, high: high, interior: low.map { _ in 0 })
        scope.bind(
            node, scope.emit(.pad(pad), Array(operands.prefix(2)), type, origin: node.origin))
    }
}

private func padType(
    _ attributes: PadAttributes, _ x: TensorType, _ value: TensorType
) throws -> TensorType {
    let rank = attributes.low.count
    guard attributes.high.count == rank, attributes.interior.count == rank,
        attributes.interior.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }),
        (attributes.low + attributes.high).allSatisfy({ $0.magnitude < 1 << 48 })
    else {
        throw RuleViolation(
            "low, high and interior padding must be of one length and not huge: "
                + "\(attributes.low), \(attributes.high), \(attributes.interior)")
    }
    guard value.dtype == x.dtype, value.shape.rank ?? 0 == 0 else {
        throw RuleViolation(
            .invalidArgument(
                "the padding value", value: "\(value)", wanted: "a scalar \(x.dtype)"))
    }
    guard let dims = x.shape.dims else {
        return TensorType(x.dtype, Array(repeating: -1, count: rank))
    }
    guard dims.count == rank else {
        throw RuleViolation(.countsDiffer("paddings", rank, for: "axes of \(x)", dims.count))
    }
    var result: [Int] = []
    for i in 0..<rank {
        if dims[i] < 0 {
            result.append(-1)
            continue
        }
        let inner = ConvolutionAttributes.dilated(dims[i], attributes.interior[i] + 1)
        let added = CheckedSize(attributes.low[i]) + CheckedSize(attributes.high[i])
        let size = try (inner + added).required("axis \(i) of \(x)")
        guard size >= 0 else {
            throw RuleViolation("more than all of axis \(i) of \(x) would be cropped")
        }
        result.append(size)
    }
    guard ArraySize.count(result.filter { $0 >= 0 }) != nil else {
        throw RuleViolation(.tooLarge("the padded \(x)"))
    }
    return TensorType(x.dtype, result)
}

extension GradientRule {
    fileprivate func pad(_ attributes: PadAttributes) -> [AnyTensor?] {
        let x = inputs[0]
        return each {
            if $0 == 0 {
                // Cropped by what was added, filled up with zeros where the padding had cropped.
                let whole =
                    attributes.low.allSatisfy { $0 == 0 } && attributes.high.allSatisfy { $0 == 0 }
                let inner =
                    whole
                    ? gradient
                    : gradient.padded(
                        low: attributes.low.map { -$0 }, high: attributes.high.map { -$0 })
                if attributes.interior.allSatisfy({ $0 == 0 }) { return inner }
                return inner.sliced(
                    starts: attributes.interior.map { _ in 0 },
                    limits: attributes.interior.map { _ in Int.max },
                    strides: attributes.interior.map { $0 + 1 })
            }
            return gradient.sum(
                where: .make(.pad(attributes), [.zeros(like: x), .scalar(1, x.dtype)]))
        }
    }

    fileprivate func padLike() throws -> [AnyTensor?] {
        let (x, low, high) = (inputs[0], inputs[2], inputs[3])
        return each {
            $0 == 0
                ? .make(.sliceLike, [gradient, low.sizes, x])
                : gradient.sum(
                    where: .make(.padLike, [.zeros(like: x), .scalar(1, x.dtype), low, high]))
        }
    }
}

extension AnyTensor {
    /// The sum of the elements beside which `padding` is not 0.
    fileprivate func sum(where padding: AnyTensor) -> AnyTensor {
        let outside = select(padding .> .scalar(0, like: padding), self, .scalar(0, like: self))
        return outside.reduced(.sum, axes: Array(0..<(shape.rank ?? 0)))
    }
}

extension Evaluation {
    /// Negative paddings crop; interior padding goes between neighbours.
    fileprivate func pad(_ attributes: PadAttributes) throws -> NDArray {
        let operand = inputs[0].shape
        return try moved(fill: inputs[1]) { index in
            var source = index
            for axis in index.indices {
                let place = index[axis] - attributes.low[axis]
                let (position, gap) = place.quotientAndRemainder(
                    dividingBy: attributes.interior[axis] + 1)
                guard place >= 0, gap == 0, position < operand[axis] else { return nil }
                source[axis] = position
            }
            return source
        }
    }
}
