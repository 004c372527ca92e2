// SPDX-License-Identifier: Apache-2.0

extension NDArray {
    /// The elements in row-major order.
    ///
    /// - Throws: `ArrayError` when the array holds another type, or a string that is not UTF-8.
    public func scalars<S: TensorScalar>(as type: S.Type = S.self) throws -> [S] {
        guard dtype == S.dtype else {
            throw ArrayError(
                "the array holds \(dtype), not \(S.dtype); convert it with `cast(to:)` first")
        }
        return try S.scalars(of: self)
    }

    /// The only element of an array with one element.
    ///
    /// - Throws: `ArrayError` when there are more or fewer elements, or of another type.
    public func scalar<S: TensorScalar>(as type: S.Type = S.self) throws -> S {
        guard count == 1 else {
            throw ArrayError("an array of shape \(shape) has \(count) elements, not one")
        }
        return try scalars(as: S.self)[0]
    }

    /// The array under another shape with as many elements.
    ///
    /// - Throws: `ArrayError` when the counts differ.
    public func reshaped(to shape: [Int]) throws -> NDArray {
        guard ArraySize.count(shape) == count else {
            throw ArrayError("an array of shape \(self.shape) cannot be reshaped to \(shape)")
        }
        return reinterpreted(shape: shape)
    }

    /// The sub-array at `index` of the first axis, copied: where there is no memory for the copy the
    /// process ends, as for a copy of Swift's arrays. `sliced` throws instead.
    ///
    /// - Precondition: the array is no scalar, and the index lies within its first axis.
    public subscript(index: Int) -> NDArray {
        precondition(rank > 0, "a scalar has no axis to index")
        precondition(shape[0] > index && index >= 0, "index \(index) is not within \(shape[0])")
        return self[index..<index + 1].reinterpreted(shape: Array(shape.dropFirst()))
    }

    /// The sub-arrays at `range` of the first axis, copied: where there is no memory for the copy the
    /// process ends, as for a copy of Swift's arrays. `sliced` throws instead.
    ///
    /// - Precondition: the array is no scalar, and the range lies within its first axis.
    public subscript(range: Range<Int>) -> NDArray {
        precondition(rank > 0, "a scalar has no axis to index")
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[0],
            "\(range) is not within \(shape[0])")
        if dtype == .string {
            let stride = shape.dropFirst().reduce(1, *)
            return .copying([range.count] + shape.dropFirst()) { packer throws(MemoryShortage) in
                for index in range.lowerBound * stride..<range.upperBound * stride {
                    try append(index, to: &packer)
                }
            }
        }
        let stride = shape.dropFirst().reduce(dtype.size, *)
        return .copying(dtype, [range.count] + shape.dropFirst()) { target in
            withUnsafeBytes {
                guard let base = $0.baseAddress else { return }
                target.copyMemory(
                    from: base + range.lowerBound * stride, byteCount: range.count * stride)
            }
        }
    }
}

extension NDArray: Equatable {
    /// Whether both have the same type, shape and elements; NaN equals nothing, −0 equals 0.
    public static func == (a: NDArray, b: NDArray) -> Bool {
        guard a.dtype == b.dtype, a.shape == b.shape else { return false }
        if a.dtype == .string { return a.hasSameBits(as: b) }
        if let x = a.integers, let y = b.integers { return x == y }
        return a.inReals.doubles == b.inReals.doubles
    }

    /// Whether both have the same type, shape and bits.
    public func hasSameBits(as other: NDArray) -> Bool {
        guard dtype == other.dtype, shape == other.shape else { return false }
        return withExtendedLifetime((storage, other.storage)) {
            defer {
                storage.noteRead()
                other.storage.noteRead()
            }
            return allBytes.elementsEqual(other.allBytes)
        }
    }

    /// Adds what `hasSameBits` compares to a hash.
    package func hashBits(into hasher: inout Hasher) {
        hasher.combine(dtype)
        hasher.combine(shape)
        withExtendedLifetime(storage) {
            hasher.combine(bytes: allBytes)
            storage.noteRead()
        }
    }
}
