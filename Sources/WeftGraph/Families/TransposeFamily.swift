// SPDX-License-Identifier: Apache-2.0

/// Axis i of the result is axis `permutation[i]` of the operand.
struct TransposeFamily: ArrayFamily, SettledFamily {
    let permutation: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "transpose" }
    var attributeText: String { "\(permutation)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try transposeType(permutation, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.transpose(permutation)
    }

    var primitive: Primitive { .transpose(permutation) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        [try evaluation.transpose(permutation)]
    }
}

private func transposeType(_ permutation: [Int], _ x: TensorType) throws -> TensorType {
    guard permutation.sorted() == Array(permutation.indices) else {
        throw RuleViolation("\(permutation) is no permutation")
    }
    guard let dims = x.shape.dims else {
        return TensorType(x.dtype, Array(repeating: -1, count: permutation.count))
    }
    guard dims.count == permutation.count else {
        throw RuleViolation("\(permutation) does not permute the axes of \(x)")
    }
    return TensorType(x.dtype, permutation.map { dims[$0] })
}

extension GradientRule {
    fileprivate func transpose(_ permutation: [Int]) -> [AnyTensor?] {
        first(gradient.transposed(permutation: inverse(of: permutation)))
    }
}

extension Evaluation {
    /// Axis i of the output is axis `permutation[i]` of the operand.
    fileprivate func transpose(_ permutation: [Int]) throws -> NDArray {
        try moved { index in
            var source = index
            for (axis, from) in permutation.enumerated() { source[from] = index[axis] }
            return source
        }
    }
}

/// The permutation that undoes `permutation`.
func inverse(of permutation: [Int]) -> [Int] {
    var result = permutation
    for (index, axis) in permutation.enumerated() { result[axis] = index }
    return result
}
