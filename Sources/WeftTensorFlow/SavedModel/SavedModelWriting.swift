// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
public import Weft
import WeftFormats
import WeftProtos

extension TensorFlowSavedModel {
    /// Writes a graph of Weft as a saved model: a folder that TensorFlow 1 and 2 load, with the graph, the
    /// values of its variables, and one signature.
    ///
    /// ```swift
    /// try TensorFlowSavedModel.write(
    ///     to: "models/digits", outputs: ["probabilities": probabilities], inputs: ["images": images],
    ///     in: session)
    /// ```
    /// - Parameters:
    ///   - folder: Where the model is to be; it is made, and must not have another model.
    ///   - outputs: What the signature gives, by the names that it has for it.
    ///   - inputs: What it takes, by the names that it has for it.
    ///   - session: The session that has the variables' values.
    ///   - signature: The signature's key.
    ///   - tags: What the graph is for.
    /// - Throws: `TensorFlowError` when something has no form in TensorFlow; `FileError` when a file cannot be
    ///   written; `RunError` when a variable has no value.
    public static func write(
        to folder: String, outputs: [String: AnyTensor], inputs: [String: AnyTensor],
        in session: Session, signature: String = defaultSignature, tags: [String] = ["serve"]
    ) throws {
        let exported = try ExportedGraph(outputs: outputs, inputs: inputs, .kept)
        var graph = TFMetaGraphDef()
        graph.metaInfoDef.tags = tags
        var key = TFSignatureDef()
        key.methodName = "tensorflow/serving/predict"
        key.inputs = try Self.infos(inputs, exported.inputs)
        key.outputs = try Self.infos(outputs, exported.outputs)
        graph.signatureDef[signature] = key
        let variables = exported.export.handles
        try SavedVariables(exported.export.writer, variables).add(to: &graph)
        graph.graphDef = exported.message
        var writer = CheckpointWriter("\(folder)/variables/variables")
        for (variable, _, _) in variables {
            try writer.add(variable.name, try session.value(of: variable))
        }
        try write(graph, variables.isEmpty ? nil : writer, assets: [:], to: folder)
    }

    /// Writes the model with the values that its variables have in a session: one that was trained further.
    ///
    /// - Parameters:
    ///   - folder: Where the model is to be; it is made, and must not have another model.
    ///   - session: The session that has the variables' values.
    /// - Throws: `FileError` when a file cannot be written; `RunError` when a variable has no value.
    public func write(to folder: String, in session: Session) throws {
        let prefix = "\(path)/variables/variables"
        var writer: CheckpointWriter?
        if Folder.has(prefix + ".index") {
            let checkpoint = try TensorFlowCheckpoint(prefix)
            let variables = try variablesByArray()
            var made = CheckpointWriter("\(folder)/variables/variables")
            for name in checkpoint.names {
                // What is no variable's is written as it was.
                let array = try variables[name].map { try session.value(of: $0) }
                try made.add(name, try array ?? checkpoint.array(named: name))
            }
            writer = made
        }
        try Self.write(message, writer, assets: assetFiles, to: folder)
    }

    private static func infos(
        _ tensors: [String: AnyTensor], _ names: [String: String]
    ) throws -> [String: TFTensorInfo] {
        try Dictionary(
            uniqueKeysWithValues: tensors.map { name, tensor in
                var info = TFTensorInfo()
                info.name = "\(names[name] ?? name):0"
                info.dtype = try TFAttrValue.of(tensor.dtype).type
                info.tensorShape = TFTensorShapeProto(tensor.shape)
                return (name, info)
            })
    }

    /// The values first, so that a folder with a graph has all that it needs.
    private static func write(
        _ graph: TFMetaGraphDef, _ variables: CheckpointWriter?, assets: [String: String],
        to folder: String
    ) throws {
        for name in ["saved_model.pb", "saved_model.pbtxt"] where Folder.has("\(folder)/\(name)") {
            throw FileError(
                .unsupported, "\(folder)/\(name)", "there is a model already; choose another folder"
            )
        }
        try Folder.make("\(folder)/variables")
        try variables?.write()
        if !assets.isEmpty { try Folder.make("\(folder)/assets") }
        for (name, source) in assets.sorted(by: { $0.key < $1.key }) {
            let input = try ReadableFile(source)
            let copy = try AtomicFile("\(folder)/assets/\(name)")
            try copy.write(try input.bytes(at: 0, count: input.size))
            try copy.commit()
        }
        var model = TFSavedModel()
        model.savedModelSchemaVersion = 1
        model.metaGraphs = [graph]
        let bytes: [UInt8]
        do {
            bytes = try model.serializedBytes()
        } catch {
            throw TensorFlowError(.unsupported, path: folder, "it cannot be written: \(error)")
        }
        let file = try AtomicFile("\(folder)/saved_model.pb")
        try file.write(bytes)
        try file.commit()
    }
}
