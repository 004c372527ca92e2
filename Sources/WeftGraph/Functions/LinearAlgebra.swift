// SPDX-License-Identifier: Apache-2.0

/// What is computed by factors of matrices on the last two axes. 16-bit floats are computed in `Float`.
extension FloatingTensor {
    /// The factors of matrices whose rows are put in an order for which that is accurate.
    ///
    /// Row i of l · u is row `permutation[i]` of the matrix. Below the diagonal of `factors` is l, whose own
    /// diagonal is 1; u is the rest. The gradient needs matrices that have an inverse, else a run fails.
    /// - Shape: [..., n, n] → factors [..., n, n], permutation [..., n].
    public func lu() -> (factors: Self, permutation: Order) {
        let x = anyTensor
        let both = AnyTensor.composedAll("lu", [x], count: 2) {
            let lu = try x.factorized()
            return [lu.factors.cast(to: x.dtype), lu.permutation]
        }
        return (Self(both[0]), Order(both[1]))
    }

    /// The matrices with which the product is the identity.
    ///
    /// A run with a matrix that has none fails and says which it is. To multiply with the result, `solve` is
    /// faster and more accurate.
    /// - Shape: [..., n, n] → the same.
    public func inverse() -> Self {
        composed("inverse") { x in
            let a = x.widened
            let lu = try a.factorized()
            let result = lu.solve(.identities(like: lu.factors), transposing: false)
            return AnyTensor.make(.customGradient(inverseGradient, outputs: 1), [result, a])
                .cast(to: x.dtype)
        }
    }

    /// The determinants.
    ///
    /// Those of large matrices soon are too large or small for their type; see `logDeterminant`. The gradient
    /// needs matrices that have an inverse, else a run fails.
    /// - Shape: [..., n, n] → [...].
    public func determinant() -> Self {
        composed("determinant") { x in
            let a = x.widened
            let lu = try a.factorized()
            let result = lu.sign * lu.factors.diagonalPart().product(axes: [-1])
            return AnyTensor.make(.customGradient(determinantGradient, outputs: 1), [result, a])
                .cast(to: x.dtype)
        }
    }

    /// The signs of the determinants, 1, −1 or 0, and the logarithms of their absolute values; −∞ of 0.
    ///
    /// The gradient needs matrices that have an inverse, else a run fails.
    /// - Shape: [..., n, n] → both [...].
    public func logDeterminant() -> (sign: Self, logMagnitude: Self) {
        let x = anyTensor
        let both = AnyTensor.composedAll("logDeterminant", [x], count: 2) {
            let a = x.widened
            let lu = try a.factorized()
            let diagonal = lu.factors.diagonalPart()
            let parts = [
                lu.sign * sign(diagonal).product(axes: [-1]), log(abs(diagonal)).sum(axes: [-1]), a,
            ]
            return AnyTensor.makeAll(.customGradient(logDeterminantGradient, outputs: 2), parts)
                .map { $0.cast(to: x.dtype) }
        }
        return (Self(both[0]), Self(both[1]))
    }
}

/// The solution x of a · x = b, or of aᵀ · x = b.
///
/// The batches of both are broadcast, as those of `matmul` are. a is factorized once, its gradient
/// and second gradient included. 16-bit floats are computed in `Float`.
///
/// A run with a matrix that has no inverse fails and says which it is.
/// - Parameter transposing: Whether it is solved with the transpose of a.
/// - Shape: a [..., n, n], b [..., n, k] or [n] → the shape of b, with the batch of both.
public func solve<T: FloatingTensor>(_ a: T, _ b: T, transposing: Bool = false) -> T {
    T.composed("solve", a, b) { a, b in
        try AnyTensor.solved(a, b) { try $0.solution(for: $1, transposing: transposing) }
    }
}

