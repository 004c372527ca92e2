// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Weft
import WeftFormats
import WeftTensorFlow

/// A model and where the values of its variables are.
struct ModelSource: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The graph's file (.pb, .pbtxt, .meta), or the folder of a saved model.",
            valueName: "model"))
    var path: String
    @Option(
        help: ArgumentHelp(
            "A checkpoint that the variables have their values from, without .index.",
            valueName: "prefix"))
    var checkpoint: String?
    @Option(
        help: ArgumentHelp(
            "A tag of the graph of a saved model that is wanted; give all that it has.",
            valueName: "tag"))
    var tag: [String] = []

    /// The saved model where the path is a folder, else the graph.
    func open() throws -> LoadedModel {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            if !tag.isEmpty {
                throw ValidationError("--tag is for folders of saved models; '\(path)' is none.")
            }
            if path.hasSuffix(".meta") {
                let meta = try TensorFlowMetaGraph(contentsOf: path)
                return LoadedModel(graph: meta.graph, savedModel: nil, metaGraph: meta)
            }
            return LoadedModel(graph: try TensorFlowGraph(contentsOf: path), savedModel: nil)
        }
        let model = try TensorFlowSavedModel(
            contentsOf: path, tags: tag.isEmpty ? nil : Set(tag))
        return LoadedModel(graph: model.graph, savedModel: model)
    }

    /// A session in which the variables have their values, as far as there are any.
    func session(for model: LoadedModel) throws -> Session {
        let session = Session()
        try model.savedModel?.initialize(session)
        if let checkpoint {
            let values = try TensorFlowCheckpoint(checkpoint)
            if let meta = model.metaGraph {
                try meta.restore(values, into: session)
            } else {
                try model.graph.restore(values, into: session)
            }
        }
        return session
    }
}

/// A graph, and the saved model that it is of, or what its file says besides.
struct LoadedModel {
    let graph: TensorFlowGraph
    let savedModel: TensorFlowSavedModel?
    var metaGraph: TensorFlowMetaGraph?
}
