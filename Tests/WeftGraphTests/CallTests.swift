// SPDX-License-Identifier: Apache-2.0
import Testing
import WeftGraph
import WeftTestSupport

/// Calls of named bodies in graphs.
@Suite struct CallTests {
    private let x = Tensor<Double>.placeholder(shape: [3], name: "x")
    private let point = NDArray.from([1, 2, 3], .float64)

    private func values(_ fetches: [any TensorConvertible]) throws -> [[Double]] {
        try Reference.run(fetches, [x.anyTensor: point]).map(\.doubles)
    }

    @Test("a call has the values of its body")
    func values() throws {
        let double = call("double", x) { $0 + $0 }
        let (sum, product) = call("both", x, double) { a, b in (a + b, a * b) }
        let outside = x * 10
        let captured = call("captured", [x.anyTensor]) { [$0[0] + outside.anyTensor] }[0]
        let found = try values([double, sum, product, captured])
        #expect(found == [[2, 4, 6], [3, 6, 9], [2, 8, 18], [11, 22, 33]])
    }

    @Test("calls of equal bodies are one, whoever built them")
    func interning() {
        func swish(_ name: String = "swish") -> AnyTensor {
            call(name, [x.anyTensor]) { [$0[0] * sigmoid($0[0])] }[0]
        }
        #expect(swish() == swish())
        #expect(swish() != swish("other"))
        #expect(swish() != call("swish", [x.anyTensor]) { [sigmoid($0[0]) * $0[0]] }[0])
        let y = x + 1
        func body(_ t: AnyTensor) -> Region? {
            call("swish", [t]) { [$0[0] * sigmoid($0[0])] }[0].node.op.regions.first
        }
        #expect(body(x.anyTensor) == body(y.anyTensor))
    }

    @Test("a function is built once for arguments of the same types")
    func functions() throws {
        let builds = Guarded(0)
        let function = Function("twice") { p in
            builds.withLock { $0 += 1 }
            return [p[0] + p[0]]
        }
        let y = function(function(function([x.anyTensor])))[0]
        #expect(builds.withLock(\.self) == 1)
        #expect(try values([y]) == [[8, 16, 24]])
        _ = function([AnyTensor.placeholder(.float32, shape: [])])
        #expect(builds.withLock(\.self) == 2)
    }

    @Test("a program is lowered once for all calls of a body")
    func sharing() throws {
        let weight = AnyTensor.placeholder(.float64, shape: [3])
        let scaled = weight * 2
        let function = Function("scale") { [$0[0] * scaled + $0[0]] }
        let y = function(function([x.anyTensor]))[0] + function([scaled])[0]
        let lowered = try LoweredGraph(
            fetches: [y], feeds: [x.anyTensor, weight].map { ($0, ArrayType(.float64, [3])) })
        let called = lowered.program.instructions.compactMap { instruction -> Program? in
            if case .call(let called) = instruction.primitive { return called.program }
            return nil
        }
        #expect(called.count == 3 && Set(called).count == 1)
        // What depends on no parameter is computed outside, once.
        #expect(called[0].instructions.count == 2)
        let result = try Reference.run(
            [y], [x.anyTensor: point, weight: .from([1, 1, 1], .float64)])[0]
        #expect(result.doubles == [15, 24, 33])
    }

    @Test("an own gradient takes the place of the body's")
    func ownGradient() throws {
        let y = call(
            "clipped", [x.anyTensor], gradient: { inputs, _, g in [g[0] * inputs[0]] },
            body: { [$0[0] * 5] })[0]
        let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        #expect(try values([y, g]) == [[5, 10, 15], [1, 2, 3]])
        let function = Function(
            "clipped", gradient: { inputs, _, g in [g[0] * inputs[0]] }, body: { [$0[0] * 5] })
        let h = try #require(try gradients(of: function([x.anyTensor]), withRespectTo: [x])[0])
        #expect(try values([h]) == [[1, 2, 3]])
    }

