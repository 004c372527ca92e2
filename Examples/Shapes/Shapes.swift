// SPDX-License-Identifier: Apache-2.0
//
// A model from data to answers: a small convolutional network tells bars, crosses and rings apart in noisy
// pictures that are drawn here. It shows layers, training, a test, a saved state and a model that answers.
//   swift run -c release Shapes
import Foundation
import Weft
import WeftData

/// Pictures `[n, 12, 12, 1]` and which shapes they show `[n]`; of one picture without the `n`.
struct Pictures: Example {
    var pixels: NDArray
    var kinds: NDArray
    static var arrays: [WritableKeyPath<Pictures, NDArray>] { [\.pixels, \.kinds] }
}

@main
struct Shapes {
    static let names = ["bar", "cross", "ring"]
    static let size = 12

    /// Pictures `[n, 12, 12, 1]` → logits `[n, 3]`.
    static func model() -> Sequential<Tensor<Float>, Tensor<Float>> {
        Sequential {
            Conv2D(
                "conv", inputs: 1, filters: 8, kernelSize: [3, 3], padding: .same, usesBias: false)
            BatchNorm("norm", channels: 8, momentum: 0.9)
            relu
            MaxPool2D()
            Flatten()
            Dropout("dropout", rate: 0.2)
            Dense("classes", inputs: size / 2 * (size / 2) * 8, units: names.count)
        }
    }

    static func main() throws {
        // 1. Data: structures of arrays whose first axes go together.
        let training = try pictures(count: 600, seed: 1)
        let test = try pictures(count: 150, seed: 2)

        // 2. One model, used twice: both graphs have its variables, each says its mode.
        let model = model()
        let images = Tensor<Float>.placeholder(shape: [nil, size, size, 1], name: "images")
        let labels = Tensor<Int32>.placeholder(shape: [nil], name: "labels")
        let loss = softmaxCrossEntropy(logits: model(images, mode: .training), labels: labels)
        let answers = model(images, mode: .inference).argMax(axis: 1)
        let accuracy = (answers .== labels).mean()

        // 3. A training step is an update: it changes the variables, the optimizer's, and the moving
        //    averages of the normalisation, together.
        let step = try Adam(learningRate: 0.01).minimize(loss)
        let session = Session(.init(seed: 7))
        let train = session.function(feeding: images, labels, fetching: loss, step)
        let stream = Dataset(rowsOf: training).shuffled(seed: 7).batch(50).stream()
        while stream.epoch < 5 {
            var losses: [Float] = []
            while let batch = try stream.next() {
                let (value, _) = try train(batch.pixels, batch.kinds)
                losses.append(try value.scalar())
            }
            print("epoch \(stream.epoch): loss \(losses.reduce(0, +) / Float(losses.count))")
        }

        // 4. The test, on pictures that were not trained on.
        let right: Float = try session.run(
            accuracy, feeding: [images: test.pixels, labels: test.kinds]
        ).scalar()
        print("test accuracy \(right)")

        // 5. What was learnt is a value. Another session goes on from it, here only to answer: it wants
        //    the model's variables and not the optimizer's.
        let server = Session()
        let weights = try session.exportState()
        try server.importPartialState(weights, for: model.variables, resumesDraws: false)
        let classify = server.function(feeding: images, fetching: answers)
        let (some, kinds) = (test.pixels[0..<6], test.kinds[0..<6])
        for (answer, label) in zip(try classify(some).doubles, kinds.doubles) {
            print("a \(names[Int(label)]) looks like a \(names[Int(answer)])")
        }
        if right < 0.9 { exit(1) }
    }

    /// Pictures with a shape each, in noise, the same ones for a seed; and which shape it is.
    static func pictures(count: Int, seed: UInt64) throws -> Pictures {
        let kinds = (0..<count).map { Int32($0 % names.count) }
        let random = RandomArrays(seed: seed)
        let noise = try random.normal(shape: [count * size * size], standardDeviation: 0.3).doubles
        let places = try random.uniform(shape: [count, 2], from: -1.5, to: 1.5).doubles
        var pixels: [Float] = []
        for i in 0..<count {
            for y in 0..<size {
                for x in 0..<size {
                    let (dx, dy) = (
                        Double(x) - 5.5 - places[2 * i], Double(y) - 5.5 - places[2 * i + 1]
                    )
                    pixels.append(Float(brightness(Int(kinds[i]), dx, dy) + noise[pixels.count]))
                }
            }
        }
        return Pictures(
            pixels: try NDArray(pixels, shape: [count, size, size, 1]), kinds: NDArray(kinds))
    }

    /// How bright a shape is so far from its middle.
    private static func brightness(_ kind: Int, _ dx: Double, _ dy: Double) -> Double {
        switch kind {
        case 0: abs(dy) < 1 && abs(dx) < 4 ? 1 : 0
        case 1: min(abs(dx), abs(dy)) < 1 && max(abs(dx), abs(dy)) < 4 ? 1 : 0
        default: abs((dx * dx + dy * dy).squareRoot() - 3) < 0.8 ? 1 : 0
        }
    }
}
