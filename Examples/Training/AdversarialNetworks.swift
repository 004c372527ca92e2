// SPDX-License-Identifier: Apache-2.0
//
// A generator makes points of noise, a discriminator tells them from real ones, and each has an optimizer of its own
// (Goodfellow et al. 2014). The real points lie around eight places on a circle; a generator that fails gives only
// some of them.
// Reaches: points at all eight places, and 85% of them nearer than 0.3 to one.
import Foundation
import Weft
import WeftData
import WeftTraining

enum AdversarialNetworks: Program {
    static let size = 128

    struct Points: Example {
        var places: NDArray
        static var arrays: [WritableKeyPath<Points, NDArray>] { [\.places] }
    }

    static func run(_ options: Options) throws {
        let training = Dataset(rowsOf: Points(places: try circle(count: 12_800)))
            .shuffled(seed: 1).batch(size, droppingRemainder: true)
        func network(_ name: String, outputs: Int) -> Sequential<Tensor<Float>, Tensor<Float>> {
            Sequential(name) {
                for layer in 1...2 {
                    Dense<Float>("hidden\(layer)", units: 128)
                    Lambda { leakyRelu($0, alpha: 0.2) }
                }
                Dense("output", units: outputs)
            }
        }
        let generator = network("generator", outputs: 2)
        let discriminator = network("discriminator", outputs: 1)
        let forGenerator = Adam(learningRate: 0.0005, beta1: 0.5, name: "AdamG")
        let forDiscriminator = Adam(learningRate: 0.0005, beta1: 0.5, name: "AdamD")

        let trainer = try Trainer(on: training, optimizer: nil) { batch, mode in
            let noise = Tensor<Float>.randomNormal(shape: [size, 16], stream: "noise")
            let ofMade = discriminator(generator(noise, mode: mode), mode: mode)
            let ofReal = discriminator(Tensor(batch.places), mode: mode)
            let distrust =
                sigmoidCrossEntropy(logits: ofReal, labels: .ones(like: ofReal))
                + sigmoidCrossEntropy(logits: ofMade, labels: .zeros(like: ofMade))
            let deceit = sigmoidCrossEntropy(logits: ofMade, labels: .ones(like: ofMade))
            let update = Update.group([
                try forDiscriminator.minimize(distrust, variables: discriminator.variables),
                try forGenerator.minimize(deceit, variables: generator.variables),
            ])
            return StepOutputs(
                loss: distrust, metrics: ["deceit": .mean(deceit)], update: update)
        }
        try trainer.fit(training, epochs: options.isShort ? 16 : 80)

        let noise = Tensor<Float>.randomNormal(shape: [4_000, 16], stream: "samples")
        let made = try trainer.session.run(generator(noise, mode: .inference)).doubles
        var counts = [Int](repeating: 0, count: 8)
        for i in stride(from: 0, to: made.count, by: 2) {
            let angle = atan2(made[i + 1], made[i])
            let place = (Int((angle / (.pi / 4)).rounded()) + 8) % 8
            let (x, y) = (2 * cos(.pi / 4 * Double(place)), 2 * sin(.pi / 4 * Double(place)))
            if hypot(made[i] - x, made[i + 1] - y) < 0.3 { counts[place] += 1 }
        }
        print("points at each place:", counts)
        let share = Double(counts.reduce(0, +)) / 4_000
        try report("share that lies at a place", share, atLeast: options.isShort ? 0.15 : 0.7)
        try report("places", Double(counts.count { $0 > 40 }), atLeast: options.isShort ? 4 : 8)
    }

    /// Points `[n, 2]` around eight places.
    private static func circle(count: Int) throws -> NDArray {
        let noise = try RandomArrays(seed: 1).normal(shape: [count, 2], standardDeviation: 0.1)
        let places = (0..<count).map { number in
            let angle = Double(number) * .pi / 4
            return [Float(2 * cos(angle)), Float(2 * sin(angle))]
        }
        return try NDArray(rows: places) + noise
    }
}
