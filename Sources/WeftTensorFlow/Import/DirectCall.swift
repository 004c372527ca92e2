// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftProtos

/// A value of an attribute of an operation that a program calls by TensorFlow's name.
public enum OperationAttribute: Sendable {
    /// A truth value.
    case bool(Bool)
    /// An integer.
    case int(Int)
    /// A number, kept in single precision as files do.
    case float(Double)
    /// A string.
    case string(String)
    /// An element type.
    case type(DType)
    /// A shape, as far as it is known.
    case shape(Shape)
    /// Integers.
    case ints([Int])
    /// Numbers.
    case floats([Double])
    /// Strings.
    case strings([String])
    /// Element types.
    case types([DType])
    /// Shapes, as far as they are known.
    case shapes([Shape])

    fileprivate var message: TFAttrValue {
        var value = TFAttrValue()
        switch self {
        case .bool(let bool): value = AttributeDefault.bool(bool).attribute
        case .int(let integer): value = AttributeDefault.integer(integer).attribute
        case .float(let float): value = AttributeDefault.float(float).attribute
        case .string(let string): value = AttributeDefault.string(string).attribute
        case .type(let dtype): value = AttributeDefault.type(dtype).attribute
        case .ints(let integers): value = AttributeDefault.integers(integers).attribute
        case .shape(let shape): value.shape = TFTensorShapeProto(shape)
        case .floats(let floats): value.list.f = floats.map { Float($0) }
        case .strings(let strings):
            value.list.s = strings.map { AttributeDefault.string($0).attribute.s }
        case .types(let types): value.list.type = types.compactMap(\.tensorFlowType)
        case .shapes(let shapes): value.list.shape = shapes.map { TFTensorShapeProto($0) }
        }
        return value
    }
}

/// What an operation of TensorFlow gives for tensors that a program has: by the same row that a node of a file is
/// built by.
///
/// - Parameters:
///   - name: The operation's name in files: `Sum`.
///   - nodeName: What errors and drawings call it, and random draws are told apart by.
/// - Returns: Its outputs; for an operation that cannot be built, one tensor that carries the error.
public func tensorFlowOperation(
    _ name: String, _ inputs: [AnyTensor], _ attributes: [String: OperationAttribute] = [:],
    nodeName: String? = nil
) -> [AnyTensor] {
    if let error = inputs.first(where: { $0.error != nil }) { return [error] }
    do {
        guard let definition = OperationTable.byName[name] else {
            throw TensorFlowError(
                .unsupported, operation: name, "there is nothing for this operation")
        }
        let node = GraphNode(
            name: nodeName ?? name, op: name, inputs: [], controls: [],
            attributes: attributes.mapValues(\.message))
        let source = try ImportSource(TFGraphDef())
        let scope = ImportScope(source, source.body, state: ImportState())
        let call = NodeCall(
            node: node, inputs: inputs.map { .tensor($0) }, scope: scope, definition: definition)
        let results = try definition.build(call).compactMap { value -> AnyTensor? in
            if case .tensor(let tensor) = value { return tensor }
            return nil
        }
        let updates = scope.state.updates
        return updates.isEmpty ? results : results.map { $0.after(updates) }
    } catch {
        let reason = (error as? TensorFlowError)?.reason ?? "\(error)"
        return [.invalid(name, nodeName, "\(reason)")]
    }
}
