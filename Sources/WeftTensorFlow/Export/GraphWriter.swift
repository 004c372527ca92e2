// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftProtos

/// Nodes on their way into a `GraphDef`, or into the body of one of its functions.
final class GraphWriter {
    private(set) var nodes: [TFNodeDef] = []
    private var names: [String: Int] = [:]
    private var vectors: [[Int]: String] = [:]
    /// Names that are kept for nodes that come later.
    private var reserved: Set<String> = []
    /// The node whose results are in a scope of names: what is written for it stands there.
    var scope = ""
    /// Outputs of nodes of functions are called by names: `node:output:0`.
    let isFunction: Bool

    init(isFunction: Bool = false) { self.isFunction = isFunction }

    /// A name that no other node has, as TensorFlow makes them: `MatMul`, `MatMul_1`.
    func unique(_ wanted: String) -> String {
        let allowed = wanted.map { character -> Character in
            character.isASCII && (character.isLetter || character.isNumber)
                || "_./-".contains(character) ? character : "_"
        }
        var name = String(allowed)
        if name.first.map({ !$0.isLetter && !$0.isNumber && $0 != "." }) ?? true {
            name = "node" + name
        }
        let key = name.lowercased()
        guard let count = names[key] else {
            names[key] = 1
            return name
        }
        names[key] = count + 1
        return unique("\(name)_\(count)")
    }

    /// Keeps a name for the node that is added by it later, if it is free.
    func reserve(_ name: String) {
        if names[name.lowercased()] == nil, unique(name) == name { reserved.insert(name) }
    }

    /// Adds a node; its name is made of the operation's where none is given.
    ///
    /// - Returns: its first output.
    @discardableResult
    func add(
        _ op: String, _ inputs: [String], _ attributes: [String: TFAttrValue] = [:],
        name: String? = nil
    ) -> String {
        var node = TFNodeDef()
        let wanted = name ?? (scope.isEmpty ? op : "\(scope)/\(op)")
        node.name = reserved.remove(wanted) ?? unique(wanted)
        node.op = op
        node.input = inputs
        node.attr = attributes
        nodes.append(node)
        return output(0, of: node.name, op)
    }

    /// An output of a node that was added, by its first one.
    func output(_ index: Int, of first: String) -> String {
        let name = String(first.prefix { $0 != ":" })
        guard let node = nodes.last(where: { $0.name == name }) else { return first }
        return output(index, of: name, node.op)
    }

    private func output(_ index: Int, of name: String, _ op: String) -> String {
        guard isFunction else { return index == 0 ? name : "\(name):\(index)" }
        let outputs = OperationTable.byName[op]?.outputs ?? []
        if outputs.isEmpty { return "\(name):\(Self.soleOutputs[op] ?? "output"):\(index)" }
        // An output that is a list is the last.
        let place = min(index, outputs.count - 1)
        return "\(name):\(outputs[place]):\(index - place)"
    }

    /// What TensorFlow calls the output of operations that have one, where it is not `output`.
    private static let soleOutputs: [String: String] = {
        let names: [String: [String]] = [
            "y": [
                "Neg", "Abs", "Sign", "Floor", "Ceil", "Round", "Rint", "Exp", "Expm1", "Log",
                "Log1p", "Sqrt", "Rsqrt", "Reciprocal", "Sin", "Cos", "Tan", "Asin", "Acos",
                "Atan", "Sinh", "Cosh", "Tanh", "Asinh", "Acosh", "Atanh", "Sigmoid", "Erf",
                "Erfc", "Erfinv", "Lgamma", "Digamma", "LogicalNot", "Invert",
                "PopulationCount", "IsFinite", "Cast", "Transpose", "ZerosLike",
            ],
            "z": [
                "AddV2", "Sub", "Mul", "RealDiv", "TruncateDiv", "TruncateMod", "FloorDiv",
                "FloorMod", "Maximum", "Minimum", "Pow", "Atan2", "LogicalAnd", "LogicalOr",
                "NotEqual", "Equal", "Less", "LessEqual", "Greater", "GreaterEqual",
                "BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift", "Polygamma",
            ],
            "product": ["MatMul"], "activations": ["Relu"],
            "out": ["Cumsum", "Cumprod", "Complex"],
        ]
        return Dictionary(
            uniqueKeysWithValues: names.flatMap { name, ops in ops.map { ($0, name) } })
    }()

    // MARK: Constants

    func constant(_ array: NDArray, name: String? = nil) throws -> String {
        var value = TFAttrValue()
        value.tensor = try TFTensorProto(array)
        return add(
            "Const", [], ["dtype": .of(value.tensor.dtype), "value": value],
            name: name ?? (scope.isEmpty ? "Const" : "\(scope)/Const"))
    }

