// SPDX-License-Identifier: Apache-2.0
import Testing
import Weft
import WeftComplex
import WeftGraph
import WeftTestSupport

/// Complex numbers from feed to fetch, in variables, formulas and control flow.
@Suite struct ComplexTests {
    typealias C = Complex<Double>
    typealias Z = Tensor<Complex<Double>>

    static let points: [C] = [
        C(1, 2), C(-3, 0.5), C(0.25, -1.5), C(-0.75, -0.125), C(2, 0), C(0, -1), C(-2, 1e-3),
    ]

    // MARK: Arrays

    @Test("arrays hold, convert, compare and print complex numbers")
    func arrays() throws {
        let a = NDArray([Complex<Float>(1, -2), Complex<Float>(0.5, 0)])
        #expect(a.dtype == .complex64 && a.byteCount == 16)
        #expect(a.description == "[1.0-2.0i, 0.5+0.0i]")
        #expect(try a.scalars(as: Complex<Float>.self)[0] == Complex(1, -2))
        #expect(try a.cast(to: .complex128).cast(to: .complex64) == a)
        #expect(try a.cast(to: .float64).doubles == [1, 0.5])
        #expect(try NDArray([C(0, 1), C(0, 0)]).cast(to: .bool) == NDArray([true, false]))
        #expect(try NDArray([3, 4]).cast(to: .complex128) == NDArray([C(3, 0), C(4, 0)]))
        // Pairs are compared, not what they have in common: swift-numerics has only one infinity.
        #expect(NDArray([C(1, 2)]) != NDArray([C(1, 3)]))
        #expect(NDArray(C(.infinity, 0)) != NDArray(C(-.infinity, 0)))
        #expect(NDArray(C(.infinity, -.infinity)).description == "inf-infi")
        let mixed: NDArray = [NDArray(Complex<Float>(1, 2)), 3.0]
        #expect(mixed == NDArray([Complex<Float>(1, 2), Complex<Float>(3, 0)]))
        #expect(try NDArray(repeating: C(1, 1), shape: [2, 1]).shape == [2, 1])
    }

    // MARK: Ways in and out

    @Test("values go in and out as they are", arguments: TestedEngine.allCases)
    func waysInAndOut(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = Z.placeholder(shape: [nil], name: "x")
        let array = NDArray(Self.points)
        let constant = Z(Self.points)
        let results = try session.run(
            [x, constant, x.realPart, x.imaginaryPart, x + constant, x.reshaped(to: [7, 1])],
            feeding: [x: array])
        #expect(results[0].hasSameBits(as: array) && results[1].hasSameBits(as: array))
        #expect(results[2].doubles == Self.points.map(\.real))
        #expect(results[3] == NDArray(Self.points.map(\.imaginary)))
        #expect(results[4] == NDArray(Self.points.map { $0 + $0 }))
        #expect(results[5].shape == [7, 1] && results[5].dtype == .complex128)
        let empty = NDArray([C]())
        #expect(try session.run(x * x, feeding: [x: empty]) == empty)
        #expect(try session.run(Z(C(1, 2)) * Z(C(0, 1))) == NDArray(C(-2, 1)))
    }