/// The x for which the sum of the squares of a · x − b is least; of several the one with the least sum of
/// squares of its own.
///
/// The batches of both are broadcast, as those of `matmul` are. 16-bit floats are computed in `Float`.
///
/// It is solved by `qr`, and so the columns of a must be independent, or its rows where there are fewer of
/// these, else a run fails and says in which matrix.
/// - Shape: a [..., m, n] of known m and n, b [..., m, k] or [m] → [..., n, k] or [n], with the batch of both.
public func leastSquares<T: FloatingTensor>(_ a: T, _ b: T) -> T {
    T.composed("leastSquares", a, b) { a, b in
        try AnyTensor.solved(a, b) { a, b in
            if try a.knownSize(-2) >= a.knownSize(-1) {
                let (q, r) = a.qr()
                return triangularSolve(r, matmul(q, b, transposingFirst: true), isLower: false)
            }
            let (q, r) = a.swappingAxes(-1, -2).qr()
            return matmul(q, triangularSolve(r, b, isLower: false, transposing: true))
        }
    }
}

// MARK: Factors

/// The factors of matrices; see the primitive `lu`.
private struct LUFactors {
    let factors: AnyTensor
    let permutation: AnyTensor
    let sign: AnyTensor

    /// The solutions for right sides, which are matrices.
    func solve(_ b: AnyTensor, transposing: Bool) -> AnyTensor {
        if transposing {
            let u = triangularSolve(factors, b, isLower: false, transposing: true)
            let l = triangularSolve(factors, u, transposing: true, isUnitDiagonal: true)
            return l.withRows(at: permutation, isInverse: true)
        }
        let l = triangularSolve(factors, b.withRows(at: permutation), isUnitDiagonal: true)
        return triangularSolve(factors, l, isLower: false)
    }
}

extension AnyTensor {
    fileprivate func factorized() throws -> LUFactors {
        try requireFloating()
        let results = AnyTensor.makeAll(.lu, [widened])
        return LUFactors(factors: results[0], permutation: results[1], sign: results[2])
    }

    /// The solution for a right side, whose batch is broadcast with that of the matrices.
    fileprivate func solution(for b: AnyTensor, transposing: Bool) throws -> AnyTensor {
        let result = try factorized().solve(b, transposing: transposing)
        let gradient = transposing ? transposedSolveGradient : solveGradient
        return .make(.customGradient(gradient, outputs: 1), [result, self, b])
    }

    /// Identity matrices of the shape of square ones.
    fileprivate static func identities(like matrices: AnyTensor) -> AnyTensor {
        ones(like: matrices).bandPart(lower: 0, upper: 0)
    }
}

// MARK: Gradients

// They are given by results, and not by the factors: that is shorter, and what is factorized again is equal and
// hence the same node.

private let inverseGradient = CustomGradient { _, outputs, gradients in
    let transposed = outputs[0].swappingAxes(-1, -2)
    return [-matmul(matmul(transposed, gradients[0]), transposed)]
}

private let solveGradient = CustomGradient { inputs, outputs, gradients in
    let b = solve(inputs[0], gradients[0], transposing: true)
    let a = -matmul(b, outputs[0], transposingSecond: true)
    return [a.unbroadcast(like: inputs[0]), b.unbroadcast(like: inputs[1])]
}

private let transposedSolveGradient = CustomGradient { inputs, outputs, gradients in
    let b = solve(inputs[0], gradients[0])
    let a = -matmul(outputs[0], b, transposingSecond: true)
    return [a.unbroadcast(like: inputs[0]), b.unbroadcast(like: inputs[1])]
}

private let determinantGradient = CustomGradient { inputs, outputs, gradients in
    let factor = (gradients[0] * outputs[0]).expandingDimension(at: -1).expandingDimension(at: -1)
    return [inputs[0].inverse().swappingAxes(-1, -2) * factor]
}

private let logDeterminantGradient = CustomGradient { inputs, _, gradients in
    let factor = gradients[1].expandingDimension(at: -1).expandingDimension(at: -1)
    return [inputs[0].inverse().swappingAxes(-1, -2) * factor]
}
