// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// Lists of tensors that programs change and read by index, in loops and out of them.
@Suite("Lists of tensors") struct TensorListTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>
    private typealias Doubles = TensorList<D>

    private let x = D.placeholder(shape: [nil], name: "x")
    private static func array(_ numbers: Double...) -> NDArray { NDArray(numbers) }

    @Test("a list is a value", arguments: TestedEngine.allCases)
    func value(_ engine: TestedEngine) throws {
        var list = Doubles(elementShape: [nil])
        list.append(x)
        list.append(x * 2)
        let before = list
        list[0] = x + 1
        list.append(x * 3)
        let count = list.count
        let last = list.removeLast()
        list.resize(to: N(4))
        let results = try engine.session().run(
            [
                before.stacked(count: N(2)), list.stacked(count: N(4)), last, list[1],
                list.concatenated(),
            ].map(\.anyTensor) + [count.anyTensor, before.count.anyTensor],
            feeding: [x: Self.array(1, 2)])
        #expect(results[0].doubles == [1, 2, 2, 4])
        #expect(results[1].doubles == [2, 3, 2, 4, 0, 0, 0, 0])
        #expect(results[2].doubles == [3, 6])
        #expect(results[3].doubles == [2, 4])
        #expect(results[4].doubles == results[1].doubles && results[4].shape == [8])
        #expect(results[5].integers == [3] && results[6].integers == [2])
    }

    /// The states of a recurrence over the rows of `rows`.
    private func states(_ rows: D, _ weights: D, growing: Bool) -> D {
        let steps = rows.size(ofAxis: 0)
        let start = D.zeros(shape: [2])
        let list =
            growing ? Doubles(elementShape: [2]) : Doubles(count: steps, elementShape: [2])
        let (_, _, states) = whileLoop(
            N(0), start, list, condition: { i, _, _ in i .< steps }
        ) { i, state, list in
            let next = tanh(matmul(state, weights) + rows.gathered(at: i))
            var list = list
            if growing { list.append(next) } else { list[i] = next }
            return (i + 1, next, list)
        }
        return growing ? states.stacked(count: steps) : states.stacked()
    }

    @Test("a loop that fills one computes what a scan does", arguments: TestedEngine.allCases)
    func recurrence(_ engine: TestedEngine) throws {
        let rows = D.placeholder(shape: [nil, 2], name: "rows")
        let weights = D([[0.5, -0.25], [0.75, 0.125]])
        let session = engine.session()
        let (_, scanned) = scan(over: rows, initial: D.zeros(shape: [2])) { state, row in
            let next = tanh(matmul(state, weights) + row)
            return (next, next)
        }
        let values = try NDArray([0.5, -1, 0.25, 2, -0.75, 0.1] as [Double]).reshaped(to: [3, 2])
        for growing in [false, true] {
            let listed = states(rows, weights, growing: growing)
            var fetches: [D] = []
            for all in [listed, scanned] {
                let loss = (all * all * D([1, 3])).sum()
                let slope = try #require(try gradient(of: loss, withRespectTo: rows))
                let curvature = try #require(
                    try gradient(of: (slope * slope).sum(), withRespectTo: rows))
                fetches += [all, slope, curvature]
            }
            let results = try session.run(fetches, feeding: [rows: values]).map(\.doubles)
            // The same sums in the same order, but for the gradients of weights used in each step.
            for (mine, theirs) in zip(results[..<3], results[3...]) {
                for (a, b) in zip(mine, theirs) { #expect(abs(a - b) <= 1e-13 * max(1, abs(b))) }
            }
            let none = try session.run(
                listed, feeding: [rows: NDArray.zeros(.float64, [0, 2])])
            #expect(none.shape == [0, 2])
        }
        #expect(session.compilationCount == 4)
    }

    @Test("the run says how long a list became", arguments: TestedEngine.allCases)
    func grown(_ engine: TestedEngine) throws {
        let limit = D.placeholder(shape: [], name: "limit")
        var list = Doubles(elementShape: [])
        list.append(x[0])
        list.append(x[1])
        // Each is the sum of the two before it.
        let (_, all) = whileLoop(
            N(2), list, condition: { i, list in list[i - 1] .< limit }
        ) { i, list in
            var list = list
            list.append(list[i - 1] + list[i - 2])
            return (i + 1, list)
        }
        let sequence = all.stacked()
        let slope = try #require(try gradient(of: sequence.sum(), withRespectTo: x))
        let session = engine.session()
        func run(_ end: Double) throws -> [[Double]] {
            try session.run(
                [sequence, slope], feeding: [x: Self.array(1, 1), limit: NDArray(end)]
            )
            .map(\.doubles)
        }
        #expect(try run(10) == [[1, 1, 2, 3, 5, 8, 13], [13, 20]])
        let compiled = session.compilationCount
        #expect(compiled == 2)
        #expect(try run(10)[0].count == 7)
        #expect(session.compilationCount == compiled)
        #expect(try run(0.5) == [[1, 1], [1, 1]])
    }

    @Test(
        "gradients through what is read, replaced and never set", arguments: TestedEngine.allCases)
    func gradients(_ engine: TestedEngine) throws {
        let rows = D.placeholder(shape: [3, 2], name: "rows")
        var list = Doubles(unstacking: rows * rows, isGrowable: true)
        let early = list[0]
        list[0] = early * rows.gathered(at: N(1))
        list.append(list[0] * 2)
        let removed = list.removeLast()
        list.resize(to: N(2))
        list.resize(to: N(3))
        let loss = (list.stacked(count: N(3)) * D([1, 2])).sum() + (early * removed).sum()
        let slope = try #require(try gradient(of: loss, withRespectTo: rows))
        let along = try #require(try gradient(of: (slope * slope).sum(), withRespectTo: rows))
        let session = engine.session()
        let point = [0.5, -1, 2, 0.25, 1, 3]
        func values(_ point: [Double]) throws -> [[Double]] {
            try session.run(
                [loss, slope, along],
                feeding: [rows: try NDArray(point).reshaped(to: [3, 2])]
            ).map(\.doubles)
        }
        let at = try values(point)
        // The rows are polynomials: differences over 2e-5 are off by the square of that.
        let step = 1e-5
        for i in point.indices {
            var (up, down) = (point, point)
            up[i] += step
            down[i] -= step
            let (high, low) = (try values(up), try values(down))
            #expect(abs((high[0][0] - low[0][0]) / (2 * step) - at[1][i]) < 1e-7)
            let squares = (0..<6).reduce(0) {
                $0 + (high[1][$1] * high[1][$1] - low[1][$1] * low[1][$1])
            }
            #expect(abs(squares / (2 * step) - at[2][i]) < 1e-5 * max(1, abs(at[2][i])))
        }
        #expect(at[1][4] == 0 && at[1][5] == 0)
    }

    @Test("a branch gives a list", arguments: TestedEngine.allCases)
    func branches(_ engine: TestedEngine) throws {
        var (one, two) = (
            Doubles(count: 2, elementShape: [nil]), Doubles(count: 2, elementShape: [nil])
        )
        one[0] = x
        two[1] = x * 2
        let (a, b) = (one, two)
        let chosen = cond(x.sum() .> 0, then: { a }, else: { b })
        let session = engine.session()
        #expect(
            try session.run(chosen.stacked(), feeding: [x: Self.array(1, 2)]).doubles == [
                1, 2, 0, 0,
            ])
        #expect(
            try session.run(chosen.stacked(), feeding: [x: Self.array(-1, 0)]).doubles
                == [0, 0, -2, 0])
    }

    @Test("what only the run finds", arguments: TestedEngine.allCases)
    func faults(_ engine: TestedEngine) throws {
        let session = engine.session()
        let i = N.placeholder(shape: [], name: "i")
        var fixed = Doubles(count: 2, elementShape: [])
        let read = fixed[i]
        fixed[i] = x[0]
        let set = fixed.stacked()
        var growing = Doubles(elementShape: [])
        growing[i] = x[0]
        let grown = growing.stacked(count: N(1))
        var mixed = Doubles(elementShape: [nil])
        mixed.append(x)
        mixed.append(concatenated([x, x]))
        var sized = Doubles(elementShape: [])
        sized.resize(to: i)
        let cases: [(D, Int64, String)] = [
            (read, 2, "index 2 is not in 0..<2: the list has 2 arrays"),
            (read, -1, "index -1 is not in 0..<2: the list has 2 arrays"),
            (set, 2, "index 2 is not in 0..<2: the list has 2 arrays"),
            (
                grown, 1,
                "index 1 is not in 0...0: the list has 0 arrays, and one can be added behind them"
            ),
            (
                mixed.stacked(count: N(3)), 0,
                "the list has 2 arrays, not the 3 that are to be stacked"
            ),
            (
                mixed.stacked(count: N(2)), 0,
                "array 0 of the list is f64[1], not f64[2]; a list that is read holds arrays of one type"
            ),
            (sized.stacked(count: i), -1, "-1"),
            (sized.count.cast(to: Double.self), -1, "a list cannot have -1 arrays"),
            (sized.count.cast(to: Double.self), 1 << 60, "bytes of memory cannot be had"),
            (Doubles().stacked(count: N(0)), 0, "does not follow from what was fed"),
        ]
        for (tensor, number, words) in cases {
            let error = #expect(throws: RunError.self) {
                try session.run(tensor, feeding: [x: Self.array(1), i: NDArray(number)])
            }
            #expect("\(error as Any)".contains(words), "\(error as Any)")
        }
        #expect(
            try session.run(grown, feeding: [x: Self.array(3), i: NDArray(Int64(0))]).doubles == [3]
        )
    }

    @Test("what the graph finds")
    func graphErrors() {
        var fixed = Doubles(count: 2, elementShape: [2])
        fixed.append(D([1, 2]))
        #expect("\(fixed.error as Any)".contains("the list has a fixed count"))
        fixed = Doubles(count: 2, elementShape: [2])
        fixed[0] = D([1, 2, 3])
        #expect("\(fixed.error as Any)".contains("[3]"))
        var untyped = TensorList<AnyTensor>(of: .float32)
        untyped.append(D(1).anyTensor)
        #expect(untyped.error?.kind != nil && untyped.stacked().error == untyped.error)
        #expect(Doubles(unstacking: D(1)).error != nil)
        #expect(throws: GraphError.self) { try Doubles(count: N([1, 2])).validated() }
        #expect("\(Doubles(elementShape: [nil, 8]))" == "list of f64[?, 8]")
    }
}
