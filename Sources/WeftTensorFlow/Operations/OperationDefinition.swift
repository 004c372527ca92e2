// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftProtos

/// One operation of TensorFlow: what it is called, what it takes, and what it is in Weft.
///
/// A family of operations is one file with a list of these; `OperationTable` has them all.
struct OperationDefinition: Sendable {
    /// When an operation runs among those that nothing orders: reads before changes.
    enum Effect: Sendable {
        case none
        /// Changes the state of the resources among the inputs at these positions.
        case changes([Int])
        /// Is to happen, and changes no state: a print, a check.
        case host
    }

    let name: String
    /// The names by which nodes of functions call the outputs; an output that is a list is the last, or is
    /// told by `lists`. Left empty, there is one, by whatever name.
    let outputs: [String]
    /// The attributes that say how many tensors each output has, where several are lists.
    private(set) var lists: [String] = []
    /// What attributes are that a graph leaves out; files of older versions leave out many.
    let defaults: [String: AttributeDefault]
    let effect: Effect
    /// The attributes that name functions which the operation calls.
    let functions: [String]
    let build: @Sendable (NodeCall) throws -> [ImportedValue]

    init(
        _ name: String, outputs: [String] = [], defaults: [String: AttributeDefault] = [:],
        effect: Effect = .none, calling functions: [String] = [],
        values build: @escaping @Sendable (NodeCall) throws -> [ImportedValue]
    ) {
        self.name = name
        self.outputs = outputs
        self.defaults = defaults
        self.effect = effect
        self.functions = functions
        self.build = build
    }

    var callsFunctions: Bool { !functions.isEmpty }

    /// The operation with lists for outputs, as many tensors as these attributes say.
    func listing(_ attributes: [String]) -> OperationDefinition {
        var result = self
        result.lists = attributes
        return result
    }

    /// Where the outputs of a name begin among all; nil where there is no such name.
    func place(of output: String, _ attributes: [String: TFAttrValue]) -> Int? {
        guard let index = outputs.firstIndex(of: output) else { return nil }
        if lists.isEmpty { return index }
        return lists.prefix(index).reduce(0) { place, name in
            let count: Int
            switch attributes[name]?.value {
            case .i(let number): count = Int(clamping: number)
            case .list(let list): count = list.type.count
            default: count = 0
            }
            return place &+ max(0, min(count, 1 << 20))
        }
    }

    /// An operation of tensors that gives one.
    init(
        _ name: String, defaults: [String: AttributeDefault] = [:],
        _ build: @escaping @Sendable (NodeCall) throws -> AnyTensor
    ) {
        self.init(name, outputs: [], defaults: defaults, values: { [.tensor(try build($0))] })
    }

    /// An operation of tensors that gives several.
    init(
        _ name: String, outputs: [String], defaults: [String: AttributeDefault] = [:],
        tensors build: @escaping @Sendable (NodeCall) throws -> [AnyTensor]
    ) {
        self.init(
            name, outputs: outputs, defaults: defaults,
            values: { try build($0).map { .tensor($0) } })
    }
}

/// What an attribute is where a node does not have it.
enum AttributeDefault: Sendable, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    case integers([Int])
    case type(DType)

    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(floatLiteral value: Double) { self = .float(value) }
    init(stringLiteral value: String) { self = .string(value) }
    init(arrayLiteral elements: Int...) { self = .integers(elements) }

    var attribute: TFAttrValue {
        var value = TFAttrValue()
        switch self {
        case .bool(let bool): value.b = bool
        case .integer(let integer): value.i = Int64(integer)
        case .float(let float): value.f = Float(float)
        case .string(let string): value.s = Data(string.utf8)
        case .integers(let integers):
            value.list = .init()
            value.list.i = integers.map { Int64($0) }
        case .type(let dtype): value.type = dtype.tensorFlowType ?? .dtInvalid
        }
        return value
    }
}
