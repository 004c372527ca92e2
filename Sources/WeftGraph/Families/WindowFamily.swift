// SPDX-License-Identifier: Apache-2.0

package enum WindowKind: String, CaseIterable, Hashable, Sendable {
    case sum, maximum = "max", minimum = "min"
}

/// A window that slides over every axis; padding acts as the identity of the reduction.
package struct WindowAttributes: Hashable, Sendable {
    package var sizes: [Int]
    package var strides: [Int]
    package var padding: [ConvolutionAttributes.AxisPadding]
    package var dilations: [Int]

    package init(
        sizes: [Int], strides: [Int], padding: [ConvolutionAttributes.AxisPadding], dilations: [Int]
    ) {
        self.sizes = sizes
        self.strides = strides
        self.padding = padding
        self.dilations = dilations
    }
}

/// A reduction over windows that slide along every axis.
struct WindowFamily: ArrayFamily {
    let kind: WindowKind
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] {
        WindowKind.allCases.map { PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes) }
    }
    var function: String? { kind.rawValue }
    var name: String { "\(kind.rawValue)Pool" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try windowType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.window(kind, attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .window(kind, attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.window(kind, attributes)]
    }
}

/// (output gradient) → the gradient of the operand of a window sum.
struct WindowSumGradientFamily: ArrayFamily, SettledFamily, ConstantGradient {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "sumPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("the type of its result is that of the operand, which it does not see")
    }

    var primitive: Primitive { .windowSumGradient(attributes) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        try WindowSumGradientLikeFamily(attributes: attributes).knownTypes(operands + results)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.windowSumGradient(attributes)]
    }
}

/// (output gradient, operand).
struct WindowSumGradientLikeFamily: OperationFamily {
    let attributes: WindowAttributes

    var name: String { "sumPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try windowGradientType(attributes, of: operands[1], operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.windowSumGradient(attributes)
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let resolved = attributes.resolved(operand: scope.values[operands[1]].shape)
        let types = try scope.types(node, operands)
        scope.bind(
            node,
            scope.emit(.windowSumGradient(resolved), [operands[0]], types, origin: node.origin))
    }
}

/// (operand, output gradient) → the gradient of the operand: the first maximum gets it all.
struct MaxPoolGradientFamily: ArrayFamily {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "maxPoolGradient" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try windowGradientType(attributes, of: operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.maxPoolGradient(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .maxPoolGradient(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.maxPoolGradient(attributes)]
    }
}

/// (operand, t of its shape) → t where each window has its first maximum.
struct MaxPoolPickFamily: ArrayFamily {
    let attributes: WindowAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "maxPoolPick" }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try maxPoolPickType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.maxPoolPick(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .maxPoolPick(attributes.resolved(operand: operands[0].shape))
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.maxPoolPick(attributes)]
    }
}

extension WindowAttributes {
    fileprivate var text: String {
        "sizes: \(sizes), strides: \(strides)" + padding.text
            + (dilations.contains { $0 != 1 } ? ", dilations: \(dilations)" : "")
    }
}

private func windowType(_ attributes: WindowAttributes, _ x: TensorType) throws -> TensorType {
    try requireElements(x.dtype, .numeric)
    let rank = attributes.sizes.count
    guard attributes.strides.count == rank, attributes.padding.count == rank,
        attributes.dilations.count == rank
    else { throw RuleViolation("sizes, strides, padding and dilations must be of one length") }
    let positive = attributes.sizes + attributes.strides + attributes.dilations
    guard positive.allSatisfy({ (1...ConvolutionAttributes.largestStep).contains($0) }) else {
        throw RuleViolation("window sizes, strides and dilations must be positive")
    }
    guard
        attributes.padding.allSatisfy({
            $0.isInRange && ($0.isSame || $0.low >= 0 && $0.high >= 0)
        })
    else { throw RuleViolation("the padding of a window must not be negative") }
    guard let dims = x.shape.dims else {
        return TensorType(x.dtype, Shape(dims: Array(repeating: -1, count: rank)))
    }
    guard dims.count == rank else {
        throw RuleViolation(.wrongRank("the operand", x, wanted: rank...rank))
    }
    var result: [Int] = []
    for i in 0..<rank {
        let extent = try ConvolutionAttributes.extent(
            attributes.sizes[i], attributes.dilations[i])
        let output = try attributes.padding[i].outputSize(
            input: dims[i], window: extent, stride: attributes.strides[i]
        ).required("axis \(i) of \(x) with its padding")
        if output == 0, dims[i] > 0 {
            throw RuleViolation("the window \(attributes.sizes) is larger than \(x)")
        }
        result.append(output)
    }
    return TensorType(x.dtype, result)
}

private func windowGradientType(
    _ attributes: WindowAttributes, of x: TensorType, _ gradient: TensorType
) throws -> TensorType {
    try requireGradient(gradient, of: try windowType(attributes, x))
    return x
}

/// Inputs: what has the maxima, what is picked from.
private func maxPoolPickType(
    _ attributes: WindowAttributes, _ inputs: [TensorType]
) throws -> TensorType {
    try requireGradient(inputs[1], of: inputs[0])
    return try windowType(attributes, inputs[0])
}

