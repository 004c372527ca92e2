// SPDX-License-Identifier: Apache-2.0
import ComplexModule
import RealModule

/// A dense array of numbers or strings in memory, row-major: what is fed, fetched, and held by variables.
///
/// A value: copies share their memory until one of them is written to.
public struct NDArray: Sendable {
    /// The type of the elements.
    public let dtype: DType
    /// The dimensions; empty for a scalar.
    public let shape: [Int]
    package private(set) var storage: Storage

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// The number of dimensions.
    public var rank: Int { shape.count }
    /// The number of bytes that the elements take.
    public var byteCount: Int {
        dtype == .string ? storage.byteCount : count * dtype.size
    }

    /// An array over memory that is filled already.
    package init(dtype: DType, shape: [Int], storage: Storage) {
        self.dtype = dtype
        self.shape = shape
        self.storage = storage
    }

    /// An array whose elements `body` writes; the bytes are uninitialised before. The shape must be one
    /// of an array.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package init(
        dtype: DType, shape: [Int], initializingWith body: (UnsafeMutableRawPointer) -> Void
    ) throws(MemoryShortage) {
        self.dtype = dtype
        self.shape = shape
        storage = try Storage(allocating: shape.reduce(1, *) * dtype.size)
        body(storage.address)
    }

    /// The same for elements that are in memory already, where nothing can be thrown: see
    /// `Storage.init(byteCount:)`.
    package static func copying(
        _ dtype: DType, _ shape: [Int], with body: (UnsafeMutableRawPointer) -> Void
    ) -> NDArray {
        let storage = Storage(byteCount: shape.reduce(1, *) * dtype.size)
        body(storage.address)
        return NDArray(dtype: dtype, shape: shape, storage: storage)
    }

    /// The elements as bytes, in row-major order and the machine's byte order; of strings, the bytes of
    /// one after the other's.
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) {
            defer { storage.noteRead() }
            return try body(UnsafeRawBufferPointer(elementBytes))
        }
    }

    /// The elements for writing; memory that is shared with another array is copied first, as Swift's
    /// arrays are: where there is no memory for the copy, the process ends. ``makeUnshared()`` before it
    /// throws instead.
    public mutating func withUnsafeMutableBytes<R>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> R
    ) rethrows -> R {
        if !Storage.isUnshared(&storage) {
            let copy = Storage(byteCount: byteCount)
            copy.address.copyMemory(from: storage.address, byteCount: byteCount)
            storage = copy
        }
        return try withExtendedLifetime(storage) { try body(elementBytes) }
    }

    private var elementBytes: UnsafeMutableRawBufferPointer {
        if dtype == .string { return stringBytes }
        return UnsafeMutableRawBufferPointer(start: storage.address, count: count * dtype.size)
    }

    /// Gives the array memory of its own, so that writing to it needs no more: a copy, if another array
    /// shares what it has.
    ///
    /// - Throws: `ArrayError` when there is no memory for the copy; the array is as it was.
    public mutating func makeUnshared() throws(ArrayError) {
        if Storage.isUnshared(&storage) { return }
        do {
            let copy = try Storage(allocating: byteCount)
            copy.address.copyMemory(from: storage.address, byteCount: byteCount)
            storage = copy
        } catch {
            throw ArrayError(error, dtype, shape)
        }
    }

    package func pointer<S: TensorScalar>(_ type: S.Type) -> UnsafeMutablePointer<S> {
        storage.address.assumingMemoryBound(to: S.self)
    }
}

extension NDArray {
    /// The same memory under another shape of the same count.
    package func reinterpreted(shape: [Int]) -> NDArray {
        NDArray(dtype: dtype, shape: shape, storage: storage)
    }

    /// The same memory as elements of another type, which must take as many bytes.
    package func reinterpreted(as dtype: DType, shape: [Int]) -> NDArray {
        NDArray(dtype: dtype, shape: shape, storage: storage)
    }

    /// Complex numbers as pairs of real ones, along one more axis at the end; other arrays as they are.
    package var inReals: NDArray {
        dtype.isComplex ? reinterpreted(as: dtype.realPart, shape: shape + [2]) : self
    }

    /// The array's memory, which the array itself holds no longer.
    package consuming func takeStorage() -> Storage { storage }

    /// An array of `dtype` with `number` converted to it in every element, of strings with empty ones. The
    /// shape must be one of an array.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package init(
        repeating number: Double, dtype: DType, shape: [Int]
    ) throws(MemoryShortage) {
        let count = shape.reduce(1, *)
        if dtype == .string {
            self = try .emptyStrings(shape)
            return
        }
        // Zero's bits are all zero; minus zero's are not.
        if number == 0, number.sign == .plus {
            let storage = try Storage(allocatingZeros: count * dtype.size)
            self.init(dtype: dtype, shape: shape, storage: storage)
            return
        }
        try self.init(dtype: dtype, shape: shape) { dtype.fill($0, with: number, count: count) }
    }

    /// A scalar or a small array of zeros (false for bool): for sizes that do not come from data.
    package static func zeros(_ dtype: DType, _ shape: [Int]) -> NDArray {
        filled(dtype, shape, 0)
    }

    /// A scalar or a small array of one number, of strings empty ones: for sizes that do not come from data,
    /// as it cannot throw.
    package static func filled(_ dtype: DType, _ shape: [Int], _ number: Double) -> NDArray {
        let count = shape.reduce(1, *)
        if dtype == .string {
            return String.array(of: Array(repeating: "", count: count)).reinterpreted(shape: shape)
        }
        return .copying(dtype, shape) { dtype.fill($0, with: number, count: count) }
    }
}

extension DType {
    /// Writes `count` elements, each of them the number converted.
    fileprivate func fill(
        _ memory: UnsafeMutableRawPointer, with number: Double, count: Int
    ) {
        func fill<S: TensorScalar>(_: S.Type) {
            memory.assumingMemoryBound(to: S.self)
                .initialize(repeating: S(converting: number), count: count)
        }
        withScalarType { fill($0) }
    }
}

extension DType {
    /// Calls `body` with the Swift type of the elements. Lists and strings have none of a fixed size; they
    /// count as bool.
    package func withScalarType<R>(_ body: (any TensorScalar.Type) throws -> R) rethrows -> R {
        switch self {
        case .bool, .string, .list: try body(Bool.self)
        case .int8: try body(Int8.self)
        case .int16: try body(Int16.self)
        case .int32: try body(Int32.self)
        case .int64: try body(Int64.self)
        case .uint8: try body(UInt8.self)
        case .uint16: try body(UInt16.self)
        case .uint32: try body(UInt32.self)
        case .uint64: try body(UInt64.self)
        case .float16: try body(Float16.self)
        case .bfloat16: try body(BFloat16.self)
        case .float32: try body(Float.self)
        case .float64: try body(Double.self)
        case .complex64: try body(Complex<Float>.self)
        case .complex128: try body(Complex<Double>.self)
        }
    }
}

/// A value that cannot be made into an array, and why.
public struct ArrayError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and what would be right.
    public let description: String
    package init(_ description: String) { self.description = description }

    /// There is no memory for an array.
    package init(_ shortage: MemoryShortage, _ dtype: DType, _ shape: [Int]) {
        self.init("an array of \(dtype)\(shape): \(shortage)")
    }
}
