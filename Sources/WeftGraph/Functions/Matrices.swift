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
            guard rank > 0 else {
                throw RuleViolation(.scalarHasNoAxis("a scalar is no diagonal"))
            }
            let column = x.size(ofAxis: -1).expandingDimension(at: 0).indexed()
            let mask = column .== column.expandingDimension(at: 1)
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
            let rank = try x.matrixRank()
            guard x.dtype.isNumeric || x.dtype.isComplex else {
                throw RuleViolation("it takes numbers, not \(x.dtype)")
            }
            guard let rows = x.shape[rank - 2], let columns = x.shape[rank - 1] else {
                let size = minimum(x.size(ofAxis: -2), x.size(ofAxis: -1))
                let others = AnyTensor.numbers(Array(repeating: -1, count: rank - 2))
                let square = x.sliced(
                    startingAt: AnyTensor.numbers(Array(repeating: 0, count: rank)),
                    sizes: concatenated([others, stacked([size, size])]))
                return try square.diagonal(axis: rank - 1)
            }
            // The shorter axis stays: along it every diagonal element has its own index.
            return try x.diagonal(axis: rows <= columns ? rank - 1 : rank - 2)
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
    /// The elements of the main diagonal, found by summing over one of its axes.
    fileprivate func diagonal(axis: Int) throws -> AnyTensor {
        select(try diagonalNumber() .== 0, self, .scalar(0, like: self)).sum(axes: [axis])
    }

    /// Row index minus column index on the last two axes, as i64.
    fileprivate func diagonalNumber() throws -> AnyTensor {
        let rank = try matrixRank()
        return .iota(like: self, axis: rank - 2, dtype: .int64)
            - .iota(like: self, axis: rank - 1, dtype: .int64)
    }

    fileprivate func matrixRank() throws -> Int {
        let rank = try knownRank()
        guard rank >= 2 else {
            throw RuleViolation("it takes matrices on the last two axes, not \(type)")
        }
        return rank
    }
}
