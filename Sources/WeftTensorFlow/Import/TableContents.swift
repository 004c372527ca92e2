// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftFormats
import WeftProtos

/// What a graph puts into a table when it initializes it.
final class TableContents: Sendable {
    /// The table, with zeros and empty strings for what is no key.
    let table: HashTable
    private let others = Guarded<[(defaultValue: NDArray, table: HashTable)]>([])

    /// Finds the node that fills a table, and what it fills it with.
    init(of table: Resource, _ type: TableType, in source: ImportSource) throws {
        let body = source.body
        let scope = ImportScope(source, body, state: ImportState())
        for (index, node) in body.nodes.enumerated() where TableOperations.fillsTable(node.op) {
            guard let handle = node.inputs.first else { continue }
            try scope.build([handle])
            guard case .resource(table) = try scope.value(handle) else { continue }
            let call = NodeCall(
                node: node, inputs: try Self.inputs(of: node, scope), scope: scope,
                definition: OperationTable.byName[node.op])
            let (keys, values) =
                node.op.hasPrefix("InitializeTableFromTextFile")
                ? try Self.entries(of: call, type)
                : (try Self.array(1, call), try Self.array(2, call))
            guard keys.dtype == type.keys, values.dtype == type.values else {
                throw scope.error(
                    index, .malformed,
                    "it puts \(keys.dtype) and \(values.dtype) into a table from \(type.keys) to "
                        + "\(type.values)")
            }
            do {
                self.table = try HashTable(
                    table.name, keys: keys, values: values,
                    defaultValue: .filled(type.values, [], 0))
            } catch let problem as ArrayError {
                throw scope.error(index, .unsupported, problem.description)
            }
            return
        }
        throw TensorFlowError(
            .unsupported, node: table.name,
            "nothing in the graph fills the table; only tables with entries of the graph are supported"
        )
    }

    /// The table with another value for what is no key.
    func table(defaultValue: NDArray) throws -> HashTable {
        if let known = others.withLock({ $0.first { $0.defaultValue == defaultValue }?.table }) {
            return known
        }
        let made = try HashTable(
            table.name, keys: table.keys, values: table.values, defaultValue: defaultValue)
        others.withLock { $0.append((defaultValue, made)) }
        return made
    }

    private static func inputs(of node: GraphNode, _ scope: ImportScope) throws -> [ImportedValue] {
        try scope.build(node.inputs)
        return try node.inputs.map { try scope.value($0) }
    }

    /// The elements of an input, which are computed where they are no constant.
    private static func array(_ position: Int, _ call: NodeCall) throws -> NDArray {
        let tensor = try call.tensor(position)
        if case .primitive(.constant(let known)) = tensor.node.op { return known.array }
        do {
            return try Session().run([tensor])[0]
        } catch {
            throw call.error(
                .unsupported,
                "what it puts into the table must be known before the graph runs: \(error)")
        }
    }

    // MARK: Text files

    /// The entries of a text file: of each line a part, the whole of it, or its number.
    private static func entries(
        of call: NodeCall, _ type: TableType
    ) throws -> (keys: NDArray, values: NDArray) {
        guard let name = try array(1, call).byteStrings().first else {
            throw call.error(.malformed, "it names no file")
        }
        let path = String(decoding: name, as: UTF8.self)
        let file = try ReadableFile(path)
        let bytes = try file.bytes(at: 0, count: file.size)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        lines = lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        let offset = try call.int("offset")
        lines = Array(lines.dropFirst(max(0, offset)))
        let size = try call.int("vocab_size")
        if size >= 0 {
            guard lines.count >= size else {
                throw call.error(
                    .invalidRequest, "'\(path)' has \(lines.count) lines instead of \(size)")
            }
            lines = Array(lines.prefix(size))
        }
        guard let delimiter = try call.bytes("delimiter").first else {
            throw call.error(.malformed, "the attribute 'delimiter' is empty")
        }
        func column(_ attribute: String, _ dtype: DType) throws -> NDArray {
            let index = try call.int(attribute)
            switch index {
            case -1:
                return try NDArray(lines.indices.map { Int64($0) }, shape: [lines.count])
                    .cast(to: dtype)
            case -2: return try parsed(lines.map { [UInt8]($0) }, dtype, call)
            case 0...:
                let parts = try lines.enumerated().map { number, line -> [UInt8] in
                    let parts = line.split(separator: delimiter, omittingEmptySubsequences: false)
                    guard parts.indices.contains(index) else {
                        throw call.error(
                            .invalidRequest,
                            "line \(number + 1) of '\(path)' has \(parts.count) parts, no part \(index)"
                        )
                    }
                    return [UInt8](parts[index])
                }
                return try parsed(parts, dtype, call)
            default:
                throw call.error(.malformed, "the attribute '\(attribute)' is \(index)")
            }
        }
        return (
            try column("key_index", type.keys), try column("value_index", type.values)
        )
    }

    private static func parsed(
        _ texts: [[UInt8]], _ dtype: DType, _ call: NodeCall
    ) throws -> NDArray {
        if dtype == .string { return try NDArray(byteStrings: texts, shape: [texts.count]) }
        let numbers = try texts.map { text -> Double in
            let word = String(decoding: text, as: UTF8.self)
                .trimmingCharacters(in: .whitespaces)
            if dtype.isInteger, let integer = Int64(word) {
                // Of 64 bits not all are in a number of another type.
                guard let exact = Double(exactly: integer) else {
                    throw call.error(.unsupported, "'\(word)' has too many digits")
                }
                return exact
            }
            guard !dtype.isInteger, let number = Double(word) else {
                throw call.error(.invalidRequest, "'\(word)' is no \(dtype)")
            }
            return number
        }
        return try NDArray(numbers, shape: [numbers.count]).cast(to: dtype)
    }
}
