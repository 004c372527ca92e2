// SPDX-License-Identifier: Apache-2.0

/// (a) → the lower triangular l with a positive diagonal and l · lᵀ = a, of symmetric matrices, of which the
/// lower triangle is read.
struct CholeskyFamily: ArrayFamily, SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(MatrixOperand.dtypes)] }
    var name: String { "cholesky" }
    var outputCount: Int { 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let a = try MatrixOperand(operands[0]) else { return operands }
        let size = try a.squareSize()
        return [a.type([size, size])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// With Φ, which takes the lower triangle and half of the diagonal, it is the symmetric part of
    /// l⁻ᵀ · Φ(lᵀ · g) · l⁻¹ (Murray 2016).
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let l = rule.output
        let product = matmul(l, rule.gradient.lowerTriangle(), transposingFirst: true)
        let half = (product.lowerTriangle() + product.lowerTriangle(diagonal: -1)) * 0.5
        func divided(_ x: AnyTensor) -> AnyTensor {
            triangularSolve(l, x, transposing: true)
        }
        let inner = divided(divided(half).swappingAxes(-1, -2))
        return rule.first((inner + inner.swappingAxes(-1, -2)) * 0.5)
    }

    var primitive: Primitive { .cholesky }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            let a = operands[0]
            var l = ReferenceMatrix(a.rows, a.rows)
            for j in 0..<a.rows {
                for i in j..<a.rows {
                    try watch.note(j + 1)
                    var rest = a[i, j]
                    for k in 0..<j { rest -= l[i, k] * l[j, k] }
                    if i == j {
                        guard rest > 0 else {
                            throw RunError.MatrixFault.notPositiveDefinite(order: j + 1)
                        }
                        l[j, j] = rest.squareRoot()
                    } else {
                        l[i, j] = rest / l[j, j]
                    }
                }
            }
            return [l.elements]
        }
    }
}

extension FloatingTensor {
    /// The lower triangular factor l with a positive diagonal and l · lᵀ = a, of matrices that are
    /// symmetric and positive definite.
    ///
    /// Only the lower triangle is read. The gradient is that of changes that leave the matrices
    /// symmetric, and is symmetric itself. 16-bit floats are computed in `Float`.
    ///
    /// A run with a matrix that is not positive definite fails and says which it is.
    /// - Shape: [..., n, n] → the same.
    public func cholesky() -> Self {
        composed("cholesky") { x in
            try x.requireFloating()
            return .make(.cholesky, [x.widened]).cast(to: x.dtype)
        }
    }
}
