// SPDX-License-Identifier: Apache-2.0

/// A Fourier transform of all lines along one axis.
package struct FourierAttributes: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Complex → complex: yⱼ = Σₖ xₖ · exp(−2πi·jk / n).
        case forward
        /// Complex → complex, with exp(+2πi·jk / n).
        case backward
        /// Real → the first n / 2 + 1 of the complex results; the others are their conjugates.
        case real
        /// These → the n real results of `backward`. In a graph the length may be open: then it is that of a
        /// second operand, or else what an even number of results would come from.
        case inverseReal(length: Int?)
    }

    /// What results are multiplied with.
    package enum Scaling: Hashable, Sendable {
        case none
        /// 1 / n.
        case length
        /// 1 / √n.
        case root
    }

    package var kind: Kind
    package var axis: Int
    package var scaling: Scaling

    package init(_ kind: Kind, axis: Int, scaling: Scaling = .none) {
        self.kind = kind
        self.axis = axis
        self.scaling = scaling
    }

    /// What results of lines of `length` elements are multiplied with.
    package func factor(length: Int) -> Double {
        switch scaling {
        case .none: 1
        case .length: 1 / Double(length)
        case .root: 1 / Double(length).squareRoot()
        }
    }

    fileprivate var name: String {
        switch kind {
        case .forward: "fft"
        case .backward: "ifft"
        case .real: "rfft"
        case .inverseReal: "irfft"
        }
    }

    fileprivate var text: String {
        let length: String =
            if case .inverseReal(let length?) = kind { ", length: \(length)" } else { "" }
        let scale =
            switch scaling {
            case .none: ""
            case .length: ", divided by the length"
            case .root: ", divided by the root of the length"
            }
        return "axis: \(axis)" + length + scale
    }
}

/// (x) → its transform, of complex numbers; see `FourierAttributes`.
struct FourierFamily: OperationFamily {
    let attributes: FourierAttributes

    var name: String { attributes.name }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let x = operands[0]
        if case .real = attributes.kind {
            try requireElements(x, [.float32, .float64])
        } else {
            try requireElements(x, [.complex64, .complex128])
        }
        try requireAxes([attributes.axis], rank: x.shape.rank)
        let dtype = resultType(x.dtype)
        guard var dims = x.shape.dims else { return [TensorType(dtype, .unknown)] }
        dims[attributes.axis] = try size(dims[attributes.axis], operands)
        return [TensorType(dtype, dims)]
    }

    private func requireElements(_ x: TensorType, _ wanted: [DType]) throws {
        guard wanted.contains(x.dtype) else {
            throw RuleViolation(.wrongElementType(.operand, x.dtype, wanted: wanted))
        }
    }

    private func resultType(_ dtype: DType) -> DType {
        switch attributes.kind {
        case .forward, .backward: dtype
        case .real: dtype.withImaginaryPart
        case .inverseReal: dtype.realPart
        }
    }

    /// The results of a line of `size` elements; −1 where that is unknown.
    private func size(_ size: Int, _ operands: [TensorType]) throws -> Int {
        guard size != 0 else {
            throw RuleViolation(
                "axis \(attributes.axis) of \(operands[0]) has no elements to transform")
        }
        switch attributes.kind {
        case .forward, .backward: return size
        case .real: return size < 0 ? -1 : size / 2 + 1
        case .inverseReal(let length):
            let like = operands.dropFirst().first.map { $0.shape[attributes.axis] ?? -1 }
            let length = length ?? like ?? (size < 0 ? -1 : Swift.max(2 * (size - 1), 1))
            guard length != 0, length >= -1 else {
                throw RuleViolation(
                    .invalidArgument("the length", value: "\(length)", wanted: "positive"))
            }
            guard length < 0 || size < 0 || size == length / 2 + 1 else {
                throw RuleViolation(
                    "\(length) real numbers come from \(length / 2 + 1) complex ones, not from "
                        + "\(size)")
            }
            return length
        }
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    /// The adjoint: the transform the other way.
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let (x, g) = (rule.inputs[0], rule.gradient)
        var adjoint = attributes
        switch attributes.kind {
        case .forward:
            adjoint.kind = .backward
            return rule.first(.make(.fourier(adjoint), [g]))
        case .backward:
            adjoint.kind = .forward
            return rule.first(.make(.fourier(adjoint), [g]))
        case .real:
            // What only the other half has is not there: each of the numbers in the middle counts once.
            let middle = halfWeights(of: g, length: x, edge: 1, middle: 0.5)
            adjoint.kind = .inverseReal(length: x.shape[attributes.axis])
            let operands = x.shape[attributes.axis] == nil ? [x] : []
            return rule.first(.make(.fourier(adjoint), [g.ofParts { $0 * middle }] + operands))
        case .inverseReal:
            adjoint.kind = .real
            let transformed = AnyTensor.make(.fourier(adjoint), [g])
            let (real, imaginary) = transformed.parts
            return rule.first(
                .complex(
                    real * halfWeights(of: real, length: g, edge: 1, middle: 2),
                    imaginary * halfWeights(of: imaginary, length: g, edge: 0, middle: 2)))
        }
    }

    /// One number for the first and, of an even length, the last of half of the results; another one for
    /// those in the middle.
    private func halfWeights(
        of half: AnyTensor, length x: AnyTensor, edge: Double, middle: Double
    ) -> AnyTensor {
        let axis = attributes.axis
        let dtype = half.dtype.realPart
        let index = AnyTensor.iota(like: half.realPart, axis: axis, dtype: .int64)
        let isEdge = (index .== 0) .| ((index * 2) .== x.elementCount(axes: [axis], as: .int64))
        return select(isEdge, .scalar(edge, dtype), .scalar(middle, dtype))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        var settled = attributes
        if case .inverseReal = attributes.kind {
            settled.kind = .inverseReal(length: types[0].shape[attributes.axis])
        }
        scope.bind(
            node,
            scope.emit(.fourierPairs(settled), [operands[0]], types, origin: node.origin))
    }
}

