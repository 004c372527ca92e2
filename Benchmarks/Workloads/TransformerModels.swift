// SPDX-License-Identifier: Apache-2.0
import Weft

/// Encoder layers with 8 heads of 32, normalised before attention and before the feed-forward part
/// (Vaswani et al. 2017; Xiong et al. 2020).
private enum Encoder {
    static let width = 256
    static let hidden = 1024
    static let heads = 8

    static func parameters(layers: Int) -> [Parameters.Item] {
        let (d, f) = (width, hidden)
        return (0..<layers).flatMap { l -> [Parameters.Item] in
            [
                ("l\(l).ln1.g", [d], .one), ("l\(l).ln1.b", [d], .zero),
                ("l\(l).wq", [d, d], .lecun), ("l\(l).wk", [d, d], .lecun),
                ("l\(l).wv", [d, d], .lecun), ("l\(l).wo", [d, d], .lecun),
                ("l\(l).bo", [d], .zero),
                ("l\(l).ln2.g", [d], .one), ("l\(l).ln2.b", [d], .zero),
                ("l\(l).w1", [d, f], .lecun), ("l\(l).b1", [f], .zero),
                ("l\(l).w2", [f, d], .lecun), ("l\(l).b2", [d], .zero),
            ]
        } + [("ln.g", [d], .one), ("ln.b", [d], .zero)]
    }

    /// - Shape: x [batch, steps, width] → the same.
    static func apply(
        _ input: Tensor<Float>, _ parameters: Parameters, layers: Int, batch: Int, steps: Int
    ) -> Tensor<Float> {
        func normalized(_ x: Tensor<Float>, _ name: String) -> Tensor<Float> {
            layerNormalized(x, scale: parameters[name + ".g"], offset: parameters[name + ".b"])
        }
        func split(_ x: Tensor<Float>) -> Tensor<Float> {
            x.reshaped(to: [batch, steps, heads, width / heads])
                .transposed(permutation: [0, 2, 1, 3])
        }
        let scale = Float(1 / Double(width / heads).squareRoot())
        var x = input
        for layer in 0..<layers {
            func own(_ name: String) -> Tensor<Float> { parameters["l\(layer).\(name)"] }
            var y = normalized(x, "l\(layer).ln1")
            let (q, k, v) = (
                split(matmul(y, own("wq"))), split(matmul(y, own("wk"))),
                split(matmul(y, own("wv")))
            )
            let weights = softmax(matmul(q, k, transposingSecond: true) * scale)
            let attended = matmul(weights, v).transposed(permutation: [0, 2, 1, 3])
                .reshaped(to: [batch, steps, width])
            x = x + matmul(attended, own("wo")) + own("bo")
            y = normalized(x, "l\(layer).ln2")
            y = gelu(matmul(y, own("w1")) + own("b1"), isApproximate: true)
            x = x + matmul(y, own("w2")) + own("b2")
        }
        return normalized(x, "ln")
    }
}

extension TrainingModel {
    /// Two encoder layers that learn to give random numbers, with Adam.
    static let transformer = TrainingModel(
        number: 9, parameters: Encoder.parameters(layers: 2), input: [8, 64, 256], target: .values,
        optimizer: { Adam(learningRate: 1e-3) },
        objective: { parameters, batch in
            let y = Encoder.apply(batch.x, parameters, layers: 2, batch: 8, steps: 64)
            return Objective(loss: meanSquaredError(y, batch.values))
        })
}

extension Workload {
    static let transformers: [Workload] = [
        Workload(
            name: "W8-transformer-infer",
            expected: [Expected(name: "check", value: 0.80266785, tolerance: 2e-7)],
            body: .steps { session in
                let list = Encoder.parameters(layers: 4)
                let parameters = Parameters(list, Parameters.arrays(8, list))
                let x = Tensor<Float>.placeholder(shape: [4, 128, 256])
                let y = Encoder.apply(x, parameters, layers: 4, batch: 4, steps: 128)
                let batches = (0..<4).map { Numbers.uniform(8500 + 2 * $0, [4, 128, 256]) }
                let run = session.function(feeding: x, fetching: y)
                return Bench(
                    kind: .apply, session: session, fetches: [y.anyTensor],
                    feeds: batches.map { [x: $0] }, step: { [try run(batches[$0 & 3])] })
            }),
        training(
            "W9-transformer-train", .transformer,
            [
                Expected(name: "check", value: 1.1142335, tolerance: 4e-4),
                Expected(name: "check_first", value: 1.338411, tolerance: 4e-4),
            ]),
    ]
}