    @Test("a draw in a body gives the numbers that it gives in place, in each call")
    func draws() throws {
        @Sendable func noise(_ x: AnyTensor) -> AnyTensor {
            x + Tensor<Double>.randomUniform(shape: [3], stream: "calls/draw").anyTensor
        }
        let inCall = call("noise", [x.anyTensor]) { [noise($0[0])] }[0]
        let inPlace = noise(x.anyTensor)
        #expect(try values([inCall]) == values([inPlace]))
        let function = Function("noise") { [noise($0[0])] }
        let calls = try values([function([x.anyTensor])[0], function([x.anyTensor])[0]])
        let places = try values([noise(x.anyTensor), noise(x.anyTensor)])
        #expect(calls == places)
        // The backward pass has the numbers of the forward pass.
        let product = Function("product") { p in
            [p[0] * Tensor<Double>.randomUniform(shape: [3], stream: "calls/draw").anyTensor]
        }
        let y = product([x.anyTensor])[0]
        let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        let found = try values([y, g * x.anyTensor])
        #expect(found[0] == found[1])
    }

    @Test("updates in a body run once for each call, as in place")
    func updates() throws {
        let v = VariableHandle("calls/v", dtype: .float64, shape: [], initializer: .explicit)
        func body(_ p: [AnyTensor]) -> [AnyTensor] {
            [exp(p[0]).withUpdates([v.update { $0 + .scalar(1, .float64) }])]
        }
        func counts(_ function: ([AnyTensor]) -> [AnyTensor]) throws -> [[Double]?] {
            let y = function(function([x.anyTensor]))[0]
            let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
            return try [[y], [y, g], [g]].map { fetch in
                let step = Update.trainingStep(fetch)
                let run = try Reference.Prepared([step.anyTensor] + fetch, [x.anyTensor: point])
                #expect(run.lowered.writes == [v])
                let outputs = try run.outputs([point], state: [.from([10], .float64, [])])
                return outputs.last?.doubles
            }
        }
        // The gradient alone does not need the outer result, which the last update rides with.
        let wanted: [[Double]?] = [[12], [12], [11]]
        #expect(try counts(body) == wanted)
        let function = Function("counted") { p in
            [exp(p[0]).withUpdates([v.update { $0 + .scalar(1, .float64) }])]
        }
        #expect(try counts { function($0) } == wanted)
    }

    @Test("updates in a body run once, however many gradients keep what")
    func updatesBesideTwoGradients() throws {
        let v = VariableHandle("calls/v", dtype: .float64, shape: [], initializer: .explicit)
        let w = Tensor<Double>.placeholder(shape: [3], name: "w").anyTensor
        let y = call("counted", [x.anyTensor, w]) { p in
            let product = AnyTensor.unary(.sin, exp(p[0])) * exp(p[1])
            return [product.withUpdates([v.update { $0 + .scalar(1, .float64) }])]
        }[0]
        let gradientOfX = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        let gradientOfW = try #require(try gradients(of: [y], withRespectTo: [w])[0])
        let step = Update.trainingStep([gradientOfX, gradientOfW, y])
        let run = try Reference.Prepared(
            [step.anyTensor, gradientOfW, y], [x.anyTensor: point, w: point])
        let outputs = try run.outputs([point, point], state: [.from([10], .float64, [])])
        #expect(outputs.last?.doubles == [11])
        #expect(outputs[1].doubles == outputs[2].doubles)
    }

    private enum Endless {
        static let plain: Function = Function("plain") { [plain([$0[0] - 1])[0] * 2] }
        static let guarded: Function = Function("guarded") { p in
            cond(
                Tensor<Float>(p[0]) .> 0,
                then: { guarded([p[0] - 1]) }, else: { [p[0]] })
        }
    }

    @Test("functions that call themselves, or nest too deep, carry an error")
    func endless() throws {
        let start = AnyTensor.placeholder(.float32, shape: [])
        for function in [Endless.plain, Endless.guarded] {
            #expect(function([start])[0].error != nil)
        }
        var function = Function("f0") { [$0[0] * 1.001] }
        for level in 1...100 {
            let inner = function
            function = Function("f\(level)") { inner(inner($0)) }
        }
        #expect(function([start])[0].error != nil)
    }

