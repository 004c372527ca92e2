// SPDX-License-Identifier: Apache-2.0
import SwiftProtobuf
import WeftFormats
import WeftProtos

/// The file that says what a saved model has.
struct SavedModelFile {
    let path: String
    private let message: TFSavedModel

    /// The signature whose output is the operation to run first.
    static let initializerKey = "__saved_model_init_op"
    private static let servingTag = "serve"
    private static let schemaVersion = 1

    init(_ folder: String) throws {
        let binary = "\(folder)/saved_model.pb"
        let text = "\(folder)/saved_model.pbtxt"
        let isText = !Folder.has(binary) && Folder.has(text)
        path = isText ? text : binary
        let file = try ReadableFile(path)
        let bytes = try file.bytes(at: 0, count: file.size)
        do {
            if isText {
                var options = TextFormatDecodingOptions()
                options.ignoreUnknownFields = true
                message = try TFSavedModel(
                    textFormatString: String(decoding: bytes, as: UTF8.self), options: options)
            } else {
                message = try TFSavedModel(serializedBytes: bytes)
            }
        } catch {
            throw TensorFlowError(
                .malformed, path: path,
                "it is no saved model, or it is damaged or cut off: \(error)")
        }
        guard message.savedModelSchemaVersion <= Self.schemaVersion else {
            throw TensorFlowError(
                .unsupported, path: path,
                "it is of version \(message.savedModelSchemaVersion) of the format, and version "
                    + "\(Self.schemaVersion) is the last that is known here")
        }
    }

    /// The graph of these tags; the only one, or that for serving, where none are given.
    func graph(tagged tags: Set<String>?) throws -> TFMetaGraphDef {
        let graphs = message.metaGraphs
        let sets = graphs.map { Set($0.metaInfoDef.tags) }
        let found: Int?
        if let tags {
            found = sets.firstIndex(of: tags)
        } else {
            found = graphs.count == 1 ? 0 : sets.firstIndex(of: [Self.servingTag])
        }
        guard let found else {
            let list = sets.map { "{\($0.sorted().joined(separator: ", "))}" }
                .joined(separator: ", ")
            throw TensorFlowError(
                .notFound, path: path,
                (tags.map {
                    "there is no graph with the tags {\($0.sorted().joined(separator: ", "))}"
                }
                    ?? "say by tags which graph is wanted")
                    + (list.isEmpty ? "; there is no graph at all" : "; there are \(list)"))
        }
        return graphs[found]
    }

    /// The operation that is to run before anything else.
    static func initializer(_ graph: TFMetaGraphDef) -> String? {
        if let named = graph.signatureDef[initializerKey]?.outputs[initializerKey]?.name,
            !named.isEmpty
        {
            return named
        }
        return ["saved_model_main_op", "legacy_init_op"].lazy
            .compactMap { graph.collectionDef[$0]?.nodeList.value.first }.first
    }

    /// The paths of the files that come with a model, by the tensors that hold them.
    static func assets(
        _ graph: TFMetaGraphDef, in folder: String, path: String
    ) throws -> [String: String] {
        var assets = graph.assetFileDef
        if assets.isEmpty {
            // Where older versions have them.
            assets = (graph.collectionDef["saved_model_assets"]?.anyList.value ?? []).compactMap {
                try? TFAssetFileDef(serializedBytes: $0.value)
            }
        }
        var result: [String: String] = [:]
        for asset in assets {
            let parts = asset.filename.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(".."), !asset.filename.hasPrefix("/") else {
                throw TensorFlowError(
                    .malformed, path: path,
                    "the file '\(asset.filename)' that comes with it lies outside of the folder")
            }
            result[asset.tensorInfo.name] = "\(folder)/assets/\(asset.filename)"
        }
        return result
    }
}
