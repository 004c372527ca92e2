// SPDX-License-Identifier: Apache-2.0

/// A tensor that was built wrongly.
struct InvalidFamily: ConstantGradient {
    var name: String { "invalid" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("an invalid tensor has no type rule")
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        throw node.error ?? GraphError(operation: name, reason: "the tensor is invalid")
    }
}

/// An operation whose type is given and not computed.
protocol SourceFamily: ConstantGradient {}

extension SourceFamily {
    var outputCount: Int { 1 }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        throw RuleViolation("a source has no type rule")
    }
}

struct PlaceholderFamily: SourceFamily {
    let placeholder: Placeholder

    var name: String { "placeholder" }
    var cannotFail: Bool { false }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let name = placeholder.name.map { "'\($0)'" } ?? "without a name"
        throw RunError(
            .missingFeed,
            "placeholder \(name) of type \(node.types[0]) must be fed: add it to `feeding`",
            site: node.origin.site)
    }
}

struct ReadVariableFamily: SourceFamily {
    let variable: VariableHandle

    var name: String { "variable" }
    var attributeText: String { "'\(variable.name)'" }
    var cannotFail: Bool { true }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        scope.bind(node, [scope.readVersion(variable)])
    }
}

struct ParameterFamily: SourceFamily {
    let level: Int
    let index: Int

    var name: String { "parameter" }
    var attributeText: String { "\(index)" }
    var cannotFail: Bool { true }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        throw RunError(
            .invalidFetch, "a parameter of a loop or branch was used outside its body")
    }
}

struct ConstantFamily: ArrayFamily, ConstantGradient {
    let value: ConstantValue

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.any.dtypes)] }
    var name: String { "constant" }
    var attributeText: String {
        value.array.count <= 4
            ? value.array.description.onOneLine : "\(value.array.count) elements"
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 0 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [TensorType(value.array.dtype, value.array.shape)]
    }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive { .constant(value) }

    func evaluate(_ step: Step) throws -> [NDArray] { [value.array] }
}

struct IotaFamily: ArrayFamily, ProgramFamily {
    let axis: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "iota" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 0 }
    var cannotFail: Bool { true }

    func settled(_ operands: [ArrayType], _ results: [ArrayType]) -> Primitive { .iota(axis: axis) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        _ = try IotaLikeFamily(axis: axis).resultTypes(results.map(\.tensorType))
        return results
    }

    func evaluate(_ step: Step) throws -> [NDArray] { [try step.iota(axis)] }
}

struct IotaLikeFamily: ConstantGradient {
    let axis: Int

    var name: String { "iota" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try rules.iotaType(axis, operands)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        scope.bind(node, scope.emit(.iota(axis: axis), [], types, origin: node.origin))
    }
}
