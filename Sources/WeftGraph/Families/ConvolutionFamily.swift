// SPDX-License-Identifier: Apache-2.0

/// A convolution over 1 to 3 spatial axes. Input `[n, spatial..., channels]`, filter
/// `[spatial..., channels / groups, outputChannels]`; cross-correlation, as everywhere in the field.
package struct ConvolutionAttributes: Hashable, Sendable {
    package var strides: [Int]
    package var padding: [AxisPadding]
    package var inputDilation: [Int]
    package var filterDilation: [Int]
    package var groups: Int

    package init(
        strides: [Int], padding: [AxisPadding], inputDilation: [Int], filterDilation: [Int],
        groups: Int
    ) {
        self.strides = strides
        self.padding = padding
        self.inputDilation = inputDilation
        self.filterDilation = filterDilation
        self.groups = groups
    }

    package var spatialRank: Int { strides.count }

    /// What is put before and behind an axis, in elements.
    package struct AxisPadding: Hashable, Sendable {
        package var low: Int
        package var high: Int
        package init(_ low: Int, _ high: Int) {
            self.low = low
            self.high = high
        }
        /// High padding that makes the output `ceil(size / stride)` long is not known before the
        /// size is; this mark stands for it.
        package static let same = AxisPadding(Int.min, Int.min)
        package var isSame: Bool { low == Int.min }
    }
}

/// (input, filter). In a program the result may be of a wider type than they: it is what they are
/// multiplied and summed in.
struct ConvolutionFamily: ArrayFamily {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolution" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try convolutionType(attributes, operands[0], operands[1])]
    }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try knownTypes(try accumulatedOperands(operands, results[0].dtype))
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolution(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .convolution(attributes.resolved(input: operands[0].shape, filter: operands[1].shape))
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.convolution(attributes, .output)]
    }
}

/// (output gradient, filter) → the gradient of the input.
struct ConvolutionInputGradientFamily: ArrayFamily, SettledFamily, ConstantGradient {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolutionInputGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the input, which it does not see")
    }

    var primitive: Primitive { .convolutionInputGradient(attributes) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try ConvolutionInputGradientLikeFamily(attributes: attributes).knownTypes(
            operands + results)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.convolution(attributes, .inputGradient)]
    }
}

/// (output gradient, filter, input).
struct ConvolutionInputGradientLikeFamily: OperationFamily {
    let attributes: ConvolutionAttributes

    var name: String { "convolutionInputGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try convolutionInputGradientType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolutionInputGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(
            input: scope.values[operands[2]].shape, filter: scope.values[operands[1]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node,
            scope.emit(
                .convolutionInputGradient(resolved), [operands[0], operands[1]], types,
                origin: node.origin))
    }
}

/// (input, output gradient) → the gradient of the filter.
struct ConvolutionFilterGradientFamily: ArrayFamily, SettledFamily, ConstantGradient {
    let attributes: ConvolutionAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "convolutionFilterGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the filter, which it does not see")
    }

    var primitive: Primitive { .convolutionFilterGradient(attributes) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try ConvolutionFilterGradientLikeFamily(attributes: attributes).knownTypes(
            operands + results)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.convolution(attributes, .filterGradient)]
    }
}

/// (input, output gradient, filter).
struct ConvolutionFilterGradientLikeFamily: OperationFamily {
    let attributes: ConvolutionAttributes

    var name: String { "convolutionFilterGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try convolutionFilterGradientType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index < 2 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.convolutionFilterGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(
            input: scope.values[operands[0]].shape, filter: scope.values[operands[2]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node,
            scope.emit(
                .convolutionFilterGradient(resolved), [operands[0], operands[1]], types,
                origin: node.origin))
    }
}

extension ConvolutionAttributes {
    fileprivate var text: String {
        "strides: \(strides)" + padding.text
            + (inputDilation.contains { $0 != 1 } ? ", input dilation: \(inputDilation)" : "")
            + (filterDilation.contains { $0 != 1 } ? ", dilation: \(filterDilation)" : "")
            + (groups == 1 ? "" : ", groups: \(groups)")
    }
}