/// The same in a program, where complex numbers are pairs of real ones along one more axis at the end.
struct FourierPairsFamily: ArrayFamily, ProgramFamily, SettledFamily {
    let attributes: FourierAttributes

    static var functions: [PrimitiveFunction] {
        ["forward", "backward", "real", "inverseReal"].map {
            PrimitiveFunction($0, [.float32, .float64])
        }
    }
    var function: String? {
        switch attributes.kind {
        case .forward: "forward"
        case .backward: "backward"
        case .real: "real"
        case .inverseReal: "inverseReal"
        }
    }
    var name: String { attributes.name }
    var attributeText: String { attributes.text }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    var primitive: Primitive { .fourierPairs(attributes) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        var operand = operands[0]
        if case .inverseReal(nil) = attributes.kind { throw RuleViolation("the length is open") }
        if case .real = attributes.kind {
        } else {
            guard operand.shape.last == 2 else { throw RuleViolation("\(operand) is not of pairs") }
            operand = operand.type(as: operand.dtype.withImaginaryPart)
        }
        return try FourierFamily(attributes: attributes).knownTypes([operand]).map(\.inPrograms)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.fourier(attributes)]
    }
}

/// How an array is divided into lines: `outer` x `length` x `inner` elements.
package struct FourierLines: Hashable, Sendable {
    package let outer: Int
    /// Of the longer side, the real one.
    package let length: Int
    package let inner: Int

    /// The lines of a primitive's operand of so many dimensions, pairs among them.
    package init(_ attributes: FourierAttributes, _ operand: [Int]) {
        var dims = operand
        if case .real = attributes.kind {} else { dims.removeLast() }
        outer = dims[..<attributes.axis].reduce(1, *)
        inner = dims[(attributes.axis + 1)...].reduce(1, *)
        if case .inverseReal(let length?) = attributes.kind {
            self.length = length
        } else {
            length = dims[attributes.axis]
        }
    }
}

extension Evaluation {
    fileprivate func fourier(_ attributes: FourierAttributes) throws -> NDArray {
        let lines = FourierLines(attributes, inputs[0].shape)
        let (n, half, inner) = (lines.length, lines.length / 2 + 1, lines.inner)
        let numbers = Double.load(inputs[0])
        let factor = attributes.factor(length: n)
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        var watch = watch
        for outer in 0..<lines.outer {
            for offset in 0..<inner {
                try watch.note(n)
                /// The position of an element of the line in an array of so many.
                func place(_ k: Int, _ count: Int) -> Int { (outer * count + k) * inner + offset }
                var line = [ReferenceFourier.Number](repeating: .init(), count: n)
                switch attributes.kind {
                case .forward, .backward:
                    for k in 0..<n {
                        let at = 2 * place(k, n)
                        line[k] = .init(real: numbers[at], imaginary: numbers[at + 1])
                    }
                case .real: for k in 0..<n { line[k].real = numbers[place(k, n)] }
                case .inverseReal:
                    for k in 0..<half {
                        let at = 2 * place(k, half)
                        let isEdge = k == 0 || 2 * k == n
                        let imaginary = isEdge ? 0 : numbers[at + 1]
                        line[k] = .init(real: numbers[at], imaginary: imaginary)
                        if !isEdge {
                            line[n - k] = .init(real: numbers[at], imaginary: -imaginary)
                        }
                    }
                }
                let isForward = attributes.kind == .forward || attributes.kind == .real
                let transformed = ReferenceFourier.transform(line, isForward: isForward)
                switch attributes.kind {
                case .forward, .backward, .real:
                    let count = attributes.kind == .real ? half : n
                    for k in 0..<count {
                        let at = 2 * place(k, count)
                        result[at] = transformed[k].real * factor
                        result[at + 1] = transformed[k].imaginary * factor
                    }
                case .inverseReal:
                    for k in 0..<n { result[place(k, n)] = transformed[k].real * factor }
                }
            }
        }
        return try Double.store(result, dtype, shape)
    }
}
