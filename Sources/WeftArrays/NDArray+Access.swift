// SPDX-License-Identifier: Apache-2.0

extension NDArray {
    /// The elements in row-major order.
    ///
    /// - Throws: `ArrayError` when the array holds another type.
    public func scalars<S: TensorScalar>(as type: S.Type = S.self) throws -> [S] {
        guard dtype == S.dtype else {
            throw ArrayError(
                "the array holds \(dtype), not \(S.dtype); convert it with `cast(to:)` first")
        }
        return withUnsafeBytes { Array($0.assumingMemoryBound(to: S.self)) }
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

    /// The elements as `Double`, rounded where a 64-bit integer is too large.
    public var doubles: [Double] {
        func read<S: TensorScalar>(_: S.Type) -> [Double] {
            withUnsafeBytes { $0.assumingMemoryBound(to: S.self).map(\.doubleValue) }
        }
        return dtype.withScalarType { read($0) }
    }

    /// The array with its elements converted to another type. No array is of `list`: asked for that
    /// it stays as it is.
    public func cast(to target: DType) -> NDArray {
        if target == dtype || target == .list { return self }
        if let widened = integers, target.isInteger {
            return NDArray(integers: widened, dtype: target, shape: shape)
        }
        // A 64-bit integer must not be rounded twice, to `Double` and then to fewer bits.
        let numbers = target == .float64 ? doubles : doublesRoundedToOdd
        func write<S: TensorScalar>(_: S.Type) -> NDArray {
            NDArray(dtype: target, shape: shape) {
                let memory = $0.assumingMemoryBound(to: S.self)
                for i in numbers.indices { memory[i] = S(converting: numbers[i]) }
            }
        }
        return target.withScalarType { write($0) }
    }

    /// Like `doubles`, but such that rounding them once more gives what one rounding would have.
    private var doublesRoundedToOdd: [Double] {
        switch dtype {
        case .int64: (integers ?? []).map { Double(roundedToOdd: $0) }
        case .uint64: (integers ?? []).map { Double(roundedToOdd: UInt64(bitPattern: $0)) }
        default: doubles
        }
    }

    /// The elements as 64-bit patterns, sign-extended; nil unless they are integers or bool.
    package var integers: [Int64]? {
        func read<S: FixedWidthInteger>(_: S.Type) -> [Int64] {
            withUnsafeBytes {
                $0.assumingMemoryBound(to: S.self).map { Int64(truncatingIfNeeded: $0) }
            }
        }
        switch dtype {
        case .int8: return read(Int8.self)
        case .int16: return read(Int16.self)
        case .int32: return read(Int32.self)
        case .int64: return read(Int64.self)
        case .uint8, .bool: return read(UInt8.self)
        case .uint16: return read(UInt16.self)
        case .uint32: return read(UInt32.self)
        case .uint64: return read(UInt64.self)
        case .float16, .bfloat16, .float32, .float64, .list: return nil
        }
    }

    /// An array of an integer type (or bool) from 64-bit patterns, wrapped to the type.
    package init(integers: [Int64], dtype: DType, shape: [Int]) {
        self.init(dtype: dtype, shape: shape) { memory in
            func write<S: FixedWidthInteger>(_: S.Type) {
                let target = memory.assumingMemoryBound(to: S.self)
                for i in integers.indices { target[i] = S(truncatingIfNeeded: integers[i]) }
            }
            switch dtype {
            case .int8: write(Int8.self)
            case .int16: write(Int16.self)
            case .int32: write(Int32.self)
            case .int64: write(Int64.self)
            case .uint8: write(UInt8.self)
            case .bool:
                let target = memory.assumingMemoryBound(to: UInt8.self)
                for i in integers.indices { target[i] = integers[i] == 0 ? 0 : 1 }
            case .uint16: write(UInt16.self)
            case .uint32: write(UInt32.self)
            case .uint64: write(UInt64.self)
            case .float16, .bfloat16, .float32, .float64, .list: break
            }
        }
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

    /// The sub-array at `index` of the first axis, copied.
    ///
    /// - Precondition: the array is no scalar, and the index lies within its first axis.
    public subscript(index: Int) -> NDArray {
        precondition(rank > 0, "a scalar has no axis to index")
        precondition(shape[0] > index && index >= 0, "index \(index) is not within \(shape[0])")
        return self[index..<index + 1].reinterpreted(shape: Array(shape.dropFirst()))
    }

    /// The sub-arrays at `range` of the first axis, copied.
    ///
    /// - Precondition: the array is no scalar, and the range lies within its first axis.
    public subscript(range: Range<Int>) -> NDArray {
        precondition(rank > 0, "a scalar has no axis to index")
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[0],
            "\(range) is not within \(shape[0])")
        let stride = shape.dropFirst().reduce(dtype.size, *)
        return NDArray(dtype: dtype, shape: [range.count] + shape.dropFirst()) { target in
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
        if let x = a.integers, let y = b.integers { return x == y }
        return a.doubles == b.doubles
    }

    /// Whether both have the same type, shape and bits.
    public func hasSameBits(as other: NDArray) -> Bool {
        guard dtype == other.dtype, shape == other.shape else { return false }
        return withUnsafeBytes { own in other.withUnsafeBytes { own.elementsEqual($0) } }
    }
}
