// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Runs that find sizes on their way, and go on with plans for these.
@Suite("Runs in segments") struct SegmentTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private let x = D.placeholder(shape: [nil], name: "x")
    private static func array(_ numbers: Double...) -> NDArray { NDArray(numbers) }

    @Test(
        "each size is compiled once, and each segment by itself", arguments: TestedEngine.allCases)
    func compilations(_ engine: TestedEngine) throws {
        let session = engine.session()
        let positive = x.masked(by: x .> 0)
        // The number of what is left is found in a second step.
        let small = positive.masked(by: positive .< 10)
        let fetches: [any TensorConvertible] = [x.sum(), small.sum(), positive.sum()]
        func run(_ numbers: Double...) throws -> [Double] {
            try session.run(fetches, feeding: [x: NDArray(numbers)]).map { try $0.scalar() }
        }
        #expect(try run(1, -2, 30) == [29, 1, 31])
        #expect(session.compilationCount == 3)
        #expect(try run(-4, 5, 60) == [61, 5, 65])
        #expect(session.compilationCount == 3)
        #expect(try run(1, 2, 30) == [33, 3, 33])
        #expect(session.compilationCount == 5)
        #expect(try run(1, -1, -1) == [-1, 1, 1])
        #expect(session.compilationCount == 7)
        #expect(try run(5, -2, 90) == [93, 5, 95])
        #expect(session.compilationCount == 7)
    }

    @Test("sizes found side by side share a segment", arguments: TestedEngine.allCases)
    func sideBySide(_ engine: TestedEngine) throws {
        let session = engine.session()
        let sum = x.masked(by: x .> 0).mean() - x.masked(by: x .< 0).mean()
        #expect(try session.run(sum, feeding: [x: Self.array(1, -2, 3)]).scalar() == 4.0)
        #expect(session.compilationCount == 2)
    }

    @Test("a plan serves equal graphs that are built anew", arguments: TestedEngine.allCases)
    func rebuilt(_ engine: TestedEngine) throws {
        let session = engine.session()
        func run(_ numbers: [Double]) throws -> Double {
            let loss = square(x.masked(by: x .> 0)).sum()
            return try session.run(loss, feeding: [x: NDArray(numbers)]).scalar()
        }
        for _ in 0..<3 {
            #expect(try run([1, -2, 3]) == 10)
            #expect(try run([1, 2, 3]) == 14)
        }
        #expect(session.compilationCount == 3)
    }

    @Test("sizes that elements say", arguments: TestedEngine.allCases)
    func ranges(_ engine: TestedEngine) throws {
        let session = engine.session()
        let n = N.placeholder(shape: [])
        let line = N.range(from: N(0), to: n * 2, by: N(1))
        let square = D.ones(shape: stacked([n, n]))
        for count in [3, 0, 1, 3] {
            let found = try session.run([line, square], feeding: [n: NDArray(Int64(count))])
            #expect(found[0].doubles == (0..<2 * count).map { Double($0) })
            #expect(found[1].shape == [count, count])
        }
        let text = errorText { _ = try session.run(square, feeding: [n: NDArray(Int64(-1))]) }
        #expect(text.contains("[-1, -1] is not the shape of an array"), "\(text)")
    }

    @Test("a masked loss trains as one that weighs does", arguments: TestedEngine.allCases)
    func training(_ engine: TestedEngine) throws {
        func train(
            _ loss: (_ errors: D, _ isLabelled: Tensor<Bool>) -> D
        ) throws -> ([Double], Int64) {
            let session = engine.session(seed: 3)
            let input = D.placeholder(shape: [nil, 3], name: "input")
            let target = D.placeholder(shape: [nil], name: "target")
            let steps = Variable<Int64>("steps", shape: [])
            let w = Variable<Double>("w", shape: [3, 1], initializer: .ones)
            let errors = square(matmul(input, w.value).flattened() - target)
            let value = loss(errors, target .> 0)
            let step = try GradientDescent(learningRate: 0.05).minimize(value)
            let count = steps.assignAdd(1)
            var losses: [Double] = []
            for round in 0..<6 {
                let rows = 2 + round % 3
                let numbers = (0..<rows * 3).map { Double(($0 * 7 + round) % 5) - 1 }
                let targets = (0..<rows).map { Double(($0 + round) % 3) - 0.5 }
                let results = try session.run(
                    [value, step, count],
                    feeding: [
                        input: NDArray(numbers, shape: [rows, 3]), target: NDArray(targets),
                    ])
                losses.append(try results[0].scalar())
            }
            return (
                losses + (try session.value(of: w).doubles), try session.value(of: steps).scalar()
            )
        }
        let (masked, steps) = try train { $0.masked(by: $1).mean() }
        let (weighed, _) = try train {
            let weights = $1.cast(to: Double.self)
            return ($0 * weights).sum() / weights.sum()
        }
        #expect(steps == 6)
        for (a, b) in zip(masked, weighed) { #expect(abs(a - b) <= 1e-12 * max(1, abs(b))) }
    }

    @Test(
        "all segments see variables as they were, and change them at the end",
        arguments: TestedEngine.allCases)
    func variables(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Double>("v", shape: [2], initializer: .ones)
        let w = Variable<Double>("w", shape: [], initializer: .ones)
        let before = v.assign(v.value * 2)
        let found = x.masked(by: x .> 0)
        let later = w.assign(found.sum() + v.value.sum())
        let results = try session.run(
            [before, later, v.value], feeding: [x: Self.array(1, -2, 3)])
        #expect(results[2].doubles == [1, 1])
        #expect(try session.value(of: v).doubles == [2, 2])
        #expect(try session.value(of: w).doubles == [6])
        // What fails in the second segment changes nothing.
        let checked = w.assign(check(found.sum(), that: found.min() .> 1, "too small"))
        #expect(throws: RunError.self) {
            _ = try session.run([before, checked], feeding: [x: Self.array(1, -2, 3)])
        }
        #expect(try session.value(of: v).doubles == [2, 2])
        let twice = [before, v.assignAdd(D([1, 1]) * found.sum())]
        let text = errorText { _ = try session.run(twice, feeding: [x: Self.array(1)]) }
        #expect(text.contains("variable 'v'"), "\(text)")
    }

    @Test(
        "random draws differ from segment to segment and follow the seed",
        arguments: TestedEngine.allCases)
    func draws(_ engine: TestedEngine) throws {
        let found = x.masked(by: x .> 0)
        let first = D.randomUniform(shape: [4], stream: "noise")
        let second = D.randomUniform(like: found, stream: "noise")
        let mixed = found + first.sum()
        func run(_ session: Session) throws -> [[Double]] {
            try session.run([first, second, mixed], feeding: [x: Self.array(1, 2, -1, 3, 4)])
                .map(\.doubles)
        }
        let session = engine.session(seed: 5)
        let (a, b) = (try run(session), try run(session))
        #expect(a[0] != b[0] && a[1] != b[1] && a[0] != a[1])
        #expect(a[2] == [1, 2, 3, 4].map { $0 + a[0].reduce(0, +) })
        let other = engine.session(seed: 5)
        #expect(try run(other) == a)
        #expect(try run(other) == b)
    }

    @Test("loops before and after, and sizes inside of them", arguments: TestedEngine.allCases)
    func loops(_ engine: TestedEngine) throws {
        let session = engine.session()
        let (state, sums) = scan(over: x, initial: D(0)) { sum, number in
            (sum + number * number, sum + number)
        }
        let found = sums.masked(by: sums .> 0)
        let (total, _) = scan(over: found, initial: state) { sum, number in
            (sum * 0.5 + number, sum)
        }
        let slope = try #require(try gradient(of: total, withRespectTo: x))
        let values = try session.run([total, slope], feeding: [x: Self.array(1, -3, 4)])
        // The sums are [1, −2, 14], of which two count; the state is 26.
        #expect(values[0].doubles == [21])
        #expect(values[1].doubles == [3, -7.5, 3])
        let v = Variable<Double>("v", shape: [1], initializer: .ones)
        let inside = v.update { $0.masked(by: $0 .> 0) }
        let text = errorText { _ = try session.run(inside) }
        #expect(text.contains("compute them outside"), "\(text)")
        #expect(text.contains("SegmentTests.swift"), "\(text)")
    }

    @Test("a branch takes what was found", arguments: TestedEngine.allCases)
    func branches(_ engine: TestedEngine) throws {
        let session = engine.session()
        let found = x.masked(by: x .> 0)
        let value = cond(x.sum() .> 0, then: { found.sum() * 2 }, else: { x.sum() })
        #expect(try session.run(value, feeding: [x: Self.array(1, -2, 3)]).scalar() == 8.0)
        #expect(try session.run(value, feeding: [x: Self.array(1, -9)]).scalar() == -8.0)
    }

    @Test("profiles and explanations cover all of a run")
    func tools() throws {
        let session = TestedEngine.cpu.session()
        let loss = square(x.masked(by: x .> 0)).sum()
        let array = NDArray((0..<100).map { Double($0) - 50 })
        let profile = try session.profile([loss], feeding: [x: array], runs: 3)
        #expect(profile.results[0].doubles == [40425])
        let labels = profile.steps.map(\.label).joined(separator: "\n")
        #expect(labels.contains("scatter") && labels.contains("gather"), "\(labels)")
        #expect(profile.steps.map { $0.start } == profile.steps.map { $0.start }.sorted())
        let text = try session.explain([loss], feeding: [x: array])
        #expect(text.contains("a segment that takes"), "\(text)")
    }

    @Test("the first result that is not finite is found in a later segment")
    func nonFinite() throws {
        var options = Session.Options(engine: TestedEngine.cpu.engine)
        options.findsNonFinite = true
        let session = Session(options)
        let found = x.masked(by: x .>= 0)
        let text = errorText {
            _ = try session.run(log(found).sum(), feeding: [x: Self.array(1, -1, 0)])
        }
        #expect(text.contains("log") && text.contains("-inf at [1]"), "\(text)")
        // What a mask leaves out is no result; what comes of it later is traced to its beginning.
        let logs = log(x)
        let kept = logs.masked(by: x .> 0)
        #expect(try session.run(kept.sum(), feeding: [x: Self.array(1, 0, 1)]).doubles == [0])
        let all = errorText {
            _ = try session.run(kept.sum() + logs.sum(), feeding: [x: Self.array(1, 0, 1)])
        }
        #expect(all.contains("log") && all.contains("-inf at [1]"), "\(all)")
    }

    @Test("keep no graph and no variable alive", arguments: TestedEngine.allCases)
    func lifetimes(_ engine: TestedEngine) throws {
        let session = engine.session()
        weak var handle: VariableHandle?
        do {
            let v = Variable<Double>("v", shape: [], initializer: .ones)
            let loss = square(x.masked(by: x .> v.value)).sum()
            #expect(try session.run(loss, feeding: [x: Self.array(1, 2, 3)]).scalar() == 13.0)
            handle = v.handle
        }
        #expect(handle == nil)
    }

    @Test("as many elements as one likes may say a size", arguments: TestedEngine.allCases)
    func manyElements(_ engine: TestedEngine) throws {
        let session = engine.session()
        let counts = N.placeholder(shape: [nil])
        let count = 70_000
        let rows = N.ones(shape: stacked([counts.sum(), 2]))
        let found = try session.run(
            rows, feeding: [counts: NDArray((0..<count).map { Int64($0 & 1) })])
        #expect(found.shape == [count / 2, 2])
    }

    @Test(
        "dropout that is computed again, and moving averages, as without segments",
        arguments: TestedEngine.allCases)
    func layers(_ engine: TestedEngine) throws {
        func train(
            _ loss: (_ errors: D, _ isCounted: Tensor<Bool>) -> D
        ) throws -> [[Double]] {
            let session = engine.session(seed: 11)
            let input = D.placeholder(shape: [nil, 4], name: "input")
            let w = Variable<Double>("w", shape: [4, 4], initializer: .ones)
            let norm = BatchNorm<Double>("norm", channels: 4)
            let noisy = rematerialized(input) { input in
                dropout(matmul(input, w.value), rate: 0.5, stream: "dropout")
            }
            let (rows, _) = scan(over: noisy, initial: D.zeros(shape: [4])) { state, row in
                (state * 0.5 + row * D.randomUniform(shape: [4], stream: "rows"), state + row)
            }
            let errors = square(norm(noisy + rows, mode: .training).sum(axes: [1]) - 1)
            let value = loss(errors, input.sum(axes: [1]) .> 0)
            let step = try GradientDescent(learningRate: 0.01).minimize(value)
            var results: [[Double]] = []
            for round in 0..<3 {
                let numbers = (0..<24).map { Double(($0 * 7 + round * 5) % 11) - 5 }
                results += try session.run(
                    [value, step], feeding: [input: NDArray(numbers, shape: [6, 4])]
                ).prefix(1).map(\.doubles)
            }
            return results + [
                try session.value(of: w).doubles, try session.value(of: norm.movingMean).doubles,
            ]
        }
        let masked = try train { $0.masked(by: $1).mean() }
        let weighed = try train {
            let weights = $1.cast(to: Double.self)
            return ($0 * weights).sum() / weights.sum()
        }
        for (a, b) in zip(masked.joined(), weighed.joined()) {
            #expect(abs(a - b) <= 1e-11 * max(1, abs(b)))
        }
    }

    @Test(
        "several sizes in one body, constants that are fed, masks of other lengths",
        arguments: TestedEngine.allCases)
    func bodies(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Double>("v", shape: [])
        let (p, q) = (x.masked(by: x .> 0), x.masked(by: x .< 0))
        _ = try session.run(v.assignAdd(p.sum() + q.sum()), feeding: [x: Self.array(1, -2, 4)])
        #expect(try session.value(of: v).doubles == [3])
        let k = D(2)
        let scaled = try session.run(
            p * k, feeding: [x: Self.array(1, -2, 3), k: NDArray(10.0 as Double)])
        #expect(scaled.doubles == [10, 30])
        let mask = Tensor<Bool>.placeholder(shape: [nil])
        let text = errorText {
            _ = try session.run(
                x.masked(by: mask),
                feeding: [x: Self.array(1, 2, 3), mask: NDArray([true, false])])
        }
        #expect(text.contains("must have the first axes"), "\(text)")
    }

    @Test(
        "a branch that is not taken may be wrong for what was found",
        arguments: TestedEngine.allCases)
    func untakenBranches(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Int64>("v", shape: [])
        let mask = x .> 0
        let greatest = cond(
            mask.any(), then: { v.assign(x.masked(by: mask).argMax(axis: 0)).anyTensor },
            else: { v.assign(N(-1)).anyTensor })
        for (numbers, place) in [([-1, 2, 5], 1), ([-1, -2, -3], -1), ([1, 0, 0], 0)]
            as [([Double], Double)]
        {
            _ = try session.run([greatest], feeding: [x: NDArray(numbers)])
            #expect(try session.value(of: v).doubles == [place])
        }
    }

    @Test(
        "gradients of loops before a mask; with updates they are refused",
        arguments: TestedEngine.allCases)
    func redoneLoops(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Int64>("v", shape: [])
        func powers(_ next: @escaping (N) -> N) -> D {
            let (_, result) = whileLoop(N(0), x, condition: { i, _ in i .< 2 }) { i, y in
                (next(i), y * y)
            }
            return result
        }
        func slope(_ y: D) throws -> D {
            try #require(try gradient(of: y.masked(by: y .> 1).sum(), withRespectTo: x))
        }
        let plain = try session.run(
            try slope(powers { $0 + 1 }), feeding: [x: Self.array(2, 0.5, -3)])
        #expect(plain.doubles == [32, 0, -108])
        let text = errorText {
            _ = try session.run(
                try slope(powers { ($0 + 1).after([v.assignAdd(1)]) }),
                feeding: [x: Self.array(2, 0.5, -3)])
        }
        #expect(text.contains("update the variables outside of the loop"), "\(text)")
        #expect(try session.value(of: v).doubles == [0])
    }

    @Test(
        "more sizes than plans, a variable first read in a later segment",
        arguments: TestedEngine.allCases)
    func eviction(_ engine: TestedEngine) throws {
        let session = engine.session(planLimit: 4)
        let v = Variable<Double>("v", shape: [], initializer: .ones)
        let later = v.assignAdd(x.masked(by: x .> 0).sum())
        for count in 1...12 {
            let numbers = (0..<12).map { $0 < count ? 1.0 : -1.0 }
            _ = try session.run(later, feeding: [x: NDArray(numbers)])
        }
        #expect(try session.value(of: v).doubles == [79])
        // The first segment's plan was used in each run, and was never dropped.
        #expect(session.compilationCount == 13)
    }

    @Test("counts that sum up alike share a plan", arguments: TestedEngine.allCases)
    func counts(_ engine: TestedEngine) throws {
        let session = engine.session()
        let counts = N.placeholder(shape: [nil])
        let repeated = x.repeated(counts, axis: 0)
        let numbers = NDArray((0..<40).map(Double.init))
        for shift in 0..<3 {
            let given = (0..<40).map { Int64(($0 + shift) % 2) }
            let found = try session.run(repeated, feeding: [x: numbers, counts: NDArray(given)])
            #expect(found.doubles == (0..<40).filter { given[$0] == 1 }.map(Double.init))
        }
        #expect(session.compilationCount == 2)
        let text = errorText {
            _ = try session.run(
                repeated, feeding: [x: Self.array(1, 2), counts: NDArray([3, -1] as [Int64])])
        }
        #expect(text.contains("one of the counts is negative"), "\(text)")
    }
}
