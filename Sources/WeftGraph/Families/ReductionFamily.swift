// SPDX-License-Identifier: Apache-2.0

/// Sums, products and extremes over axes.
struct ReductionFamily: ArrayFamily {
    let kind: ReductionKind
    let axes: [Int]

    static var functions: [PrimitiveFunction] {
        ReductionKind.allCases.map { PrimitiveFunction($0.rawValue, $0.operands) }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var attributeText: String { "axes: \(axes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.reductionType(kind, axes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.reduction(kind, axes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .reduce(kind, axes: axes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.reduce(kind, axes)] }
}
