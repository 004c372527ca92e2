// SPDX-License-Identifier: Apache-2.0

/// (operand, value).
struct PadFamily: ArrayFamily {
    let attributes: PadAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "pad" }
    var attributeText: String {
        "low: \(attributes.low), high: \(attributes.high)"
            + (attributes.interior.contains { $0 != 0 }
                ? ", interior: \(attributes.interior)" : "")
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.padType(attributes, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.pad(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .pad(attributes)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.pad(attributes)] }
}
