// SPDX-License-Identifier: Apache-2.0

/// (a) → the eigenvalues in ascending order of symmetric matrices, of which the lower triangle is read; with
/// vectors also these, as columns. The greatest element by size of each is positive.
struct SelfAdjointEigenFamily: ArrayFamily, SettledFamily {
    let hasVectors: Bool

    static var functions: [PrimitiveFunction] {
        ["values", "vectors"].map { PrimitiveFunction($0, MatrixOperand.dtypes) }
    }
    var function: String? { hasVectors ? "vectors" : "values" }
    var name: String { "selfAdjointEigen" }
    var attributeText: String { hasVectors ? "" : "values alone" }
    var outputCount: Int { hasVectors ? 2 : 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let a = try MatrixOperand(operands[0]) else {
            return Array(
                [TensorType(operands[0].dtype, .unknown), operands[0]].prefix(outputCount))
        }
        let size = try a.squareSize()
        return Array([a.type([size]), a.type([size, size])].prefix(outputCount))
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// With f, whose element i, j is 1 / (wⱼ − wᵢ), it is the symmetric part of
    /// v · (gw + f ∘ (vᵀ · gv)) · vᵀ (Giles 2008).
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let parts = AnyTensor.makeAll(.selfAdjointEigen(hasVectors: true), [rule.inputs[0]])
        let (w, v) = (parts[0], parts[1])
        let diagonal = (rule.gradients[0] ?? .zeros(like: w)).diagonalMatrix()
        guard hasVectors, let gradientV = rule.gradients[1] else {
            return rule.first(v.changingBasis(of: diagonal))
        }
        let f = (w.expandingDimension(at: -2) - w.expandingDimension(at: -1)).reciprocalOrZero
        let own = f * matmul(v, gradientV, transposingFirst: true)
        let whole = v.changingBasis(of: diagonal + own)
        return rule.first((whole + whole.swappingAxes(-1, -2)) * 0.5)
    }

    var primitive: Primitive { .selfAdjointEigen(hasVectors: hasVectors) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            var a = operands[0]
            for i in 0..<a.rows {
                for j in 0..<i {
                    a[j, i] = a[i, j]
                }
            }
            guard a.elements.allSatisfy(\.isFinite) else { throw RunError.MatrixFault.notFinite }
            var (values, vectors) = try a.eigenvectors(&watch)
            for j in values.indices where vectors.pointsDown(j) { vectors.negate(column: j) }
            return hasVectors ? [values, vectors.elements] : [values]
        }
    }
}

extension AnyTensor {
    /// self · x · selfᵀ.
    fileprivate func changingBasis(of x: AnyTensor) -> AnyTensor {
        matmul(matmul(self, x), self, transposingSecond: true)
    }
}

extension ReferenceMatrix {
    /// Of a symmetric matrix, by rotations that each make one pair of elements 0 (Jacobi 1846).
    fileprivate func eigenvectors(
        _ watch: inout Watch
    ) throws -> (values: [Double], vectors: ReferenceMatrix) {
        var a = self
        var v = ReferenceMatrix(identity: rows)
        let scale = elements.lazy.map(abs).max() ?? 0
        for sweep in 0... {
            guard sweep < 60 else { throw RunError.MatrixFault.noConvergence }
            var isDiagonal = true
            for p in 0..<rows {
                for q in p + 1..<max(rows, p + 1) {
                    try watch.note(rows)
                    if abs(a[p, q]) <= 1e-16 * scale { continue }
                    isDiagonal = false
                    let rotation = JacobiRotation(a[p, p], a[q, q], a[p, q])
                    a.rotate(p, q, rotation)
                    a.rotateRows(p, q, rotation)
                    v.rotate(p, q, rotation)
                    (a[p, q], a[q, p]) = (0, 0)
                }
            }
            if isDiagonal { break }
        }
        let order = (0..<rows).sorted { a[$0, $0] < a[$1, $1] }
        return (order.map { a[$0, $0] }, v.columns(order))
    }
}

extension FloatingTensor {
    /// The eigenvalues in ascending order and the eigenvectors, as orthonormal columns, of symmetric matrices.
    ///
    /// Only the lower triangle is read. Of each vector the greatest element by size is positive. The gradient
    /// is that of changes that leave the matrices symmetric, and is symmetric itself. 16-bit floats are
    /// computed in `Float`.
    ///
    /// The gradients of the vectors are defined where all values are different; those of values that are nearly
    /// equal are large. Of equal values each pair counts as having no part in it. Where only the values are
    /// used, their gradient has no such limit.
    ///
    /// A run with NaN or an infinity in a matrix fails and says which it is.
    /// - Shape: [..., n, n] → values [..., n], vectors [..., n, n].
    public func selfAdjointEigen() -> (values: Self, vectors: Self) {
        let x = anyTensor
        let both = AnyTensor.composedAll("selfAdjointEigen", [x], count: 2) {
            try x.requireFloating()
            return AnyTensor.makeAll(.selfAdjointEigen(hasVectors: true), [x.widened])
                .map { $0.cast(to: x.dtype) }
        }
        return (Self(both[0]), Self(both[1]))
    }

    /// The eigenvalues in ascending order of symmetric matrices; faster than `selfAdjointEigen`.
    ///
    /// Only the lower triangle is read, and the gradient is symmetric. 16-bit floats are computed in `Float`. A run
    /// with NaN or an infinity in a matrix fails and says which it is.
    /// - Shape: [..., n, n] → [..., n].
    public func selfAdjointEigenvalues() -> Self {
        composed("selfAdjointEigenvalues") { x in
            try x.requireFloating()
            return .make(.selfAdjointEigen(hasVectors: false), [x.widened]).cast(to: x.dtype)
        }
    }
}
