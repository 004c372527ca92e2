// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// With a value around it.
    ///
    /// - Parameter sizes: How many elements go before and after each axis.
    /// - Shape: [a] → [before + a + after].
    public func padded(
        with value: Tensor, sizes: [(before: Int, after: Int)]
    ) -> Tensor {
        Tensor(unchecked: anyTensor.padded(sizes, value: value.anyTensor))
    }

    /// With its own elements around it.
    ///
    /// - Parameter sizes: How many elements go before and after each axis.
    /// - Shape: [a] → [before + a + after].
    public func padded(
        _ mode: PaddingMode, sizes: [(before: Int, after: Int)]
    ) -> Tensor {
        Tensor(unchecked: anyTensor.padded(sizes, mode: mode))
    }

    /// With everything above a diagonal set to 0 (false).
    ///
    /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
    /// - Shape: [..., rows, columns] → the same.
    public func lowerTriangle(diagonal: Int = 0) -> Tensor {
        Tensor(unchecked: anyTensor.banded(lower: nil, upper: diagonal, "lowerTriangle"))
    }

    /// With everything below a diagonal set to 0 (false).
    ///
    /// - Parameter diagonal: 0 for the main one, positive above it, negative below.
    /// - Shape: [..., rows, columns] → the same.
    public func upperTriangle(diagonal: Int = 0) -> Tensor {
        let below = -Swift.max(diagonal, -.max)
        return Tensor(unchecked: anyTensor.banded(lower: below, upper: nil, "upperTriangle"))
    }

    /// With everything but some diagonals around the main one set to 0 (false).
    ///
    /// - Parameters:
    ///   - lower: How many diagonals below the main one stay; nil for all.
    ///   - upper: How many diagonals above the main one stay; nil for all.
    /// - Shape: [..., rows, columns] → the same.
    public func bandPart(lower: Int?, upper: Int?) -> Tensor {
        Tensor(unchecked: anyTensor.banded(lower: lower, upper: upper, "bandPart"))
    }

    /// Matrices with the last axis on the main diagonal and 0 (false) elsewhere.
    ///
    /// - Shape: [..., n] → [..., n, n].
    public func diagonalMatrix() -> Tensor { Tensor(unchecked: anyTensor.diagonalMatrix()) }

    /// With blocks of `blockSize` x `blockSize` pixels made into channels.
    ///
    /// - Shape: [n, h, w, c] → [n, h / b, w / b, b · b · c].
    public func spaceToDepth(blockSize: Int) -> Tensor {
        Tensor(unchecked: anyTensor.spaceToDepth(blockSize))
    }

    /// With channels made into blocks of `blockSize` x `blockSize` pixels.
    ///
    /// - Shape: [n, h, w, b · b · c] → [n, h · b, w · b, c].
    public func depthToSpace(blockSize: Int) -> Tensor {
        Tensor(unchecked: anyTensor.depthToSpace(blockSize))
    }
}

extension Tensor where Scalar: NumericScalar {
    /// The main diagonals of the matrices on the last two axes.
    ///
    /// - Shape: [..., rows, columns] → [..., min(rows, columns)].
    public func diagonalPart() -> Tensor { Tensor(unchecked: anyTensor.diagonalPart()) }

    /// The sums of the main diagonals of the matrices on the last two axes.
    ///
    /// - Shape: [..., rows, columns] → [...].
    public func trace() -> Tensor { Tensor(unchecked: anyTensor.trace()) }
}

/// Each vector along its own axis, repeated along those of the others.
///
/// - Shape: [a], [b], ... → [a, b, ...] each.
public func meshgrid<T: TensorScalar>(_ vectors: [Tensor<T>]) -> [Tensor<T>] {
    AnyTensor.meshgrid(vectors.map(\.anyTensor)).map { Tensor(unchecked: $0) }
}