    @Test("branches that double by calls end in an error when there are too many")
    func doublingBranches() throws {
        let flag = Tensor<Bool>.placeholder(shape: [])
        let start = AnyTensor.placeholder(.float32, shape: [])
        var function = Function("f0") { [$0[0] * 1.001] }
        for level in 1...28 {
            let inner = function
            function = Function("f\(level)") { p in
                cond(flag, then: { inner([p[0] * 2]) }, else: { inner([p[0] * 3]) })
            }
        }
        let y = function([start])[0]
        let error = #expect(throws: RunError.self) {
            _ = try LoweredGraph(
                fetches: [y],
                feeds: [(flag.anyTensor, ArrayType(.bool, [])), (start, ArrayType(.float32, []))])
        }
        #expect(error?.description.contains("in more than 100000 places") == true)
    }

    @Test("bodies that come from elsewhere count as deep as they are")
    func nesting() throws {
        let flag = Tensor<Bool>.placeholder(shape: [])
        let start = AnyTensor.placeholder(.float32, shape: [])
        var inner = start
        var fetches: [AnyTensor] = []
        for _ in 0..<200 {
            let before = inner
            inner =
                call("g", [start]) { p in
                    cond(flag, then: { [p[0] + before] }, else: { [p[0]] })
                }[0]
            let now = inner
            fetches += cond(flag, then: { [now] }, else: { [start] })
        }
        let error = #expect(throws: RunError.self) {
            _ = try LoweredGraph(
                fetches: fetches,
                feeds: [(flag.anyTensor, ArrayType(.bool, [])), (start, ArrayType(.float32, []))])
        }
        #expect(error?.description.contains("inside each other more than 128 deep") == true)
    }

    @Test("calls that double at each level are differentiated once for each level")
    func chains() throws {
        var function = Function("f0") { [$0[0] * 1.001] }
        for level in 1...8 {
            let inner = function
            function = Function("f\(level)") { inner(inner($0)) }
        }
        let y = function([x.anyTensor])[0]
        let g = try #require(try gradients(of: [y], withRespectTo: [x])[0])
        #expect(Graph(outputs: ["g": g]).nodeCount < 200)
        let expected = (0..<256).reduce(1.0) { product, _ in product * 1.001 }
        for value in try values([g])[0] { #expect(abs(value - expected) < 1e-12) }
    }

    @Test("a third derivative through loops over calls")
    func derivativesOfLoopsOverCalls() throws {
        // y = Σ sin(x)³: all derivatives by x are diagonal.
        let y = call("cube", x) { p in
            let s = sin(p)
            return s * s * s
        }.sum()
        let h = try hessian(of: y, withRespectTo: x)
        let third = try #require(try gradient(of: h.sum(), withRespectTo: x))
        for (value, at) in zip(try values([third])[0], [1.0, 2, 3]) {
            // sin³ = (3 sin x − sin 3x) / 4.
            let expected: Double = (27 * cosine(3 * at) - 3 * cosine(at)) / 4
            #expect(abs(value - expected) < 1e-9)
        }
    }

    private func cosine(_ x: Double) -> Double {
        // By the addition theorem from the reference's own sine would prove nothing; a series does.
        var (term, sum) = (1.0, 1.0)
        for k in 1...40 {
            term *= -x * x / Double((2 * k - 1) * (2 * k))
            sum += term
        }
        return sum
    }

    @Test("what is built wrongly says so")
    func malformed() {
        var bad = MalformedGraphs()
        bad.add(
            call("empty", [x.anyTensor]) { _ in [] }[0],
            says: "empty: the body returns nothing; return at least one tensor")
        bad.add(
            call("broken", x) { $0 + Tensor<Double>.zeros(shape: [4]) },
            says: "add: [3] and [4] cannot be broadcast together (3 != 4); aligned at the end, "
                + "dimensions must be equal or 1")
        let region = call("body", [x.anyTensor]) { [$0[0] + 1] }[0].node.op.regions[0]
        let attributes = CallAttributes(body: region, name: "body")
        bad.add(
            AnyTensor.make(.call(attributes), []),
            says: "body: the body takes [f64[3]], not 0 arguments")
        bad.add(
            AnyTensor.make(.call(attributes), [.scalar(1, .float32)]),
            says: "body: argument 0 is f32[], the body takes f64[3]; build it for this type")
        bad.check()
    }

    @Test("a drawing has a body's inside once")
    func drawing() {
        let function = Function("twice") { [$0[0] + $0[0]] }
        let y = function(function([x.anyTensor]))[0]
        let graph = Graph(inputs: ["x": x], outputs: ["y": y])
        #expect(
            graph.description == """
                graph(x: f64[3]) -> (y: f64[3])
                  %0 = placeholder 'x' : f64[3]
                  %1 = twice(%0) : f64[3]
                    body:
                      %2 = parameter 0 : f64[3]
                      %3 = add(%2, %2) : f64[3]
                      return %3
                  %4 = twice(%1) : f64[3]
                  return y: %4

                """)
        #expect(graph.svg().contains("twice") && graph.graphviz().contains("twice"))
    }
}
