// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph

/// Random tensors: their distributions, and that they are functions of their streams.
@Suite struct RandomFunctionTests {
    typealias F = Tensor<Float>

    private func moments(
        _ tensor: any TensorConvertible
    ) throws -> (mean: Double, deviation: Double) {
        let numbers = try evaluate(tensor, seed: 7).doubles
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(numbers.count)).squareRoot())
    }

    @Test("uniform numbers fill their range in every precision")
    func uniform() throws {
        func check<T: FloatingScalar>(_: T.Type, _ margin: Double) throws {
            let x = Tensor<T>.randomUniform(shape: [20_000], from: -1, to: 3, stream: "u")
            let numbers = try evaluate(x).doubles
            #expect(numbers.allSatisfy { $0 >= -1 && $0 <= 3 }, "\(T.dtype)")
            let (mean, deviation) = try moments(x)
            #expect(abs(mean - 1) < margin && abs(deviation - 4 / 12.0.squareRoot()) < margin)
        }
        try check(Float.self, 0.03)
        try check(Double.self, 0.03)
        try check(Float16.self, 0.03)
        try check(BFloat16.self, 0.05)
    }

    @Test("normal numbers have their mean and deviation, truncated ones no tails")
    func normal() throws {
        let (mean, deviation) = try moments(
            F.randomNormal(shape: [20_000], mean: 2, standardDeviation: 3, stream: "n"))
        #expect(abs(mean - 2) < 0.07 && abs(deviation - 3) < 0.07)
        let double = try moments(Tensor<Double>.randomNormal(shape: [20_000], stream: "n"))
        #expect(abs(double.mean) < 0.03 && abs(double.deviation - 1) < 0.03)
        let cut = F.randomTruncatedNormal(shape: [20_000], stream: "t")
        #expect(try evaluate(cut).doubles.allSatisfy { abs($0) <= 2.000001 })
        #expect(abs(try moments(cut).deviation - 0.8796) < 0.02)
    }

    @Test("bernoulli, integers and categories come with their probabilities")
    func discrete() throws {
        let coin = Tensor<Bool>.randomBernoulli(shape: [20_000], probability: 0.3, stream: "b")
        #expect(abs(try moments(coin).mean - 0.3) < 0.02)
        expect(Tensor<Bool>.randomBernoulli(shape: [2], probability: 1, stream: "b"), [2], [1, 1])
        expect(Tensor<Bool>.randomBernoulli(shape: [2], probability: 0, stream: "b"), [2], [0, 0])
        let dice = try evaluate(
            Tensor<Int8>.randomIntegers(shape: [6_000], in: -3..<3, stream: "i")
        ).doubles
        for face in -3..<3 {
            let count = dice.count { $0 == Double(face) }
            #expect(abs(count - 1000) < 150, "\(face): \(count)")
        }
        #expect(dice.allSatisfy { $0 >= -3 && $0 < 3 })
        let wide = try evaluate(
            Tensor<Int64>.randomIntegers(shape: [100], in: 0..<(1 << 40), stream: "i")
        ).doubles
        #expect(wide.allSatisfy { $0 >= 0 && $0 < 0x1p40 } && wide.contains { $0 > 0x1p38 })
        let logits = F.filled(0, shape: [8_000, 2]) + F([0, 1.0986123])  // 1 : 3
        let drawn = randomCategorical(logits: logits, stream: "c")
        #expect(drawn.shape == [8_000])
        #expect(abs(try moments(drawn).mean - 0.75) < 0.03)
        let order = try evaluate(Tensor<Int32>.randomPermutation(count: 50, stream: "p")).doubles
        #expect(order.sorted() == (0..<50).map(Double.init) && order != order.sorted())
    }

    @Test("dropout keeps the mean, scales what stays, and is one draw when built again")
    func dropouts() throws {
        let x = F.ones(shape: [20_000])
        let y = dropout(x, rate: 0.25, stream: "d")
        #expect(y == dropout(x, rate: 0.25, stream: "d"))
        #expect(y != dropout(x, rate: 0.25, stream: "e"))
        #expect(dropout(x, rate: 0, stream: "d") == x)
        let numbers = try evaluate(y, seed: 1).doubles
        #expect(Set(numbers) == [0, Double(Float(1 / 0.75))])
        #expect(abs(numbers.reduce(0, +) / 20_000 - 1) < 0.02)
        #expect(try evaluate(y, seed: 1) == evaluate(y, seed: 1))
        #expect(try evaluate(y, seed: 1) != evaluate(y, seed: 2))
        #expect(try evaluate(y, seed: 1, step: 0) != evaluate(y, seed: 1, step: 1))
        let slope = try #require(try gradient(of: y, withRespectTo: x))
        #expect(try evaluate(slope, seed: 1) == evaluate(y, seed: 1))

        let keep = F.placeholder(shape: [])
        let fed = dropout(x, keepProbability: keep, stream: "d")
        #expect(try evaluate(fed, feeding: [(keep, NDArray(Float(1)))]) == evaluate(x))
        let half = try evaluate(fed, feeding: [(keep, NDArray(Float(0.5)))]).doubles
        #expect(Set(half) == [0, 2])
    }

    @Test("a stream is named under its scope, and what is not drawn from it does not change it")
    func streams() throws {
        let a = F.randomUniform(shape: [4], stream: "s")
        let b = withNameScope("layer") { F.randomUniform(shape: [4], stream: "s") }
        #expect(a != b)
        #expect(b == F.randomUniform(shape: [4], stream: "layer/s"))
        let other = F.randomUniform(shape: [9], stream: "other")
        #expect(try evaluate([a])[0] == evaluate([other, b, a])[2])
        let x = F.placeholder(shape: [nil])
        let like = F.randomUniform(like: x, stream: "s")
        let numbers: NDArray = [1.0, 2.0, 3.0, 4.0]
        #expect(try evaluate(like, feeding: [(x, numbers)]) == evaluate(a))
    }
}