/// - Parameter mayBeEmpty: Whether a filter that fits nowhere gives an empty result: a
///   transposed convolution of an empty input makes such shapes.
private func convolutionType(
    _ attributes: ConvolutionAttributes, _ x: TensorType, _ filter: TensorType,
    mayBeEmpty: Bool = false
) throws -> TensorType {
    try requireSameElements(x, filter)
    try requireElements(x.dtype, .numeric)
    let n = attributes.spatialRank
    guard (1...3).contains(n) else {
        throw RuleViolation(
            .invalidArgument("the number of spatial axes", value: "\(n)", wanted: "1 to 3"))
    }
    guard attributes.padding.count == n, attributes.inputDilation.count == n,
        attributes.filterDilation.count == n
    else {
        throw RuleViolation("padding and dilations must have \(n) elements like the strides")
    }
    let positive = attributes.strides + attributes.inputDilation + attributes.filterDilation
    guard positive.allSatisfy({ (1...ConvolutionAttributes.largestStep).contains($0) }),
        attributes.groups > 0
    else { throw RuleViolation("strides, dilations and groups must be positive") }
    guard attributes.padding.allSatisfy(\.isInRange) else {
        throw RuleViolation(.outOfRange("the padding"))
    }
    if let rank = x.shape.rank, rank != n + 2 {
        throw RuleViolation(.wrongRank("the input", x, wanted: n + 2...n + 2))
    }
    if let rank = filter.shape.rank, rank != n + 2 {
        throw RuleViolation(.wrongRank("the filter", filter, wanted: n + 2...n + 2))
    }
    guard let input = x.shape.dims, let window = filter.shape.dims else {
        return TensorType(x.dtype, Shape(dims: Array(repeating: -1, count: n + 2)))
    }
    let (channels, perGroup) = (input[n + 1], window[n])
    if channels >= 0, perGroup >= 0,
        channels != (CheckedSize(perGroup) * CheckedSize(attributes.groups)).value
    {
        throw RuleViolation(
            "the input has \(channels) channels, the filter wants \(perGroup)"
                + (attributes.groups > 1 ? " in each of \(attributes.groups) groups" : "")
                + ": \(x.shape) with \(filter.shape)")
    }
    if window[n + 1] >= 0, window[n + 1] % attributes.groups != 0 {
        throw RuleViolation(
            .notDivisible(
                "\(window[n + 1]) output channels", into: "\(attributes.groups) groups")
        )
    }
    var result = [input[0]]
    for i in 0..<n {
        if window[i] == 0 {
            throw RuleViolation("a spatial axis of the filter \(filter.shape) is empty")
        }
        let size = try ConvolutionAttributes.dilated(input[i + 1], attributes.inputDilation[i])
            .required("\(x) with gaps of \(attributes.inputDilation[i])")
        let extent = try ConvolutionAttributes.extent(window[i], attributes.filterDilation[i])
        guard size >= 0, extent >= 0 else {
            result.append(-1)
            continue
        }
        let output = try attributes.padding[i].outputSize(
            input: size, window: extent, stride: attributes.strides[i]
        ).required("axis \(i + 1) of \(x) with its padding")
        if output <= 0, size > 0, !mayBeEmpty {
            throw RuleViolation(
                "the filter \(filter.shape) is larger than the padded input \(x.shape)")
        }
        result.append(output)
    }
    return TensorType(x.dtype, result + [window[n + 1]])
}

/// - Parameter result: What the differentiated operation gives for the operands at hand.
func requireGradient(_ gradient: TensorType, of result: TensorType) throws {
    guard gradient.dtype == result.dtype, gradient.shape.merged(with: result.shape) != nil
    else {
        throw RuleViolation(
            "the gradient is \(gradient), what it belongs to is \(result)")
    }
}

/// Inputs: the result's gradient, the filter, a tensor of the convolution's input's type.
private func convolutionInputGradientType(
    _ attributes: ConvolutionAttributes, _ inputs: [TensorType]
) throws -> TensorType {
    let result = try convolutionType(attributes, inputs[2], inputs[1], mayBeEmpty: true)
    // Of a transposed convolution these are the result's sizes and the operand.
    guard inputs[0].dtype == result.dtype, inputs[0].shape.merged(with: result.shape) != nil else {
        throw RuleViolation("the convolution of \(inputs[2]) is \(result), not \(inputs[0])")
    }
    return inputs[2]
}

/// Inputs: the convolution's input, the result's gradient, a tensor of the filter's type.
private func convolutionFilterGradientType(
    _ attributes: ConvolutionAttributes, _ inputs: [TensorType]
) throws -> TensorType {
    let result = try convolutionType(attributes, inputs[0], inputs[2], mayBeEmpty: true)
    try requireGradient(inputs[1], of: result)
    return inputs[2]
}

/// Which of the three arrays of a convolution is computed from the other two.
enum ConvolutionRole { case output, inputGradient, filterGradient }

