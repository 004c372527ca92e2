// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftFormats
import WeftProtos

/// A model that TensorFlow wrote as a folder: a graph, the values of its variables, and signatures, which say
/// what it takes and gives.
///
/// ```swift
/// let model = try TensorFlowSavedModel(contentsOf: "models/digits")
/// let session = Session()
/// try model.initialize(session)
/// let results = try model.run("serving_default", feeding: ["images": pixels], in: session)
/// ```
public final class TensorFlowSavedModel: Sendable {
    /// The key of the signature that is meant where none is named.
    public static let defaultSignature = "serving_default"

    /// The folder.
    public let path: String
    /// What the graph is for, such as `serve`.
    public let tags: [String]
    /// The graph.
    public let graph: TensorFlowGraph
    /// What the model takes and gives, by key.
    public let signatures: [String: TensorFlowSignature]
    /// The operations that restore variables; nil where the model does not say.
    private let restoring: String?
    private let initializer: String?
    /// The files that come with the model, by the tensors that hold their paths.
    private let assets: [String: String]
    /// What the model was read from.
    let message: TFMetaGraphDef
    /// The same files, by the names that they have in the model's own folder of them.
    var assetFiles: [String: String] {
        Dictionary(
            assets.values.map { ($0.dropFirst("\(path)/assets/".count).description, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Reads the folder's `saved_model.pb` or `saved_model.pbtxt`.
    ///
    /// - Parameters:
    ///   - folder: Where the model is.
    ///   - tags: The tags of the graph that is wanted, all of them. Left out, it is the only graph, or that for
    ///     serving.
    ///   - hostFunctions: What stands for the graph's functions in Python; see `TensorFlowGraph`.
    /// - Throws: `FileError` when there is no such file; `TensorFlowError` when it is no model, or has no graph
    ///   of these tags.
    public init(
        contentsOf folder: String, tags: Set<String>? = nil,
        hostFunctions: [String: HostFunction] = [:]
    ) throws {
        path = folder
        let file = try SavedModelFile(folder)
        let graph = try file.graph(tagged: tags)
        self.tags = graph.metaInfoDef.tags
        message = graph
        self.graph = try TensorFlowGraph(
            graph.graphDef, path: file.path, hostFunctions: hostFunctions)
        signatures = try graph.signatureDef.filter { $0.key != SavedModelFile.initializerKey }
            .mapValues { try TensorFlowSignature($0, path: file.path) }
        restoring = graph.saverDef.restoreOpName.isEmpty ? nil : graph.saverDef.restoreOpName
        initializer = SavedModelFile.initializer(graph)
        assets = try SavedModelFile.assets(graph, in: folder, path: file.path)
    }

    // MARK: Values

    /// Gives the variables their values, and runs what the model says is to run before anything else, such as
    /// the filling of tables.
    ///
    /// - Throws: `FileError` when the files of values are missing or damaged; `TensorFlowError` when they do
    ///   not fit the graph, or it has something that there is nothing for; what `Session.run` throws.
    public func initialize(_ session: Session) throws {
        let prefix = "\(path)/variables/variables"
        // Models without variables come without files of values.
        if Folder.has(prefix + ".index") {
            try restore(try TensorFlowCheckpoint(prefix), into: session)
        }
        guard let initializer else { return }
        let program = try graph.program(
            running: [initializer],
            feeding: assets.mapValues { _ in TensorType(.string, .scalar) })
        _ = try program.run(in: session, feeding: assets.mapValues { NDArray($0) })
    }

    /// Restores what the model's own operation would: names of variables and of arrays need not be the same.
    private func restore(_ checkpoint: TensorFlowCheckpoint, into session: Session) throws {
        if let restoring {
            let root = try graph.source.endpoint(restoring).node
            let origins = try RestorePlan(graph.source, running: [root]).origins
            if !origins.isEmpty {
                let variables = try graph.allVariables().filter { origins[$0.key] != nil }
                _ = try graph.restore(
                    checkpoint, into: session, isPartial: false, variables: variables
                ) { origins[$0] }
                return
            }
        }
        try graph.restore(checkpoint, into: session)
    }

    /// The variables that arrays of the model's files are the values of, by the arrays' names.
    func variablesByArray() throws -> [String: VariableHandle] {
        let all = try graph.allVariables()
        guard let restoring else { return all }
        let root = try graph.source.endpoint(restoring).node
        let origins = try RestorePlan(graph.source, running: [root]).origins
        if origins.isEmpty { return all }
        return Dictionary(
            all.compactMap { name, variable in
                origins[name].flatMap { $0.part.isEmpty ? ($0.name, variable) : nil }
            }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Runs

    /// A signature by its key.
    ///
    /// - Throws: `TensorFlowError` when there is none.
    public func signature(_ key: String) throws -> TensorFlowSignature {
        guard let signature = signatures[key] else {
            throw TensorFlowError(
                .notFound, path: path,
                "there is no signature '\(key)'; \(Self.list(Array(signatures.keys), "signatures"))"
            )
        }
        return signature
    }

    /// Runs a signature: what it gives, by the names that it has for that.
    ///
    /// - Parameters:
    ///   - key: The signature's key.
    ///   - feeds: What it takes, by the names that it has for that. What it has a value for may be left out.
    ///   - outputs: What is wanted of what it gives; nil for all.
    ///   - session: A session that the model was initialized in.
    /// - Throws: `TensorFlowError` when there is no such signature, input or output, or the graph has
    ///   something that there is nothing for; what `Session.run` throws.
    public func run(
        _ key: String = TensorFlowSavedModel.defaultSignature, feeding feeds: [String: NDArray],
        fetching outputs: [String]? = nil, in session: Session
    ) throws -> [String: NDArray] {
        let signature = try signature(key)
        var arrays: [String: NDArray] = [:]
        for (name, array) in signature.defaults.merging(feeds, uniquingKeysWith: { $1 }) {
            arrays[try tensor(name, in: signature.inputs, "\(key)' takes nothing named '")] = array
        }
        let wanted = outputs ?? signature.outputs.keys.sorted()
        let program = try graph.program(
            fetching: wanted.map {
                try tensor($0, in: signature.outputs, "\(key)' gives nothing named '")
            },
            feeding: arrays.mapValues { TensorType($0.dtype, Shape($0.shape)) })
        let values = try program.run(in: session, feeding: arrays)
        return Dictionary(zip(wanted, values), uniquingKeysWith: { first, _ in first })
    }

    private func tensor(
        _ name: String, in known: [String: TensorFlowSignature.Argument], _ reason: String
    ) throws -> String {
        guard let argument = known[name] else {
            throw TensorFlowError(
                .notFound, path: path,
                "the signature '\(reason)\(name)'; \(Self.list(Array(known.keys), "names"))")
        }
        return argument.tensor
    }

    private static func list(_ names: [String], _ kind: String) -> String {
        names.isEmpty ? "it has no \(kind)" : "it has '\(names.sorted().joined(separator: "', '"))'"
    }
}
