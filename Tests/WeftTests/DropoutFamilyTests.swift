// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// What layers do to values at random while training: never in inference, and with the moments they promise.
@Suite("Dropout family") struct DropoutFamilyTests {
    private typealias F = Tensor<Float>
    private let count = 20_000

    private func run(
        _ engine: TestedEngine, _ layer: any Layer<F, F>, _ array: NDArray, seed: UInt64 = 1
    ) throws -> [Double] {
        let x = F.placeholder(shape: Shape([nil] + array.shape.dropFirst().map { $0 }))
        let session = engine.session(seed: seed)
        #expect(layer(x, mode: .inference) == x)
        let decided = layer(x, mode: .decided(by: Tensor<Bool>(false)))
        #expect(try session.run(decided, feeding: [x: array]).hasSameBits(as: array))
        let other = engine.session(seed: seed)
        return try other.run(layer(x, mode: .training), feeding: [x: array]).doubles
    }

    private func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(numbers.count))
    }

    @Test("whole channels are dropped", arguments: TestedEngine.allCases)
    func spatial(_ engine: TestedEngine) throws {
        let ones = try NDArray(repeating: 1 as Float, shape: [50, 3, 2, 8])
        let y = try run(engine, SpatialDropout<Float>("d", rate: 0.75), ones)
        var kept = 0
        for example in 0..<50 {
            for channel in 0..<8 {
                let places = (0..<6).map { y[(example * 6 + $0) * 8 + channel] }
                #expect(Set(places).count == 1)
                if places[0] != 0 {
                    #expect(places[0] == 4)
                    kept += 1
                }
            }
        }
        // A fourth of 400, whose deviation is 9.
        #expect((65...135).contains(kept))
        let flat = SpatialDropout<Float>("d", rate: 0.5)(
            F.placeholder(shape: [2, 3]), mode: .training)
        #expect(flat.error?.operation == "spatialDropout")
    }

    @Test("mean and variance stay with selu's", arguments: TestedEngine.allCases)
    func alpha(_ engine: TestedEngine) throws {
        // Numbers with mean 0 and variance 1.
        let numbers = try NDArray((0..<count).map { Float($0 % 2 * 2 - 1) }, shape: [count])
        let y = try run(engine, AlphaDropout<Float>("d", rate: 0.3), numbers)
        let (mean, variance) = moments(y)
        #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.03)
        #expect(Set(y).count == 3)
    }

    @Test("noise has the moments that are asked for", arguments: TestedEngine.allCases)
    func gaussian(_ engine: TestedEngine) throws {
        let twos = try NDArray(repeating: 2 as Float, shape: [count])
        let dropped = moments(try run(engine, GaussianDropout<Float>("d", rate: 0.2), twos))
        #expect(abs(dropped.mean - 2) < 0.03 && abs(dropped.variance - 1) < 0.05)
        let noisy = moments(
            try run(engine, GaussianNoise<Float>("d", standardDeviation: 0.5), twos))
        #expect(abs(noisy.mean - 2) < 0.02 && abs(noisy.variance - 0.25) < 0.02)
    }

    @Test("a layer's draw is its own, and rates have limits")
    func streams() throws {
        let layers: [any Layer<F, F>] = withNameScope("net") {
            [
                SpatialDropout<Float>("d", rate: 0.5), AlphaDropout<Float>("d", rate: 0.5),
                GaussianDropout<Float>("d", rate: 0.5),
                GaussianNoise<Float>("d", standardDeviation: 1),
            ]
        }
        let x = F.placeholder(shape: [2, 3, 4])
        for layer in layers {
            let inside = withNameScope("elsewhere") { layer(x, mode: .training) }
            #expect(inside == layer(x, mode: .training))
        }
        for rate in [1, -0.1, .nan] {
            #expect(SpatialDropout<Float>("d", rate: rate)(x, mode: .training).error != nil)
            #expect(AlphaDropout<Float>("d", rate: rate)(x, mode: .training).error != nil)
            #expect(GaussianDropout<Float>("d", rate: rate)(x, mode: .training).error != nil)
        }
        let noise = GaussianNoise<Float>("d", standardDeviation: -1)(x, mode: .training)
        #expect(noise.error != nil)
    }
}
