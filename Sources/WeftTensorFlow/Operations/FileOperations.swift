// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftFormats

/// Values that are read from files and written to them.
enum FileOperations {
    static let all: [OperationDefinition] = [
        OperationDefinition("RestoreV2", outputs: ["tensors"], effect: .host, values: restored),
        OperationDefinition("SaveV2", effect: .host, values: saved),
        // Those of the first kind of checkpoints.
        OperationDefinition("Restore", effect: .host, values: restored),
        OperationDefinition("RestoreSlice", effect: .host, values: restored),
        OperationDefinition("Save", effect: .host, values: saved),
        OperationDefinition("SaveSlices", effect: .host, values: saved),
        OperationDefinition("MergeV2Checkpoints", effect: .host, values: merged),
        OperationDefinition("ShardedFilename") { call in
            hostCall(shardedName, try call.tensors(to: 3))[0]
        },
        OperationDefinition("ShardedFilespec") { call in
            hostCall(shardedPattern, try call.tensors(to: 2))[0]
        },
        OperationDefinition("ReadFile", effect: .host) { call in
            [.tensor(hostCall(readFile, [try call.tensor(0)])[0])]
        },
        OperationDefinition("WriteFile", effect: .host) { call in
            call.scope.state.updates.append(hostUpdate(writeFile, try call.tensors(to: 2)))
            return []
        },
    ]

    // MARK: Checkpoints

    private static func restored(_ call: NodeCall) throws -> [ImportedValue] {
        let isOne = call.node.op != "RestoreV2"
        let hasParts = call.node.op != "Restore"
        let dtypes = try isOne ? [call.dtype("dt")] : call.dtypes("dtypes")
        let types = try zip(dtypes, shapes(call, dtypes)).map { HostResult.array($0, $1) }
        let (node, operation) = (call.node.name, call.node.op)
        let function = HostFunction("\(node)", results: types, isStateful: true) { inputs in
            let checkpoint = try TensorFlowCheckpoint(try text(inputs[0]))
            let names = try texts(inputs[1])
            let parts = try hasParts ? texts(inputs[2]) : names.map { _ in "" }
            guard names.count == dtypes.count, parts.count == dtypes.count else {
                throw TensorFlowError(
                    .invalidRequest, node: node, operation: operation,
                    "\(names.count) names and \(parts.count) parts for \(dtypes.count) arrays")
            }
            return try zip(names, parts).map { try checkpoint.array(named: $0, part: $1) }
        }
        return hostCall(function, try call.tensors(to: hasParts ? 3 : 2)).map { .tensor($0) }
    }

    /// The shapes of arrays that are restored: those of the variables that they are assigned to, or else what
    /// the checkpoint says, where it is known already.
    private static func shapes(_ call: NodeCall, _ dtypes: [DType]) throws -> [[Int]] {
        let body = call.scope.body
        guard let node = body.indices[call.node.name] else { return [] }
        var found: [Int: [Int]] = [:]
        for assignment in body.nodes
        where RestorePlan.assignments.contains(assignment.op) && assignment.inputs.count >= 2 {
            var endpoint = assignment.inputs[1]
            for _ in 0...body.nodes.count {
                guard endpoint.node != node,
                    RestorePlan.passing.contains(body.nodes[endpoint.node].op),
                    let next = body.nodes[endpoint.node].inputs.first
                else { break }
                endpoint = next
            }
            guard endpoint.node == node,
                case .resource(let resource)? = try call.scope.origin(
                    of: assignment.inputs[0], changedBy: node)
            else { continue }
            found[endpoint.output] = resource.variable?.shape
        }
        let (prefix, names) = (try call.tensor(0).knownStrings, try call.tensor(1).knownStrings)
        return try dtypes.indices.map { output in
            if let shape = found[output] { return shape }
            if let prefix = prefix?.first, let names, names.indices.contains(output),
                let entry = try TensorFlowCheckpoint(prefix).entry(named: names[output])
            {
                return entry.shape
            }
            throw call.error(
                .unsupported,
                "the shape of output \(output) is not known before the file is read; assign it to a variable, "
                    + "or make the file's name a constant")
        }
    }

