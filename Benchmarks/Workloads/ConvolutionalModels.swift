// SPDX-License-Identifier: Apache-2.0
import Weft

extension TrainingModel {
    /// Three convolutions with batch normalisation, with Adam.
    static let convolutions = TrainingModel(
        number: 5,
        parameters: (1...3).flatMap { i -> [Parameters.Item] in
            [
                ("c\(i)", [3, 3, convolutionChannels[i - 1], convolutionChannels[i]], .he),
                ("g\(i)", [convolutionChannels[i]], .one),
                ("o\(i)", [convolutionChannels[i]], .zero),
            ]
        } + [("w", [128, 10], .lecun), ("b", [10], .zero)],
        input: [64, 28, 28, 1], target: .labels(classes: 10),
        optimizer: { Adam(learningRate: 1e-3) },
        objective: { parameters, batch in
            var hidden = batch.x
            var norms: [BatchNorm<Float>] = []
            for (i, stride) in [1, 2, 2].enumerated() {
                let norm = batchNorm("norm\(i)", channels: convolutionChannels[i + 1])
                hidden = convolution(hidden, parameters["c\(i + 1)"], stride: stride)
                hidden = relu(norm(hidden, mode: .training))
                norms.append(norm)
            }
            let logits = matmul(hidden.mean(axes: [1, 2]), parameters["w"]) + parameters["b"]
            return Objective(
                loss: softmaxCrossEntropy(logits: logits, labels: batch.labels), norms: norms)
        })

    private static let convolutionChannels = [1, 32, 64, 128]

    /// Two residual blocks of two convolutions with batch normalisation, with momentum.
    static let residual = TrainingModel(
        number: 6,
        parameters: (0..<4).flatMap { k -> [Parameters.Item] in
            [("c\(k)", [3, 3, 64, 64], .he), ("g\(k)", [64], .one), ("o\(k)", [64], .zero)]
        },
        input: [8, 32, 32, 64], target: .nothing, usesAdam: false,
        optimizer: { Momentum(learningRate: 0.1, momentum: 0.9) },
        objective: { parameters, batch in
            let norms = (0..<4).map { batchNorm("norm\($0)", channels: 64) }
            var x = batch.x
            for k in [0, 2] {
                let inner = convolution(x, parameters["c\(k)"], stride: 1)
                let hidden = relu(norms[k](inner, mode: .training))
                let outer = convolution(hidden, parameters["c\(k + 1)"], stride: 1)
                x = x + norms[k + 1](outer, mode: .training)
            }
            return Objective(loss: (x * x).mean(), norms: norms)
        })

    private static func convolution(
        _ x: Tensor<Float>, _ filter: Tensor<Float>, stride: Int
    ) -> Tensor<Float> {
        conv2D(
            x, filter: filter, strides: [stride, stride],
            padding: .explicit(low: [1, 1], high: [1, 1]))
    }

    /// Scale and offset begin at 1 and 0 in the layer, as they do in the workloads' definitions.
    private static func batchNorm(_ name: String, channels: Int) -> BatchNorm<Float> {
        BatchNorm<Float>(name, channels: channels, momentum: 0.9, epsilon: 1e-3)
    }
}

extension Workload {
    static let convolutional: [Workload] = [
        training(
            "W5-cnn-bn-train", .convolutions,
            [
                Expected(name: "check", value: 2.1246278, tolerance: 2e-4),
                Expected(name: "check_first", value: 2.384989, tolerance: 2e-5),
                Expected(name: "bn_mean_wmean", value: 0.24786, tolerance: 2e-3),
                Expected(name: "bn_var_wmean", value: 0.8199405, tolerance: 2e-5),
            ]),
        // The loss is the mean of many squares, which frameworks sum in different orders.
        training(
            "W6-resnet-block-train", .residual,
            [
                Expected(name: "check", value: 1.5437806, tolerance: 4e-4),
                Expected(name: "check_first", value: 2.340342, tolerance: 4e-4),
                Expected(name: "bn_mean_wmean", value: 0.1596884, tolerance: 2e-3),
                Expected(name: "bn_var_wmean", value: 1.116336, tolerance: 2e-5),
            ]),
    ]
}
