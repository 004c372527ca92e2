// SPDX-License-Identifier: Apache-2.0
import WeftGraph

extension CaseCollection {
    /// Batches and sizes of square matrices.
    private static let squares: [(batch: [Int], size: Int)] = [
        ([], 1), ([], 2), ([], 7), ([3], 4), ([2, 3], 5), ([], 40), ([70], 8), ([2], 90), ([], 0),
        ([0], 3), ([4], 0),
    ]

    mutating func addMatrices() {
        for dtype in [DType.float32, .float64] {
            addCholesky(dtype)
            addTriangularSolve(dtype)
            addLU(dtype)
            addOrthogonal(dtype)
        }
    }

    private mutating func addCholesky(_ dtype: DType) {
        var random = TestRandom("cholesky \(dtype)")
        for (batch, size) in Self.squares {
            let a = random.positiveMatrices(dtype, batch, size)
            add(
                .cholesky, [a], [a.type], dtype: dtype, .unitsOfGreatest(20),
                "of \(batch) of \(size)")
        }
        let indefinite = random.array(dtype, [3, 6, 6])
        add(.cholesky, [indefinite], [indefinite.type], dtype: dtype, .exact, "of indefinite ones")
        let nan = NDArray.from([1, 0, 0, .nan], dtype, [2, 2])
        add(.cholesky, [nan], [nan.type], dtype: dtype, .exact, "of what is no number")
    }

    private mutating func addTriangularSolve(_ dtype: DType) {
        var random = TestRandom("triangular solve \(dtype)")
        for attributes in TriangularSolveAttributes.all {
            for (batch, size) in Self.squares {
                for columns in [0, 1, 3, 150] where size * columns < 4000 {
                    let a = random.triangularMatrices(dtype, batch, size)
                    let b = random.array(dtype, batch + [size, columns])
                    add(
                        .triangularSolve(attributes), [a, b], [b.type], dtype: dtype,
                        .unitsOfGreatest(30),
                        "\(batch) of \(size), \(columns) columns, \(attributes)")
                }
            }
            let singular = NDArray.from([1, 2, 3, 0], dtype, [2, 2])
            let b = random.array(dtype, [2, 2])
            add(
                .triangularSolve(attributes), [singular, b], [b.type], dtype: dtype,
                .unitsOfGreatest(30), "singular, \(attributes)")
        }
    }

    private mutating func addLU(_ dtype: DType) {
        var random = TestRandom("lu \(dtype)")
        func types(_ batch: [Int], _ size: Int) -> [ArrayType] {
            [
                ArrayType(dtype, batch + [size, size]), ArrayType(.int32, batch + [size]),
                ArrayType(dtype, batch),
            ]
        }
        for (batch, size) in Self.squares {
            let a = random.array(dtype, batch + [size, size])
            add(
                .lu, [a], types(batch, size), dtype: dtype, .unitsOfGreatest(2000),
                "of \(batch) of \(size)")
        }
        let singular = NDArray.from([0, 1, 2, 0, 3, 4, 0, 5, 7], dtype, [3, 3])
        add(.lu, [singular], types([], 3), dtype: dtype, .unitsOfGreatest(10), "without an inverse")
    }

    /// Batches, rows and columns.
    private static let rectangles: [(batch: [Int], rows: Int, columns: Int)] = [
        ([], 1, 1), ([], 3, 3), ([], 7, 4), ([], 4, 7), ([3], 5, 2), ([2, 2], 2, 6), ([40], 8, 8),
        ([], 70, 33), ([], 33, 70), ([], 1, 9), ([], 9, 1), ([], 0, 3), ([], 3, 0), ([0], 4, 3),
        ([4], 0, 0),
    ]

    private mutating func addOrthogonal(_ dtype: DType) {
        var random = TestRandom("orthogonal \(dtype)")
        for (batch, rows, columns) in Self.rectangles {
            let a = random.array(dtype, batch + [rows, columns])
            let inner = min(rows, columns)
            let note = "\(batch) of \(rows) x \(columns)"
            let (q, r) = (
                ArrayType(dtype, batch + [rows, inner]), ArrayType(dtype, batch + [inner, columns])
            )
            add(.qr, [a], [q, r], dtype: dtype, .unitsOfGreatest(300), note)
            let values = ArrayType(dtype, batch + [inner])
            add(
                .svd(hasVectors: false), [a], [values], dtype: dtype, .unitsOfGreatest(50), note)
            add(
                .svd(hasVectors: true), [a], [values, q, r], dtype: dtype, .unitsOfGreatest(20000),
                note)
            guard rows == columns else { continue }
            add(
                .selfAdjointEigen(hasVectors: false), [a], [values], dtype: dtype,
                .unitsOfGreatest(50), note)
            add(
                .selfAdjointEigen(hasVectors: true), [a], [values, a.type], dtype: dtype,
                .unitsOfGreatest(20000), note)
        }
        for number in [Double.nan, .infinity] {
            let a = NDArray.from([1, 2, number, 4], dtype, [2, 2])
            let values = ArrayType(dtype, [2])
            add(
                .svd(hasVectors: false), [a], [values], dtype: dtype, .exact, "of \(number)")
            add(
                .selfAdjointEigen(hasVectors: false), [a], [values], dtype: dtype, .exact,
                "of \(number)")
        }
    }
}

extension TriangularSolveAttributes {
    package static let all: [Self] = (0..<8).map {
        Self(isLower: $0 & 1 == 0, isTransposed: $0 & 2 != 0, isUnit: $0 & 4 != 0)
    }
}

extension TestRandom {
    /// Symmetric, positive definite matrices, of a condition below 100.
    package mutating func positiveMatrices(
        _ dtype: DType, _ batch: [Int], _ size: Int
    ) -> NDArray {
        var numbers: [Double] = []
        for _ in 0..<batch.reduce(1, *) {
            let rows = (0..<size).map { _ in (0..<size).map { _ in number(in: -1...1) } }
            for i in 0..<size {
                for j in 0..<size {
                    let product = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
                    numbers.append(product / Double(size) + (i == j ? 0.1 : 0))
                }
            }
        }
        return .from(numbers, dtype, batch + [size, size])
    }

    /// Matrices whose triangles are easily solved with, whichever is taken.
    package mutating func triangularMatrices(
        _ dtype: DType, _ batch: [Int], _ size: Int
    ) -> NDArray {
        let shape = batch + [size, size]
        let numbers = shape.places.map { place in
            place / size % size == place % size
                ? number(in: 1...2) : number(in: -1...1) / Double(size)
        }
        return .from(numbers, dtype, shape)
    }
}
