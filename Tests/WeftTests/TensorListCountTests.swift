// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

/// How many arrays lists have, and indices that are held against it: out of branches and loops, and where
/// the gradient alone is fetched.
@Suite("Counts of lists") struct TensorListCountTests {
    private typealias D = Tensor<Double>
    private typealias N = Tensor<Int64>
    private typealias Doubles = TensorList<D>

    private let x = D.placeholder(shape: [nil], name: "x")
    private let i = N.placeholder(shape: [], name: "i")

    @Test(
        "the gradient alone holds an index against the list",
        arguments: TestedEngine.allCases)
    func indices(_ engine: TestedEngine) throws {
        let read = Doubles(unstacking: x)[i]
        var fixed = Doubles(unstacking: x)
        fixed[i] = x[0] * 2
        var growing = Doubles(unstacking: x, isGrowable: true)
        growing[i] = x[0] * 2
        let (_, looped) = whileLoop(
            N(0), Doubles(unstacking: x), condition: { k, _ in k .< 2 }
        ) { k, list in
            var list = list
            list[k] = list[i] * 3
            return (k + 1, list)
        }
        // Each with the indices that it takes, and the gradient at the first index.
        let cases: [(D, Set<Int64>, [Double])] = [
            (read, [0, 1, 2], [1, 0, 0]),
            (fixed.stacked().sum(), [0, 1, 2], [2, 1, 1]),
            (growing.stacked().sum(), [0, 1, 2, 3], [2, 1, 1]),
            (looped.stacked().sum(), [0, 1, 2], [12, 0, 1]),
        ]
        let session = engine.session()
        for (value, allowed, expected) in cases {
            let slope = try #require(try gradient(of: value, withRespectTo: x))
            let curvature = try #require(
                try gradient(of: (slope * slope * x).sum(), withRespectTo: x))
            for index in [0, 1, 2, 3, -1, 4, 1_000_000_000, Int64.max, .min, .max - 1] {
                for (fetch, wanted) in [(slope, expected), (curvature, expected.map { $0 * $0 })] {
                    func run() throws -> [Double] {
                        try session.run(
                            fetch, feeding: [x: NDArray([1, 2, 3] as [Double]), i: NDArray(index)]
                        ).doubles
                    }
                    if allowed.contains(index) {
                        let found = try run()
                        if index == 0 { #expect(found == wanted) }
                        continue
                    }
                    let error = #expect(throws: RunError.self) { try run() }
                    let words = allowed.count == 4 ? "0...3" : "0..<3: the list has 3 arrays"
                    #expect(
                        "\(error as Any)".contains("index \(index) is not in \(words)"),
                        "\(error as Any)")
                }
            }
        }
    }

    @Test("branches with lists of other counts", arguments: TestedEngine.allCases)
    func branches(_ engine: TestedEngine) throws {
        let session = engine.session()
        let flag = Tensor<Bool>.placeholder(shape: [], name: "flag")
        let three = Doubles(count: 3, elementShape: [])
        let five = Doubles(count: 5, elementShape: [])
        var chosen = cond(flag, then: { three }, else: { five })
        let read = chosen[4]
        chosen[2] = D(7)
        let lengths = [chosen.count, chosen.stacked().size(ofAxis: 0).cast(to: Int64.self)]
        for (value, count) in [(true, 3), (false, 5)] as [(Bool, Int)] {
            let found = try session.run(lengths, feeding: [flag: NDArray(value)])
            #expect(found.flatMap { $0.integers ?? [] } == [Int64(count), Int64(count)])
        }
        #expect(throws: RunError.self) { try session.run(read, feeding: [flag: NDArray(true)]) }
        #expect(try session.run(read, feeding: [flag: NDArray(false)]).doubles == [0])
        // Neither can grow, as before; where both agree, the plan knows.
        chosen.append(D(1))
        #expect("\(chosen.error as Any)".contains("the list has a fixed count"))
        let same = cond(flag, then: { three }, else: { Doubles(count: 3, elementShape: []) })
        #expect(same.stacked().shape == [3])
        #expect(cond(flag, then: { three }, else: { five }).stacked().shape == [nil])
        // An array of a shape that only one branch declares.
        let pairs = Doubles(count: 3, elementShape: [2])
        #expect(cond(flag, then: { three }, else: { pairs }).elementType.shape == .unknown)
    }

    @Test("loops that leave a list of another count", arguments: TestedEngine.allCases)
    func loops(_ engine: TestedEngine) throws {
        let session = engine.session()
        // Each iteration has one more than the one before.
        let (_, total, list) = whileLoop(
            N(0), N(0), Doubles(count: 2, elementShape: []), condition: { k, _, _ in k .< i }
        ) { k, total, list in
            (k + 1, total + list.count, Doubles(count: list.count + 1, elementShape: []))
        }
        let two = Doubles(count: 2, elementShape: [])
        let four = Doubles(count: 4, elementShape: [])
        let (_, first, second) = whileLoop(N(0), two, four, condition: { k, _, _ in k .< i }) {
            k, a, b in
            let next: N = k + 1
            return (next, b, a)
        }
        let results = [total, list.count, first.count, second.count]
        let cases: [(end: Int64, wanted: [Int64])] = [
            (0, [0, 2, 2, 4]), (1, [2, 3, 4, 2]), (4, [14, 6, 2, 4]),
        ]
        for (end, wanted) in cases {
            let found = try session.run(results, feeding: [i: NDArray(end)])
            #expect(found.flatMap { $0.integers ?? [] } == wanted)
        }
        // Where the body keeps the count, it is known inside of the loop and behind it.
        let (_, kept) = whileLoop(
            N(0), Doubles(count: 3, elementShape: []), condition: { k, _ in k .< i }
        ) { k, list in
            #expect(list.stacked().shape == [3])
            var list = list
            list[k] = list.stacked().sum() + 1
            return (k + 1, list)
        }
        #expect(kept.stacked().shape == [3])
        #expect(
            try session.run(kept.stacked(), feeding: [i: NDArray(Int64(3))]).doubles == [1, 2, 4])
        // Loops inside of loops that are built once more are built once.
        var calls = 0
        func nested(_ depth: Int, _ list: Doubles) -> Doubles {
            calls += 1
            if depth == 0 { return list }
            return whileLoop(N(0), list, condition: { k, _ in k .< 1 }) { k, list in
                (k + 1, nested(depth - 1, Doubles(count: list.count + 1, elementShape: [])))
            }.1
        }
        let deep = nested(12, Doubles(count: 1, elementShape: []))
        #expect(calls < 200)
        #expect(try session.run(deep.count).integers == [13])
    }

    @Test("what is fed in another rank than lists need", arguments: TestedEngine.allCases)
    func ranks(_ engine: TestedEngine) throws {
        let session = engine.session()
        let any = D.placeholder(name: "any")
        let number = N.placeholder(name: "number")
        let rows = Doubles(unstacking: any)
        var grown = Doubles(elementShape: [])
        grown.append(any)
        let row = rows[number]
        let whole = rows.stacked()
        let joined = rows.stacked(count: number)
        let slopes = try [row.sum(), whole.sum(), joined.sum()].map {
            try #require(try gradient(of: $0, withRespectTo: any))
        }
        let fetches = [row, whole, joined, grown.stacked(), rows.count.cast(to: Double.self)]
        for fetch in fetches + slopes {
            #expect(throws: RunError.self, "\(fetch)") {
                try session.run(
                    fetch,
                    feeding: [
                        any: fetch == fetches[3]
                            ? NDArray([1, 2] as [Double]) : NDArray(1 as Double),
                        number: NDArray(Int64(0)),
                    ])
            }
        }
        for index in [NDArray([Int64(0), 1]), .zeros(.int64, [0]), .zeros(.int64, [1, 2])] {
            for fetch in [row, joined, slopes[0], slopes[2]] {
                #expect(throws: RunError.self, "\(fetch)") {
                    try session.run(
                        fetch, feeding: [any: NDArray([1, 2] as [Double]), number: index])
                }
            }
        }
    }
}
