// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import Weft
import WeftProtos

/// The nodes that save and restore the variables of a graph, and what its collections say of them.
struct SavedVariables {
    private let writer: GraphWriter
    private let variables: [(variable: VariableHandle, handle: String, value: String)]
    /// The names that checkpoints have variables under, where they are others than their own.
    private let names: [VariableHandle: String]
    private let maxToKeep: Int

    init(
        _ writer: GraphWriter,
        _ variables: [(variable: VariableHandle, handle: String, value: String)],
        names: [VariableHandle: String] = [:], maxToKeep: Int = 5
    ) {
        self.writer = writer
        self.variables = variables
        self.names = names
        self.maxToKeep = maxToKeep
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
        let names = try strings(
            variables.map { self.names[$0.variable] ?? $0.variable.name },
            "save/SaveV2/tensor_names")
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
        graph.saverDef.maxToKeep = Int32(clamping: maxToKeep)
        graph.saverDef.keepCheckpointEveryNHours = 10000
        graph.saverDef.version = .v2
    }
}
