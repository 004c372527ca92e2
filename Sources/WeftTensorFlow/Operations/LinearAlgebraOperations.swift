// SPDX-License-Identifier: Apache-2.0
import Weft

/// Factorizations of matrices, and what they solve.
enum LinearAlgebraOperations {
    static let all: [OperationDefinition] = factors + determinants + solutions + other

    /// An operation that older files have under a second name.
    private static func named(
        _ name: String, defaults: [String: AttributeDefault] = [:],
        _ build: @escaping @Sendable (NodeCall) throws -> AnyTensor
    ) -> [OperationDefinition] {
        [name, "Batch" + name].map { OperationDefinition($0, defaults: defaults, build) }
    }

    private static func named(
        _ name: String, outputs: [String], defaults: [String: AttributeDefault] = [:],
        tensors build: @escaping @Sendable (NodeCall) throws -> [AnyTensor]
    ) -> [OperationDefinition] {
        [name, "Batch" + name].map {
            OperationDefinition($0, outputs: outputs, defaults: defaults, tensors: build)
        }
    }

    // MARK: Factors

    private static let factors: [OperationDefinition] =
        named("Cholesky") { try $0.tensor(0).cholesky() }
        + named("CholeskyGrad") { choleskyGradient(l: try $0.tensor(0), try $0.tensor(1)) }
        + [
            OperationDefinition(
                "Lu", outputs: ["lu", "p"], defaults: ["output_idx_type": .type(.int32)],
                tensors: { call in
                    let lu = try call.tensor(0).lu()
                    return [
                        lu.factors, lu.permutation.cast(to: try call.dtype("output_idx_type")),
                    ]
                }),
            OperationDefinition(
                "Qr", outputs: ["q", "r"], defaults: ["full_matrices": false],
                tensors: { call in
                    let x = try call.tensor(0)
                    let (q, r) = x.qr()
                    guard try call.bool("full_matrices") else { return [q, r] }
                    return try completed(call, x, q, r)
                }),
        ]
        + named(
            "Svd", outputs: ["s", "u", "v"],
            defaults: ["compute_uv": true, "full_matrices": false], tensors: singularValues)
        + named(
            "SelfAdjointEigV2", outputs: ["e", "v"], defaults: ["compute_v": true],
            tensors: { call in
                let x = try call.tensor(0)
                guard try call.bool("compute_v") else {
                    return [x.selfAdjointEigenvalues(), .zeros(x.dtype, shape: [0])]
                }
                let eigen = x.selfAdjointEigen()
                return [eigen.values, eigen.vectors]
            })
        // The values as a row above the vectors.
        + named("SelfAdjointEig") { call in
            let eigen = try call.tensor(0).selfAdjointEigen()
            return concatenated(
                [eigen.values.expandingDimension(at: -2), eigen.vectors], axis: -2)
        }

    /// What flows to a matrix from the gradient of its factor l: the gradient of `cholesky` at l · lᵀ.
    private static func choleskyGradient(l: AnyTensor, _ gradient: AnyTensor) -> AnyTensor {
        .composed("choleskyGradient", [l, gradient]) {
            let product = matmul(l, gradient.lowerTriangle(), transposingFirst: true)
            let lower = product.lowerTriangle()
            let half = lower - (product.diagonalPart() * 0.5).diagonalMatrix()
            let right = triangularSolve(
                l, half.swappingAxes(-1, -2), isLower: true, transposing: true
            ).swappingAxes(-1, -2)
            let both = triangularSolve(l, right, isLower: true, transposing: true)
            return (both + both.swappingAxes(-1, -2)) * 0.5
        }
    }

    /// The factors with as many columns of q as there are rows: columns that are orthonormal to all others
    /// beside the first ones, rows of zeros below the others.
    private static func completed(
        _ call: NodeCall, _ x: AnyTensor, _ q: AnyTensor, _ r: AnyTensor
    ) throws -> [AnyTensor] {
        guard let rows = x.shape[-2], let columns = x.shape[-1], let rank = x.shape.rank else {
            throw call.error(
                .unsupported,
                "full matrices of \(x.type), whose rows and columns must be known before the graph runs"
            )
        }
        if rows <= columns { return [q, r] }
        var high = Array(repeating: 0, count: rank)
        high[rank - 2] = rows - columns
        return [
            completed(q, rows, columns),
            r.padded(low: Array(repeating: 0, count: rank), high: high),
        ]
    }

    /// Orthonormal columns, and as many more as make them a square matrix.
    private static func completed(_ q: AnyTensor, _ rows: Int, _ columns: Int) -> AnyTensor {
        let identity =
            (matmul(q, q, transposingSecond: true) * 0)
            + AnyTensor.identity(q.dtype, rows)
        let all = concatenated([q, stopGradient(identity)], axis: -1).qr().q
        return concatenated(
            [q, all.sliced(axis: (q.shape.rank ?? 2) - 1, columns, rows)], axis: -1)
    }

    private static func singularValues(_ call: NodeCall) throws -> [AnyTensor] {
        let x = try call.tensor(0)
        guard try call.bool("compute_uv") else {
            let none = AnyTensor.zeros(x.dtype, shape: [0])
            return [x.singularValues(), none, none]
        }
        let (u, values, v) = x.svd()
        guard try call.bool("full_matrices") else { return [values, u, v] }
        guard let rows = x.shape[-2], let columns = x.shape[-1] else {
            throw call.error(
                .unsupported,
                "full matrices of \(x.type), whose rows and columns must be known before the graph runs"
            )
        }
        if rows > columns { return [values, completed(u, rows, columns), v] }
        return [values, u, rows < columns ? completed(v, columns, rows) : v]
    }

