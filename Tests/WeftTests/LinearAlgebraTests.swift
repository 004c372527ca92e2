// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing
import Weft
import WeftGraph
import WeftTestSupport

/// Factorizations of matrices and what is solved with them.
@Suite struct LinearAlgebraTests {
    private typealias D = Tensor<Double>

    private static func array(_ numbers: [Double], shape: [Int]) throws -> NDArray {
        try NDArray(numbers, shape: shape)
    }

    /// Whether all numbers are as near as their type lets one expect.
    private func expectNear(
        _ a: NDArray, _ b: NDArray, within bound: Double = 1e-12, _ what: String = "",
        location: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(a.shape == b.shape, "\(what)", sourceLocation: location)
        let distance = zip(a.doubles, b.doubles).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= bound, "\(what): off by \(distance)", sourceLocation: location)
    }

    // MARK: Cholesky's factor

    @Test("the factor times its transpose is the matrix", arguments: TestedEngine.allCases)
    func cholesky(_ engine: TestedEngine) throws {
        let session = engine.session()
        var random = TestRandom("cholesky")
        let x = D.placeholder()
        for (batch, size) in [([], 6), ([3, 2], 4), ([2], 65)] {
            let a = random.positiveMatrices(.float64, batch, size)
            let known = D.placeholder(shape: Shape(a.shape.map { $0 }))
            let l = known.cholesky()
            let results = try session.run(
                [l, matmul(l, l, transposingSecond: true), l.upperTriangle(diagonal: 1)],
                feeding: [known: a])
            expectNear(results[1], a, "\(batch) of \(size)")
            #expect(results[2].doubles.allSatisfy { $0 == 0 })
            #expect(try session.run(x.cholesky(), feeding: [x: a]) == results[0])
        }
    }

    @Test("only the lower triangle is read", arguments: TestedEngine.allCases)
    func lowerTriangle(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2])
        let l = try engine.session().run(
            x.cholesky(), feeding: [x: Self.array([4, .nan, 2, 5], shape: [2, 2])])
        #expect(l.doubles == [2, 0, 1, 2])
    }

    @Test("a gradient is symmetric", arguments: TestedEngine.allCases)
    func symmetricGradient(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2])
        let slope = try #require(try gradient(of: x.cholesky().sum(), withRespectTo: x))
        let values = try engine.session().run(
            slope, feeding: [x: Self.array([4, 2, 2, 5], shape: [2, 2])])
        // l is [√a, 0; b/√a, √(c − b²/a)]; b counts half for each of its two places.
        expectNear(
            values, try NDArray([0.25 - 2.0 / 16 + 1.0 / 16, 0.125, 0.125, 0.25], shape: [2, 2]))
    }

    @Test("16-bit floats are factorized in 32 bits", arguments: TestedEngine.allCases)
    func smallFloats(_ engine: TestedEngine) throws {
        let x = Tensor<BFloat16>.placeholder(shape: [2, 2])
        let array = NDArray.from([4, 2, 2, 5], .bfloat16, [2, 2])
        let l = try engine.session().run(x.cholesky(), feeding: [x: array])
        #expect(l == NDArray.from([2, 0, 1, 2], .bfloat16, [2, 2]))
    }

    @Test("an indefinite matrix fails the run by its name", arguments: TestedEngine.allCases)
    func indefinite(_ engine: TestedEngine) throws {
        let x = D.placeholder()
        let l = x.cholesky()
        let one: [Double] = [1, 0, 0, 1]
        let cases: [([Double], [Int], [Int], Int)] = [
            ([-1], [1, 1], [], 1), ([1, 0, 2, 1], [2, 2], [], 2), ([.nan], [1, 1], [], 1),
            (one + one + [0, 0, 0, 1], [3, 1, 2, 2], [2, 0], 1),
            (one + [1, 0, 5, 1] + [-1, 0, 0, 1], [1, 3, 2, 2], [0, 1], 2),
        ]
        for (numbers, shape, place, order) in cases {
            let error = #expect(throws: RunError.self) {
                try engine.session().run(l, feeding: [x: NDArray(numbers, shape: shape)])
            }
            #expect(error?.kind == .unsuitableMatrix(.notPositiveDefinite(order: order), at: place))
            #expect(error?.code == .kernelFailure && error?.operation == "cholesky")
        }
        let text = errorTextWithoutPlace {
            _ = try engine.session().run(l, feeding: [x: Self.array([-1], shape: [1, 1, 1])])
        }
        #expect(
            text
                == "cholesky: the matrix at [0] of the batch is not positive definite: its first 1 "
                + "rows and columns are not; check it, or add a multiple of the identity")
    }

    // MARK: Triangles

    @Test(
        "triangular systems are solved, with all kinds of batches", arguments: TestedEngine.allCases
    )
    func triangularBatches(_ engine: TestedEngine) throws {
        let session = engine.session()
        var random = TestRandom("triangular batches")
        let shapes: [([Int], [Int])] = [
            ([3, 3], [3]), ([3, 3], [3, 2]), ([2, 3, 3], [3, 4]), ([3, 3], [5, 3, 2]),
            ([2, 1, 3, 3], [4, 3, 1]), ([2, 3, 3], [3]), ([1, 3, 3], [2, 3, 2]),
        ]
        for (left, right) in shapes {
            let arrays = (
                random.triangularMatrices(.float64, Array(left.dropLast(2)), 3),
                random.array(.float64, right)
            )
            for isKnown in [true, false] {
                let (a, b) = (
                    D.placeholder(shape: Shape(left.map { isKnown ? $0 : nil })),
                    D.placeholder(shape: Shape(right.map { isKnown ? $0 : nil }))
                )
                // An unknown size is taken to be that of the other operand.
                if !isKnown, left.contains(1) || right.contains(1) { continue }
                let x = triangularSolve(a, b, isLower: false)
                let product = matmul(
                    a.upperTriangle(), right.count == 1 ? x.expandingDimension(at: -1) : x)
                let target = right.count == 1 ? b.expandingDimension(at: -1) : b
                let difference = try session.run(
                    abs(product - target).max(), feeding: [a: arrays.0, b: arrays.1])
                #expect(difference.doubles[0] < 1e-13, "\(left), \(right)")
            }
        }
    }

    @Test(
        "a 0 on the diagonal fails the run, unless it counts as 1", arguments: TestedEngine.allCases
    )
    func singularTriangle(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2, 2])
        let array = try Self.array([1, 0, 2, 1, 3, 0, 4, 0], shape: [2, 2, 2])
        let error = #expect(throws: RunError.self) {
            try engine.session().run(triangularSolve(x, D([1, 2])), feeding: [x: array])
        }
        #expect(error?.kind == .unsuitableMatrix(.singular(row: 1), at: [1]))
        let solved = try engine.session().run(
            triangularSolve(x, D([1, 2]), isUnitDiagonal: true), feeding: [x: array])
        #expect(solved == (try Self.array([1, 0, 1, -2], shape: [2, 2])))
    }

    // MARK: LU

    @Test(
        "the factors' product is the matrix with its rows in order",
        arguments: TestedEngine.allCases)
    func lu(_ engine: TestedEngine) throws {
        var random = TestRandom("lu")
        for (batch, size) in [([], 5), ([3, 2], 4), ([], 70)] {
            let a = random.array(.float64, batch + [size, size])
            let x = D.placeholder(shape: Shape(a.shape.map { $0 }))
            let (factors, permutation) = x.lu()
            let l = factors.lowerTriangle(diagonal: -1) + D.identity(size)
            let rows = x.gathered(at: permutation, axis: -2, batchRank: batch.count)
            let results = try engine.session().run(
                [matmul(l, factors.upperTriangle()), rows], feeding: [x: a])
            expectNear(results[0], results[1], within: 1e-13, "\(batch) of \(size)")
        }
    }

    @Test("solutions, inverses and determinants", arguments: TestedEngine.allCases)
    func solve(_ engine: TestedEngine) throws {
        let session = engine.session()
        var random = TestRandom("solve")
        for (left, right, isTransposed) in [
            ([4, 4], [4], false), ([4, 4], [4], true), ([2, 4, 4], [4, 3], true),
            ([4, 4], [3, 4, 2], false), ([3, 1, 4, 4], [2, 4, 2], false),
            ([60, 60], [60, 70], false),
        ] {
            let (a, b) = (random.array(.float64, left), random.array(.float64, right))
            let (x, y) = (
                D.placeholder(shape: Shape(left.map { $0 })),
                D.placeholder(shape: Shape(right.map { $0 }))
            )
            let solution = WeftGraph.solve(x, y, transposing: isTransposed)
            let columns = right.count == 1 ? solution.expandingDimension(at: -1) : solution
            let product = matmul(x, columns, transposingFirst: isTransposed)
            let target = right.count == 1 ? y.expandingDimension(at: -1) : y
            let difference = try session.run(abs(product - target).max(), feeding: [x: a, y: b])
            #expect(difference.doubles[0] < 1e-11, "\(left), \(right)")
        }
        let x = D.placeholder(shape: [nil, nil, nil])
        let a = random.array(.float64, [3, 5, 5])
        let product = try session.run(matmul(x.inverse(), x), feeding: [x: a])
        expectNear(
            product, try session.run(D.identity(5).broadcasted(to: [3, 5, 5])), within: 1e-12)
        let (sign, logarithm) = x.logDeterminant()
        let values = try session.run([x.determinant(), sign * exp(logarithm)], feeding: [x: a])
        expectNear(values[0], values[1])
    }

    @Test("determinants of small matrices", arguments: TestedEngine.allCases)
    func determinants(_ engine: TestedEngine) throws {
        let session = engine.session()
        let x = D.placeholder()
        let cases: [([Double], [Int], Double)] = [
            ([], [0, 0], 1), ([-3], [1, 1], -3), ([1, 2, 3, 4], [2, 2], -2),
            ([1, 2, 2, 4], [2, 2], 0),
            ([0, 1, 0, 0, 0, 1, 1, 0, 0], [3, 3], 1), ([0, 1, 1, 0], [2, 2], -1),
        ]
        for (numbers, shape, determinant) in cases {
            let ranked = D.placeholder(shape: [nil, nil])
            let (sign, logarithm) = ranked.logDeterminant()
            let values = try session.run(
                [ranked.determinant(), sign, logarithm],
                feeding: [ranked: NDArray(numbers, shape: shape)])
            #expect(Swift.abs(values[0].doubles[0] - determinant) < 1e-15)
            #expect(values[1].doubles == [determinant == 0 ? 0 : determinant < 0 ? -1 : 1])
            let expected = Foundation.log(Swift.abs(determinant))
            let distance = Swift.abs(values[2].doubles[0] - expected)
            #expect(determinant == 0 ? values[2].doubles[0] == -.infinity : distance < 1e-15)
        }
        #expect(x.determinant().error != nil)
        #expect(
            try session.run(x.cholesky(), feeding: [x: NDArray([] as [Double], shape: [2, 0, 0])])
                .shape == [2, 0, 0])
    }

    @Test("a matrix without an inverse fails the run", arguments: TestedEngine.allCases)
    func singular(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2, 2])
        let array = try Self.array([1, 0, 0, 1, 1, 2, 2, 4], shape: [2, 2, 2])
        for (tensor, operation) in [
            (x.inverse(), "inverse"), (WeftGraph.solve(x, D([1, 2])), "solve"),
        ] {
            let error = #expect(throws: RunError.self) {
                try engine.session().run(tensor, feeding: [x: array])
            }
            #expect(error?.kind == .unsuitableMatrix(.singular(row: 1), at: [1]))
            #expect(error?.operation?.hasPrefix(operation) == true, "\(error as Any)")
        }
    }

    @Test("a solve and its gradients factorize once")
    func factorizations() throws {
        let (a, b) = (D.placeholder(shape: [3, 3]), D.placeholder(shape: [3]))
        let loss = WeftGraph.solve(a, b).sum()
        let slopes = try gradients(of: [loss.anyTensor], withRespectTo: [a.anyTensor, b.anyTensor])
        let first = try #require(slopes[0])
        let second = try gradients(of: [first.sum()], withRespectTo: [a.anyTensor])
        let nodes = GraphWalk.sorted(([loss.anyTensor] + slopes + second).compactMap { $0?.node })
        #expect(nodes.count { $0.op == .primitive(.lu) } == 1)
        // Built again, it is the same.
        #expect(WeftGraph.solve(a, b) == WeftGraph.solve(a, b))
    }

    // MARK: Large matrices

    @Test("matrices that are divided among threads: factors, and what is wrong with them")
    func large() throws {
        let session = Session()
        var random = TestRandom("large")
        let (x, y) = (D.placeholder(shape: [nil, nil]), D.placeholder(shape: [nil]))
        for size in [384, 451] {
            let a = random.positiveMatrices(.float64, [], size)
            let l = x.cholesky()
            let results = try session.run(
                [matmul(l, l, transposingSecond: true), l.upperTriangle(diagonal: 1)],
                feeding: [x: a])
            expectNear(results[0], a)
            #expect(results[1].doubles.allSatisfy { $0 == 0 })
            let (b, c) = (random.array(.float64, [size, size]), random.array(.float64, [size]))
            let solution = WeftGraph.solve(x, y)
            let product = matmul(x, solution.expandingDimension(at: -1)).squeezed(axes: [-1])
            let values = try session.run([product, y], feeding: [x: b, y: c])
            expectNear(values[0], values[1], within: 1e-9)
            let alone = Session(Session.Options(engine: .cpu(threads: 1)))
            let again = try alone.run(solution, feeding: [x: b, y: c])
            #expect(try session.run(solution, feeding: [x: b, y: c]) == again)
        }
        let size = 400
        var numbers = (0..<size * size).map { $0 % (size + 1) == 0 ? 1.0 : 0 }
        for (row, wrong) in [(399, -1.0), (100, .nan), (7, 0)] {
            numbers[row * (size + 1)] = wrong
            let array = try NDArray(numbers, shape: [size, size])
            let error = #expect(throws: RunError.self) {
                try session.run(x.cholesky(), feeding: [x: array])
            }
            #expect(
                error?.kind == .unsuitableMatrix(.notPositiveDefinite(order: row + 1), at: []))
        }
        // What is no number ends nothing.
        let nan = NDArray.from(Array(repeating: .nan, count: size * size), .float64, [size, size])
        #expect(try session.run(x.lu().factors, feeding: [x: nan]).doubles.contains { $0.isNaN })
    }

    @Test("what is no number is factorized as such", arguments: TestedEngine.allCases)
    func notANumber(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [3, 3])
        let nan = NDArray.from(Array(repeating: .nan, count: 9), .float64, [3, 3])
        let (factors, permutation) = x.lu()
        let results = try engine.session().run(
            [factors, permutation, x.determinant(), x.qr().q], feeding: [x: nan])
        #expect(results[0].doubles.contains { $0.isNaN })
        #expect(results[1].integers?.sorted() == [0, 1, 2])
        #expect(results[2].doubles[0].isNaN && results[3].doubles.contains { $0.isNaN })
    }

    // MARK: Orthogonal factors

    private static let rectangles: [([Int], Int, Int)] = [
        ([], 3, 3), ([2], 5, 3), ([2], 3, 5), ([3, 1], 1, 4), ([], 40, 70), ([], 70, 40),
        ([], 2, 0),
    ]

    @Test(
        "q's columns are orthonormal, and q times r is the matrix", arguments: TestedEngine.allCases
    )
    func qr(_ engine: TestedEngine) throws {
        var random = TestRandom("qr")
        for (batch, rows, columns) in Self.rectangles {
            let a = random.array(.float64, batch + [rows, columns])
            let x = D.placeholder(shape: Shape(a.shape.map { $0 }))
            let (q, r) = x.qr()
            let results = try engine.session().run(
                [
                    matmul(q, r), matmul(q, q, transposingFirst: true),
                    D.identity(min(rows, columns)).broadcasted(to: batch + [-1, -1]),
                    r - r.upperTriangle(),
                ], feeding: [x: a])
            expectNear(results[0], a, within: 1e-13)
            expectNear(results[1], results[2], within: 1e-13)
            #expect(results[3].doubles.allSatisfy { $0 == 0 })
        }
    }

    @Test("singular vectors make the matrix, also of low rank", arguments: TestedEngine.allCases)
    func svd(_ engine: TestedEngine) throws {
        var random = TestRandom("svd")
        for (batch, rows, columns) in Self.rectangles {
            for rank in [min(rows, columns), min(rows, columns) / 2] {
                let parts = (
                    random.array(.float64, batch + [rows, rank]),
                    random.array(.float64, batch + [rank, columns])
                )
                let (p, o) = (
                    D.placeholder(shape: Shape(parts.0.shape.map { $0 })),
                    D.placeholder(shape: Shape(parts.1.shape.map { $0 }))
                )
                let x = matmul(p, o)
                let (u, values, v) = x.svd()
                let inner = min(rows, columns)
                let results = try engine.session().run(
                    [
                        matmul(u * values.expandingDimension(at: -2), v, transposingSecond: true),
                        x,
                        matmul(u, u, transposingFirst: true), matmul(v, v, transposingFirst: true),
                        D.identity(inner).broadcasted(to: batch + [-1, -1]), values,
                        x.singularValues(), abs(u).max(axes: [-2]) - u.max(axes: [-2]),
                    ], feeding: [p: parts.0, o: parts.1])
                expectNear(results[0], results[1], within: 1e-11)
                expectNear(results[2], results[4], within: 1e-13)
                expectNear(results[3], results[4], within: 1e-13)
                expectNear(results[5], results[6], within: 1e-11)
                #expect(results[7].doubles.allSatisfy { $0 < 1e-13 })
                for row in 0..<results[5].count / Swift.max(inner, 1) {
                    let own = results[5].doubles[row * inner..<(row + 1) * inner]
                    #expect(own.allSatisfy { $0 >= 0 } && own.sorted(by: >) == Array(own))
                }
            }
        }
    }

    @Test("eigenvectors make the matrix", arguments: TestedEngine.allCases)
    func selfAdjointEigen(_ engine: TestedEngine) throws {
        var random = TestRandom("eigen")
        for (batch, size) in [([], 1), ([2, 2], 3), ([], 60), ([3], 0)] {
            let a = random.array(.float64, batch + [size, size])
            let x = D.placeholder(shape: Shape(a.shape.map { $0 }))
            let symmetric = x + x.swappingAxes(-1, -2)
            let (values, vectors) = symmetric.lowerTriangle().selfAdjointEigen()
            let results = try engine.session().run(
                [
                    matmul(
                        vectors * values.expandingDimension(at: -2), vectors,
                        transposingSecond: true),
                    symmetric, matmul(vectors, vectors, transposingFirst: true),
                    D.identity(size).broadcasted(to: batch + [-1, -1]), values,
                    symmetric.selfAdjointEigenvalues(),
                ], feeding: [x: a])
            expectNear(results[0], results[1], within: 1e-12)
            expectNear(results[2], results[3], within: 1e-12)
            expectNear(results[4], results[5], within: 1e-12)
        }
    }

    @Test(
        "equal values: gradients of what does not depend on the vectors' choice",
        arguments: TestedEngine.allCases)
    func equalValues(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2])
        let identity = try Self.array([1, 0, 0, 1], shape: [2, 2])
        let losses = [
            x.singularValues().sum(), x.selfAdjointEigenvalues().sum(), x.svd().values.sum(),
        ]
        for loss in losses {
            let slope = try #require(try gradient(of: loss, withRespectTo: x))
            expectNear(try engine.session().run(slope, feeding: [x: identity]), identity)
        }
        let (u, _, v) = x.svd()
        let slope = try #require(try gradient(of: (u * u + v).sum(), withRespectTo: x))
        let values = try engine.session().run(slope, feeding: [x: identity])
        #expect(values.doubles.allSatisfy { $0.isFinite })
    }

    @Test("what is not finite fails the run", arguments: TestedEngine.allCases)
    func notFinite(_ engine: TestedEngine) throws {
        let x = D.placeholder(shape: [2, 2, 2])
        for number in [Double.nan, .infinity] {
            let array = try Self.array([1, 0, 0, 1, 1, 2, number, 4], shape: [2, 2, 2])
            for tensor in [x.singularValues(), x.svd().u, x.selfAdjointEigen().vectors] {
                let error = #expect(throws: RunError.self) {
                    try engine.session().run(tensor, feeding: [x: array])
                }
                #expect(error?.kind == .unsuitableMatrix(.notFinite, at: [1]))
            }
            let r = try engine.session().run(x.qr().r, feeding: [x: array])
            #expect(r.doubles[..<4].allSatisfy { $0.isFinite })
        }
    }

    @Test("least squares, of more equations and of fewer", arguments: TestedEngine.allCases)
    func leastSquares(_ engine: TestedEngine) throws {
        let session = engine.session()
        var random = TestRandom("least squares")
        for (left, right) in [
            ([6, 3], [6]), ([3, 6], [3]), ([2, 5, 3], [5, 4]), ([4, 4], [4, 2]),
        ] {
            let (a, b) = (random.array(.float64, left), random.array(.float64, right))
            let (x, y) = (
                D.placeholder(shape: Shape(left.map { $0 })),
                D.placeholder(shape: Shape(right.map { $0 }))
            )
            let solution = WeftGraph.leastSquares(x, y)
            let (u, values, v) = x.svd()
            let columns = right.count == 1 ? y.expandingDimension(at: -1) : y
            let expected = matmul(
                v / values.expandingDimension(at: -2), matmul(u, columns, transposingFirst: true))
            let results = try session.run(
                [right.count == 1 ? solution.expandingDimension(at: -1) : solution, expected],
                feeding: [x: a, y: b])
            expectNear(results[0], results[1], within: 1e-12, "\(left), \(right)")
        }
    }

    @Test("what is no matrix is an error of the graph")
    func malformed() throws {
        let v = D.placeholder(shape: [3])
        let wide = D.placeholder(shape: [2, 3])
        let square = D.placeholder(shape: [3, 3])
        let cases: [(AnyTensor, String)] = [
            (
                v.cholesky().anyTensor,
                "cholesky: the operand must be of rank 2 or more, not f64[3]"
            ),
            (
                wide.cholesky().anyTensor,
                "cholesky: the rows and columns of square matrices differ: [2, 3] (2 != 3)"
            ),
            (
                Tensor<Int32>([1]).anyTensor.cholesky(),
                "cholesky: it takes floating-point numbers, not i32; convert with `cast(to:)`"
            ),
            (
                triangularSolve(square, wide).anyTensor,
                "triangularSolve: the rows of matrix and right side differ: [3, 3] x [2, 3] (3 != 2)"
            ),
            (
                triangularSolve(v, square).anyTensor,
                "triangularSolve: the matrix must be of rank 2 or more, not f64[3]"
            ),
            (
                triangularSolve(square, D(1)).anyTensor,
                "triangularSolve: the right side must be of rank 1 or more, not f64[]"
            ),
            (
                triangularSolve(
                    D.placeholder(shape: [2, 3, 3]), D.placeholder(shape: [4, 3, 1])
                ).anyTensor,
                "triangularSolve: [2] and [4] cannot be broadcast together (2 != 4); aligned at the "
                    + "end, dimensions must be equal or 1"
            ),
        ]
        for (tensor, text) in cases {
            #expect(tensor.error?.description.hasPrefix(text) == true, "\(tensor.error as Any)")
        }
    }
}
