// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints
import WeftFormats

/// What a trained model is, beside the values of its variables: enough to build it again. It is kept as JSON in
/// the notes of checkpoints and exports.
struct ModelDescription: Codable, Equatable {
    /// What it was trained on.
    enum Task: String, Codable { case digits, mnist, csv, text }

    let task: Task
    /// The model's name among those of the task.
    let model: String
    /// The shape of an input without the batch.
    var inputShape: [Int] = []
    /// The names of the classes, which are characters in models of text; none where a number is predicted.
    var classes: [String] = []
    /// How the records of a table become inputs.
    var table: TableSchema?
    /// The characters before the first that a model of text has learnt to predict.
    var beginning: [String] = []

    /// The key of the note.
    static let note = "model"

    /// As a note.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// A model that was built from its description.
struct BuiltModel {
    private let owned: () -> [VariableHandle]
    private let function: (AnyTensor, Mode) -> Tensor<Float>

    init<Input: TensorScalar>(_ network: Sequential<Tensor<Input>, Tensor<Float>>) {
        owned = { network.variables }
        function = { network(Tensor($0), mode: $1) }
    }

    /// The model's variables.
    var variables: [VariableHandle] { owned() }

    /// What the model gives for a batch: numbers for each class, or the number itself, standardised.
    func callAsFunction(_ inputs: AnyTensor, mode: Mode) -> Tensor<Float> { function(inputs, mode) }
}

extension ModelDescription {
    /// The model, with variables that have no values yet.
    func build() throws -> BuiltModel {
        func found<Network>(_ all: [String: Network]) throws -> Network {
            if let network = all[model] { return network }
            throw CleanFailure(
                "there is no model '\(model)' for that\(NearNames(all.keys).hint(model)); there are "
                    + all.keys.sorted().joined(separator: ", "))
        }
        switch task {
        case .digits, .mnist:
            guard inputShape.count == 3, inputShape.allSatisfy({ $0 > 0 }) else {
                throw CleanFailure("images are of height, width and channels, not \(inputShape)")
            }
            return BuiltModel(try found(ImageModels.all)(inputShape, classes.count))
        case .csv:
            return BuiltModel(
                try found(TableModels.all)(inputShape.first ?? 0, max(classes.count, 1)))
        case .text:
            return BuiltModel(
                try found(TextModels.all)(inputShape.first ?? 0, classes.count))
        }
    }

    /// From what the model gives to what is predicted: probabilities, or numbers in their own unit.
    func predictions(_ output: Tensor<Float>) -> Tensor<Float> {
        guard classes.isEmpty, let label = table?.label else { return softmax(output) }
        return output * Tensor(Float(label.deviation)) + Tensor(Float(label.mean))
    }
}

/// A model that was trained by the command: what `weft evaluate` and `weft predict` are given.
struct SavedModel {
    let description: ModelDescription
    let model: BuiltModel
    let session: Session

    /// One that was just trained.
    init(_ description: ModelDescription, _ model: BuiltModel, _ session: Session) {
        (self.description, self.model, self.session) = (description, model, session)
    }

    /// Opens the newest checkpoint of a folder, a checkpoint, or an export.
    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CleanFailure(
                "there is nothing at '\(path)'; give a folder of checkpoints, or the file of --export"
            )
        }
        let file = isFolder.boolValue ? try Self.newest(in: path) : path
        let stored = try SafetensorsFile(file)
        let isCheckpoint = stored.metadata["format"] == "weft-checkpoint"
        let values: [String: NDArray]
        let notes: [String: String]
        if isCheckpoint {
            let checkpoint = try Checkpoint(contentsOf: file)
            (values, notes) = (checkpoint.state.variables, checkpoint.notes)
        } else {
            (values, notes) = (try stored.arrays(), stored.metadata)
        }
        guard let note = notes[ModelDescription.note] else {
            throw CleanFailure(
                "'\(file)' does not say of which model it is; give one that `weft train` has written"
            )
        }
        do {
            description = try JSONDecoder().decode(ModelDescription.self, from: Data(note.utf8))
        } catch {
            throw CleanFailure("what '\(file)' says of its model cannot be read: \(error)")
        }
        model = try description.build()
        session = Session()
        let names = Set(model.variables.map(\.name))
        // Slots of the optimizer are not wanted.
        try session.importState(
            SessionState(
                variables: values.filter { names.contains($0.key) }, step: 0,
                seed: session.options.seed),
            for: model.variables, resumesDraws: false)
    }

    private static func newest(in folder: String) throws -> String {
        let names = try Folder.names(in: folder).filter {
            $0.hasPrefix("checkpoint-") && $0.hasSuffix(".safetensors")
        }
        guard let newest = names.max() else {
            throw CleanFailure("the folder '\(folder)' has no checkpoints")
        }
        return "\(folder)/\(newest)"
    }
}
