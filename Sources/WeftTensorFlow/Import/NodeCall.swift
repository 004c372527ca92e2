// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftProtos

/// A node whose inputs are there: what an operation's definition builds from.
struct NodeCall {
    let node: GraphNode
    let inputs: [ImportedValue]
    let scope: ImportScope
    let definition: OperationDefinition?

    // MARK: Inputs

    /// How many inputs there are, without those that only order.
    var count: Int { inputs.count }

    /// An input as it is.
    func input(_ position: Int) throws -> ImportedValue {
        guard inputs.indices.contains(position) else {
            throw error(.malformed, "input \(position) is missing")
        }
        return inputs[position]
    }

    /// An input that is a tensor; of a variable its value now.
    func tensor(_ position: Int) throws -> AnyTensor {
        switch try input(position) {
        case .tensor(let tensor): return tensor
        case .resource(let resource), .alias(let resource, _):
            return try scope.tensor(of: resource)
        case .list, .nothing: throw error(.malformed, "input \(position) is no tensor")
        }
    }

    /// All inputs from a position on, up to another.
    func tensors(from start: Int = 0, to end: Int? = nil) throws -> [AnyTensor] {
        try (start..<max(start, end ?? count)).map { try tensor($0) }
    }

    /// An input that is a list.
    func list(_ position: Int) throws -> ImportedList {
        guard case .list(let list) = try input(position) else {
            throw error(.malformed, "input \(position) is no list")
        }
        return list
    }

    /// An input that is a resource: a variable, a stack, a table.
    func resource(_ position: Int) throws -> Resource {
        guard case .resource(let resource) = try input(position) else {
            throw error(.malformed, "input \(position) is no resource")
        }
        return resource
    }

    /// The integers of an input that are known before anything runs: axes, sizes.
    func integers(_ position: Int) throws -> [Int] {
        let tensor = try tensor(position)
        if let error = tensor.error { throw error }
        guard let known = try tensor.knownIntegers ?? ConstantValues.integers(of: tensor) else {
            throw error(
                .unsupported,
                "input \(position), \(tensor.type), must be known before the graph runs; "
                    + "make it a constant, or give the shapes of what is fed")
        }
        return known
    }

    /// The only integer of an input that is known before anything runs.
    func integer(_ position: Int) throws -> Int {
        let known = try integers(position)
        guard known.count == 1 else {
            throw error(.malformed, "input \(position) has \(known.count) elements instead of one")
        }
        return known[0]
    }

    // MARK: Attributes

    /// An attribute, its default where the node does not have it; nil where there is neither.
    func attribute(_ name: String) -> TFAttrValue? {
        node.attributes[name] ?? definition?.defaults[name]?.attribute
    }

    private func required(_ name: String) throws -> TFAttrValue {
        guard let value = attribute(name) else {
            throw error(.malformed, "the attribute '\(name)' is missing")
        }
        return value
    }

    private func wrong(_ name: String, _ wanted: String) -> TensorFlowError {
        error(.malformed, "the attribute '\(name)' is no \(wanted)")
    }

    /// An element type.
    func dtype(_ name: String) throws -> DType {
        guard case .type(let type) = try required(name).value else { throw wrong(name, "type") }
        guard let dtype = type.dtype else {
            throw error(.unsupported, "the attribute '\(name)' is \(type), which has no place here")
        }
        return dtype
    }

    func dtypes(_ name: String) throws -> [DType] {
        guard case .list(let list) = try required(name).value else {
            throw wrong(name, "list of types")
        }
        return try list.type.map {
            guard let dtype = $0.dtype else {
                throw error(
                    .unsupported, "the attribute '\(name)' has \($0), which has no place here")
            }
            return dtype
        }
    }

    func bool(_ name: String) throws -> Bool {
        guard case .b(let value) = try required(name).value else {
            throw wrong(name, "truth value")
        }
        return value
    }

    func int(_ name: String) throws -> Int {
        guard case .i(let value) = try required(name).value else { throw wrong(name, "integer") }
        return Int(value)
    }

    func float(_ name: String) throws -> Double {
        switch try required(name).value {
        case .f(let value): return Double(value)
        case .i(let value): return Double(value)
        default: throw wrong(name, "number")
        }
    }

    func string(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        guard case .s(let value) = try required(name).value else { throw wrong(name, "string") }
        return [UInt8](value)
    }

    func ints(_ name: String) throws -> [Int] {
        guard case .list(let list) = try required(name).value else {
            throw wrong(name, "list of integers")
        }
        return list.i.map { Int($0) }
    }

    func floats(_ name: String) throws -> [Double] {
        guard case .list(let list) = try required(name).value else {
            throw wrong(name, "list of numbers")
        }
        return list.f.map { Double($0) }
    }

    func strings(_ name: String) throws -> [String] {
        guard case .list(let list) = try required(name).value else {
            throw wrong(name, "list of strings")
        }
        return list.s.map { String(decoding: $0, as: UTF8.self) }
    }

    func shape(_ name: String) throws -> Shape {
        guard case .shape(let shape) = try required(name).value else { throw wrong(name, "shape") }
        return shape.shape
    }

    /// A function by the attribute that names it.
    func function(_ name: String) throws -> GraphBody {
        guard case .func(let function) = try required(name).value else {
            throw wrong(name, "function")
        }
        return try scope.source.function(function.name)
    }

    /// Functions by the attribute that names them.
    func functions(_ name: String) throws -> [GraphBody] {
        guard case .list(let list) = try required(name).value else {
            throw wrong(name, "list of functions")
        }
        return try list.func.map { try scope.source.function($0.name) }
    }

    // MARK: Errors

    /// An error that names this node.
    func error(_ kind: TensorFlowError.Kind, _ reason: String) -> TensorFlowError {
        TensorFlowError(
            kind, node: GraphBody.label(node.name, in: scope.body.function), operation: node.op,
            reason)
    }
}
