// SPDX-License-Identifier: Apache-2.0

/// The results of a reduction up to each element along an axis.
struct CumulativeFamily: ArrayFamily {
    let attributes: CumulativeAttributes

    static var functions: [PrimitiveFunction] {
        ReductionKind.allCases.filter { $0 != .all && $0 != .any }.map {
            PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes)
        }
    }
    var function: String? { attributes.kind.rawValue }
    var name: String { "cumulative(\(attributes.kind.rawValue))" }
    var attributeText: String {
        "axis: \(attributes.axis)" + (attributes.isExclusive ? ", exclusive" : "")
            + (attributes.isReversed ? ", reversed" : "")
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.cumulativeType(attributes, operands[0])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        try rule.cumulative(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .cumulative(attributes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.cumulative(attributes)] }
}
