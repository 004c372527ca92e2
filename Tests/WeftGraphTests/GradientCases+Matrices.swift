// SPDX-License-Identifier: Apache-2.0
import WeftGraph
import WeftTestSupport

extension GradientCase {
    static let matrices: [GradientCase] = cholesky + triangularSolves + general + orthogonal

    private static func identity(_ size: Int) -> AnyTensor {
        .constant(
            .from((0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 }, .float64, [size, size]))
    }

    /// Symmetric, positive definite matrices.
    private static func positive(_ x: AnyTensor, _ size: Int) -> AnyTensor {
        matmul(x, x, transposingSecond: true) + identity(size)
    }

    private static let cholesky = [
        GradientCase("cholesky", [[3, 3]]) { .make(.cholesky, [positive($0[0], 3)]) },
        GradientCase("cholesky of a batch", [[2, 4, 4]]) { positive($0[0], 4).cholesky() },
    ]

    private static let triangularSolves = TriangularSolveAttributes.all.map { attributes in
        GradientCase("triangular solve \(attributes)", [[2, 3, 3], [2, 3, 2]], in: -1...1) {
            let a = $0[0] + identity(3) * 3
            return .make(.triangularSolve(attributes), [a, $0[1] * $0[1]])
        }
    }

    /// Matrices that are far from ones without an inverse.
    private static func regular(_ x: AnyTensor, _ size: Int) -> AnyTensor {
        x + identity(size) * 4
    }

    private static let general = [
        GradientCase("lu", [[3, 3]]) { .make(.lu, [regular($0[0], 3)]) },
        GradientCase("lu of exchanged rows", [[2, 3, 3]]) {
            .make(.lu, [regular($0[0], 3).reversed(axes: [1])])
        },
        GradientCase("solve", [[3, 3], [3]]) { solve(regular($0[0], 3), $0[1] * $0[1]) },
        GradientCase(
            "solve transposed, of a batch", [[2, 1, 3, 3], [4, 3, 2]], unknownShapes: false
        ) {
            solve(regular($0[0], 3), $0[1] * $0[1], transposing: true)
        },
        GradientCase("solve with one matrix", [[3, 3], [2, 3, 2]]) {
            solve(regular($0[0], 3).reversed(axes: [0]), $0[1] * $0[1])
        },
        GradientCase("inverse", [[2, 3, 3]]) { regular($0[0], 3).inverse() },
        GradientCase("determinant", [[2, 3, 3]]) {
            regular($0[0], 3).reversed(axes: [1]).determinant()
        },
        GradientCase("logDeterminant", [[2, 3, 3]]) {
            let (sign, logarithm) = regular($0[0], 3).reversed(axes: [1]).logDeterminant()
            return logarithm * sign
        },
    ]

    /// Matrices whose singular values are far from one another.
    private static func spread(_ x: AnyTensor, _ rows: Int, _ columns: Int) -> AnyTensor {
        let numbers = (0..<rows * columns).map { place in
            place / columns == place % columns ? Double(1 + 2 * (place % columns)) : 0
        }
        return x * 0.3 + .constant(.from(numbers, .float64, [rows, columns]))
    }

    private static let orthogonal: [GradientCase] =
        [(3, 3), (4, 2), (2, 4)].flatMap { rows, columns in
            let shape = [2, rows, columns]
            return [
                GradientCase("q of \(rows) x \(columns)", [shape]) {
                    AnyTensor.makeAll(.qr, [spread($0[0], rows, columns)])[0]
                },
                GradientCase("r of \(rows) x \(columns)", [shape]) {
                    AnyTensor.makeAll(.qr, [spread($0[0], rows, columns)])[1]
                },
                GradientCase("singular values of \(rows) x \(columns)", [shape]) {
                    .make(.svd(hasVectors: false), [spread($0[0], rows, columns)])
                },
                GradientCase("singular vectors of \(rows) x \(columns)", [shape]) {
                    let all = AnyTensor.makeAll(
                        .svd(hasVectors: true), [spread($0[0], rows, columns)])
                    return .concatenated([all[1], all[2].swappingAxes(-1, -2)], axis: 1)
                        * all[0].expandingDimension(at: -2)
                },
            ]
        } + [
            GradientCase("eigenvalues", [[2, 3, 3]]) {
                .make(.selfAdjointEigen(hasVectors: false), [symmetric($0[0])])
            },
            GradientCase("eigenvectors", [[2, 3, 3]]) {
                let both = AnyTensor.makeAll(
                    .selfAdjointEigen(hasVectors: true), [symmetric($0[0])])
                return both[1] * both[0].expandingDimension(at: -2)
            },
        ]

    private static func symmetric(_ x: AnyTensor) -> AnyTensor {
        let a = spread(x, 3, 3)
        return a + a.swappingAxes(-1, -2)
    }
}
