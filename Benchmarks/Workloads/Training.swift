// SPDX-License-Identifier: Apache-2.0
import Weft

// Workloads that train: each step begins with the batch in host memory and ends when the loss is
// there and the weights are updated.

extension Workload {
    static let training: [Workload] = [mlp, smallMLP, convolutions]

    /// Three dense layers on 784 inputs, with Adam.
    private static let mlp = Workload(
        name: "W3-mlp-train",
        expected: [
            Expected(name: "check", value: 1.0666167, tolerance: 2e-4),
            Expected(name: "check_first", value: 2.444228, tolerance: 2e-5),
        ]
    ) { budget, session in
        let parameters = Parameters(
            3,
            [
                ("w1", [784, 512], .he), ("b1", [512], .zero), ("w2", [512, 256], .he),
                ("b2", [256], .zero), ("w3", [256, 10], .lecun), ("b3", [10], .zero),
            ])
        let x = Tensor<Float>.placeholder(shape: [128, 784])
        let y = Tensor<Int32>.placeholder(shape: [128])
        let logits = dense(x, parameters, layers: 3)
        return try train(
            3, session, x, y, logits, Adam(learningRate: 1e-3), classes: 10, usesAdam: true
        ).measure(budget: budget)
    }

    /// Two small dense layers, with plain gradient descent: how little a step can take.
    private static let smallMLP = Workload(
        name: "W4-mlp-small-train",
        expected: [
            Expected(name: "check", value: 2.4393702, tolerance: 2e-4),
            Expected(name: "check_first", value: 2.526794, tolerance: 2e-5),
        ]
    ) { budget, session in
        let parameters = Parameters(
            4,
            [
                ("w1", [64, 32], .he), ("b1", [32], .zero), ("w2", [32, 10], .lecun),
                ("b2", [10], .zero),
            ])
        let x = Tensor<Float>.placeholder(shape: [32, 64])
        let y = Tensor<Int32>.placeholder(shape: [32])
        let logits = dense(x, parameters, layers: 2)
        return try train(
            4, session, x, y, logits, GradientDescent(learningRate: 0.1), classes: 10
        ).measure(budget: budget)
    }

    /// Three convolutions with batch normalisation, with Adam.
    private static let convolutions = Workload(
        name: "W5-cnn-bn-train",
        expected: [
            Expected(name: "check", value: 2.1246278, tolerance: 2e-4),
            Expected(name: "check_first", value: 2.384989, tolerance: 2e-5),
            Expected(name: "bn_mean_wmean", value: 0.24786, tolerance: 2e-3),
            Expected(name: "bn_var_wmean", value: 0.8199405, tolerance: 2e-5),
        ]
    ) { budget, session in
        let channels = [1, 32, 64, 128]
        var list: [(String, [Int], Numbers.Initial)] = []
        for i in 1...3 {
            list.append(("c\(i)", [3, 3, channels[i - 1], channels[i]], .he))
            list.append(("g\(i)", [channels[i]], .one))
            list.append(("o\(i)", [channels[i]], .zero))
        }
        let parameters = Parameters(5, list + [("w", [128, 10], .lecun), ("b", [10], .zero)])
        let x = Tensor<Float>.placeholder(shape: [64, 28, 28, 1])
        let y = Tensor<Int32>.placeholder(shape: [64])
        var hidden = x
        var norms: [BatchNorm<Float>] = []
        for (i, stride) in [1, 2, 2].enumerated() {
            hidden = conv2D(
                hidden, filter: parameters["c\(i + 1)"], strides: [stride, stride],
                padding: .explicit(low: [1, 1], high: [1, 1]))
            // Scale and offset begin at 1 and 0 in the layer, as they do here.
            let norm = BatchNorm<Float>("norm\(i)", channels: channels[i + 1], momentum: 0.9)
            hidden = relu(norm(hidden, mode: .training))
            norms.append(norm)
        }
        let logits = matmul(hidden.mean(axes: [1, 2]), parameters["w"]) + parameters["b"]
        var bench = try train(
            5, session, x, y, logits, Adam(learningRate: 1e-3), classes: 10, usesAdam: true)
        let layers = norms
        bench.extras = { _ in
            let means = try layers.flatMap { try session.value(of: $0.movingMean).doubles }
            let variances = try layers.flatMap { try session.value(of: $0.movingVariance).doubles }
            return [
                ("bn_mean_wmean", Numbers.weightedMean(means)),
                ("bn_var_wmean", Numbers.weightedMean(variances)),
            ]
        }
        return try bench.measure(budget: budget)
    }

    private static func dense(
        _ x: Tensor<Float>, _ parameters: Parameters, layers: Int
    ) -> Tensor<Float> {
        (1...layers).reduce(x) { input, layer in
            let output = matmul(input, parameters["w\(layer)"]) + parameters["b\(layer)"]
            return layer < layers ? relu(output) : output
        }
    }

    /// Training on the four batches of workload `number`.
    private static func train(
        _ number: Int, _ session: Session, _ x: Tensor<Float>, _ y: Tensor<Int32>,
        _ logits: Tensor<Float>, _ optimizer: any Optimizer, classes: Int, usesAdam: Bool = false
    ) throws -> Bench {
        let loss = softmaxCrossEntropy(logits: logits, labels: y)
        let update = try optimizer.minimize(loss)
        let run = session.function(feeding: x, y, fetching: loss, update)
        let shape = x.shape.dimensions ?? []
        let batches = (0..<4).map { batch in
            (
                Numbers.uniform(1000 * number + 500 + 2 * batch, shape),
                Numbers.labels(1000 * number + 501 + 2 * batch, shape[0], classes: classes)
            )
        }
        return Bench(kind: .train, usesAdam: usesAdam) { step in
            let (images, labels) = batches[step & 3]
            return [try run(images, labels).0]
        }
    }
}

/// Trained variables that begin as the workload's definition says: parameter p of workload w has
/// seed 1000 · w + p.
private struct Parameters {
    private var variables: [String: Variable<Float>] = [:]

    init(_ workload: Int, _ list: [(name: String, shape: [Int], how: Numbers.Initial)]) {
        for (index, item) in list.enumerated() {
            variables[item.name] = Variable(
                item.name, shape: item.shape,
                initializer: .value(Numbers.initial(1000 * workload + index, item.shape, item.how)))
        }
    }

    subscript(name: String) -> Tensor<Float> {
        guard let variable = variables[name] else { preconditionFailure("no parameter '\(name)'") }
        return variable.value
    }
}