    private static func saved(_ call: NodeCall) throws -> [ImportedValue] {
        let (node, operation) = (call.node.name, call.node.op)
        let hasParts = operation != "Save"
        let function = HostFunction("\(node)", results: [], isStateful: true) { inputs in
            let path = try text(inputs[0])
            let names = try texts(inputs[1])
            let parts = try hasParts ? texts(inputs[2]) : names.map { _ in "" }
            let arrays = inputs.dropFirst(hasParts ? 3 : 2)
            guard names.count == arrays.count, parts.count == arrays.count else {
                throw TensorFlowError(
                    .invalidRequest, node: node, operation: operation,
                    "\(names.count) names and \(parts.count) parts for \(arrays.count) arrays")
            }
            try Folder.make(Folder.parent(of: path))
            let items = zip(zip(names, parts), arrays)
            if operation == "SaveV2" {
                var writer = CheckpointWriter(path)
                for ((name, part), array) in items { try writer.add(name, array, part: part) }
                try writer.write()
            } else {
                var writer = SliceTableWriter(path)
                for ((name, part), array) in items { try writer.add(name, array, part: part) }
                try writer.write()
            }
            return []
        }
        call.scope.state.updates.append(hostUpdate(function, try call.tensors()))
        return []
    }

    private static func merged(_ call: NodeCall) throws -> [ImportedValue] {
        let deletes = try call.attribute("delete_old_dirs") == nil || call.bool("delete_old_dirs")
        let function = HostFunction("\(call.node.name)", results: [], isStateful: true) { inputs in
            try CheckpointMerging.merge(
                try texts(inputs[0]), into: try text(inputs[1]), removingFolders: deletes)
            return []
        }
        call.scope.state.updates.append(hostUpdate(function, try call.tensors(to: 2)))
        return []
    }

    private static let shardedName = HostFunction(
        "ShardedFilename", results: [.array(.string, [])]
    ) { inputs in
        return [
            NDArray(
                CheckpointReading.shardPath(
                    try text(inputs[0]), number(inputs[1]), of: number(inputs[2])))
        ]
    }

    private static let shardedPattern = HostFunction(
        "ShardedFilespec", results: [.array(.string, [])]
    ) { inputs in
        let path = CheckpointReading.shardPath(
            try text(inputs[0]), 0, of: number(inputs[1]))
        return [NDArray(path.replacingOccurrences(of: "-00000-of-", with: "-?????-of-"))]
    }

    // MARK: Files

    private static let readFile = HostFunction(
        "ReadFile", results: [.array(.string, [])], isStateful: true
    ) { inputs in
        let file = try ReadableFile(try text(inputs[0]))
        return [
            try NDArray(byteStrings: [try file.bytes(at: 0, count: file.size)], shape: [])
        ]
    }

    private static let writeFile = HostFunction("WriteFile", results: [], isStateful: true) {
        inputs in
        let path = try text(inputs[0])
        try Folder.make(Folder.parent(of: path))
        let file = try AtomicFile(path)
        for bytes in try inputs[1].byteStrings() { try file.write(bytes) }
        try file.commit()
        return []
    }

    // MARK: Scalars

    private static func number(_ array: NDArray) -> Int {
        array.doubles.first.flatMap { Int(exactly: $0) } ?? 0
    }

    private static func text(_ array: NDArray) throws -> String { try texts(array).first ?? "" }

    private static func texts(_ array: NDArray) throws -> [String] {
        try array.byteStrings().map { String(decoding: $0, as: UTF8.self) }
    }
}

extension AnyTensor {
    /// The strings of a constant; nil for what is known only when the graph runs.
    var knownStrings: [String]? {
        guard dtype == .string, case .primitive(.constant(let value)) = node.op else { return nil }
        return try? value.array.byteStrings().map { String(decoding: $0, as: UTF8.self) }
    }
}
