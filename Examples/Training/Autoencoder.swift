// SPDX-License-Identifier: Apache-2.0
//
// Digits of 64 pixels go through eight numbers and back. What the eight numbers are is learned: the target is the
// image itself.
// Reaches: 83% of the variance of test images is kept; the best linear map to eight numbers keeps 66%.
import Weft
import WeftData
import WeftDigits
import WeftTraining

enum Autoencoder: Program {
    static func run(_ options: Options) throws {
        let training = Dataset(rowsOf: try Digits.training()).shuffled(seed: 1).batch(64)
        let test = try Digits.test()
        let encoder = Sequential("encoder") {
            Flatten<Float>()
            Dense("hidden", units: 128)
            relu
            Dense("code", units: 8)
        }
        let decoder = Sequential("decoder") {
            Dense<Float>("hidden", units: 128)
            relu
            Dense("pixels", units: 64)
            sigmoid
            Lambda { $0.reshaped(to: [-1, 8, 8, 1]) }
        }
        let trainer = try Trainer(
            Sequential([encoder, decoder]), from: \.images, to: \.images, on: training,
            optimizer: Adam(learningRate: 0.003), loss: { meanSquaredError($0, Tensor($1)) })
        try trainer.fit(training, epochs: options.isShort ? 15 : 150)

        // Which share of the variance the eight numbers keep: the mean image would keep none of it.
        let error = try trainer.evaluate(Dataset(rowsOf: test).batch(120))["loss"] ?? .infinity
        let spread = try test.images - test.images.mean(axes: [0], keepingDimensions: true)
        let kept = 1 - error / (try (spread * spread).mean().doubles[0])
        try report(
            "share of the variance that is kept", kept, atLeast: options.isShort ? 0.6 : 0.82)

        // Both halves are models of their own.
        let code = try trainer.session.run(
            encoder(Tensor(test.images[0..<1]), mode: .inference))
        print("a \(try test.labels[0].scalar(as: Int32.self)) is", code)
        let image = try trainer.session.run(decoder(Tensor(code), mode: .inference)).doubles
        for row in 0..<8 {
            print(image[row * 8..<row * 8 + 8].map { $0 > 0.5 ? "##" : "  " }.joined())
        }
    }
}
