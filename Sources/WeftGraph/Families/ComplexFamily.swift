// SPDX-License-Identifier: Apache-2.0

/// (real part, imaginary part) → complex numbers: in a program, both parts side by side along one more
/// axis at the end.
struct ComplexFamily: OperationFamily {
    var name: String { "complex" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let (real, imaginary) = (operands[0], operands[1])
        try requireSameElements(real, imaginary)
        guard real.dtype == .float32 || real.dtype == .float64 else {
            throw RuleViolation(
                .wrongElementType(.operand, real.dtype, wanted: [.float32, .float64]))
        }
        guard let shape = real.shape.merged(with: imaginary.shape) else {
            throw RuleViolation(.shapesDiffer("the parts", real.shape, imaginary.shape))
        }
        return [TensorType(real.dtype.withImaginaryPart, shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let parts = rule.gradient.knownParts
        return rule.each { $0 == 0 ? parts.real : parts.imaginary }
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let type = scope.values[operands[0]]
        guard type == scope.values[operands[1]] else {
            let shapes = operands.map { scope.values[$0].tensorType.shape }
            throw RuleViolation(.shapesDiffer("the parts", shapes[0], shapes[1]))
        }
        scope.bind(node, scope.joined(operands[0], operands[1], node.origin))
    }
}

/// (complex numbers) → their real or their imaginary parts.
struct ComplexPartFamily: OperationFamily {
    let isImaginary: Bool

    var name: String { isImaginary ? "imaginaryPart" : "realPart" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        let type = operands[0]
        guard type.dtype.isComplex else {
            throw RuleViolation(
                .wrongElementType(.operand, type.dtype, wanted: [.complex64, .complex128]))
        }
        return [TensorType(type.dtype.realPart, type.shape)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let (part, other) = (rule.gradient, AnyTensor.zeros(like: rule.gradient))
        return rule.first(isImaginary ? .complex(other, part) : .complex(part, other))
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, scope.part(of: operands[0], isImaginary: isImaginary, node.origin))
    }
}

extension LoweringScope {
    /// The pairs of two values of one type.
    func joined(_ real: Int, _ imaginary: Int, _ origin: Origin) -> Int {
        let type = values[real]
        let single = ArrayType(type.dtype, type.shape + [1])
        let sides = [real, imaginary].map {
            emit(.reshape(single.shape), [$0], single, origin: origin)
        }
        let pairs = emit(
            .concatenate(axis: type.shape.count), sides, ArrayType(type.dtype, type.shape + [2]),
            origin: origin)
        partsOfPairs[pairs] = (real, imaginary)
        return pairs
    }

    /// One of each pair. What pairs were joined from is taken as it was.
    func part(of pairs: Int, isImaginary: Bool, _ origin: Origin) -> Int {
        if let known = knownPart(of: pairs, isImaginary: isImaginary) { return known }
        let type = values[pairs]
        let shape = Array(type.shape.dropLast())
        let count = type.count
        let flat = emit(.reshape([count]), [pairs], ArrayType(type.dtype, [count]), origin: origin)
        let slice = SliceAttributes(
            starts: [Swift.min(isImaginary ? 1 : 0, count)], limits: [count], strides: [2])
        let part = emit(
            .slice(slice), [flat], ArrayType(type.dtype, [count / 2]), origin: origin)
        return emit(.reshape(shape), [part], ArrayType(type.dtype, shape), origin: origin)
    }

    private func knownPart(of pairs: Int, isImaginary: Bool) -> Int? {
        if let parts = partsOfPairs[pairs] { return isImaginary ? parts.imaginary : parts.real }
        guard let parent, let outer = outerValue(pairs),
            let part = parent.knownPart(of: outer, isImaginary: isImaginary)
        else { return nil }
        return capture(part)
    }
}
