// SPDX-License-Identifier: Apache-2.0
import Foundation
import Weft
import WeftCheckpoints
import WeftData
import WeftDigits
import WeftTensorFlow

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

/// What a training has counted in the epoch that it is in.
private final class EpochSums: CheckpointPart {
    /// The sum of the accuracies of the epoch's steps.
    var accuracies = 0.0

    func exportState() -> [String: NDArray] { ["accuracies": NDArray(accuracies)] }

    func importState(_ state: [String: NDArray]) throws {
        guard let accuracies = state["accuracies"] else {
            throw CheckpointPartError("the checkpoint lacks 'accuracies'")
        }
        self.accuracies = try accuracies.scalar()
    }
}

/// Trains and tests the network.
struct DigitsTrainer {
    /// Where the training stands.
    struct Report {
        let epoch: Int
        let isEndOfEpoch: Bool
        let examples: Int
        let loss: Double
        /// On the training batches of the epoch so far.
        let accuracy: Double
    }

    let session: Session
    private let epochs: Int
    private let batchSize: Int
    private let stream: DataStream<Digits>
    private let sums = EpochSums()
    private let stepsPerEpoch: Int
    private let test: Digits
    private let images = Tensor<Float>.placeholder(shape: [nil, 8, 8, 1], name: "images")
    private let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
    private let model = digitsModel()
    /// From images, labels and the learning rate to loss and accuracy of a step.
    private let step: (NDArray, NDArray, NDArray) throws -> (NDArray, NDArray, NDArray)

    init(seed: UInt64, epochs: Int, batchSize: Int) throws {
        self.epochs = epochs
        self.batchSize = batchSize
        session = Session(.init(seed: seed))
        // The last batch of an epoch is left out when it is short, so that all steps weigh the same.
        let training = Dataset(rowsOf: try Digits.training())
            .shuffled(seed: seed)
            .batch(batchSize, droppingRemainder: true)
            .prefetch(2)
        stepsPerEpoch = training.count ?? 0
        stream = training.stream()
        test = try Digits.test()
        let learningRate = Tensor<Float>.placeholder(shape: [], name: "learning_rate")
        let logits = model(images, mode: .training)
        let loss = softmaxCrossEntropy(logits: logits, labels: labels)
        let update = try Adam(learningRate: learningRate).minimize(loss)
        let function = session.function(
            feeding: images, labels, learningRate,
            fetching: loss, Self.accuracy(logits, labels), update)
        step = { try function($0, $1, $2) }
    }

    private var stepCount: Int { epochs * stepsPerEpoch }
    /// How many examples are seen in all.
    var exampleCount: Int { stepCount * batchSize }
    /// The steps done.
    var done: Int { stream.epoch * stepsPerEpoch + stream.count }
    /// What a checkpoint keeps besides the session, to go on in the middle of an epoch.
    var parts: [String: any CheckpointPart] { ["data": stream, "epoch": sums] }

    /// Trains from where it stands on, reporting after each step.
    func train(_ report: (Report) throws -> Void) throws {
        while done < stepCount {
            let epoch = stream.epoch + 1
            while let batch = try stream.next() {
                let index = stream.count
                if index == 1 { sums.accuracies = 0 }
                let (loss, accuracy, _) = try step(
                    batch.images, batch.labels, NDArray(rate(done - 1)))
                sums.accuracies += Double(try accuracy.scalar(as: Float.self))
                try report(
                    Report(
                        epoch: epoch, isEndOfEpoch: index == stepsPerEpoch,
                        examples: done * batchSize,
                        loss: Double(try loss.scalar(as: Float.self)),
                        accuracy: sums.accuracies / Double(index)))
            }
        }
        stream.stop()
    }

    /// From 0.002 down to nothing along half a cosine.
    private func rate(_ step: Int) -> Float {
        let share = Double(step) / Double(max(stepCount, 1))
        return Float(0.001 * (1 + cosine(.pi * share)))
    }

    /// The share of test examples that are right.
    func testAccuracy() throws -> Double {
        let accuracy = Self.accuracy(model(images, mode: .inference), labels)
        let value = try session.run(
            accuracy, feeding: [images: test.images, labels: test.labels])
        return Double(try value.scalar(as: Float.self))
    }

    /// Writes the network as it is used, for TensorFlow.
    func writeSavedModel(to folder: String) throws {
        let logits = model(images, mode: .inference)
        try TensorFlowSavedModel.write(
            to: folder,
            outputs: [
                "logits": logits.anyTensor, "probabilities": softmax(logits, axis: -1).anyTensor,
            ], inputs: ["images": images.anyTensor], in: session)
    }

    private static func accuracy(_ logits: Tensor<Float>, _ labels: Tensor<Int32>) -> Tensor<Float>
    {
        (logits.argMax(axis: 1) .== labels).mean()
    }
}

private func cosine(_ x: Double) -> Double { Foundation.cos(x) }