extension GradientRule {
    fileprivate func convolution(_ attributes: ConvolutionAttributes) -> [AnyTensor?] {
        let (x, filter) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolutionInputGradientLike(attributes), [gradient, filter, x])
                : .make(.convolutionFilterGradientLike(attributes), [x, gradient, filter])
        }
    }

    fileprivate func convolutionInputGradient(_ attributes: ConvolutionAttributes) -> [AnyTensor?] {
        let (dy, filter) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolution(attributes), [gradient, filter])
                : .make(.convolutionFilterGradientLike(attributes), [gradient, dy, filter])
        }
    }

    fileprivate func convolutionFilterGradient(_ attributes: ConvolutionAttributes) -> [AnyTensor?]
    {
        let (x, dy) = (inputs[0], inputs[1])
        return each {
            $0 == 0
                ? .make(.convolutionInputGradientLike(attributes), [dy, gradient, x])
                : .make(.convolution(attributes), [x, gradient])
        }
    }
}

extension Evaluation {
    /// All three are the same sum over triples (output element, filter element, input element),
    /// accumulated where the role says.
    fileprivate func convolution(
        _ attributes: ConvolutionAttributes, _ role: ConvolutionRole
    ) throws -> NDArray {
        guard !attributes.padding.contains(where: \.isSame) else {
            throw unsupported("the padding must be resolved in a program")
        }
        let shapes: (output: [Int], input: [Int], filter: [Int])
        switch role {
        case .output: shapes = (shape, inputs[0].shape, inputs[1].shape)
        case .inputGradient: shapes = (inputs[0].shape, shape, inputs[1].shape)
        case .filterGradient: shapes = (inputs[1].shape, inputs[0].shape, shape)
        }
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let (first, second) = (T.load(inputs[0]), T.load(inputs[1]))
            var result = [T](repeating: T.zero, count: shape.reduce(1, *))
            try forEachTriple(attributes, shapes) { output, input, filter in
                switch role {
                case .output:
                    result[output] = T.sum(result[output], T.product(first[input], second[filter]))
                case .inputGradient:
                    result[input] = T.sum(result[input], T.product(first[output], second[filter]))
                case .filterGradient:
                    result[filter] = T.sum(result[filter], T.product(first[input], second[output]))
                }
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }

    /// Offsets of the elements that meet; what lies in padding or between dilated elements is 0
    /// and meets nobody.
    fileprivate func forEachTriple(
        _ attributes: ConvolutionAttributes, _ shapes: (output: [Int], input: [Int], filter: [Int]),
        _ body: (_ output: Int, _ input: Int, _ filter: Int) -> Void
    ) throws {
        let n = attributes.spatialRank
        let (inputStrides, filterStrides) = (
            RowMajor.strides(shapes.input), RowMajor.strides(shapes.filter)
        )
        let perGroup = shapes.filter[n]
        let outputChannels = shapes.filter[n + 1]
        if outputChannels == 0 || perGroup == 0 { return }
        let outputsPerGroup = max(outputChannels / attributes.groups, 1)
        let taps = Array(shapes.filter.prefix(n))
        var output = 0
        var watch = watch
        try RowMajor.forEach(Array(shapes.output.dropLast())) { index in
            try RowMajor.forEach(taps) { tap in
                try watch.note(outputChannels * perGroup)
                var input = index[0] * inputStrides[0]
                for axis in 0..<n {
                    let place =
                        index[axis + 1] * attributes.strides[axis]
                        + tap[axis] * attributes.filterDilation[axis] - attributes.padding[axis].low
                    let (position, gap) = place.quotientAndRemainder(
                        dividingBy: attributes.inputDilation[axis])
                    guard place >= 0, gap == 0, position < shapes.input[axis + 1] else { return }
                    input += position * inputStrides[axis + 1]
                }
                var filter = 0
                for axis in 0..<n { filter += tap[axis] * filterStrides[axis] }
                for channel in 0..<outputChannels {
                    let group = channel / outputsPerGroup
                    for inner in 0..<perGroup {
                        body(
                            output + channel, input + group * perGroup + inner,
                            filter + inner * outputChannels + channel)
                    }
                }
            }
            output += outputChannels
        }
    }
}

extension [ConvolutionAttributes.AxisPadding] {
    var text: String {
        if allSatisfy(\.isSame) { return ", same" }
        if allSatisfy({ $0.low == 0 && $0.high == 0 }) { return "" }
        return ", padding: ["
            + map { $0.isSame ? "same" : "\($0.low)+\($0.high)" }.joined(separator: ", ") + "]"
    }
}

extension ConvolutionAttributes {
    /// With padding to the same size as numbers.
    func resolved(input: [Int], filter: [Int]) -> ConvolutionAttributes {
        var result = self
        for i in 0..<spatialRank {
            let (low, high) = padding[i].resolved(
                input: Self.dilated(input[i + 1], inputDilation[i]).value ?? 0,
                window: Self.dilated(filter[i], filterDilation[i]).value ?? 0, stride: strides[i])
            result.padding[i] = .init(low, high)
        }
        return result
    }
}