    @Test("a tensor inside the graph is fed", arguments: TestedEngine.allCases)
    func fedInside(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [2])
        let y = x * x
        let z = y.conjugate()
        let result = try engine.session().run(z, feeding: [y: NDArray([C(1, 2), C(3, -4)])])
        #expect(result == NDArray([C(1, -2), C(3, 4)]))
    }

    @Test("variables are complex, also in another session", arguments: TestedEngine.allCases)
    func variables(_ engine: TestedEngine) throws {
        let session = engine.session()
        let w = Variable<C>("complexTests/w", shape: [2])
        #expect(try session.value(of: w) == NDArray([C(0, 0), C(0, 0)]))
        try session.set(w, to: NDArray([C(1, 1), C(2, 0)]))
        let twice = w.assign(w.value * 2)
        let turned = w.update { $0 * Z(C(0, 1)) }
        _ = try session.run([twice])
        _ = try session.run([turned])
        let expected = NDArray([C(-2, 2), C(0, 4)])
        #expect(try session.value(of: w) == expected)
        let other = engine.session()
        try other.importState(try session.exportState())
        #expect(try other.run(w.value) == expected)
        let text = errorText { try session.set(w, to: NDArray([1.0, 2.0])) }
        #expect(text.contains("c128[2]"))
    }

    // MARK: Formulas

    /// Each function, and what swift-numerics computes.
    static let functions: [(String, @Sendable (Z) -> Z, @Sendable (C) -> C)] = [
        ("exp", { exp($0) }, { .exp($0) }), ("log", { log($0) }, { .log($0) }),
        ("sqrt", { sqrt($0) }, { .sqrt($0) }), ("sin", { sin($0) }, { .sin($0) }),
        ("cos", { cos($0) }, { .cos($0) }), ("tan", { tan($0) }, { .tan($0) }),
        ("sinh", { sinh($0) }, { .sinh($0) }), ("cosh", { cosh($0) }, { .cosh($0) }),
        ("tanh", { tanh($0) }, { .tanh($0) }), ("-", { -$0 }, { -$0 }),
        ("expMinusOne", { expMinusOne($0) }, { .expMinusOne($0) }),
        ("square", { square($0) }, { $0 * $0 }), ("reciprocal", { reciprocal($0) }, { 1 / $0 }),
        ("rsqrt", { rsqrt($0) }, { 1 / .sqrt($0) }),
        ("sigmoid", { sigmoid($0) }, { 1 / (1 + .exp(-$0)) }),
        ("sign", { sign($0) }, { C($0.real / $0.length, $0.imaginary / $0.length) }),
        ("conjugate", { $0.conjugate() }, { $0.conjugate }),
        ("power", { pow($0, Z(C(0.5, -1.5))) }, { .pow($0, C(0.5, -1.5)) }),
        ("+ 1", { $0 + 1 }, { $0 + 1 }), ("3 -", { 3 - $0 }, { 3 - $0 }),
        ("/", { Z(C(1, -2)) / $0 }, { C(1, -2) / $0 }),
        ("*", { $0 * Z(C(2, 3)) }, { $0 * C(2, 3) }),
    ]

    @Test("functions agree with swift-numerics", arguments: TestedEngine.allCases)
    func elementwise(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = Z.placeholder(shape: [nil])
        let results = try session.run(
            Self.functions.map { $0.1(x) }, feeding: [x: NDArray(Self.points)])
        for (function, result) in zip(Self.functions, results) {
            let values = try result.scalars(as: C.self)
            for (point, value) in zip(Self.points, values) {
                let expected = function.2(point)
                let distance = (value - expected).length
                #expect(
                    distance <= 1e-14 * Swift.max(1, expected.length),
                    "\(function.0)(\(point)) is \(value), not \(expected)")
            }
        }
    }

    @Test("comparisons, selection and casts", arguments: TestedEngine.allCases)
    func comparisons(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [3])
        let y = Z([C(1, 2), C(1, 3), C(0, 0)])
        let results = try engine.session().run(
            [
                x .== y, x .!= y, select(x .== y, x, -x), x.cast(to: Bool.self),
                x.cast(to: Complex<Float>.self), x.cast(to: Float.self),
                x.realPart.cast(to: C.self), x.isNaN, x.isFinite,
            ],
            feeding: [x: NDArray([C(1, 2), C(1, 2), C(.nan, 0)])])
        #expect(results[0] == NDArray([true, false, false]))
        #expect(results[1] == NDArray([false, true, true]))
        #expect(try results[2].scalars(as: C.self).prefix(2) == [C(1, 2), C(-1, -2)])
        #expect(results[3] == NDArray([true, true, true]))
        #expect(results[4].dtype == .complex64 && results[5].dtype == .float32)
        #expect(try results[6].scalars(as: C.self).prefix(2) == [C(1, 0), C(1, 0)])
        #expect(results[7] == NDArray([false, false, true]))
        #expect(results[8] == NDArray([true, true, false]))
    }

    @Test("movement and reductions", arguments: TestedEngine.allCases)
    func movement(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [nil, 3])
        let rows: [[C]] = [[C(1, 2), C(3, -1), C(0, 1)], [C(-1, 1), C(2, 2), C(0.5, -0.5)]]
        let indices = Tensor<Int32>([1, 0, 1])
        let results = try engine.session().run(
            [
                x.transposed(), x.sum(axes: [1]), x.mean(), x.product(axes: [1]),
                x.cumulativeSum(axis: 1), concatenated([x, x.conjugate()], axis: 0),
                x.gathered(at: indices), x.padded(with: 0, sizes: [(1, 0), (0, 0)]),
                x.reversed(axes: [1]),
                x[0].broadcasted(to: [2, 3]), stacked([x, x]), .zeros(like: x), .ones(like: x),
            ],
            feeding: [x: NDArray(rows: rows)])
        func complex(_ array: NDArray) throws -> [C] { try array.scalars(as: C.self) }
        #expect(try complex(results[0]) == [0, 1, 2].flatMap { i in rows.map { $0[i] } })
        #expect(try complex(results[1]) == rows.map { $0[0] + $0[1] + $0[2] })
        let sum = rows.joined().reduce(C(0, 0), +)
        #expect(try complex(results[2]) == [C(sum.real / 6, sum.imaginary / 6)])
        #expect(try complex(results[3]) == rows.map { $0[0] * $0[1] * $0[2] })
        #expect(
            try complex(results[4])
                == rows.flatMap { [$0[0], $0[0] + $0[1], $0[0] + $0[1] + $0[2]] })
        #expect(try complex(results[5]) == rows.joined() + rows.joined().map(\.conjugate))
        #expect(try complex(results[6]) == rows[1] + rows[0] + rows[1])
        #expect(try complex(results[7]) == [C](repeating: 0, count: 3) + rows.joined())
        #expect(try complex(results[8]) == rows.flatMap { $0.reversed() })
        #expect(try complex(results[9]) == rows[0] + rows[0])
        #expect(results[10].shape == [2, 2, 3])
        #expect(try complex(results[11]) == [C](repeating: 0, count: 6))
        #expect(try complex(results[12]) == [C](repeating: 1, count: 6))
    }

    @Test("products of matrices", arguments: TestedEngine.allCases)
    func products(_ engine: TestedEngine) throws {
        let a = Z.placeholder(shape: [2, 2])
        let m: [C] = [C(1, 2), C(0, -1), C(3, 1), C(-2, 0.5)]
        let results = try engine.session().run(
            [
                matmul(a, a), matmul(a.conjugate(), a, transposingFirst: true),
                einsum("ij,kj->ik", a, a),
            ],
            feeding: [a: NDArray(m, shape: [2, 2])])
        func product(_ x: (Int, Int) -> C, _ y: (Int, Int) -> C) -> [C] {
            [0, 1].flatMap { i in [0, 1].map { j in x(i, 0) * y(0, j) + x(i, 1) * y(1, j) } }
        }
        let at = { @Sendable (i: Int, j: Int) in m[2 * i + j] }
        #expect(try results[0].scalars(as: C.self) == product(at, at))
        #expect(
            try results[1].scalars(as: C.self) == product({ at($1, $0).conjugate }, at))
        #expect(try results[2].scalars(as: C.self) == product(at, { at($1, $0) }))
    }

    // MARK: Control flow

    @Test("loops, branches and calls carry complex numbers", arguments: TestedEngine.allCases)
    func controlFlow(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [2])
        let turn = Z(C(0, 1))
        let looped = whileLoop(
            [AnyTensor.scalar(0, .int64), x.anyTensor], condition: { $0[0] .< 3 },
            body: { [$0[0] + 1, $0[1] * turn.anyTensor] })[1]
        let (last, all) = scan(over: Z([C(1, 1), C(2, 0), C(0, 3)]), initial: x) { carry, factor in
            (carry * factor, carry + factor)
        }
        let branch = cond(x.realPart.sum() .> 0, then: { x * 2 }, else: { x.conjugate() })
        let called = call("turn", x) { $0 * turn + x }
        let results = try engine.session().run(
            [looped, last.anyTensor, all.anyTensor, branch.anyTensor, called.anyTensor],
            feeding: [x: NDArray([C(1, 2), C(3, -4)])])
        #expect(try results[0].scalars(as: C.self) == [C(2, -1), C(-4, -3)])
        let product = C(1, 1) * C(2, 0) * C(0, 3)
        #expect(try results[1].scalars(as: C.self) == [C(1, 2) * product, C(3, -4) * product])
        #expect(results[2].shape == [3, 2] && results[2].dtype == .complex128)
        #expect(try results[3].scalars(as: C.self) == [C(2, 4), C(6, -8)])
        #expect(try results[4].scalars(as: C.self) == [C(-1, 3), C(7, -1)])
    }

    @Test("sizes that runs find, and loops that are written out", arguments: TestedEngine.allCases)
    func segments(_ engine: TestedEngine) throws {
        let x = Z.placeholder(shape: [nil])
        let kept = x.masked(by: x.realPart .> 0)
        let result = try engine.session().run(
            (kept * kept).sum(), feeding: [x: NDArray([C(1, 1), C(-1, 5), C(2, 0)])])
        #expect(result == NDArray(C(4, 2)))
        let grown = whileLoop(
            [AnyTensor.scalar(0, .int64), x.anyTensor], shapeInvariants: [[], [nil]],
            condition: { $0[0] .< 2 },
            body: { [$0[0] + 1, concatenated([$0[1], $0[1].conjugate()], axis: 0)] })[1]
        let longer = try engine.session().run(grown, feeding: [x: NDArray([C(1, 1)])])
        #expect(longer == NDArray([C(1, 1), C(1, -1), C(1, -1), C(1, 1)]))
    }

    // MARK: What has no meaning

    @Test("what asks for an order is an error that says so")
    func meaningless() throws {
        let x = Z.placeholder(shape: [3], name: "x")
        let failing: [(String, AnyTensor)] = [
            ("max", x.max().anyTensor), ("less", (x .< x).anyTensor),
            ("floor", floor(x).anyTensor), ("maximum", maximum(x, x).anyTensor),
            ("sort", x.sorted().anyTensor), ("argMax", x.argMax(axis: 0).anyTensor),
            ("relu", relu(x).anyTensor),
            ("cast", x.anyTensor + Tensor<Float>([1, 2, 3]).anyTensor),
        ]
        for (name, tensor) in failing {
            let error = try #require(tensor.error, "\(name)")
            #expect("\(error)".contains("c128"), "\(error)")
        }
        let real = Tensor<Float>.placeholder(shape: [2])
        #expect(complex(real, Tensor<Float>([1, 2, 3])).error != nil)
        #expect(complex(real.anyTensor, x.realPart.anyTensor).error != nil)
        #expect(Tensor<Bool>([true]).anyTensor.realPart.error != nil)
    }
}