    /// A vector of integers: axes, sizes.
    func vector(_ numbers: [Int]) throws -> String {
        if let known = vectors[numbers] { return known }
        let made = try constant(.longs(numbers))
        vectors[numbers] = made
        return made
    }

    func scalar(_ number: Int) throws -> String { try constant(NDArray(Int64(number))) }
    func scalar(_ number: Double, _ dtype: DType) throws -> String {
        try constant(try NDArray(number).cast(to: dtype))
    }

    // MARK: Operations that many others are made of

    /// The sizes of a tensor as i64[rank].
    func sizes(of tensor: String, _ dtype: DType) throws -> String {
        add("Shape", [tensor], ["T": try .of(dtype), "out_type": try .of(.int64)])
    }

    func cast(_ tensor: String, from: DType, to: DType) throws -> String {
        if from == to { return tensor }
        return add(
            "Cast", [tensor],
            ["SrcT": try .of(from), "DstT": try .of(to), "Truncate": .of(false)])
    }

    func binary(_ op: String, _ a: String, _ b: String, _ dtype: DType) throws -> String {
        add(op, [a, b], ["T": try .of(dtype)])
    }

    func unary(_ op: String, _ x: String, _ dtype: DType) throws -> String {
        add(op, [x], ["T": try .of(dtype)])
    }

    func reshape(_ x: String, _ sizes: String, _ dtype: DType) throws -> String {
        add("Reshape", [x, sizes], ["T": try .of(dtype), "Tshape": try .of(.int64)])
    }

    func expand(_ x: String, at axis: Int, _ dtype: DType) throws -> String {
        add(
            "ExpandDims", [x, try scalar(axis)], ["T": try .of(dtype), "Tdim": try .of(.int64)])
    }

    func broadcast(_ x: String, _ sizes: String, _ dtype: DType) throws -> String {
        add("BroadcastTo", [x, sizes], ["T": try .of(dtype), "Tidx": try .of(.int64)])
    }

    func sum(
        _ x: String, _ axes: String, _ dtype: DType, op: String = "Sum", keeping: Bool = false
    ) throws -> String {
        var attributes: [String: TFAttrValue] = [
            "Tidx": try .of(.int64), "keep_dims": .of(keeping),
        ]
        if op != "All", op != "Any" { attributes["T"] = try .of(dtype) }
        return add(op, [x, axes], attributes)
    }

    /// Integers, one from each place: i64[n]. Places that are known are numbers.
    func packed(_ parts: [(known: Int?, scalar: () throws -> String)]) throws -> String {
        let known = parts.compactMap(\.known)
        if known.count == parts.count { return try vector(known) }
        let scalars = try parts.map { part in try part.known.map { try scalar($0) } ?? part.scalar()
        }
        return add(
            "Pack", scalars,
            ["T": try .of(.int64), "N": .of(scalars.count), "axis": .of(0)])
    }

    /// An element of a vector.
    func element(_ index: Int, of vector: String) throws -> String {
        add(
            "StridedSlice",
            [vector, try self.vector([index]), try self.vector([index + 1]), try self.vector([1])],
            [
                "T": try .of(.int64), "Index": try .of(.int64), "begin_mask": .of(0),
                "end_mask": .of(0), "ellipsis_mask": .of(0), "new_axis_mask": .of(0),
                "shrink_axis_mask": .of(1),
            ])
    }
}

extension TFAttrValue {
    static func of(_ dtype: DType) throws -> TFAttrValue {
        guard let type = dtype.tensorFlowType else {
            throw TensorFlowError(.unsupported, "TensorFlow has no arrays of \(dtype)")
        }
        return of(type)
    }

    static func of(_ type: TFDataType) -> TFAttrValue {
        var value = TFAttrValue()
        value.type = type
        return value
    }

    static func of(_ types: [DType]) throws -> TFAttrValue {
        var value = TFAttrValue()
        value.list = .init()
        value.list.type = try types.map { try of($0).type }
        return value
    }

    static func of(_ bool: Bool) -> TFAttrValue { AttributeDefault.bool(bool).attribute }
    static func of(_ integer: Int) -> TFAttrValue { AttributeDefault.integer(integer).attribute }
    static func of(_ text: String) -> TFAttrValue { AttributeDefault.string(text).attribute }
    static func of(_ integers: [Int]) -> TFAttrValue {
        AttributeDefault.integers(integers).attribute
    }

    static func of(_ shape: Shape) -> TFAttrValue {
        var value = TFAttrValue()
        value.shape = TFTensorShapeProto(shape)
        return value
    }
}
