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

/// The nodes that save and restore the variables of a saved model, and what its collections say of them.
private struct SavedVariables {
    private let writer: GraphWriter
    private let variables: [(variable: VariableHandle, handle: String, value: String)]

    init(
        _ writer: GraphWriter,
        _ variables: [(variable: VariableHandle, handle: String, value: String)]
    ) {
        self.writer = writer
        self.variables = variables
    }

    func add(to graph: inout TFMetaGraphDef) throws {
        if variables.isEmpty { return }
        let initializers = try variables.map { try initializer(of: $0.variable, $0.handle) }
        let definitions = try zip(variables, initializers).map { variable, made -> [UInt8] in
            var definition = TFVariableDef()
            definition.variableName = "\(variable.handle):0"
            definition.initializerName = made.assignment
            definition.initialValueName = "\(made.value):0"
            definition.snapshotName = "\(variable.value):0"
            definition.isResource = true
            definition.trainable = variable.variable.isTrainable
            return try definition.serializedBytes()
        }
        var all = TFCollectionDef()
        all.bytesList.value = definitions.map { Data($0) }
        graph.collectionDef["variables"] = all
        var trainable = TFCollectionDef()
        trainable.bytesList.value = zip(variables, definitions)
            .filter { $0.0.variable.isTrainable }.map { Data($0.1) }
        graph.collectionDef["trainable_variables"] = trainable
        try addSaver(to: &graph)
    }

    private func initializer(
        of variable: VariableHandle, _ handle: String
    ) throws -> (value: String, assignment: String) {
        var zeros = TFAttrValue()
        // Elements that are left out are 0.
        zeros.tensor.dtype = try TFAttrValue.of(variable.dtype).type
        zeros.tensor.tensorShape = TFTensorShapeProto(Shape(variable.shape))
        let value = writer.add(
            "Const", [], ["dtype": try .of(variable.dtype), "value": zeros],
            name: "\(variable.name)/Initializer/zeros")
        return (value, try assign(handle, value, variable, name: "\(variable.name)/Assign"))
    }

    private func assign(
        _ handle: String, _ value: String, _ variable: VariableHandle, name: String
    ) throws -> String {
        writer.add(
            "AssignVariableOp", [handle, value],
            ["dtype": try .of(variable.dtype), "validate_shape": .of(false)], name: name)
    }

    private func addSaver(to graph: inout TFMetaGraphDef) throws {
        let usual = try writer.constant(NDArray("model"), name: "save/filename/input")
        let file = writer.add(
            "PlaceholderWithDefault", [usual],
            ["dtype": try .of(.string), "shape": .of(Shape.scalar)], name: "save/Const")
        func strings(_ values: [String], _ name: String) throws -> String {
            try writer.constant(
                try NDArray(byteStrings: values.map { Array($0.utf8) }, shape: [values.count]),
                name: name)
        }
        let names = try strings(variables.map(\.variable.name), "save/SaveV2/tensor_names")
        let parts = try strings(variables.map { _ in "" }, "save/SaveV2/shape_and_slices")
        let types = try TFAttrValue.of(variables.map(\.variable.dtype))
        let save = writer.add(
            "SaveV2", [file, names, parts] + variables.map(\.value), ["dtypes": types],
            name: "save/SaveV2")
        let saved = writer.add(
            "Identity", [file, "^\(save)"], ["T": try .of(.string)],
            name: "save/control_dependency")
        let restored = writer.add(
            "RestoreV2", [file, names, parts], ["dtypes": types], name: "save/RestoreV2")
        let assignments = try variables.enumerated().map { index, variable in
            let value = writer.add(
                "Identity", [writer.output(index, of: restored)],
                ["T": try .of(variable.variable.dtype)], name: "save/Identity")
            return try assign(
                variable.handle, value, variable.variable, name: "save/AssignVariableOp")
        }
        let all = writer.add("NoOp", assignments.map { "^\($0)" }, name: "save/restore_all")
        graph.saverDef.filenameTensorName = "\(file):0"
        graph.saverDef.saveTensorName = "\(saved):0"
        graph.saverDef.restoreOpName = all
        graph.saverDef.maxToKeep = 5
        graph.saverDef.keepCheckpointEveryNHours = 10000
        graph.saverDef.version = .v2
    }
}
