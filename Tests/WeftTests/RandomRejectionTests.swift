// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph

/// Draws that are rejected and drawn anew, and what is put in random order.
@Suite("Draws by rejection") struct RandomRejectionTests {
    private typealias F = Tensor<Float>

    private func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(numbers.count))
    }

    /// The greatest distance of two distribution functions, at the elements and just before them.
    private func distance(_ numbers: [Double], _ distribution: (Double) -> Double) -> Double {
        let sorted = numbers.sorted()
        let count = Double(sorted.count)
        return sorted.enumerated().reduce(0) { greatest, next in
            let wanted = distribution(next.element)
            return max(
                greatest, abs(wanted - Double(next.offset) / count),
                abs(Double(next.offset + 1) / count - wanted))
        }
    }

    @Test("gamma numbers have their distributions", arguments: TestedEngine.allCases)
    func gamma(_ engine: TestedEngine) throws {
        let shapes: [Double] = [0.05, 0.5, 1, 2, 7.5, 300]
        let count = 4000
        let given = Tensor<Double>(shapes).expandingDimension(at: 1)
            .broadcasted(to: [shapes.count, count])
        let found = try engine.session(seed: 3).run(
            randomGamma(concentration: given, stream: "g"))
        #expect(found.shape == [shapes.count, count])
        for (index, shape) in shapes.enumerated() {
            let numbers = Array(found.doubles[index * count..<(index + 1) * count])
            #expect(numbers.allSatisfy { $0 >= 0 && $0.isFinite })
            let (mean, variance) = moments(numbers)
            // Five deviations of the estimates: the variance of a sample's variance is (2 + 6 / k) k² / n.
            let error = 5 * (shape / Double(count)).squareRoot()
            #expect(abs(mean - shape) < error, "\(shape): mean \(mean)")
            let spread = 5 * ((2 + 6 / shape) / Double(count)).squareRoot() * shape
            #expect(abs(variance - shape) < spread, "\(shape): variance \(variance)")
        }
        // Of 1 it is the exponential, of 2 and of ½ there are closed forms, too.
        let closed: [(Int, (Double) -> Double)] = [
            (1, { erf($0.squareRoot()) }), (2, { 1 - exp(-$0) }), (3, { 1 - exp(-$0) * (1 + $0) }),
        ]
        for (index, distribution) in closed {
            let numbers = Array(found.doubles[index * count..<(index + 1) * count])
            // Passed by one in a million of right generators.
            #expect(distance(numbers, distribution) < 2.7 / Double(count).squareRoot())
        }
        let wrong = try engine.session().run(
            randomGamma(concentration: F([0, -1, .nan, .infinity, 1]), stream: "g")
        ).doubles
        #expect(wrong.map(\.isNaN) == [true, true, true, true, false])
        #expect(
            try engine.session().run(
                randomGamma(concentration: Tensor<BFloat16>([3]), stream: "g")
            ).dtype == .bfloat16)
    }

    @Test("Poisson numbers have their distributions", arguments: TestedEngine.allCases)
    func poisson(_ engine: TestedEngine) throws {
        let rates: [Double] = [0, 0.3, 4, 9.99, 10, 35, 1000]
        let count = 4000
        let given = Tensor<Double>(rates).expandingDimension(at: 1)
            .broadcasted(to: [rates.count, count])
        let found = try engine.session(seed: 5).run(randomPoisson(rate: given, stream: "p"))
        for (index, rate) in rates.enumerated() {
            let numbers = Array(found.doubles[index * count..<(index + 1) * count])
            #expect(numbers.allSatisfy { $0 >= 0 && $0 == $0.rounded() })
            let (mean, variance) = moments(numbers)
            #expect(abs(mean - rate) <= 5 * (rate / Double(count)).squareRoot(), "\(rate)")
            let spread = 5 * ((2 * rate * rate + rate) / Double(count)).squareRoot()
            #expect(abs(variance - rate) <= spread, "\(rate): variance \(variance)")
            guard rate > 0, rate < 100 else { continue }
            // How many there are of each number, within five deviations.
            var probability = exp(-rate)
            for k in 0...Int(2 * rate) + 3 {
                if k > 0 { probability *= rate / Double(k) }
                let expected = probability * Double(count)
                let seen = Double(numbers.count { $0 == Double(k) })
                #expect(abs(seen - expected) <= 5 * expected.squareRoot() + 2, "\(rate): \(k)")
            }
        }
        let wrong = try engine.session().run(
            randomPoisson(rate: F([-1, .nan, .infinity, 2]), stream: "p")
        ).doubles
        #expect(wrong.map(\.isNaN) == [true, true, true, false])
    }

    @Test("several classes of each distribution", arguments: TestedEngine.allCases)
    func categorical(_ engine: TestedEngine) throws {
        let weights: [[Double]] = [[1, 0, 2, 5], [0, 1, 0, 0]]
        let logits = Tensor<Float>(weights.map { $0.map { Float(log($0)) } })
        let classes = randomCategorical(logits: logits, count: 4000, stream: "c")
        #expect(classes.shape.dims == [2, 4000])
        let found = try engine.session(seed: 2).run(classes).doubles
        for k in 0..<4 {
            let share = Double(found[..<4000].count { $0 == Double(k) }) / 4000
            #expect(abs(share - weights[0][k] / 8) < 0.04)
        }
        #expect(!found[..<4000].contains(1))
        #expect(found[4000...].allSatisfy { $0 == 1 })
        let count = Tensor<Int64>.placeholder(shape: [])
        let some = try engine.session().run(
            randomCategorical(logits: logits, count: count, stream: "c"),
            feeding: [count: NDArray(Int64(3))])
        #expect(some.shape == [2, 3])
    }

    @Test("shuffled rows are all there, in another order", arguments: TestedEngine.allCases)
    func shuffled(_ engine: TestedEngine) throws {
        let x = F.placeholder(shape: [nil, 2])
        let y = x.shuffled(stream: "s")
        let slope = try #require(
            try gradient(of: (y * F.iota(like: y, axis: 0)).sum(), withRespectTo: x))
        let array = try NDArray((0..<200).map(Float.init), shape: [100, 2])
        let session = engine.session(seed: 1)
        let found = try session.run([y, slope], feeding: [x: array])
        let firsts = stride(from: 0, to: 200, by: 2).map { found[0].doubles[$0] }
        #expect(firsts.sorted() == stride(from: 0, to: 200, by: 2).map(Double.init))
        #expect(firsts != firsts.sorted())
        #expect(
            zip(firsts, stride(from: 1, to: 200, by: 2)).allSatisfy {
                found[0].doubles[$1] == $0 + 1
            })
        // The gradient of the row that was moved to place i is i.
        for (place, first) in firsts.enumerated() {
            #expect(found[1].doubles[Int(first)] == Double(place))
        }
        let next = try session.run(y, feeding: [x: array])
        #expect(next != found[0])
        let columns = try session.run(x.shuffled(axis: 1, stream: "t"), feeding: [x: array])
        #expect(columns.doubles.sorted() == array.doubles)
    }

    @Test("the same seed draws the same, on all engines, in loops, too")
    func reproducible() throws {
        let rates = Tensor<Double>((0..<50).map { Double($0) * 0.7 })
        let shapes = Tensor<Double>((1...50).map { Double($0) * 0.11 })
        let fetches = [
            randomGamma(concentration: shapes, stream: "g"),
            randomPoisson(rate: rates, stream: "p"),
        ]
        func runs(_ engine: TestedEngine, seed: UInt64) throws -> [[Double]] {
            let session = engine.session(seed: seed)
            return try (0..<2).flatMap { _ in try session.run(fetches).map(\.doubles) }
        }
        let first = try runs(.cpu, seed: 9)
        #expect(try runs(.cpu, seed: 9) == first)
        #expect(try runs(.cpu, seed: 8) != first)
        #expect(first[0] != first[2] && first[1] != first[3])
        #expect(first[1] == (try runs(.reference, seed: 9))[1])
        for (a, b) in zip(first[0], try runs(.reference, seed: 9)[0]) {
            #expect(abs(a - b) <= 1e-9 * max(1, abs(b)))
        }
        // Inside a loop each iteration draws for itself, and what is beside the draws has a gradient.
        let x = F.placeholder(shape: [])
        let steps = F.zeros(shape: [3])
        let (sum, drawn) = scan(over: steps, initial: x) { sum, _ in
            let noise = randomGamma(concentration: F(2), stream: "inner")
            return (sum * 2 + noise, noise)
        }
        let slope = try #require(try gradient(of: sum, withRespectTo: x))
        for engine in TestedEngine.allCases {
            let found = try engine.session().run([slope, drawn], feeding: [x: NDArray(1 as Float)])
            #expect(found[0].number == 8)
            #expect(Set(found[1].doubles).count == 3)
        }
    }

    @Test("say what is wrong when they are built")
    func errors() {
        let wrong: [(any TensorConvertible, String)] = [
            (
                randomCategorical(logits: F(1), count: 2, stream: "c"),
                "randomCategorical: scalar logits have no axis of classes"
            ),
            (
                randomCategorical(logits: F([1]), count: -1, stream: "c"),
                "randomCategorical: the count must not be negative: -1"
            ),
            (
                randomGamma(concentration: AnyTensor(NDArray([Int32(1)])), stream: "g"),
                "randomGamma: it takes floating-point numbers, not i32"
            ),
            (F(1).shuffled(stream: "s"), "shuffled: axis 0 is asked for, but a scalar has no axes"),
            (Tensor<Int32>([1]).binCounts(count: -1), "binCounts: the count must not be negative"),
            (
                Tensor<Int32>([1]).binCounts(count: 3, batchRank: 2),
                "binCounts: batchRank is 2; it must be in 0...1, the rank of i32[1]"
            ),
            (F([1]).histogram(from: 0, to: 1, bins: 0), "histogram: the bins must be 1 or more"),
            (
                F([1]).histogram(from: F([0]), to: 1, bins: 2),
                "histogram: an end of the histogram must be a scalar, not f32[1]"
            ),
            (searchSorted(F(1), F(1)), "searchSorted: a scalar has no axis to search along"),
            (
                searchSorted(F([[1, 2]]), F([1])),
                "searchSorted: values [1] must have the first axes of f32[1, 2]"
            ),
        ]
        for (tensor, words) in wrong {
            let text = tensor.anyTensor.error?.description ?? "no error"
            #expect(text.contains(words), "\(text)")
        }
    }
}
