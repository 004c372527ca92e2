// SPDX-License-Identifier: Apache-2.0

/// What the interpreter computes in: `Double` for floating point, wrapping `Int64` for the rest.
///
/// Unsigned 64-bit integers travel as bit patterns; order and division ask for the element type.
protocol WideNumber: Sendable {
    static var zero: Self { get }
    static var one: Self { get }
    static func load(_ array: NDArray) -> [Self]
    /// Rounds floating-point numbers to the type, wraps integers to it.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for the array.
    static func store(
        _ elements: [Self], _ dtype: DType, _ shape: [Int]
    ) throws(MemoryShortage) -> NDArray
    /// The function that defines a binary operation; nil as a result is a division by zero.
    static func function(_ kind: BinaryKind, _ dtype: DType) -> (Self, Self) -> Self?
    /// Whether `a` stands before `b` in ascending order; NaN stands after everything.
    static func isAscending(_ a: Self, _ b: Self, _ dtype: DType) -> Bool
    static func isNaN(_ a: Self) -> Bool
    /// What no element is greater than (`greatest`) or less than.
    static func extreme(greatest: Bool, _ dtype: DType) -> Self
    static func sum(_ a: Self, _ b: Self) -> Self
    static func product(_ a: Self, _ b: Self) -> Self
}

extension Double: WideNumber {
    static var one: Double { 1 }

    static func load(_ array: NDArray) -> [Double] {
        func read<S: TensorScalar>(_: S.Type) -> [Double] {
            array.withUnsafeBytes { $0.assumingMemoryBound(to: S.self).map(\.doubleValue) }
        }
        switch array.dtype {
        case .float16: return read(Float16.self)
        case .bfloat16: return read(BFloat16.self)
        case .float32: return read(Float.self)
        case .float64: return read(Double.self)
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .complex64,
            .complex128, .string, .list:
            return array.doubles
        }
    }

    static func store(
        _ elements: [Double], _ dtype: DType, _ shape: [Int]
    ) throws(MemoryShortage) -> NDArray {
        func write<S: TensorScalar>(_: S.Type) throws(MemoryShortage) -> NDArray {
            try NDArray(dtype: dtype, shape: shape) {
                let memory = $0.assumingMemoryBound(to: S.self)
                for i in elements.indices { memory[i] = S(converting: elements[i]) }
            }
        }
        switch dtype {
        case .float16: return try write(Float16.self)
        case .bfloat16: return try write(BFloat16.self)
        case .float32: return try write(Float.self)
        case .float64: return try write(Double.self)
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .complex64,
            .complex128, .string, .list:
            return try store(elements, .float64, shape).converted(to: dtype)
        }
    }

    static func function(_ kind: BinaryKind, _ dtype: DType) -> (Double, Double) -> Double? {
        let reference = kind.descriptor.reference
        return { reference($0, $1) }
    }

    static func isAscending(_ a: Double, _ b: Double, _ dtype: DType) -> Bool {
        a.isNaN ? false : b.isNaN || a < b
    }

    static func isNaN(_ a: Double) -> Bool { a.isNaN }

    static func extreme(greatest: Bool, _ dtype: DType) -> Double {
        greatest ? .infinity : -.infinity
    }

    static func sum(_ a: Double, _ b: Double) -> Double { a + b }
    static func product(_ a: Double, _ b: Double) -> Double { a * b }
}

extension Int64: WideNumber {
    static var one: Int64 { 1 }

    static func load(_ array: NDArray) -> [Int64] { array.integers ?? [] }

    static func store(
        _ elements: [Int64], _ dtype: DType, _ shape: [Int]
    ) throws(MemoryShortage) -> NDArray {
        try NDArray(wrapping: elements, dtype: dtype, shape: shape)
    }

    static func function(_ kind: BinaryKind, _ dtype: DType) -> (Int64, Int64) -> Int64? {
        guard let integer = kind.descriptor.integer else { return { _, _ in nil } }
        return { integer($0, $1, dtype) }
    }

    static func isAscending(_ a: Int64, _ b: Int64, _ dtype: DType) -> Bool {
        SpecialFunctions.isLess(a, b, dtype)
    }

    static func isNaN(_ a: Int64) -> Bool { false }

    static func extreme(greatest: Bool, _ dtype: DType) -> Int64 {
        if dtype == .bool { return greatest ? 1 : 0 }
        let bits = Int64(dtype.size * 8)
        // The unsigned 64-bit maximum has the pattern of −1; shifts of 64 give 0 here.
        if dtype.isUnsignedInteger { return greatest ? ~(-1 << bits) : 0 }
        return greatest ? ~(-1 << (bits - 1)) : -1 << (bits - 1)
    }

    static func sum(_ a: Int64, _ b: Int64) -> Int64 { a &+ b }
    static func product(_ a: Int64, _ b: Int64) -> Int64 { a &* b }
}

extension Evaluation {
    /// Calls a loop with the type that elements of `dtype` are computed in.
    func widened<R>(
        _ dtype: DType, _ body: (any WideNumber.Type) throws -> R
    ) rethrows -> R {
        dtype.isFloatingPoint ? try body(Double.self) : try body(Int64.self)
    }
}

/// Indices into dense row-major arrays.
package enum RowMajor {
    /// How many elements apart neighbours along each axis are.
    package static func strides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] &* shape[axis + 1]
        }
        return strides
    }

    package static func offset(_ index: [Int], _ strides: [Int]) -> Int {
        var offset = 0
        for axis in index.indices { offset += index[axis] * strides[axis] }
        return offset
    }

    /// The index of an element by its place in order.
    package static func index(of place: Int, in shape: [Int]) -> [Int] {
        var rest = place
        return strides(shape).map { stride in
            defer { rest %= stride }
            return rest / stride
        }
    }

    /// Calls `body` with every index of the shape, in order.
    package static func forEach(_ shape: [Int], _ body: ([Int]) throws -> Void) rethrows {
        if shape.contains(where: { $0 <= 0 }) { return }
        var index = [Int](repeating: 0, count: shape.count)
        while true {
            try body(index)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// Where each element of the output comes from when `shape` is broadcast to it as in NumPy.
    package static func broadcastSources(_ shape: [Int], to output: [Int]) -> [Int] {
        if shape == output { return Array(0..<output.reduce(1, *)) }
        let own = strides(shape)
        var aligned = [Int](repeating: 0, count: output.count)
        for axis in shape.indices where shape[axis] != 1 {
            aligned[axis + output.count - shape.count] = own[axis]
        }
        var sources: [Int] = []
        sources.reserveCapacity(output.reduce(1, *))
        forEach(output) { sources.append(offset($0, aligned)) }
        return sources
    }
}

extension NDArray {
    /// The elements at `sources`, as bytes, under a shape; −1 takes `fill`, or zero without one.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for them.
    package func taking(
        _ sources: [Int], shape: [Int], fill: NDArray? = nil
    ) throws(MemoryShortage) -> NDArray {
        let size = dtype.size
        return try NDArray(dtype: dtype, shape: shape) { target in
            withUnsafeBytes { own in
                for (position, source) in sources.enumerated() {
                    let place = target + position * size
                    if source >= 0, let base = own.baseAddress {
                        place.copyMemory(from: base + source * size, byteCount: size)
                    } else if let fill {
                        fill.withUnsafeBytes {
                            if let base = $0.baseAddress {
                                place.copyMemory(from: base, byteCount: size)
                            }
                        }
                    } else {
                        _ = place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
                    }
                }
            }
        }
    }
}
