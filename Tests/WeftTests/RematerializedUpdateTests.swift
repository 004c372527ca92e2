// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Updates inside bodies that are put into the program around them: those of `rematerialized`, and
/// those of updates.
@Suite struct RematerializedUpdateTests {
    @Test("updates inside a body that is computed again run once", arguments: TestedEngine.allCases)
    func once(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        let x = Tensor<Float>.placeholder(shape: [])
        let y = rematerialized(x) { ($0 * $0).after([v.assignAdd(1)]) }
        let slope = try #require(try gradient(of: y * y, withRespectTo: x))
        let session = engine.session()
        #expect(try session.run(y, feeding: [x: 3.0]).number == 9)
        #expect(try session.value(of: v).number == 1)
        // The gradient computes the body again, not its update: d/dx x⁴ = 4x³.
        let results = try session.run([y, slope], feeding: [x: 3.0])
        #expect(results.map(\.number) == [9, 108])
        #expect(try session.value(of: v).number == 2)
    }

    @Test(
        "loops update once where two gradients of them are asked for by themselves",
        arguments: TestedEngine.allCases)
    func twoGradients(_ engine: TestedEngine) throws {
        typealias F = Tensor<Float>
        let v = Variable<Float>("v", shape: [])
        let (a, b) = (F.placeholder(shape: []), F.placeholder(shape: []))
        // What is kept for the one gradient is not what is kept for the other.
        func next(_ y: F, _ x: F) -> F { (sin(y * a) * exp(x * b)).after([v.assignAdd(1)]) }
        let (scanned, _) = scan(over: F([0, 1, 2]), initial: F(1)) { y, x in (next(y, x), x) }
        let (_, _, looped) = whileLoop(
            Tensor<Int32>(0), F(0), F(1), condition: { i, _, _ in i .< 3 },
            body: { i, x, y in (i + 1, x + 1, next(y, x)) })
        let feeds: Feeds = [a: 0.5, b: 0.25]
        var found: [[NDArray]] = []
        for y in [scanned, looped] {
            let session = engine.session()
            let together = try gradients(of: y, withRespectTo: [a, b]).compactMap(\.self)
            let alone = try [a, b].map { try #require(try gradient(of: y, withRespectTo: $0)) }
            found.append(try session.run([y] + together, feeding: feeds))
            #expect(try session.value(of: v).number == 3)
            found.append(try session.run([y] + alone, feeding: feeds))
            #expect(try session.value(of: v).number == 6)
        }
        for results in found.dropFirst() {
            for (x, y) in zip(results, found[0]) { #expect(abs(x.number - y.number) < 1e-6) }
        }
    }

    @Test(
        "where a loop reads what it updates such gradients are refused",
        arguments: TestedEngine.allCases)
    func readingLoop(_ engine: TestedEngine) throws {
        typealias F = Tensor<Float>
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let (a, b) = (F.placeholder(shape: []), F.placeholder(shape: []))
        let (y, _) = scan(over: F([1, 2]), initial: F(1)) { y, x in
            ((sin(y * a) * exp(x * b) * v.value).after([v.assignAdd(1)]), x)
        }
        let alone = try [a, b].map { try #require(try gradient(of: y, withRespectTo: $0)) }
        let session = engine.session()
        let text = errorText { _ = try session.run(alone, feeding: [a: 0.5, b: 0.25]) }
        #expect(text.contains("ask for them in one call of `gradients`"), "\(text)")
        #expect(try session.value(of: v).number == 1)
        _ = try session.run([y, alone[0]], feeding: [a: 0.5, b: 0.25])
        #expect(try session.value(of: v).number == 3)
    }

    @Test("they run in the order in which they were made", arguments: TestedEngine.allCases)
    func order(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [], initializer: .ones)
        let before = v.assignAdd(1)
        let y = rematerialized(v.value) { $0.after([v.update { $0 * 10 }]) }
        let last = v.assignAdd(3)
        let session = engine.session()
        let results = try session.run([last, y, before])
        #expect(results.map(\.number) == [23, 1, 2])
        #expect(try session.value(of: v).number == 23)
    }

    @Test("they run in loops, branches and each other", arguments: TestedEngine.allCases)
    func nested(_ engine: TestedEngine) throws {
        let v = Variable<Float>("v", shape: [])
        func counted(_ x: Tensor<Float>) -> Tensor<Float> {
            rematerialized(x) { x in rematerialized(x) { ($0 + 1).after([v.assignAdd(1)]) } }
        }
        let x = Tensor<Float>.placeholder(shape: [3])
        let (sum, _) = scan(over: x, initial: Tensor<Float>(0)) { sum, x in (sum + counted(x), x) }
        let branch = cond(x.sum() .> 0, then: { counted(x) }, else: { x })
        let session = engine.session()
        #expect(try session.run(sum, feeding: [x: [1.0, 2.0, 3.0]]).number == 9)
        #expect(try session.value(of: v).number == 3)
        #expect(try session.run(branch, feeding: [x: [1.0, 2.0, 3.0]]).doubles == [2, 3, 4])
        #expect(try session.value(of: v).number == 4)
        _ = try session.run(branch, feeding: [x: [-1.0, 0.0, 0.0]])
        #expect(try session.value(of: v).number == 4)
    }

    @Test("updates inside an update run too", arguments: TestedEngine.allCases)
    func insideAnUpdate(_ engine: TestedEngine) throws {
        let (v, count) = (Variable<Float>("v", shape: []), Variable<Float>("count", shape: []))
        let update = v.update { ($0 + 2).after([count.assignAdd(1)]) }
        let session = engine.session()
        #expect(try session.run([update, update]).map(\.number) == [2, 2])
        #expect(try session.value(of: v).number == 2)
        #expect(try session.value(of: count).number == 1)
    }

    @Test(
        "batch normalisation inside learns its moving averages", arguments: TestedEngine.allCases)
    func batchNormalisation(_ engine: TestedEngine) throws {
        let norms = [false, true].map { isRematerialized in
            (
                BatchNorm<Float>("norm\(isRematerialized)", channels: 1, momentum: 0.5),
                isRematerialized
            )
        }
        let x = Tensor<Float>.placeholder(shape: [nil, 1])
        let session = engine.session()
        for (norm, isRematerialized) in norms {
            let y =
                isRematerialized
                ? rematerialized(x) { norm($0, mode: .training) } : norm(x, mode: .training)
            let step = try GradientDescent(learningRate: 0.1).minimize((y * y * y).mean())
            _ = try session.run(step, feeding: [x: [[1.0], [2.0], [6.0]]])
            // Mean 3 and variance (4 + 1 + 9) / 2 = 7, half of each.
            #expect(try session.value(of: norm.movingMean).doubles == [1.5])
            // 14/3 is rounded before it is multiplied by 3/2.
            #expect(abs(try session.value(of: norm.movingVariance).doubles[0] - 4) < 2e-6)
        }
        // The same sums, perhaps in another order: a few units in the last place of 1.
        let scales = try norms.map { try session.value(of: try #require($0.0.scale)).doubles[0] }
        #expect(abs(scales[0] - scales[1]) < 1e-6)
    }
}