    // MARK: Determinants and solutions

    private static let determinants: [OperationDefinition] =
        named("MatrixDeterminant") { try $0.tensor(0).determinant() }
        + [
            OperationDefinition(
                "LogMatrixDeterminant", outputs: ["sign", "log_abs_determinant"],
                tensors: { call in
                    let parts = try call.tensor(0).logDeterminant()
                    return [parts.sign, parts.logMagnitude]
                })
        ]

    private static let solutions: [OperationDefinition] =
        named("MatrixInverse", defaults: ["adjoint": false]) { call in
            let x = try call.tensor(0)
            return (try call.bool("adjoint") ? x.swappingAxes(-1, -2) : x).inverse()
        }
        + named("MatrixSolve", defaults: ["adjoint": false]) { call in
            try solve(
                call.tensor(0), call.tensor(1), transposing: call.bool("adjoint"))
        }
        + named("MatrixTriangularSolve", defaults: ["lower": true, "adjoint": false]) { call in
            try triangularSolve(
                call.tensor(0), call.tensor(1), isLower: call.bool("lower"),
                transposing: call.bool("adjoint"))
        }
        + named("MatrixSolveLs", defaults: ["fast": true]) { call in
            let (a, b) = (try call.tensor(0), try call.tensor(1))
            let penalty = try call.tensor(2)
            if !(try call.bool("fast")) || penalty.knownNumbers == [0] { return leastSquares(a, b) }
            return try ridge(call, a, b, penalty.reshaped(to: []).cast(to: a.dtype))
        }

    /// The x for which |a · x − b|² + penalty · |x|² is least, by the normal equations of the smaller side.
    private static func ridge(
        _ call: NodeCall, _ a: AnyTensor, _ b: AnyTensor, _ penalty: AnyTensor
    ) throws -> AnyTensor {
        guard let rows = a.shape[-2], let columns = a.shape[-1] else {
            throw call.error(
                .unsupported,
                "least squares of \(a.type), whose rows and columns must be known before the graph runs"
            )
        }
        let diagonal = AnyTensor.identity(a.dtype, min(rows, columns)) * penalty
        if rows >= columns {
            let square = matmul(a, a, transposingFirst: true) + diagonal
            return solve(square, matmul(a, b, transposingFirst: true))
        }
        let square = matmul(a, a, transposingSecond: true) + diagonal
        return matmul(a, solve(square, b), transposingFirst: true)
    }

    // MARK: Other

    private static let other: [OperationDefinition] = [
        .binary("Cross") { a, b in
            a.rolled(by: -1, axis: -1) * b.rolled(by: -2, axis: -1)
                - a.rolled(by: -2, axis: -1) * b.rolled(by: -1, axis: -1)
        },
        .unary("MatrixSquareRoot", squareRoot),
        OperationDefinition("TridiagonalMatMul") { call in
            let (above, main, below) = (try call.tensor(0), try call.tensor(1), try call.tensor(2))
            return matmul(tridiagonal(above, main, below), try call.tensor(3))
        },
        OperationDefinition(
            "TridiagonalSolve", defaults: ["partial_pivoting": true, "perturb_singular": false]
        ) { call in
            if try call.bool("perturb_singular") {
                throw call.error(.unsupported, "'perturb_singular', which changes the matrix")
            }
            let parts = try call.tensor(0).unstacked(axis: -2, count: 3)
            return solve(tridiagonal(parts[0], parts[1], parts[2]), try call.tensor(1))
        },
    ]

    /// Matrices of three diagonals [..., 1, n] or [..., n]; the last element of the one above and the first
    /// of the one below stand outside.
    private static func tridiagonal(
        _ above: AnyTensor, _ main: AnyTensor, _ below: AnyTensor
    ) -> AnyTensor {
        func matrix(_ part: AnyTensor) -> AnyTensor {
            (part.shape.rank == main.shape.rank && part.shape[-2] == 1
                ? part.squeezed(axes: [-2]) : part).diagonalMatrix()
        }
        // A row above is the element of its own row, moved one column on.
        let upper = matrix(above).rolled(by: 1, axis: -1).upperTriangle(diagonal: 1)
        let lower = matrix(below).rolled(by: -1, axis: -1).lowerTriangle(diagonal: -1)
        return upper + matrix(main) + lower
    }

    /// The root whose eigenvalues have positive real parts, by Newton's method in the coupled form of Denman
    /// and Beavers, which doubles the digits in each step.
    @Sendable private static func squareRoot(_ x: AnyTensor) -> AnyTensor {
        .composed("squareRoot", [x]) {
            let wide = x.cast(to: .float64)
            let identity = AnyTensor.ones(like: wide).bandPart(lower: 0, upper: 0)
            var (root, inverse) = (wide, identity)
            for _ in 0..<24 {
                (root, inverse) = (
                    (root + inverse.inverse()) * 0.5, (inverse + root.inverse()) * 0.5
                )
            }
            return root.cast(to: x.dtype)
        }
    }
}
