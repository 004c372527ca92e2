// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph

@Suite struct RegionTests {
    /// The primitives of a program, those of the programs inside in brackets after them.
    static func outline(_ program: Program) -> [String] {
        program.instructions.filter {
            if case .constant = $0.primitive { return false }
            return true
        }.map { instruction in
            switch instruction.primitive {
            case .cond(let a, let b):
                "cond(\(outline(a).joined(separator: " ")) | \(outline(b).joined(separator: " ")))"
            case .whileLoop(let condition, let body, _, _):
                "while(\(outline(condition).joined(separator: " ")) | "
                    + "\(outline(body).joined(separator: " ")))"
            case .scan(let body, _, _, _): "scan(\(outline(body).joined(separator: " ")))"
            default: instruction.primitive.summary
            }
        }
    }

    static func outline(
        _ fetches: [any TensorConvertible], _ feeds: [(any TensorConvertible, ArrayType)] = []
    ) throws -> [String] {
        outline(
            try LoweredGraph(
                fetches: fetches.map(\.anyTensor), feeds: feeds.map { ($0.0.anyTensor, $0.1) }
            ).program)
    }

    @Test(
        "the branch not taken does not run: no division by zero", arguments: TestedEngine.allCases)
    func divisionByZero(_ engine: TestedEngine) throws {
        let session = engine.session()
        let n = Tensor<Int32>.placeholder(shape: [])
        let d = Tensor<Int32>.placeholder(shape: [])
        let quotient = n / d
        let safe = cond(d .!= 0, then: { quotient }, else: { Tensor<Int32>(-1) })
        #expect(try session.run(safe, feeding: [n: 7, d: 2]) == 3)
        #expect(try session.run(safe, feeding: [n: 7, d: 0]) == -1)
        #expect(
            errorCode { _ = try session.run(quotient, feeding: [n: 7, d: 0]) } == .kernelFailure)
        #expect(
            try Self.outline([safe], [(n, .init(.int32, [])), (d, .init(.int32, []))])
                == ["notEqual", "cond(divide | )"])
    }

    @Test(
        "what is also needed outside is computed once and handed in",
        arguments: TestedEngine.allCases)
    func captures(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [2])
        let shared = exp(x)
        let y = cond(x.sum() .> 0, then: { shared * 2 }, else: { shared + 1 })
        let types = [(x as any TensorConvertible, ArrayType(.float32, [2]))]
        // Both branches need `exp`, so it runs outside, once.
        let first = try Self.outline([y], types)
        #expect(first.sorted() == ["cond(multiply | add)", "exp", "greater", "sum"])
        let z = cond(x.sum() .> 0, then: { shared * 2 }, else: { x })
        #expect(try Self.outline([z], types) == ["sum", "greater", "cond(exp multiply | )"])
        let both = try Self.outline([z, shared], types)
        #expect(both.sorted() == ["cond(multiply | )", "exp", "greater", "sum"])
        let session = engine.session()
        #expect(try session.run(z, feeding: [x: [0.0, 1.0]]).doubles[0] == 2)
        #expect(try session.run(z, feeding: [x: [0.0, -1.0]]).doubles == [0, -1])
    }

    @Test("what a loop would compute anew in every iteration is computed before it")
    func hoisting() throws {
        let x = Tensor<Float>.placeholder(shape: [])
        let n = Tensor<Int32>.placeholder(shape: [])
        let (_, result) = whileLoop(
            Tensor<Int32>(0), x, condition: { i, _ in i .< 5 }, body: { ($0 + 1, $1 * exp(x)) })
        let types: [(any TensorConvertible, ArrayType)] = [
            (x, .init(.float32, [])), (n, .init(.int32, [])),
        ]
        #expect(try Self.outline([result], types) == ["exp", "while(less | add multiply)"])
        // What can fail stays where it may never run.
        let (_, quotient) = whileLoop(
            Tensor<Int32>(0), n, condition: { i, _ in i .< 0 }, body: { ($0 + 1, $1 + 1 / n) })
        #expect(try Self.outline([quotient], types) == ["while(less | add divide add)"])
        #expect(try TestedEngine.reference.session().run(quotient, feeding: [n: 0]) == 0)
    }

    @Test("a branch in a loop in a scan", arguments: TestedEngine.allCases)
    func nested(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [nil])
        let limit = Tensor<Float>.placeholder(shape: [])
        // Each slice is doubled until it passes the limit; odd rounds add one.
        let (total, rounds) = scan(over: x, initial: Tensor<Float>(0)) { sum, slice in
            let (value, count) = whileLoop(
                slice, Tensor<Int32>(0), condition: { v, _ in v .< limit },
                body: { v, i in
                    let doubled = v * 2
                    let isOdd = (i % 2) .== 1
                    return (cond(isOdd, then: { doubled + 1 }, else: { doubled }), i + 1)
                })
            return (sum + value, count)
        }
        let results = try engine.session().run(
            [total, rounds], feeding: [x: [1.0, 3.0, 50.0], limit: 20.0])
        // 1 2 5 10 21; 3 6 13 26; 50.
        #expect(results[0].number == 21 + 26 + 50)
        #expect(results[1].doubles == [4, 3, 0])
    }

    @Test(
        "loops with equal bodies, one used inside the other, keep their own variables",
        arguments: TestedEngine.allCases)
    func equalBodies(_ engine: TestedEngine) throws {
        // Both loops count by one: their bodies are made of the same nodes.
        func count(from start: Tensor<Float>, to limit: Float) -> Tensor<Float> {
            whileLoop([start.anyTensor], condition: { Tensor<Float>($0[0]) .< limit }) {
                [$0[0] + Tensor<Float>(1).anyTensor]
            }.map { Tensor<Float>($0) }[0]
        }
        let x = Tensor<Float>.placeholder(shape: [])
        let inner = count(from: x, to: 10)
        let outer = whileLoop(
            [Tensor<Float>(0).anyTensor], condition: { Tensor<Float>($0[0]) .< 20 }
        ) {
            [($0[0] + Tensor<Float>(1).anyTensor) + inner.anyTensor]
        }
        let session = engine.session()
        #expect(try session.run(inner, feeding: [x: 2.5]).number == 10.5)
        // 0 -> 11.5 -> 23.
        #expect(try session.run(outer[0], feeding: [x: 2.5]).number == 23)
    }

    @Test("a loop built outside and used in two branches", arguments: TestedEngine.allCases)
    func loopInBranches(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [])
        let (power, _) = whileLoop(
            x, Tensor<Int32>(0), condition: { _, i in i .< 3 }, body: { ($0 * x, $1 + 1) })
        let y = cond(x .> 0, then: { power + 1 }, else: { power - 1 })
        let z = cond(x .> 1, then: { y * power }, else: { y })
        let session = engine.session()
        #expect(try session.run(z, feeding: [x: 2.0]).number == 17 * 16)
        #expect(try session.run(z, feeding: [x: -1.0]).number == 0)
    }

    @Test("a loop's gradient runs the forward loop once", arguments: TestedEngine.allCases)
    func mergedLoops(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [])
        let (result, _) = whileLoop(
            x, Tensor<Int32>(0), condition: { _, i in i .< 4 }, body: { (sin($0), $1 + 1) })
        let slope = try #require(try gradient(of: result, withRespectTo: x))
        let outline = try Self.outline([result, slope], [(x, .init(.float32, []))])
        #expect(
            outline.filter { $0.contains("sin") && !$0.contains("cos") }.count == 1, "\(outline)")
        #expect(outline.filter { $0.hasPrefix("while") }.count == 2, "\(outline)")

        let xs = Tensor<Float>.placeholder(shape: [3])
        let (sum, _) = scan(over: xs, initial: Tensor<Float>(0)) { ($0 + exp($1), $0) }
        let slopes = try #require(try gradient(of: sum, withRespectTo: xs))
        let scans = try Self.outline([sum, slopes], [(xs, .init(.float32, [3]))])
        #expect(scans.filter { $0.hasPrefix("scan") }.count == 2, "\(scans)")

        let session = engine.session()
        let values = try session.run(
            [result, slope, sum, slopes], feeding: [x: 1.0, xs: [0.0, 1.0, 2.0]])
        var (v, d) = (1.0, 1.0)
        iterateSine(&v, &d)
        #expect(abs(values[0].number - v) < 1e-5 && abs(values[1].number - d) < 1e-5)
        #expect(abs(values[3].doubles[2] - 7.389056) < 1e-4)
    }

    @Test(
        "a loop that uses what an equal shorter loop gives is no part of it",
        arguments: TestedEngine.allCases)
    func dependentLoops(_ engine: TestedEngine) throws {
        let xs = Tensor<Float>.placeholder(shape: [nil])
        let (sums, _) = scan(over: [xs.anyTensor], initial: [AnyTensor.scalar(Double(0), .float32)])
        {
            ([$0[0] + $1[0]], [])
        }
        let total = sums[0]
        // The same sum again, with an output made of the first loop's total.
        let (again, shares) = scan(
            over: [xs.anyTensor], initial: [AnyTensor.scalar(Double(0), .float32)]
        ) { ([$0[0] + $1[0]], [$1[0] / total]) }
        let results = try engine.session().run(
            [total, again[0], shares[0]], feeding: [xs: [1.0, 3.0]])
        #expect(results[0].number == 4 && results[1].number == 4)
        #expect(results[2].doubles == [0.25, 0.75])
    }

    @Test("an empty scan gives the initial carry and no slices", arguments: TestedEngine.allCases)
    func emptyScan(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [nil, 2])
        let (sum, outputs) = scan(over: x, initial: Tensor<Float>.zeros(shape: [2])) {
            ($0 + $1, $0 * $1)
        }
        let results = try engine.session().run(
            [sum, outputs], feeding: [x: try NDArray([Float](), shape: [0, 2])])
        #expect(results[0].doubles == [0, 0])
        #expect(results[1].shape == [0, 2])
    }

    @Test(
        "a tensor fed in place of what would be computed counts inside regions too",
        arguments: TestedEngine.allCases)
    func feedsInside(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [])
        let inner = exp(x)
        let y = cond(x .> 0, then: { inner * 2 }, else: { x })
        let session = engine.session()
        #expect(try session.run(y, feeding: [x: 1.0, inner: 5.0]).number == 10)
        #expect(try session.run(inner + 1, feeding: [inner: 5.0]).number == 6)
    }

    @Test(
        "one output of an operation may be fed and the other fetched",
        arguments: TestedEngine.allCases)
    func fedOutput(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [4])
        let both = AnyTensor.makeAll(.topK(2), [x.anyTensor])
        let sum = both[0].sum() + both[1].cast(to: .float32).sum()
        let session = engine.session()
        let values: NDArray = [3.0, 9.0, 1.0, 4.0]
        #expect(
            try session.run(both[1], feeding: [both[0]: [0.0, 0.0], x: values]).doubles == [1, 3])
        #expect(try session.run(sum, feeding: [both[0]: [10.0, 20.0], x: values]).number == 34)
        #expect(
            try session.run(sum, feeding: [both[1]: NDArray([Int32(5), 6]), x: values]).number == 24
        )
    }

    @Test("a parameter fetched outside its loop is an error that says so")
    func fetchedParameter() throws {
        var escaped: Tensor<Float>?
        let x = Tensor<Float>.placeholder(shape: [])
        let y = whileLoop([x.anyTensor], condition: { Tensor<Float>($0[0]) .< 1 }) {
            escaped = Tensor<Float>($0[0])
            return [$0[0] + x.anyTensor]
        }
        let session = TestedEngine.reference.session()
        let inner = try #require(escaped)
        #expect(
            errorText { _ = try session.run([inner, y[0]], feeding: [x: 0.5]) }
                == "a parameter of a loop or branch was used outside its body")
    }

    @Test("a chain of branches on one predicate stays flat", arguments: TestedEngine.allCases)
    func flatBranches(_ engine: TestedEngine) throws {
        let x = Tensor<Float>.placeholder(shape: [])
        var y = x
        for _ in 0..<30 {
            let last = y
            y = cond(x .> 0, then: { last + 1 }, else: { last - 1 })
        }
        let session = engine.session()
        #expect(try session.run(y, feeding: [x: 1.0]).number == 31)
        #expect(try session.run(y, feeding: [x: -1.0]).number == -31)
    }
}

/// Four sines one in the other, and their derivative.
private func iterateSine(_ value: inout Double, _ slope: inout Double) {
    for _ in 0..<4 {
        slope *= Double.cosine(value)
        value = Double.sine(value)
    }
}

extension Double {
    /// By its series: no mathematics library is imported for one number.
    fileprivate static func sine(_ x: Double) -> Double {
        var (term, sum) = (x, x)
        for n in 1..<20 {
            term *= -x * x / Double((2 * n) * (2 * n + 1))
            sum += term
        }
        return sum
    }
    fileprivate static func cosine(_ x: Double) -> Double { (1 - sine(x) * sine(x)).squareRoot() }
}
