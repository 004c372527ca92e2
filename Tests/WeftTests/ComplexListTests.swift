// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Lists of complex tensors compute what the same does without lists, gradients of all orders included.
@Suite("Lists of complex tensors") struct ComplexListTests {
    private typealias C = Complex<Double>
    private typealias Z = Tensor<Complex<Double>>
    private typealias R = Tensor<Double>
    private typealias N = Tensor<Int64>
    private typealias List = TensorList<Z>

    private let z = Z.placeholder(shape: [nil, 2], name: "z")
    private let rows: NDArray = [
        [NDArray(C(0.5, -1)), NDArray(C(2, 0.25))], [NDArray(C(1, 3)), NDArray(C(-0.75, 0.5))],
        [NDArray(C(-0.25, 0.125)), NDArray(C(1.5, -2))],
    ]

    private func row(_ i: Int) -> Z { z.gathered(at: N(Int64(i))) }

    /// The real number that gradients are taken of: it weighs both parts of each element differently.
    private func loss(_ x: Z) -> R {
        let (re, im) = (x.realPart, x.imaginaryPart)
        return (re * re * 2 - re * im + im * im * im).sum()
    }

    private func slope(_ loss: R, _ x: Z) throws -> Z {
        let all: [AnyTensor?] = try gradients(of: [loss], withRespectTo: [x])
        return Z(try #require(all[0]))
    }

    /// Holds values, gradients and gradients of gradients of both against each other.
    private func expectEqual(
        _ list: Z, _ plain: Z, _ engine: TestedEngine,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws {
        var fetches: [AnyTensor] = []
        for value in [list, plain] {
            let first = try slope(loss(value), z)
            let second = try slope(loss(first), z)
            fetches += [value.anyTensor, first.anyTensor, second.anyTensor]
        }
        let session = engine.session()
        let results = try session.run(fetches, feeding: [z: rows])
        for (mine, theirs) in zip(results[..<3], results[3...]) {
            #expect(mine.dtype == .complex128 && mine.shape == theirs.shape)
            let (found, wanted) = (
                try mine.scalars(as: C.self), try theirs.scalars(as: C.self)
            )
            for (a, b) in zip(found, wanted) {
                #expect(
                    (a - b).magnitude <= 1e-12 * max(1, b.magnitude), "\(a) \(b)",
                    sourceLocation: sourceLocation)
            }
        }
        // The gradient alone.
        let alone = try session.run(fetches[1], feeding: [z: rows])
        #expect(alone == results[1], sourceLocation: sourceLocation)
    }

    @Test("read, replaced, put on and taken off", arguments: TestedEngine.allCases)
    func byIndex(_ engine: TestedEngine) throws {
        var list = List(unstacking: z, isGrowable: true)
        list[1] = list[0] * list[2]
        list.append(list[1] + C(0, 1))
        let last = list.removeLast()
        list.resize(to: N(2))
        list.resize(to: N(4))
        list[2] = last * last
        let product = row(0) * row(2)
        let plus = product + C(0, 1)
        try expectEqual(
            list.stacked(count: N(4)),
            stacked([row(0), product, plus * plus, Z.zeros(shape: [2])]), engine)
        let numbers = List(unstacking: z.reshaped(to: [6]))
        try expectEqual(
            stacked([numbers[5] * numbers[0], numbers[3]]),
            stacked([row(2)[1] * row(0)[0], row(1)[1]]), engine)
        try expectEqual(list.concatenated(), list.stacked().reshaped(to: [8]), engine)
    }

    @Test("filled in loops", arguments: TestedEngine.allCases)
    func loops(_ engine: TestedEngine) throws {
        let steps = z.size(ofAxis: 0).cast(to: Int64.self)
        let start = Z([C(1, 0), C(0, 1)])
        let (_, scanned) = scan(over: z, initial: start) { state, row in
            let next = state * row + C(0.5, -0.5)
            return (next, next)
        }
        for grows in [true, false] {
            let empty =
                grows ? List(elementShape: [2]) : List(count: steps, elementShape: [2])
            let (_, _, list) = whileLoop(
                N(0), start, empty, condition: { i, _, _ in i .< steps }
            ) { i, state, list in
                var list = list
                let next = state * z.gathered(at: i) + C(0.5, -0.5)
                if grows { list.append(next) } else { list[i] = next }
                return (i + 1, next, list)
            }
            try expectEqual(list.stacked(), scanned, engine)
        }
        // Each from the two before it.
        let first = List(unstacking: z, isGrowable: true)
        let (_, list) = whileLoop(N(3), first, condition: { i, _ in i .< 5 }) { i, list in
            var list = list
            list.append(list[i - 1] * list[i - 2])
            return (i + 1, list)
        }
        let third = row(2) * row(1)
        try expectEqual(
            list.stacked(count: N(5)),
            stacked([row(0), row(1), row(2), third, third * row(2)]), engine)
    }

    @Test("from branches, and as holes", arguments: TestedEngine.allCases)
    func branches(_ engine: TestedEngine) throws {
        let parts = z.realPart.sum()
        for (flag, chosen) in [(parts .> 0, row(0)), (parts .< 0, row(1) * C(0, 2))] {
            let list = cond(
                flag,
                then: {
                    var list = List(count: 2, elementShape: [2])
                    list[1] = row(0)
                    return list
                },
                else: {
                    var list = List(count: 2, elementShape: [2])
                    list[1] = row(1) * C(0, 2)
                    return list
                })
            try expectEqual(list.stacked(), stacked([Z.zeros(shape: [2]), chosen]), engine)
            try expectEqual(list[1], chosen, engine)
        }
        let untyped = TensorList<AnyTensor>(of: .complex64, count: N(2), elementShape: [3])
        let zeros = try engine.session().run(untyped.stacked())
        #expect(zeros == .zeros(.complex64, [2, 3]))
    }

    @Test("scalars are no lists of their parts", arguments: TestedEngine.allCases)
    func scalars(_ engine: TestedEngine) throws {
        let session = engine.session()
        let any = Z.placeholder(name: "any")
        let list = List(unstacking: any)
        let (sum, running) = scan(over: any, initial: Z(C(0, 0))) { sum, x in (sum + x, sum + x) }
        let read = list[N(0)]
        let slope = try slope(read.realPart.sum(), any)
        for fetch in [list.stacked(), read, slope, sum, running] {
            let error = #expect(throws: RunError.self, "\(fetch)") {
                try session.run(fetch, feeding: [any: NDArray(C(1, 2))])
            }
            #expect("\(error as Any)".contains("scalar"), "\(error as Any)")
        }
        #expect(
            try session.run(running, feeding: [any: NDArray([C(1, 2), C(3, 4)])])
                == NDArray([C(1, 2), C(4, 6)]))
    }
}
