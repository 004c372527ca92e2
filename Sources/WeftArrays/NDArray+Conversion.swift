// SPDX-License-Identifier: Apache-2.0

extension NDArray {
    /// The elements as `Double`, rounded where a 64-bit integer is too large; of complex numbers the
    /// real parts. Strings are no numbers: NaN.
    public var doubles: [Double] { doubles(in: 0..<count) }

    private func doubles(in range: Range<Int>) -> [Double] {
        func read<S: TensorScalar>(_: S.Type) -> [Double] {
            withUnsafeBytes { $0.assumingMemoryBound(to: S.self)[range].map(\.doubleValue) }
        }
        if dtype == .string { return range.map { _ in .nan } }
        return dtype.withScalarType { read($0) }
    }

    /// Like `doubles`, but such that rounding them once more gives what one rounding would have.
    private func doublesRoundedToOdd(in range: Range<Int>) -> [Double] {
        switch dtype {
        case .int64: (integers(in: range) ?? []).map { Double(roundedToOdd: $0) }
        case .uint64:
            (integers(in: range) ?? []).map { Double(roundedToOdd: UInt64(bitPattern: $0)) }
        default: doubles(in: range)
        }
    }

    /// The elements as 64-bit patterns, sign-extended; nil unless they are integers or bool.
    package var integers: [Int64]? { integers(in: 0..<count) }

    private func integers(in range: Range<Int>) -> [Int64]? {
        func read<S: FixedWidthInteger>(_: S.Type) -> [Int64] {
            withUnsafeBytes {
                $0.assumingMemoryBound(to: S.self)[range].map { Int64(truncatingIfNeeded: $0) }
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
        case .float16, .bfloat16, .float32, .float64, .complex64, .complex128, .string, .list:
            return nil
        }
    }

    /// The first element, as in `integers`, for which `condition` holds, and its number.
    package func firstInteger(
        where condition: (Int64) -> Bool
    ) -> (index: Int, number: Int64)? {
        for block in blocks {
            guard let numbers = integers(in: block) else { return nil }
            if let i = numbers.firstIndex(where: condition) {
                return (block.lowerBound + i, numbers[i])
            }
        }
        return nil
    }

    /// Whole arrays are gone through in parts, since wide copies of them may not fit into memory.
    private var blocks: some Sequence<Range<Int>> {
        let count = count
        return stride(from: 0, to: count, by: 4096).lazy.map { $0..<Swift.min($0 + 4096, count) }
    }

    /// The array with its elements converted to another type. Of complex numbers a real type gets the
    /// real parts, and `bool` whether they are not 0. No array is of `list`: asked for that it stays as
    /// it is.
    ///
    /// - Throws: `ArrayError` for strings, which are no numbers, and when there is no memory for the result.
    public func cast(to target: DType) throws(ArrayError) -> NDArray {
        guard dtype == target || dtype != .string && target != .string else {
            throw ArrayError(
                "an array of \(dtype) is not converted to \(target) by a cast; tensors have "
                    + "`numbers(as:)` of strings, and `text()` of numbers")
        }
        do {
            return try converted(to: target)
        } catch {
            throw ArrayError(error, target, shape)
        }
    }

    /// `cast(to:)` with an error that says the bytes.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for the result.
    package func converted(to target: DType) throws(MemoryShortage) -> NDArray {
        if target == dtype || target == .list { return self }
        if dtype.isComplex, target.isComplex {
            return try inReals.converted(to: target.realPart).reinterpreted(
                as: target, shape: shape)
        }
        let storage = try Storage(allocating: count * target.size)
        for block in blocks {
            let memory = storage.address + block.lowerBound * target.size
            if target.isInteger, let integers = integers(in: block) {
                Self.write(integers, target, memory)
                continue
            }
            // A 64-bit integer must not be rounded twice, to `Double` and then to fewer bits.
            var numbers = target == .float64 ? doubles(in: block) : doublesRoundedToOdd(in: block)
            if dtype.isComplex, target == .bool {
                let parts = inReals.doubles(in: block.lowerBound * 2..<block.upperBound * 2)
                for i in numbers.indices where parts[2 * i + 1] != 0 { numbers[i] = 1 }
            }
            func write<S: TensorScalar>(_: S.Type) {
                let memory = memory.assumingMemoryBound(to: S.self)
                for i in numbers.indices { memory[i] = S(converting: numbers[i]) }
            }
            target.withScalarType { write($0) }
        }
        return NDArray(dtype: target, shape: shape, storage: storage)
    }

    /// A scalar or a small array of an integer type (or bool) from 64-bit patterns, wrapped to the type.
    package init(integers: [Int64], dtype: DType, shape: [Int]) {
        self = .copying(dtype, shape) { Self.write(integers, dtype, $0) }
    }

    /// The same for what may be large.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package init(
        wrapping integers: [Int64], dtype: DType, shape: [Int]
    ) throws(MemoryShortage) {
        try self.init(dtype: dtype, shape: shape) { Self.write(integers, dtype, $0) }
    }

    private static func write(
        _ integers: [Int64], _ dtype: DType, _ memory: UnsafeMutableRawPointer
    ) {
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
        case .float16, .bfloat16, .float32, .float64, .complex64, .complex128, .string, .list:
            break
        }
    }
}