extension GradientRule {
    fileprivate func window(_ kind: WindowKind, _ attributes: WindowAttributes) -> [AnyTensor?] {
        let x = inputs[0]
        switch kind {
        case .sum: return first(.make(.windowSumGradientLike(attributes), [gradient, x]))
        case .maximum: return first(.make(.maxPoolGradient(attributes), [x, gradient]))
        case .minimum:
            // The least is minus the greatest of the negatives, at the same place.
            return first(.make(.maxPoolGradient(attributes), [-x, gradient]))
        }
    }

    fileprivate func windowSumGradient(_ attributes: WindowAttributes) -> [AnyTensor?] {
        first(.make(.window(.sum, attributes), [gradient]))
    }

    /// Linear in the gradient that it places; constant in what decides the places.
    fileprivate func maxPoolGradient(_ attributes: WindowAttributes) -> [AnyTensor?] {
        [nil, isNeeded(1) ? .make(.maxPoolPick(attributes), [inputs[0], gradient]) : nil]
    }

    fileprivate func maxPoolPick(_ attributes: WindowAttributes) -> [AnyTensor?] {
        [nil, isNeeded(1) ? .make(.maxPoolGradient(attributes), [inputs[0], gradient]) : nil]
    }
}

extension Evaluation {
    /// The offsets of the elements in each window, in row-major order of the windows, each in
    /// row-major order of its elements. Padding holds none.
    fileprivate func forEachWindow(
        _ attributes: WindowAttributes, _ operand: [Int], _ windows: [Int],
        _ body: (_ window: Int, _ elements: [Int]) throws -> Void
    ) throws {
        let attributes = attributes.clipped(to: operand, outputs: windows)
        let strides = RowMajor.strides(operand)
        var window = 0
        var watch = watch
        try RowMajor.forEach(windows) { index in
            var elements: [Int] = []
            try RowMajor.forEach(attributes.sizes) { place in
                try watch.note()
                var offset = 0
                for axis in operand.indices {
                    let position =
                        index[axis] * attributes.strides[axis]
                        + place[axis] * attributes.dilations[axis] - attributes.padding[axis].low
                    guard position >= 0, position < operand[axis] else { return }
                    offset += position * strides[axis]
                }
                elements.append(offset)
            }
            try body(window, elements)
            window += 1
        }
    }

    fileprivate func requireResolved(_ attributes: WindowAttributes) throws {
        guard !attributes.padding.contains(where: \.isSame) else {
            throw unsupported("the padding must be resolved in a program")
        }
    }

    fileprivate func window(_ kind: WindowKind, _ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        let reduction: ReductionKind =
            switch kind {
            case .sum: .sum
            case .maximum: .maximum
            case .minimum: .minimum
            }
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let operand = T.load(inputs[0])
            let function = T.function(reduction.binary, dtype)
            var result: [T] = []
            try forEachWindow(attributes, inputs[0].shape, shape) { _, elements in
                result.append(
                    elements.reduce(reduction.identity(T.self, dtype)) {
                        function($0, operand[$1]) ?? $0
                    })
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }

    /// Every element gets the sum of the gradients of the windows that hold it.
    fileprivate func windowSumGradient(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let gradient = T.load(inputs[0])
            var result = [T](repeating: T.zero, count: shape.reduce(1, *))
            try forEachWindow(attributes, shape, inputs[0].shape) { window, elements in
                for element in elements {
                    result[element] = T.sum(result[element], gradient[window])
                }
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }

    /// A window's first maximum, the first NaN if there is one; nil for a window in the padding.
    fileprivate func firstMaximum<T: WideNumber>(
        _ elements: [Int], _ operand: [T], _ dtype: DType
    ) -> Int? {
        guard var best = elements.first else { return nil }
        for element in elements.dropFirst()
        where isMoreExtreme(operand[element], than: operand[best], greatest: true, dtype) {
            best = element
        }
        return best
    }

    fileprivate func maxPoolGradient(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let (operand, gradient) = (T.load(inputs[0]), T.load(inputs[1]))
            var result = [T](repeating: T.zero, count: operand.count)
            try forEachWindow(attributes, inputs[0].shape, inputs[1].shape) { window, elements in
                if let place = firstMaximum(elements, operand, dtype) {
                    result[place] = T.sum(result[place], gradient[window])
                }
            }
            return try T.store(result, dtype, shape)
        }
        return try widened(dtype) { try evaluate($0) }
    }

    fileprivate func maxPoolPick(_ attributes: WindowAttributes) throws -> NDArray {
        try requireResolved(attributes)
        func evaluate<T: WideNumber>(_: T.Type) throws -> NDArray {
            let operand = T.load(inputs[0])
            var sources: [Int] = []
            try forEachWindow(attributes, inputs[0].shape, shape) { _, elements in
                sources.append(firstMaximum(elements, operand, inputs[0].dtype) ?? -1)
            }
            return try inputs[1].taking(sources, shape: shape)
        }
        return try widened(inputs[0].dtype) { try evaluate($0) }
    }
}

extension WindowAttributes {
    /// With padding to the same size as numbers.
    func resolved(operand dims: [Int]) -> WindowAttributes {
        var result = self
        for i in sizes.indices {
            let (low, high) = padding[i].resolved(
                input: dims[i],
                window: ConvolutionAttributes.dilated(sizes[i], dilations[i]).value ?? 0,
                stride: strides[i])
            result.padding[i] = .init(low, high)
        }
        return result
    }
}
