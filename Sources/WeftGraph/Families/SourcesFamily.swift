// SPDX-License-Identifier: Apache-2.0

/// The array of a constant; equal by bits when small, by identity of its memory when large.
package final class ConstantValue: Hashable, Sendable {
    package let array: NDArray
    private static let comparedBytes = 256

    package init(_ array: NDArray) { self.array = array }

    package static func == (a: ConstantValue, b: ConstantValue) -> Bool {
        if a.array.storage === b.array.storage {
            return a.array.dtype == b.array.dtype && a.array.shape == b.array.shape
        }
        guard a.array.byteCount <= comparedBytes else { return false }
        return a.array.hasSameBits(as: b.array)
    }

    package func hash(into hasher: inout Hasher) {
        if array.byteCount <= Self.comparedBytes {
            array.hashBits(into: &hasher)
        } else {
            hasher.combine(array.dtype)
            hasher.combine(array.shape)
            hasher.combine(ObjectIdentifier(array.storage))
        }
    }
}

/// The identity of a placeholder: each one is itself.
package struct Placeholder: Hashable, Sendable {
    package let id: UInt64
    package let name: String?
}

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
        throw RunError(
            .missingFeed(name: placeholder.name, node.types[0]), site: node.origin.site)
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

struct ConstantFamily: ArrayFamily, SettledFamily, ConstantGradient {
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

    var primitive: Primitive { .constant(value) }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        if value.array.dtype == .string {
            return scope.bind(node, scope.strings(value, of: node))
        }
        let value = value.array.dtype.isComplex ? ConstantValue(value.array.inReals) : value
        try scope.emit(.constant(value), operands, of: node)
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [value.array] }
}

struct IotaFamily: ArrayFamily, SettledFamily, ProgramFamily {
    let axis: Int

    static var functions: [PrimitiveFunction] { [.init(DTypeClass.numeric.dtypes)] }
    var name: String { "iota" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 0 }
    var cannotFail: Bool { true }

    var primitive: Primitive { .iota(axis: axis) }

    func programTypes(_ operands: [ArrayType], _ results: [ArrayType]) throws -> [ArrayType] {
        _ = try IotaLikeFamily(axis: axis).resultTypes(results.map(\.tensorType))
        return results
    }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] { [try evaluation.iota(axis)] }
}

struct IotaLikeFamily: ConstantGradient {
    let axis: Int

    var name: String { "iota" }
    var attributeText: String { "axis: \(axis)" }
    var outputCount: Int { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        [try iotaType(axis, operands)]
    }

    func lower(_ node: Node, _ operands: [Int], in scope: LoweringScope) throws {
        let types = try scope.types(node, operands)
        scope.bind(node, scope.emit(.iota(axis: axis), [], types, origin: node.origin))
    }
}

private func iotaType(_ axis: Int, _ inputs: [TensorType]) throws -> TensorType {
    try requireAxes([axis], rank: inputs[0].shape.rank)
    try requireElements(inputs[0].dtype, .numeric, of: .result)
    return inputs[0]
}

extension Evaluation {
    /// The index along an axis; integers wrap.
    fileprivate func iota(_ axis: Int) throws -> NDArray {
        var indices: [Int64] = []
        try forEach(shape) { indices.append(Int64($0[axis])) }
        if dtype.isFloatingPoint {
            return try Double.store(indices.map { Double($0) }, dtype, shape)
        }
        return try Int64.store(indices, dtype, shape)
    }
}

extension String {
    /// The text on one line.
    fileprivate var onOneLine: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
}
