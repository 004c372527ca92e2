// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Loops and branches whose shapes differ from one iteration or branch to the other.
@Suite("Loops that change shape") struct UnrolledLoopTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>

    private let x = D.placeholder(shape: [nil], name: "x")
    private static func array(_ numbers: Double...) -> NDArray { NDArray(numbers) }

    /// The sequence that begins with `start` and to which `next` adds an element as long as `goesOn`.
    private func grown(
        from start: D, atMost most: Int? = nil, while goesOn: (D) -> Tensor<Bool>,
        next: (N, D) -> D
    ) -> D {
        whileLoop(
            N(0), start, maximumIterations: most, shapeInvariants: [[], [nil]],
            condition: { _, all in goesOn(all) },
            body: { i, all in
                (i + 1, concatenated([all, next(i, all).expandingDimensions(at: [0])]))
            }
        ).1
    }

    @Test("a loop that is known to end is one program", arguments: TestedEngine.allCases)
    func knownEnd(_ engine: TestedEngine) throws {
        let session = engine.session()
        let sequence = grown(from: x, atMost: 4, while: { _ in Tensor(true) }) { i, all in
            all.sum() + i.cast(to: Double.self)
        }
        #expect(
            try session.run(sequence, feeding: [x: Self.array(1)]).doubles == [1, 1, 3, 7, 15])
        #expect(session.compilationCount == 1)
        #expect(
            try session.run(sequence, feeding: [x: Self.array(1, 2)]).doubles
                == [1, 2, 3, 7, 15, 31])
        #expect(session.compilationCount == 2)
    }

    @Test(
        "a loop that the run ends compiles each shape once", arguments: TestedEngine.allCases)
    func foundEnd(_ engine: TestedEngine) throws {
        let session = engine.session()
        let limit = D.placeholder(shape: [], name: "limit")
        let sequence = grown(from: x, while: { $0.sum() .< limit }) { _, all in all.sum() }
        func run(_ end: Double) throws -> [Double] {
            try session.run(sequence, feeding: [x: Self.array(1), limit: NDArray(end)]).doubles
        }
        #expect(try run(10) == [1, 1, 2, 4, 8])
        let compiled = session.compilationCount
        #expect(compiled <= 6)
        #expect(try run(10) == [1, 1, 2, 4, 8])
        #expect(try run(3) == [1, 1, 2])
        #expect(try run(0.5) == [1])
        // The ends of shorter loops are new, their iterations are not.
        #expect(session.compilationCount <= compiled + 2)
        let before = session.compilationCount
        #expect(try run(100).count == 8)
        #expect(session.compilationCount <= before + 4)
    }

    @Test("gradients to second order", arguments: TestedEngine.allCases)
    func gradients(_ engine: TestedEngine) throws {
        let limit = D.placeholder(shape: [], name: "limit")
        for isFound in [false, true] {
            let session = engine.session()
            // Each element is the sum of squares of all before it.
            let sequence = grown(
                from: x, atMost: 3, while: { isFound ? $0.sum() .< limit : Tensor(true) }
            ) { _, all in square(all).sum() }
            let loss = (sequence * sequence).sum()
            let slope = try #require(try gradient(of: loss, withRespectTo: x))
            let direction = D([0.5, -1])
            let along = try #require(
                try gradient(of: (slope * direction).sum(), withRespectTo: x))
            func values(_ a: Double, _ b: Double) throws -> [[Double]] {
                try session.run(
                    [loss, slope, along],
                    feeding: [x: Self.array(a, b), limit: NDArray(1e9 as Double)]
                ).map(\.doubles)
            }
            let step = 1e-5
            let at = try values(0.5, 0.25)
            let forward = try values(0.5 + 0.5 * step, 0.25 - step)
            let backward = try values(0.5 - 0.5 * step, 0.25 + step)
            // Differences over 2e-5: their own error is of the square of that.
            let change = (forward[0][0] - backward[0][0]) / (2 * step)
            #expect(abs(change - (at[1][0] * 0.5 - at[1][1])) < 1e-8)
            for place in 0..<2 {
                let change = (forward[1][place] - backward[1][place]) / (2 * step)
                #expect(abs(change - at[2][place]) < 1e-7)
            }
        }
    }

    @Test("a sampled sequence that trains", arguments: TestedEngine.allCases)
    func sampling(_ engine: TestedEngine) throws {
        func sample(_ session: Session, _ limit: Double) throws -> [[Double]] {
            let w = Variable<Double>("w", shape: [], initializer: .ones)
            let end = D.placeholder(shape: [], name: "end")
            let start = D.zeros(shape: [1])
            let sequence = grown(from: start, while: { $0.sum() .< end }) { _, all in
                all.mean() + w.value * D.randomUniform(shape: [], stream: "steps")
            }
            let train = try GradientDescent(learningRate: 0.01).minimize(square(sequence).sum())
            return try (0..<3).map { _ in
                try session.run([sequence, train], feeding: [end: NDArray(limit)])[0].doubles
            } + [session.value(of: w).doubles]
        }
        let first = try sample(engine.session(seed: 4), 3)
        #expect(try sample(engine.session(seed: 4), 3) == first)
        #expect(try sample(engine.session(seed: 5), 3) != first)
        #expect(first[0] != first[1])
        #expect(first[3][0] < 1)
        // Each iteration draws a number of its own.
        let sums = first[0].indices.dropFirst().map { place in
            first[0][place] - first[0][..<place].reduce(0, +) / Double(place)
        }
        #expect(Set(sums).count == sums.count && sums.count > 2)
        #expect(sums.allSatisfy { $0 >= 0 && $0 < 1 })
    }

    @Test("branches of different shapes", arguments: TestedEngine.allCases)
    func branches(_ engine: TestedEngine) throws {
        let session = engine.session()
        let y = cond(
            x.sum() .> 0, then: { x[..<2] * 3 }, else: { concatenated([x, D([1])]) })
        #expect(y.shape == [nil])
        let slope = try #require(try gradient(of: square(y).sum(), withRespectTo: x))
        let positive = try session.run([y, slope], feeding: [x: Self.array(1, 2, 3)])
        #expect(positive.map(\.doubles) == [[3, 6], [18, 36, 0]])
        let negative = try session.run([y, slope], feeding: [x: Self.array(-1, 0, -2)])
        #expect(negative.map(\.doubles) == [[-1, 0, -2, 1], [-2, 0, -4]])
        #expect(session.compilationCount == 3)
        let flag = Tensor<Bool>.placeholder(shape: [])
        let fixed = cond(flag, then: { D([1]) }, else: { D([1, 2]) })
        #expect(try session.run(fixed, feeding: [flag: NDArray(false)]).doubles == [1, 2])
        #expect(try session.run(fixed, feeding: [flag: NDArray(true)]).doubles == [1])
        // A condition that is known leaves nothing to the run.
        let other = engine.session()
        let known = cond(x.size(ofAxis: 0) .> 2, then: { x[..<2] }, else: { x })
        #expect(try other.run(known, feeding: [x: Self.array(1, 2, 3)]).doubles == [1, 2])
        #expect(try other.run(known, feeding: [x: Self.array(1)]).doubles == [1])
        #expect(other.compilationCount == 2)
    }

    @Test("sizes found inside of loops, branches and functions", arguments: TestedEngine.allCases)
    func sizesInside(_ engine: TestedEngine) throws {
        let session = engine.session()
        let rows = D.placeholder(shape: [nil, 3], name: "rows")
        let (total, sums) = scan(over: rows, initial: D(0)) { sum, row in
            let found = row.masked(by: row .> 0)
            return (sum + found.sum(), found.mean())
        }
        let slope = try #require(
            try gradient(of: total * total + sums.sum(), withRespectTo: rows))
        let values = try session.run(
            [total, sums, slope],
            feeding: [rows: try NDArray(rows: [[1.0, -2, 3], [-4, 8, -6]])])
        #expect(values[0].doubles == [12])
        #expect(values[1].doubles == [2, 8])
        #expect(values[2].doubles == [24.5, 0, 24.5, 0, 25, 0])
        // A loop that drops what is too large until nothing is.
        let kept = whileLoop(
            x, shapeInvariants: [[nil]], condition: { ($0 .> $0.mean() * 2).any() },
            body: { $0.masked(by: $0 .<= $0.mean() * 2) })
        let found = try session.run(kept, feeding: [x: Self.array(1, 2, 3, 100, 10, 1000)])
        #expect(found.doubles == [1, 2, 3])
    }

    @Test("loops that change shape inside each other", arguments: TestedEngine.allCases)
    func nested(_ engine: TestedEngine) throws {
        let session = engine.session()
        let sequence = grown(from: x, atMost: 2, while: { $0.sum() .< 50 }) { i, all in
            let inner = cond(
                i .== 0, then: { concatenated([all, all]) }, else: { all[..<1] })
            let repeated = whileLoop(
                inner, shapeInvariants: [[nil]], condition: { $0.sum() .< 20 },
                body: { concatenated([$0, D([5])]) })
            return repeated.sum()
        }
        // [1, 2] twice is 6, with three fives 21; then 1 with four fives.
        let values = try session.run(sequence, feeding: [x: Self.array(1, 2)])
        #expect(values.doubles == [1, 2, 21, 21])
        let slope = try #require(try gradient(of: sequence.sum(), withRespectTo: x))
        let slopes = try session.run(slope, feeding: [x: Self.array(1, 2)])
        #expect(slopes.doubles == [4, 3])
    }

    @Test("draws are the same in values and gradients", arguments: TestedEngine.allCases)
    func drawsOfBranches(_ engine: TestedEngine) throws {
        let session = engine.session(seed: 8)
        let three = D.placeholder(shape: [3], name: "three")
        let y = cond(
            three.sum() .> 0,
            then: {
                let draw = D.randomUniform(shape: [3], stream: "s")
                return (three * draw).sum() + x.masked(by: draw .> 0.5).sum()
            }, else: { D(0) })
        let slope = try #require(try gradient(of: y, withRespectTo: three))
        let feeds: Feeds = [three: Self.array(1, 1, 1), x: Self.array(0, 0, 0)]
        let values = try session.run([y, slope], feeding: feeds).map(\.doubles)
        #expect(abs(values[0][0] - values[1].reduce(0, +)) < 1e-12)
        // Two streams, and draws in the shape of a slice, in a scan that is written out.
        let rows = D.placeholder(shape: [nil, 3], name: "rows")
        let (last, sums) = scan(over: rows, initial: D(0)) { sum, row in
            let a = D.randomUniform(shape: [3], stream: "a")
            let b = D.randomUniform(like: row, stream: "b")
            return (sum + (row * a).sum(), (row * b).masked(by: row .> 0).sum())
        }
        let slopes = try #require(try gradient(of: last + sums.sum(), withRespectTo: rows))
        let array = try NDArray(rows: [[1.0, 2, -3], [-1, 2, 3]])
        let found = try session.run([last, sums, slopes], feeding: [rows: array]).map(\.doubles)
        // It is linear in the rows.
        let product = zip(found[2], array.doubles).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - found[0][0] - found[1].reduce(0, +)) < 1e-12)
    }

    @Test(
        "scans whose sizes follow from shapes stay one loop and update once",
        arguments: TestedEngine.allCases)
    func scansOfKnownSizes(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Double>("v", shape: [])
        let rows = D.placeholder(shape: [nil, nil], name: "rows")
        let (total, _) = scan(over: rows, initial: D(0)) { sum, row in
            let part = square(row).tiled(by: N([2])).sum().after([v.assignAdd(1)])
            return (sum + part, part)
        }
        let slope = try #require(try gradient(of: total * total, withRespectTo: rows))
        let values = try session.run(
            [total, slope], feeding: [rows: try NDArray(rows: [[1.0, 2], [3, 4]])])
        #expect(values[0].doubles == [60])
        #expect(values[1].doubles == [480, 960, 1440, 1920])
        #expect(try session.value(of: v).doubles == [2])
    }

    @Test("what follows a loop that was written out", arguments: TestedEngine.allCases)
    func continuations(_ engine: TestedEngine) throws {
        let session = engine.session()
        let p = D.placeholder(shape: [], name: "p")
        let w = Variable<Double>("w", shape: [], initializer: .ones)
        // 1, 2, then 5 + 2 = 7, then 54 + 2 = 56, all of which are positive.
        let sequence = grown(from: x, atMost: 2, while: { _ in Tensor(true) }) { _, all in
            square(all).sum() + p + w.value
        }
        let loss = square(sequence.masked(by: sequence .> 0)).sum()
        let slope = try #require(try gradient(of: loss, withRespectTo: x))
        let step = try GradientDescent(learningRate: 0).minimize(loss)
        let values = try session.run(
            [slope, loss, step], feeding: [x: Self.array(1, 2), p: NDArray(1.0 as Double)])
        // 2·56 back to 7: 14 + 2·7·112 = 1582; then 2x(1 + 112 + 1582).
        #expect(values[0].doubles == [3390, 6780])
        #expect(values[1].doubles == [3190])
        // What is fed for a loop's result stays.
        let (i, y) = whileLoop(
            N(0), x, shapeInvariants: [[], [nil]], condition: { i, _ in i .< 2 },
            body: { i, y in (i + 1, y.masked(by: y .> 0)) })
        let fed = try session.run(
            i.cast(to: Double.self) + y.sum(),
            feeding: [x: Self.array(1, -1), i: NDArray(7 as Int64)])
        #expect(fed.doubles == [8])
        // An update uses a size that nothing else does, after a loop that was written out.
        let t = Variable<Double>("t", shape: [])
        let mean = t.update { $0 + x.masked(by: x .> 1).mean() * 2 }
        _ = try session.run(
            [loss, mean], feeding: [x: Self.array(1, 2), p: NDArray(1.0 as Double)])
        #expect(try session.value(of: t).doubles == [4])
        // Updates before and after a loop that the run ends keep their order.
        let u = Variable<Double>("u", shape: [])
        let grownByRun = grown(from: x, while: { $0.sum() .< p }) { _, all in all.sum() }
        let updates = [
            u.assignAdd(grownByRun.sum()), u.update { $0 * 10 }, u.assignAdd(grownByRun.sum()),
        ]
        for order in [[0, 1, 2], [2, 0, 1]] {
            _ = try session.run([u.assign(0)])
            _ = try session.run(
                order.map { updates[$0] }, feeding: [x: Self.array(1), p: NDArray(3.0 as Double)])
            #expect(try session.value(of: u).doubles == [44])
        }
    }

    @Test(
        "carries of scans that change shape, no slices, branches for other shapes",
        arguments: TestedEngine.allCases)
    func scans(_ engine: TestedEngine) throws {
        let session = engine.session()
        let rows = D.placeholder(shape: [nil, 3], name: "rows")
        let (all, _) = scan(over: rows, initial: x) { all, row in
            (concatenated([all, (all.sum() * row.sum()).expandingDimensions(at: [0])]), row.sum())
        }
        let slope = try #require(try gradient(of: all.sum(), withRespectTo: x))
        let values = try session.run(
            [all, slope],
            feeding: [x: Self.array(2), rows: try NDArray(rows: [[1.0, 0, 0], [1, 1, 1]])])
        // a, a, then 3 · 2a.
        #expect(values.map(\.doubles) == [[2, 2, 12], [8]])
        let (kept, sums) = scan(over: rows, initial: D([0, 0, 0])) { kept, row in
            (row.masked(by: row .> 0), kept.sum())
        }
        let text = errorText {
            _ = try session.run(kept, feeding: [rows: try NDArray(rows: [[1.0, 2, -3]])])
        }
        #expect(text.contains("a value and its declaration"), "\(text)")
        let none = try session.run(
            sums, feeding: [rows: NDArray([] as [Double], shape: [0, 3])])
        #expect(none.shape == [0])
        let chosen = whileLoop(
            N(0), D([1]), shapeInvariants: [[], [nil]], condition: { i, _ in i .< 3 }
        ) { i, all in
            let next = cond(
                all.size(ofAxis: 0) .> 1, then: { all[1] + 1 }, else: { all[0] + 1 })
            return (i + 1, concatenated([all, next.expandingDimensions(at: [0])]))
        }.1
        #expect(try session.run(chosen).doubles == [1, 2, 3, 3])
        // Each row's branch finds a size, in a number of segments that is linear in that of rows.
        let (total, _) = scan(over: rows, initial: D(0)) { sum, row in
            let part = cond(
                row.sum() .> 0, then: { row.masked(by: row .> 0).sum() }, else: { D(0) })
            return (sum + part, part)
        }
        let many = try NDArray((0..<300).map { Double($0 % 7) - 3 }, shape: [100, 3])
        let positive = (0..<100).reduce(0.0) { sum, row in
            let numbers = (3 * row..<3 * row + 3).map { Double($0 % 7) - 3 }
            return sum + (numbers.reduce(0, +) > 0 ? numbers.filter { $0 > 0 }.reduce(0, +) : 0)
        }
        #expect(try session.run(total, feeding: [rows: many]).doubles == [positive])
    }

    @Test("what cannot be unrolled says so", arguments: TestedEngine.allCases)
    func errors(_ engine: TestedEngine) throws {
        let session = engine.session()
        let v = Variable<Double>("v", shape: [])
        let updating = grown(from: x, atMost: 3, while: { _ in Tensor(true) }) { _, all in
            all.sum().after([v.assignAdd(1)])
        }
        let text = errorText { _ = try session.run(updating, feeding: [x: Self.array(1)]) }
        #expect(text.contains("update the variables outside of it"), "\(text)")
        #expect(text.contains("UnrolledLoopTests.swift"), "\(text)")
        let drawing = grown(from: x, atMost: 3, while: { _ in Tensor(true) }) { _, all in
            scan(over: all, initial: D(0)) { sum, number in
                (sum + number * D.randomUniform(shape: [], stream: "inner"), sum)
            }.0
        }
        let draws = errorText { _ = try session.run(drawing, feeding: [x: Self.array(1)]) }
        #expect(draws.contains("draw them in its own body"), "\(draws)")
        let fixed = whileLoop(
            x, shapeInvariants: [[3]], condition: { _ in Tensor(true) },
            body: { concatenated([$0, D([5])]) })
        #expect(fixed.error?.description.contains("shapeInvariants") == true)
    }

    @Test("a loop that never ends can be stopped", arguments: TestedEngine.allCases)
    func endless(_ engine: TestedEngine) throws {
        let session = engine.session()
        let sequence = grown(from: x, while: { _ in Tensor(true) }) { _, all in all.sum() }
        let control = RunControl(deadline: .now + .milliseconds(300))
        #expect(
            errorCode {
                _ = try session.run(
                    sequence, feeding: [x: Self.array(1)], control: control)
            } == .deadlineExceeded)
    }
}
