// SPDX-License-Identifier: Apache-2.0
import Weft

extension TrainingModel {
    /// A long short-term memory over 64 time steps, with Adam.
    static let lstm = TrainingModel(
        number: 7,
        parameters: [
            ("wx", [64, 512], .lecun), ("wh", [128, 512], .lecun), ("b", [512], .zero),
            ("w", [128, 10], .lecun), ("db", [10], .zero),
        ],
        input: [32, 64, 64], target: .labels(classes: 10),
        optimizer: { Adam(learningRate: 1e-3) },
        objective: { parameters, batch in
            // What does not depend on the step before is computed for all steps at once.
            let inputs =
                matmul(batch.x.transposed(permutation: [1, 0, 2]), parameters["wx"])
                + parameters["b"]
            let zero = Tensor<Float>.zeros(shape: [32, 128]).anyTensor
            let (last, _) = scan(over: [inputs.anyTensor], initial: [zero, zero]) { state, slices in
                let (h, c) = (Tensor<Float>(state[0]), Tensor<Float>(state[1]))
                let gates = (Tensor<Float>(slices[0]) + matmul(h, parameters["wh"]))
                    .split(into: 4, axis: 1)
                let cell = sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2])
                let output = sigmoid(gates[3]) * tanh(cell)
                return ([output.anyTensor, cell.anyTensor], [])
            }
            let logits = matmul(Tensor<Float>(last[0]), parameters["w"]) + parameters["db"]
            return Objective(loss: softmaxCrossEntropy(logits: logits, labels: batch.labels))
        })
}

extension Workload {
    static let recurrent = training(
        "W7-lstm-train", .lstm,
        [
            Expected(name: "check", value: 2.2092164, tolerance: 2e-4),
            Expected(name: "check_first", value: 2.331479, tolerance: 2e-5),
        ])
}
