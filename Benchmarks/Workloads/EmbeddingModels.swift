// SPDX-License-Identifier: Apache-2.0
import Weft

/// A table of a million rows of which a step looks up 64 and moves them to where they should be.
extension TrainingModel {
    fileprivate static func embedding(
        usesAdam: Bool = false, _ optimizer: @escaping @Sendable () -> any Optimizer
    ) -> TrainingModel {
        TrainingModel(
            number: 19, parameters: [("table", [1_000_000, 16], .he)], input: [64, 16],
            target: .labels(classes: 1_000_000), usesAdam: usesAdam, optimizer: optimizer,
            objective: { parameters, batch in
                let difference = embeddingLookup(parameters["table"], at: batch.labels) - batch.x
                return Objective(loss: (difference * difference).mean())
            })
    }
}

extension Workload {
    static let embeddings: [Workload] = [
        embedding(
            "W19-embedding-sgd", 0.14243493, .embedding { GradientDescent(learningRate: 100) }),
        embedding("W19-embedding-adagrad", 0.33887087, .embedding { Adagrad(learningRate: 0.1) }),
        embedding(
            "W19-embedding-adam", 0.21335047,
            .embedding(usesAdam: true) { LazyRows(Adam(learningRate: 0.1)) }),
    ]

    /// - Parameter check: The loss of the tenth step.
    private static func embedding(
        _ name: String, _ check: Double, _ model: TrainingModel
    ) -> Workload {
        training(
            name, model,
            [
                Expected(name: "check", value: check, tolerance: 1e-5),
                Expected(name: "check_first", value: 0.30832313, tolerance: 1e-5),
            ])
    }
}
