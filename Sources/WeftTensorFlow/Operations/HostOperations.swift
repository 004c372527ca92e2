// SPDX-License-Identifier: Apache-2.0
import Weft

/// Functions that a program in Python had, for which the importer is given others.
enum HostOperations {
    static let all: [OperationDefinition] = ["PyFunc", "PyFuncStateless", "EagerPyFunc"].map {
        OperationDefinition($0, outputs: ["output"], effect: .host, values: called)
    }

    private static func called(_ call: NodeCall) throws -> [ImportedValue] {
        let token = try call.string("token")
        let known = call.scope.source.hostFunctions
        guard let function = known[call.node.name] ?? known[token] else {
            throw call.error(
                .unsupported,
                "its function, '\(token)', is Python's, and not in the file; give one of your own, by "
                    + "the name of the node or of the function, as `hostFunctions` of the graph")
        }
        let (inputs, dtypes) = (try call.tensors(), try call.dtypes("Tout"))
        if dtypes.isEmpty {
            call.scope.state.updates.append(hostUpdate(function, inputs))
            return []
        }
        let results = hostCall(function, inputs)
        if let problem = results.lazy.compactMap(\.error).first { throw problem }
        guard results.map(\.dtype) == dtypes else {
            throw call.error(
                .invalidRequest,
                "the function given for '\(token)' has results of \(results.map(\.dtype)), and "
                    + "\(dtypes) are wanted")
        }
        return results.map { .tensor($0) }
    }
}
