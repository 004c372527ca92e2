// SPDX-License-Identifier: Apache-2.0
//
// An LSTM says the next hour of a series from the 48 hours before: something like the load of a network, with a
// day, a week and noise that goes on for some hours. It is made here, so its best possible error is known.
// Reaches: a mean squared error of 0.016 where 0.01 is the noise that nobody can know, and 0.092 is what saying the last
// hour again gives.
import Foundation
import Weft
import WeftData
import WeftTraining

enum TimeSeries: Program {
    static func run(_ options: Options) throws {
        let (epochs, count) = options.isShort ? (3, 3_000) : (15, 8_760)
        let (hours, end) = (try series(count: count), count * 4 / 5)
        func windows(_ part: NDArray) -> Dataset<Labeled> {
            Dataset(windowsOf: part, length: 49).map { Labeled($0[0..<48], $0[48]) }
        }
        let training = windows(hours[0..<end]).shuffled(seed: 1).batch(64).prefetch(2)
        let test = windows(hours[end..<count]).batch(256)

        let model = Sequential {
            LSTM<Float>("lstm", units: 32, givesSequence: false)
            Dense("next", units: 1)
        }
        let rate = Schedule.cosineDecay(from: 0.01, steps: epochs * (training.count ?? 1))
        let trainer = try Trainer(
            model, from: \.inputs, to: \.targets, on: training, optimizer: Adam(learningRate: rate),
            loss: { meanSquaredError($0, Tensor($1)) })
        try trainer.fit(training, epochs: epochs)

        // To say the last hour again, or that of a day before, is what it has to be better than.
        for (lag, name) in [(1, "hour"), (24, "day")] {
            let misses = try hours[end + 48..<count] - hours[end + 48 - lag..<count - lag]
            print("mean squared error of the \(name) before: \(try (misses * misses).mean())")
        }
        let error = try trainer.evaluate(test)["loss"] ?? .infinity
        try report("mean squared error", error, atMost: options.isShort ? 0.05 : 0.02)
    }

    /// Hours `[n, 1]`: the noise is 0.8 times that of the hour before and new one with a variance of 0.01.
    private static func series(count: Int) throws -> NDArray {
        let shocks = try RandomArrays(seed: 1).normal(shape: [count], standardDeviation: 0.1)
            .doubles
        var noise = 0.0
        let values = shocks.enumerated().map { hour, shock in
            noise = 0.8 * noise + shock
            let day = sin(2 * .pi * Double(hour) / 24) + 0.5 * sin(4 * .pi * Double(hour) / 24)
            return Float(day + (hour / 24 % 7 < 5 ? 0.5 : -0.5) + noise)
        }
        return try NDArray(values, shape: [count, 1])
    }
}
