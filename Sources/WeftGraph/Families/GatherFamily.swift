// SPDX-License-Identifier: Apache-2.0

/// (operand, indices).
struct GatherFamily: ArrayFamily {
    let attributes: GatherAttributes

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "gather" }
    var attributeText: String {
        "axes: \(attributes.startIndexMap), slices: \(attributes.sliceSizes)"
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.gatherType(attributes, operands[0], operands[1])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { index == 0 }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        rule.gather(attributes)
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive {
        var resolved = attributes
        resolved.sliceSizes = zip(attributes.sliceSizes, operands[0].shape).map {
            $0 == -1 ? $1 : $0
        }
        return .gather(resolved)
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.gather(attributes)] }
}
