// SPDX-License-Identifier: Apache-2.0

/// The position of an extreme element along an axis.
struct ArgReductionFamily: ArrayFamily, ConstantGradient {
    let kind: ArgReductionKind
    let axis: Int

    static var functions: [PrimitiveFunction] {
        ArgReductionKind.allCases.map {
            PrimitiveFunction($0.rawValue, DTypeClass.numeric.dtypes)
        }
    }
    var function: String? { kind.rawValue }
    var name: String { kind.rawValue }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.argReductionType(axis, operands[0])]
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        .argReduce(kind, axis: axis)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.argReduce(kind, axis)] }
}
