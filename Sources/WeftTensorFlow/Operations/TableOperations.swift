// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftFormats
import WeftProtos

/// Tables that words are looked up in.
///
/// A table has what the graph's own initializer puts into it, from the beginning: running the initializer does
/// nothing more. What a run puts into a table besides is not supported.
enum TableOperations {
    private static let kinds = [
        "HashTable", "MutableHashTable", "MutableDenseHashTable", "AnonymousHashTable",
        "AnonymousMutableHashTable",
    ]
    private static let initializers = [
        "InitializeTable", "InitializeTableFromTextFile", "LookupTableImport",
    ]

    static let all: [OperationDefinition] = making + filling + reading + changing

    private static let making: [OperationDefinition] = kinds.flatMap(versions).map { name in
        OperationDefinition(
            name, outputs: ["table_handle"], defaults: ["shared_name": ""],
            values: { [.resource(try table($0))] })
    }

    private static let filling: [OperationDefinition] = initializers.flatMap(versions).map { name in
        OperationDefinition(name, defaults: textFileDefaults, values: { _ in [] })
    }

    private static let reading: [OperationDefinition] = ["", "V2"].flatMap { version in
        [
            OperationDefinition("LookupTableFind\(version)") { try find($0) },
            OperationDefinition("LookupTableSize\(version)") { call in
                .constant(NDArray(Int64(try contents(call).table.count)))
            },
            OperationDefinition(
                "LookupTableExport\(version)", outputs: ["keys", "values"],
                tensors: { call in
                    let table = try contents(call).table
                    return [.constant(table.keys), .constant(table.values)]
                }),
        ]
    }

    private static let changing: [OperationDefinition] =
        ["LookupTableInsert", "LookupTableRemove"].flatMap(versions).map { name in
            OperationDefinition(
                name,
                values: { call in
                    throw call.error(
                        .unsupported,
                        "a run does not change tables; put everything in when they are made")
                })
        }

    static let textFileDefaults: [String: AttributeDefault] = [
        "vocab_size": -1, "delimiter": "\t", "offset": 0,
    ]

    private static func versions(_ name: String) -> [String] { [name, "\(name)V2"] }

    static func makesTable(_ op: String) -> Bool {
        kinds.contains { op == $0 || op == "\($0)V2" }
    }

    static func fillsTable(_ op: String) -> Bool {
        initializers.contains { op == $0 || op == "\($0)V2" }
    }

    private static func table(_ call: NodeCall) throws -> Resource {
        let shared = try call.string("shared_name")
        let name =
            shared.isEmpty ? GraphBody.label(call.node.name, in: call.scope.body.function) : shared
        return try call.scope.source.table(name) {
            TableType(keys: try call.dtype("key_dtype"), values: try call.dtype("value_dtype"))
        }
    }

    private static func contents(_ call: NodeCall) throws -> TableContents {
        let table = try call.resource(0)
        guard case .table(let type) = table.kind else {
            throw call.error(.malformed, "'\(table.name)' is no table")
        }
        return try call.scope.source.contents(of: table) {
            try TableContents(of: table, type, in: call.scope.source)
        }
    }

    private static func find(_ call: NodeCall) throws -> AnyTensor {
        let contents = try contents(call)
        let (keys, fallback) = (try call.tensor(1), try call.tensor(2))
        guard keys.dtype == contents.table.keys.dtype else {
            throw call.error(
                .invalidRequest,
                "the keys are \(keys.type), and those of the table "
                    + "\(contents.table.keys.dtype)")
        }
        guard fallback.dtype == contents.table.values.dtype else {
            throw call.error(
                .invalidRequest,
                "the default is \(fallback.type), and the table's values "
                    + "\(contents.table.values.dtype)")
        }
        if case .primitive(.constant(let known)) = fallback.node.op, fallback.rank == 0 {
            return try contents.table(defaultValue: known.array).lookup(keys)
        }
        return select(contents.table.contains(keys), contents.table.lookup(keys), fallback)
    }
}
