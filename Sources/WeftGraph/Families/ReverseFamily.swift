// SPDX-License-Identifier: Apache-2.0

struct ReverseFamily: ArrayFamily, SettledFamily {
    let axes: [Int]

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "reverse" }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var elementFlow: ElementFlow { .moved(first: 1) }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try reverseType(axes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.reverse(axes)
    }

    var primitive: Primitive { .reverse(axes: axes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.reverse(axes)] }
}

private func reverseType(_ axes: [Int], _ x: TensorType) throws -> TensorType {
    try requireAxes(axes, rank: x.shape.rank)
    return x
}

extension GradientRule {
    fileprivate func reverse(_ axes: [Int]) -> [AnyTensor?] { first(gradient.reversed(axes: axes)) }
}

extension Evaluation {
    fileprivate func reverse(_ axes: [Int]) throws -> NDArray {
        try moved { index in
            index.indices.map { axes.contains($0) ? shape[$0] - 1 - index[$0] : index[$0] }
        }
    }
}
