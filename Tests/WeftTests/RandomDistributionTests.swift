// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// The distributions of random tensors, on each engine.
@Suite struct RandomDistributionTests {
    typealias F = Tensor<Float>

    private func draw(
        _ tensor: some TensorConvertible, _ engine: TestedEngine, feeding feeds: Feeds = [:],
        seed: UInt64 = 7
    ) throws -> [Double] {
        let array = try engine.session(seed: seed).run(tensor, feeding: feeds)
        #expect(array.dtype == tensor.anyTensor.dtype)
        return array.doubles
    }

    private func moments(_ numbers: [Double]) -> (mean: Double, deviation: Double) {
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(numbers.count)).squareRoot())
    }

    @Test("uniform numbers fill their range in every precision", arguments: TestedEngine.allCases)
    func uniform(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_: T.Type, _ margin: Double) throws {
            let numbers = try draw(
                Tensor<T>.randomUniform(shape: [20_000], from: -1, to: 3, stream: "u"), engine)
            #expect(numbers.allSatisfy { $0 >= -1 && $0 <= 3 }, "\(T.dtype)")
            let (mean, deviation) = moments(numbers)
            #expect(abs(mean - 1) < margin && abs(deviation - 4 / 12.0.squareRoot()) < margin)
        }
        try check(Float.self, 0.03)
        try check(Double.self, 0.03)
        try check(Float16.self, 0.03)
        try check(BFloat16.self, 0.05)
    }

    @Test(
        "normal numbers have their mean and deviation, truncated ones no tails",
        arguments: TestedEngine.allCases)
    func normal(_ engine: TestedEngine) throws {
        func check<T: FloatingScalar>(_: T.Type) throws {
            let wide = moments(
                try draw(
                    Tensor<T>.randomNormal(
                        shape: [20_000], mean: 2, standardDeviation: 3, stream: "n"), engine))
            #expect(abs(wide.mean - 2) < 0.07 && abs(wide.deviation - 3) < 0.07, "\(T.dtype)")
            let numbers = try draw(Tensor<T>.randomNormal(shape: [20_000], stream: "n"), engine)
            let standard = moments(numbers)
            #expect(abs(standard.mean) < 0.03 && abs(standard.deviation - 1) < 0.03)
            // The share within one deviation is 0.6827: of a uniform distribution it were 0.577.
            let inside = Double(numbers.count { abs($0) < 1 }) / 20_000
            #expect(abs(inside - 0.6827) < 0.015, "\(T.dtype)")
            let cut = try draw(
                Tensor<T>.randomTruncatedNormal(shape: [20_000], stream: "t"), engine)
            #expect(cut.allSatisfy { abs($0) <= 2.000001 })
            #expect(cut.contains { abs($0) > 1.98 })
            #expect(abs(moments(cut).deviation - 0.8796) < 0.02)
        }
        try check(Float.self)
        try check(Double.self)
        try check(BFloat16.self)
    }

    @Test(
        "bernoulli, integers and categories come with their probabilities",
        arguments: TestedEngine.allCases)
    func discrete(_ engine: TestedEngine) throws {
        func coin(_ probability: Double) throws -> [Double] {
            try draw(
                Tensor<Bool>.randomBernoulli(
                    shape: [20_000], probability: probability, stream: "b"), engine)
        }
        #expect(abs(moments(try coin(0.3)).mean - 0.3) < 0.02)
        #expect(try coin(1).allSatisfy { $0 == 1 })
        #expect(try coin(0).allSatisfy { $0 == 0 })
        let dice = try draw(
            Tensor<Int8>.randomIntegers(shape: [6_000], in: -3..<3, stream: "i"), engine)
        for face in -3..<3 {
            let count = dice.count { $0 == Double(face) }
            #expect(abs(count - 1000) < 150, "\(face): \(count)")
        }
        #expect(dice.allSatisfy { $0 >= -3 && $0 < 3 })
        let wide = try draw(
            Tensor<Int64>.randomIntegers(shape: [100], in: 0..<(1 << 40), stream: "i"), engine)
        #expect(wide.allSatisfy { $0 >= 0 && $0 < 0x1p40 } && wide.contains { $0 > 0x1p38 })
        let logits = F.filled(0, shape: [8_000, 2]) + F([0, 1.0986123])  // 1 : 3
        let drawn = try draw(randomCategorical(logits: logits, stream: "c"), engine)
        #expect(drawn.count == 8_000)
        #expect(abs(moments(drawn).mean - 0.75) < 0.03)
        let order = try draw(Tensor<Int32>.randomPermutation(count: 50, stream: "p"), engine)
        #expect(order.sorted() == (0..<50).map(Double.init) && order != order.sorted())
    }

    @Test("the engines draw the same numbers")
    func engines() throws {
        let (a, b) = (TestedEngine.reference, TestedEngine.cpu)
        // Where nothing is computed but bits they are equal.
        for tensor in [
            Tensor<Bool>.randomBernoulli(shape: [99], probability: 0.3, stream: "b").anyTensor,
            Tensor<Int8>.randomIntegers(shape: [99], in: -3..<3, stream: "i").anyTensor,
            Tensor<Int32>.randomPermutation(count: 99, stream: "p").anyTensor,
        ] { #expect(try draw(tensor, a) == draw(tensor, b)) }
        for tensor in [
            F.randomNormal(shape: [999], stream: "n"),
            F.randomTruncatedNormal(shape: [999], stream: "t"),
        ] {
            for (x, y) in zip(try draw(tensor, a), try draw(tensor, b)) {
                #expect(abs(x - y) <= 2e-6 * max(1, abs(y)))
            }
        }
    }

    @Test("dropout keeps the mean and scales what stays", arguments: TestedEngine.allCases)
    func dropouts(_ engine: TestedEngine) throws {
        let x = F.ones(shape: [20_000])
        let y = dropout(x, rate: 0.25, stream: "d")
        let numbers = try draw(y, engine, seed: 1)
        #expect(Set(numbers) == [0, Double(Float(1 / 0.75))])
        #expect(abs(numbers.reduce(0, +) / 20_000 - 1) < 0.02)
        #expect(try draw(y, engine, seed: 1) == numbers)
        #expect(try draw(y, engine, seed: 2) != numbers)
        let slope = try #require(try gradient(of: y, withRespectTo: x))
        #expect(try draw(slope, engine, seed: 1) == numbers)

        let keep = F.placeholder(shape: [])
        let fed = dropout(x, keepProbability: keep, stream: "d")
        #expect(try draw(fed, engine, feeding: [keep: NDArray(Float(1))]).allSatisfy { $0 == 1 })
        let half = try draw(fed, engine, feeding: [keep: NDArray(Float(0.5))])
        #expect(Set(half) == [0, 2])
    }
}
