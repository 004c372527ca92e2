// SPDX-License-Identifier: Apache-2.0

/// (operand, indices, updates).
struct ScatterFamily: ArrayFamily {
    let kind: ScatterKind
    let attributes: ScatterAttributes

    static var functions: [PrimitiveFunction] {
        ScatterKind.allCases.map { PrimitiveFunction($0.rawValue, $0.operands) }
    }
    var function: String? { kind.rawValue }
    var name: String { "scatter" }
    var attributeText: String { "\(kind.rawValue), axes: \(attributes.scatterAxesToOperandAxes)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 3 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.scatterType(attributes, operands)]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index != 1 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.scatter(kind, attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .scatter(kind, attributes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.scatter(kind, attributes)] }
}
