// SPDX-License-Identifier: Apache-2.0

/// Matrices on the last two axes. What is no matrix makes a tensor that carries an error.
extension TensorProtocol {
    /// With everything above a diagonal set to 0 (false).
    ///
    /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
    /// - Shape: [..., rows, columns] → the same.
    public func lowerTriangle(diagonal: Int = 0) -> Self {
        banded(lower: nil, upper: diagonal, "lowerTriangle")
    }

    /// With everything below a diagonal set to 0 (false).
    ///
    /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
    /// - Shape: [..., rows, columns] → the same.
    public func upperTriangle(diagonal: Int = 0) -> Self {
        banded(lower: -Swift.max(diagonal, -.max), upper: nil, "upperTriangle")
    }

    /// With everything but some diagonals around the main one set to 0 (false).
    ///
    /// - Parameters:
    ///   - lower: How many diagonals below the main one stay; nil for all.
    ///   - upper: How many diagonals above the main one stay; nil for all.
    /// - Shape: [..., rows, columns] → the same.
    public func bandPart(lower: Int?, upper: Int?) -> Self {
        banded(lower: lower, upper: upper, "bandPart")
    }

    /// Zero below the `lower`-th diagonal under the main one and above the `upper`-th; nil keeps all.
    private func banded(lower: Int?, upper: Int?, _ function: String) -> Self {
        composed(function) { x in
            let number = try x.diagonalNumber()
            func bound(_ diagonals: Int) -> AnyTensor {
                .constant(NDArray(Int64(Swift.max(Swift.min(diagonals, 1 << 48), -1 << 48))))
            }
            var kept: [AnyTensor] = []
            if let lower { kept.append(number .<= bound(lower)) }
            if let upper { kept.append(-number .<= bound(upper)) }
            guard let first = kept.first else { return x }
            return select(kept.dropFirst().reduce(first, .&), x, .scalar(0, like: x))
        }
    }

    /// Matrices with the last axis on the main diagonal and 0 (false) elsewhere.
    ///
    /// - Shape: [..., n] → [..., n, n].
    public func diagonalMatrix() -> Self {
        composed("diagonalMatrix") { x in
            let rank = try x.knownRank()
            guard rank > 0 else { throw RuleViolation("a scalar is no diagonal") }
            let size = try x.knownSize(-1)
            let mask = AnyTensor.identity(.bool, size, columns: size)
            return select(mask, x.expandingDimensions(at: [rank - 1]), .scalar(0, like: x))
        }
    }
}

extension NumericTensor {
    /// The main diagonals of the matrices on the last two axes.
    ///
    /// - Shape: [..., rows, columns] → [..., min(rows, columns)].
    public func diagonalPart() -> Self {
        composed("diagonalPart") { x in
            let rank = try x.knownRank()
            let number = try x.diagonalNumber()
            guard x.dtype.isNumeric else { throw RuleViolation("it takes numbers, not \(x.dtype)") }
            let masked = select(number .== 0, x, .scalar(0, like: x))
            guard let rows = x.shape[rank - 2], let columns = x.shape[rank - 1] else {
                throw RuleViolation(
                    "the sizes of the last two axes of \(x.type) must be known when the graph is "
                        + "built")
            }
            // The shorter axis stays: along it every diagonal element has its own index.
            return masked.sum(axes: [rows <= columns ? rank - 1 : rank - 2])
        }
    }

    /// The sums of the main diagonals of the matrices on the last two axes.
    ///
    /// - Shape: [..., rows, columns] → [...].
    public func trace() -> Self {
        composed("trace") { x in
            select(try x.diagonalNumber() .== 0, x, .scalar(0, like: x)).sum(axes: [-2, -1])
        }
    }
}

extension AnyTensor {
    /// Row index minus column index on the last two axes, as i64.
    fileprivate func diagonalNumber() throws -> AnyTensor {
        let rank = try knownRank()
        guard rank >= 2 else {
            throw RuleViolation("it takes matrices on the last two axes, not \(type)")
        }
        return .iota(like: self, axis: rank - 2, dtype: .int64)
            - .iota(like: self, axis: rank - 1, dtype: .int64)
    }
}
