// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftDigits

/// The network for 8 by 8 digits: two convolutions with batch normalisation, a pool, two dense layers.
/// Images `[n, 8, 8, 1]` → logits `[n, 10]`.
private func digitsModel() -> Sequential<Tensor<Float>, Tensor<Float>> {
    Sequential {
        Conv2D(
            "conv1", inputs: 1, filters: 32, kernelSize: [3, 3], padding: .same, usesBias: false,
            kernelInitializer: .heNormal)
        BatchNorm("norm1", channels: 32, momentum: 0.9)
        relu
        Conv2D(
            "conv2", inputs: 32, filters: 64, kernelSize: [3, 3], padding: .same, usesBias: false,
            kernelInitializer: .heNormal)
        BatchNorm("norm2", channels: 64, momentum: 0.9)
        relu
        MaxPool2D()
        Flatten()
        Dense("dense1", inputs: 4 * 4 * 64, units: 128, kernelInitializer: .heNormal)
        relu
        Dropout("dropout", rate: 0.4)
        Dense("dense2", inputs: 128, units: 10)
    }
}

/// Trains and tests the network.
struct DigitsTrainer {
    /// Where the training stands.
    struct Report {
        let epoch: Int
        let examples: Int
        let loss: Double
        /// On the training batches of the epoch so far.
        let accuracy: Double
    }

    let session: Session
    private let seed: UInt64
    private let epochs: Int
    private let batchSize: Int
    private let training: Examples
    private let test: Examples
    private let images = Tensor<Float>.placeholder(shape: [nil, 8, 8, 1], name: "images")
    private let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
    private let learningRate = Tensor<Float>.placeholder(shape: [], name: "learning_rate")
    private let model = digitsModel()

    init(seed: UInt64, epochs: Int, batchSize: Int) throws {
        self.seed = seed
        self.epochs = epochs
        self.batchSize = batchSize
        session = Session(.init(seed: seed))
        training = try Digits.training()
        test = try Digits.test()
    }

    /// The last batch of an epoch is left out when it is short, so that all steps weigh the same.
    var stepCount: Int { epochs * (training.count / batchSize) }

    /// Trains, reporting after each step, and returns the share of test examples that are right.
    func train(_ report: (Report) -> Void) throws -> Double {
        let logits = model(images, mode: .training)
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        let accuracy = Self.accuracy(logits, labels)
        let step = try Adam(learningRate: learningRate).minimize(loss)
        let run = session.function(
            feeding: images, labels, learningRate, fetching: loss, accuracy, step)
        var done = 0
        for epoch in 1...epochs {
            var sum = 0.0
            let batches = try training.batches(
                of: batchSize, shuffleSeed: seed, epoch: epoch, dropsRemainder: true)
            for (index, batch) in batches.enumerated() {
                let (lossValue, accuracyValue, _) = try run(batch[0], batch[1], NDArray(rate(done)))
                done += 1
                sum += Double(try accuracyValue.scalar(as: Float.self))
                report(
                    Report(
                        epoch: epoch, examples: done * batchSize,
                        loss: Double(try lossValue.scalar(as: Float.self)),
                        accuracy: sum / Double(index + 1)))
            }
        }
        return try testAccuracy()
    }

    /// From 0.002 down to nothing along half a cosine.
    private func rate(_ step: Int) -> Float {
        let share = Double(step) / Double(max(stepCount, 1))
        return Float(0.001 * (1 + cosine(.pi * share)))
    }

    private func testAccuracy() throws -> Double {
        let accuracy = Self.accuracy(model(images, mode: .inference), labels)
        let value = try session.run(
            accuracy, feeding: [images: test.arrays[0], labels: test.arrays[1]])
        return Double(try value.scalar(as: Float.self))
    }

    private static func accuracy(_ logits: Tensor<Float>, _ labels: Tensor<Int32>) -> Tensor<Float>
    {
        (logits.argMax(axis: 1) .== labels).mean()
    }
}

private func cosine(_ x: Double) -> Double { Foundation.cos(x) }
