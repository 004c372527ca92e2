// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft

/// What a trained model is, beside the values of its variables: enough to build it again. It is kept as JSON in
/// the notes of checkpoints and exports.
struct ModelDescription: Codable, Equatable {
    /// What it was trained on.
    enum Task: String, Codable { case digits }

    let task: Task
    /// The model's name among those of the task.
    let model: String
    /// The shape of an input without the batch.
    var inputShape: [Int] = []
    /// The names of the classes, which are characters in models of text; none where a number is predicted.
    var classes: [String] = []

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
        case .digits:
            guard inputShape.count == 3, inputShape.allSatisfy({ $0 > 0 }) else {
                throw CleanFailure("images are of height, width and channels, not \(inputShape)")
            }
            return BuiltModel(try found(ImageModels.all)(inputShape, classes.count))
        }
    }

    /// From what the model gives to what is predicted: probabilities, or numbers in their own unit.
    func predictions(_ output: Tensor<Float>) -> Tensor<Float> {
        softmax(output)
    }
}

/// A model that was trained by the command.
struct SavedModel {
    let description: ModelDescription
    let model: BuiltModel
    let session: Session

    /// One that was just trained.
    init(_ description: ModelDescription, _ model: BuiltModel, _ session: Session) {
        (self.description, self.model, self.session) = (description, model, session)
    }
}
