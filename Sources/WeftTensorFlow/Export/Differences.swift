// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import Weft
import WeftProtos

/// In what two files differ, one line for each part.
public struct TensorFlowDifferences: Sendable, CustomStringConvertible {
    /// What is in the first alone.
    public internal(set) var removed: [String] = []
    /// What is in the second alone.
    public internal(set) var added: [String] = []
    /// What both have, and how it differs, by name.
    public internal(set) var changed: [String: String] = [:]

    /// Whether both have the same.
    public var isEmpty: Bool { removed.isEmpty && added.isEmpty && changed.isEmpty }

    /// A line for each difference: `- name`, `+ name`, `~ name: how`.
    public var description: String {
        let lines =
            removed.map { "- \($0)" } + added.map { "+ \($0)" }
            + changed.sorted { $0.key < $1.key }.map { "~ \($0.key): \($0.value)" }
        return lines.joined(separator: "\n")
    }

    init(_ first: Set<String>, _ second: Set<String>, change: (String) throws -> String?) rethrows {
        removed = first.subtracting(second).sorted()
        added = second.subtracting(first).sorted()
        for name in first.intersection(second) {
            if let how = try change(name) { changed[name] = how }
        }
    }
}

extension TensorFlowGraph {
    /// In what another graph differs, node by node and function by function. An attribute that is left out is
    /// the same as its default.
    public func differences(to other: TensorFlowGraph) -> TensorFlowDifferences {
        func nodes(_ graph: TFGraphDef) -> [String: TFNodeDef] {
            var all = Dictionary(
                graph.node.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            for function in graph.library.function {
                for node in function.nodeDef {
                    all["\(function.signature.name)/\(node.name)"] = node
                }
            }
            return all
        }
        let (own, others) = (nodes(definition), nodes(other.definition))
        return TensorFlowDifferences(Set(own.keys), Set(others.keys)) { name in
            guard let a = own[name], let b = others[name] else { return nil }
            if a.op != b.op { return "\(a.op) and \(b.op)" }
            var parts: [String] = []
            if a.input != b.input {
                parts.append(
                    "inputs [\(a.input.joined(separator: ", "))] and "
                        + "[\(b.input.joined(separator: ", "))]")
            }
            let defaults = OperationTable.byName[a.op]?.defaults ?? [:]
            for key in Set(a.attr.keys).union(b.attr.keys).sorted()
            where !key.hasPrefix("_") {
                let (x, y) = (
                    a.attr[key] ?? defaults[key]?.attribute, b.attr[key] ?? defaults[key]?.attribute
                )
                if x != y, !Self.isSameArray(x, y) {
                    parts.append(
                        "\(key) \(x.map(Self.text) ?? "none") and \(y.map(Self.text) ?? "none")")
                }
            }
            return parts.isEmpty ? nil : parts.joined(separator: "; ")
        }
    }

    /// Arrays are written in several ways.
    private static func isSameArray(_ a: TFAttrValue?, _ b: TFAttrValue?) -> Bool {
        guard case .tensor(let x)? = a?.value, case .tensor(let y)? = b?.value,
            let x = try? x.array(), let y = try? y.array()
        else { return false }
        return x.dtype == y.dtype && x.shape == y.shape && x.hasSameBits(as: y)
    }

    private static func text(_ value: TFAttrValue) -> String {
        if case .tensor(let tensor)? = value.value {
            guard let array = try? tensor.array() else { return "an array" }
            return "\(TensorType(array.dtype, Shape(array.shape.map { Optional($0) })))"
                + (array.count <= 8 ? " \(array)" : "")
        }
        let text = value.textFormatString().split(whereSeparator: \.isNewline)
            .joined(separator: " ")
        return text.count > 120 ? "\(text.prefix(120))…" : text
    }
}

extension TensorFlowCheckpoint {
    /// In what another checkpoint differs, array by array.
    ///
    /// - Throws: `FileError` when an array cannot be read.
    public func differences(to other: TensorFlowCheckpoint) throws -> TensorFlowDifferences {
        try TensorFlowDifferences(Set(names), Set(other.names)) { name in
            guard let a = try entry(named: name), let b = try other.entry(named: name) else {
                return nil
            }
            if a.typeName != b.typeName || a.shape != b.shape {
                return "\(a.typeName)\(a.shape) and \(b.typeName)\(b.shape)"
            }
            let (x, y) = (try array(named: name), try other.array(named: name))
            if x.hasSameBits(as: y) || x == y { return nil }
            guard x.dtype.isNumeric else { return "its elements" }
            let distances = zip(x.doubles, y.doubles).map { abs($0 - $1) }
            let count = distances.count { $0 != 0 }
            return "\(count) of \(x.count) elements, by up to \(distances.max() ?? 0)"
        }
    }
}
