// SPDX-License-Identifier: Apache-2.0
import Foundation
public import Weft
import WeftProtos

extension TensorFlowMetaGraph {
    /// A graph of Weft with its collections, as TensorFlow 1 writes it beside a checkpoint: TensorFlow's
    /// `tf.train.import_meta_graph` takes it, restores it and goes on.
    ///
    /// - Parameters:
    ///   - outputs: The tensors that are wanted, by the names that they are to have.
    ///   - inputs: Tensors that are fed, by the names that they are to have; other placeholders keep their own.
    ///   - collections: What is listed besides the variables; nodes by the names of `outputs` or of variables.
    ///   - savedAs: The names that variables have in checkpoints, where they are others than their own.
    ///   - variables: Variables that are there also where no output needs them; nil for none.
    ///   - isPartial: Whether outputs that have no form in TensorFlow are left out.
    ///   - maxToKeep: How many checkpoints the graph's saver keeps; 0 for all.
    /// - Throws: `TensorFlowError` when something has no form in TensorFlow; the error of a tensor that was built
    ///   wrongly.
    public convenience init(
        exporting outputs: [String: AnyTensor], inputs: [String: AnyTensor] = [:],
        collections: [String: TensorFlowCollection] = [:],
        savedAs names: [VariableHandle: String] = [:], variables: [VariableHandle] = [],
        isPartial: Bool = false, maxToKeep: Int = 5
    ) throws {
        let exported = try ExportedGraph(
            outputs: outputs, inputs: inputs, .kept, also: variables, isPartial: isPartial)
        var message = TFMetaGraphDef()
        message.metaInfoDef.metaGraphVersion = "v1"
        message.metaInfoDef.tensorflowVersion = "1.15.0"
        try SavedVariables(
            exported.export.writer, exported.export.handles, names: names, maxToKeep: maxToKeep
        ).add(to: &message)
        message.graphDef = exported.message
        let written = Set(message.graphDef.node.map(\.name))
        for (key, collection) in collections {
            guard case .nodes(let nodes) = collection else {
                message.collectionDef[key] = collection.message
                continue
            }
            let present = nodes.filter { written.contains(String($0.prefix { $0 != ":" })) }
            if present.isEmpty { continue }
            message.collectionDef[key] = TensorFlowCollection.nodes(present).message
        }
        try self.init(message, path: nil)
    }
}
