// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Gradients against the numbers that TensorFlow gave (Tests/Goldens/tf_gradients.json).
@Suite struct GradientGoldenTests {
    typealias F = Tensor<Float>
    typealias D = Tensor<Double>

    private let golden: Golden
    init() throws { golden = try Golden("tf_gradients.json") }

    /// Expects TensorFlow's arrays, and nil where it gave `None`.
    private func expect(
        _ found: [(any TensorConvertible)?], _ recorded: Any?, _ engine: TestedEngine,
        _ name: String, tolerance: Double, feeding feeds: Feeds = [:]
    ) throws {
        let wanted = try #require(recorded as? [Any], "\(name)").map { try Golden.array($0) }
        #expect(found.map { $0 == nil } == wanted.map { $0 == nil }, "\(name): what is nil")
        let present = found.compactMap { $0?.anyTensor }
        let values = try engine.session().run(present, feeding: feeds)
        for (value, array) in zip(values, wanted.compactMap { $0 }) {
            #expect(value.dtype == array.dtype && value.shape == array.shape, "\(name)")
            for (a, b) in zip(value.doubles, array.doubles) {
                #expect(
                    abs(a - b) <= tolerance * max(1, abs(b)), "\(name): \(a), TensorFlow has \(b)")
            }
        }
    }

    @Test("of the note's program", arguments: TestedEngine.allCases)
    func note(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("note")
        let a = F([[2, 2]])
        let aa = Variable<Float>("aa", shape: [1, 2], initializer: .constant(2))
        let c = matmul(aa.value, F([[2, 3], [4, 5]]))
        func gradients(_ y: F, seed: F? = nil) throws -> [(any TensorConvertible)?] {
            try WeftGraph.gradients(of: [y], withRespectTo: [aa.value], seeds: [seed])
        }
        func computed(_ loss: F) throws -> [(any TensorConvertible)?] {
            try Adam(learningRate: 0.01).computeGradients(loss)
                .flatMap { [$0.gradient, $0.variable.value] }
        }
        let found: [String: [(any TensorConvertible)?]] = [
            "c": [c], "gradients(c, aa)": try gradients(c),
            "gradients(c, aa, [a])": try gradients(c, seed: a),
            "gradients(c * a, aa)": try gradients(c * a),
            "gradients(c, aa, [[[1, 10]]])": try gradients(c, seed: F([[1, 10]])),
            "AdamOptimizer(0.01).compute_gradients(a * c)": try computed(a * c),
            "AdamOptimizer(0.01).compute_gradients(c)": try computed(c),
        ]
        #expect(Set(found.keys) == Set(recorded.keys))
        for (name, tensors) in found {
            try expect(tensors, recorded[name], engine, name, tolerance: 0)
        }
    }

    /// The gradients clipped to a norm, and the norm that they had.
    private func clippedByNorm(
        _ gradients: [[Float]?], _ limit: Double
    ) -> [(any TensorConvertible)?] {
        let variable = Variable<Float>("v", shape: []).handle
        let (result, norm) = clipped(
            gradients.map { GradientOfVariable($0.map { .constant(NDArray($0)) }, variable) },
            toGlobalNorm: limit)
        return result.map(\.gradient) + [norm]
    }

    @Test("clipping leaves what is short, and says when a norm is not finite")
    func clipping() throws {
        let session = Session()
        let short = clippedByNorm([[3, 4]], 6).compactMap { $0 }
        #expect(try session.run(short).map(\.doubles) == [[3, 4], [5]])
        let endless = clippedByNorm([[1], [.infinity]], 6).compactMap { $0 }
        let results = try session.run(endless)
        #expect(results[0].doubles[0].isNaN && results[1].doubles[0].isNaN)
        #expect(throws: GraphError.self) {
            _ = try session.run(clippedByNorm([[1]], 0).compactMap { $0 })
        }
        #expect(clippedByNorm([nil], 1)[0] == nil)
    }

    @Test("with seeds and stops", arguments: TestedEngine.allCases)
    func seedsAndStops(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("seeds and stops")
        let x = F([[2, 2]])
        let (y1, y2) = (3 * x, x * x)
        let seeds = [F([[1, 2]]), F([[10, 100]])]
        let (r, k) = (F([[10], [20]]), F([1, 2, 3]))
        let table = F.ones(shape: [4, 2])
        let rows = embeddingLookup(table, at: Tensor<Int32>([1, 1, 3]))
        func of(
            _ ys: [F], _ xs: [F], seeds: [F?]? = nil, stops: [F] = [],
            unconnected: UnconnectedGradients = .none
        ) throws -> [(any TensorConvertible)?] {
            try gradients(
                of: ys, withRespectTo: xs, seeds: seeds, stoppingAt: stops,
                unconnected: unconnected)
        }
        let found: [String: [(any TensorConvertible)?]] = [
            "[3x, x*x] wrt x": try of([y1, y2], [x]),
            "[3x, x*x] wrt x, seeds": try of([y1, y2], [x], seeds: seeds),
            "[3x, x*x] wrt x, seeds [nil, second]": try of([y1, y2], [x], seeds: [nil, seeds[1]]),
            "x*x wrt [x, x]": try of([y2], [x, x]), "x*x wrt itself": try of([y2], [y2]),
            "[y2, 3 y2] wrt y2": try of([y2, 3 * y2], [y2]),
            "stop_gradient(x) * x wrt x": try of([stopGradient(x) * x], [x]),
            "stop_gradient(x) wrt x": try of([stopGradient(x)], [x]),
            "y2 * y1 wrt x, stopping at y2": try of([y2 * y1], [x], stops: [y2]),
            "3 y2 wrt x, stopping at y2": try of([3 * y2], [x], stops: [y2]),
            "3 y2 wrt [x, y2], stopping at x": try of([3 * y2], [x, y2], stops: [x]),
            "constant wrt x": try of([F.ones(shape: [2])], [x]),
            "constant wrt x, zeros": try of([F.ones(shape: [2])], [x], unconnected: .zeros),
            "floor": try of([floor(x)], [x]), "sign": try of([sign(x)], [x]),
            "broadcast r [2, 1] * k [3] wrt [r, k]": try of([r * k], [r, k]),
            "gather, repeated rows": try of([rows], [table]),
            "clip_by_global_norm([[3, 4], nil, [12]], 6.5)": clippedByNorm(
                [[3, 4], nil, [12]], 6.5),
        ]
        #expect(Set(found.keys) == Set(recorded.keys))
        for (name, tensors) in found {
            try expect(tensors, recorded[name], engine, name, tolerance: 0)
        }
    }

    @Test("through branches and loops", arguments: TestedEngine.allCases)
    func controlFlow(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("control flow")
        #expect(recorded.count == 4)
        let (x, y) = (F(5), F(7))
        let p = Tensor<Bool>.placeholder(shape: [])
        let value = cond(p, then: { x * x }, else: { y * 3 })
        let slopes = try gradients(of: value, withRespectTo: [x, y])
        for (taken, text) in [(true, "True"), (false, "False")] {
            let name = "cond(\(text), x*x, 3y) at (5, 7): value, d/dx, d/dy"
            try expect(
                [value, slopes[0], slopes[1]], recorded[name], engine, name, tolerance: 0,
                feeding: [p: NDArray(taken)])
        }
        let two = F(2)
        let (_, total) = whileLoop(
            Tensor<Int32>(0), F(0), condition: { i, _ in i .< 5 },
            body: { i, s in (i + 1, s + i.cast(to: Float.self) * two) })
        let sum = "sum of i * x, i < 5, at 2: value, d/dx"
        try expect(
            [total, gradient(of: total, withRespectTo: two)], recorded[sum], engine, sum,
            tolerance: 0)
        let start = F(1.1)
        let (_, power) = whileLoop(
            Tensor<Int32>(0), start, condition: { i, _ in i .< 4 },
            body: { i, s in (i + 1, s * s * start) })
        let powers = "s = s * s * x four times from x, at 1.1: value, d/dx"
        try expect(
            [power, gradient(of: power, withRespectTo: start)], recorded[powers], engine, powers,
            tolerance: 1e-6)
    }

    private static let smooth: [String: @Sendable (D) -> D] = [
        "acosh": { acosh($0) }, "asin": { asin($0) }, "asinh": { asinh($0) },
        "atan": { atan($0) }, "atanh": { atanh($0) }, "cosh": { cosh($0) },
        "digamma": { digamma($0) }, "elu": { elu($0) }, "erf": { erf($0) }, "exp": { exp($0) },
        "expm1": { expMinusOne($0) }, "lgamma": { lgamma($0) }, "log": { log($0) },
        "log1p": { log(onePlus: $0) }, "log_sigmoid": { logSigmoid($0) },
        "pow(x, 2.5)": { pow($0, 2.5) }, "reciprocal": { reciprocal($0) },
        "rsqrt": { rsqrt($0) }, "sigmoid": { sigmoid($0) }, "sin": { sin($0) },
        "softplus": { softplus($0) }, "softsign": { softsign($0) }, "sqrt": { sqrt($0) },
        "tan": { tan($0) }, "tanh": { tanh($0) }, "tanh(0.1 x)": { tanh(0.1 * $0) },
        "x^4": { $0 * $0 * $0 * $0 },
    ]

    @Test("of orders 1 to 3", arguments: TestedEngine.allCases)
    func higherOrders(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("higher order")
        #expect(Set(recorded.keys) == Set(Self.smooth.keys))
        for (name, function) in Self.smooth {
            let example = try Golden.dictionary(recorded[name])
            let orders = try #require(example["derivatives"] as? [Any])
            // TensorFlow has no second derivative of softsign.
            #expect(orders.count == (name == "softsign" ? 2 : 4))
            let x = D.placeholder(shape: [3])
            var derivatives = [function(x)]
            for _ in 1..<orders.count {
                let last = derivatives[derivatives.count - 1]
                derivatives.append(
                    try #require(try gradient(of: last, withRespectTo: x), "\(name)"))
            }
            try expect(
                derivatives, orders, engine, name, tolerance: 1e-11,
                feeding: [x: Golden.requiredArray(example["x"])])
        }
    }

    @Test("of orders 1 and 2, all of them: Hessians", arguments: TestedEngine.allCases)
    func hessians(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("hessians at [1, 2, 3]")
        let x = D([1, 2, 3])
        let functions: [String: D] = [
            "sum(x^3)": (x * x * x).sum(), "logsumexp(x)": x.logSumExp(), "prod(x)": x.product(),
            "norm(x)": x.norm(),
            "sum(x * reverse(x) * exp(-x))": (x * x.reversed(axes: [0]) * exp(-x)).sum(),
        ]
        #expect(Set(functions.keys) == Set(recorded.keys))
        for (name, y) in functions {
            try expect(
                [hessian(of: y, withRespectTo: x)], [recorded[name] as Any], engine, name,
                tolerance: 1e-14)
        }
    }

    @Test("of softmax cross-entropy, twice", arguments: TestedEngine.allCases)
    func crossEntropy(_ engine: TestedEngine) throws {
        let recorded = try golden.dictionary("softmax cross-entropy")
        #expect(recorded.count == 4)
        func check<T: FloatingScalar>(_: T.Type, _ dtype: String, _ tolerance: Double) throws {
            func row(_ numbers: [Double]) -> Tensor<T> {
                Tensor(NDArray(numbers.map { T(converting: $0) })).reshaped(to: [1, 3])
            }
            // No constant: equal constants are one node, and the direction has the same numbers.
            let logits = Tensor<T>.placeholder(shape: [1, 3])
            let feeds: Feeds = [
                logits: try NDArray([1.0, 2, 3]).cast(to: T.dtype).reshaped(to: [1, 3])
            ]
            let losses = [
                "dense": softmaxCrossEntropy(
                    logits: logits, labels: row([0, 1, 0]), reduction: .none),
                "sparse": softmaxCrossEntropy(
                    logits: logits, labels: Tensor<Int32>([1]), reduction: .none),
            ]
            for (name, loss) in losses {
                let wanted = try Golden.dictionary(recorded["\(name), \(dtype)"])
                let first = try #require(try gradient(of: loss, withRespectTo: logits))
                let second = try gradient(
                    of: (first * row([1, 2, 3])).sum(), withRespectTo: logits)
                let all = ["loss", "gradient", "gradient of gradient . [1, 2, 3]"]
                    .map { wanted[$0] as Any }
                try expect(
                    [loss, first, second], all, engine, "\(name), \(dtype)", tolerance: tolerance,
                    feeding: feeds)
            }
        }
        try check(Float.self, "float32", 1e-6)
        try check(Double.self, "float64", 1e-14)
    }
}
