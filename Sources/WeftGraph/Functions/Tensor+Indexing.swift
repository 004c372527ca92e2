// SPDX-License-Identifier: Apache-2.0

/// Elements by computed indices. Axes may be negative: they count from the end; indices may not. An
/// index outside its axis fails the run, or does what `outOfBounds` says.
extension Tensor {
    /// The sub-tensors at the given indices of an axis.
    ///
    /// Its gradient is a sum over the indices, so an index may occur more than once.
    /// - Parameter batchRank: How many first axes tensor and indices have in common; each element of
    ///   them has its own indices.
    /// - Shape: x [a, n, b], indices [i, j] → [a, i, j, b] for axis 1.
    public func gather<Index: IntegerScalar>(
        at indices: Tensor<Index>, axis: Int = 0, batchRank: Int = 0,
        outOfBounds: IndexMode = .checked
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.gathered(
                at: indices.anyTensor, axis: axis, batchRank: batchRank, mode: outOfBounds))
    }

    /// The elements at an index of their own for each place along an axis.
    ///
    /// - Shape: x [a, n], indices [a, k] → [a, k] along axis 1.
    public func gather<Index: IntegerScalar>(
        along axis: Int, at indices: Tensor<Index>, outOfBounds: IndexMode = .checked
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.gathered(along: axis, at: indices.anyTensor, mode: outOfBounds))
    }

    /// The sub-tensors whose first indices are the vectors on the last axis of `indices`.
    ///
    /// - Shape: x [a, b, c], indices [i, 2] → [i, c].
    public func gatherND<Index: IntegerScalar>(
        at indices: Tensor<Index>, outOfBounds: IndexMode = .checked
    ) -> Tensor {
        Tensor(unchecked: anyTensor.gatheredND(at: indices.anyTensor, mode: outOfBounds))
    }

    /// With updates combined into the sub-tensors at the given indices of the first axis.
    ///
    /// - Shape: x [n, a], indices [i], updates [i, a] → [n, a].
    public func scattering<Index: IntegerScalar>(
        _ updates: Tensor, at indices: Tensor<Index>, combining kind: ScatterKind = .set,
        outOfBounds: IndexMode = .checked
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.scattered(
                kind, updates.anyTensor, at: indices.anyTensor, mode: outOfBounds))
    }

    /// With updates combined into the sub-tensors at the vectors on the last axis of `indices`.
    ///
    /// - Shape: x [a, b, c], indices [i, 2], updates [i, c] → [a, b, c].
    public func scatteringND<Index: IntegerScalar>(
        _ updates: Tensor, at indices: Tensor<Index>, combining kind: ScatterKind = .set,
        outOfBounds: IndexMode = .checked
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.scatteredND(
                kind, updates.anyTensor, at: indices.anyTensor, mode: outOfBounds))
    }

    /// `sizes` elements of each axis from computed positions.
    ///
    /// Positions from which the part would leave the tensor are moved so that it does not.
    /// - Parameters:
    ///   - starts: The first position on each axis.
    ///   - sizes: The result's dimensions; −1 for a whole axis.
    /// - Shape: starts [rank] → `sizes`.
    public func sliced<Index: IntegerScalar>(
        startingAt starts: Tensor<Index>, sizes: [Int]
    ) -> Tensor {
        Tensor(unchecked: anyTensor.dynamicSliced(starts: starts.anyTensor, sizes: sizes))
    }

    /// With the part from computed positions on replaced by `update`.
    ///
    /// - Shape: starts [rank]; update of the tensor's rank and no larger → the tensor's shape.
    public func replacing<Index: IntegerScalar>(
        startingAt starts: Tensor<Index>, with update: Tensor
    ) -> Tensor {
        Tensor(
            unchecked: anyTensor.dynamicUpdated(
                starts: starts.anyTensor, with: update.anyTensor))
    }
}

extension Tensor where Scalar: NumericScalar {
    /// The sums of the sub-tensors with equal segment numbers.
    ///
    /// A segment without any is 0; a number outside `0..<count` is left out.
    /// - Shape: x [n, a], segments [n] → [count, a].
    public func segmentSums<Index: IntegerScalar>(_ segments: Tensor<Index>, count: Int) -> Tensor {
        Tensor(unchecked: anyTensor.segmentSums(segments.anyTensor, count: count))
    }
}

/// The rows of a table at the given indices.
///
/// - Shape: table [entries, width], indices [...] → [..., width].
public func embeddingLookup<T: TensorScalar, Index: IntegerScalar>(
    _ table: Tensor<T>, at indices: Tensor<Index>
) -> Tensor<T> {
    table.gather(at: indices)
}
