// SPDX-License-Identifier: Apache-2.0

/// What an array can be made from: the scalars of tensors, which give their own element type, and
/// `Int`, which gives `i32`, or `i64` where a number needs it, as in TensorFlow.
public protocol NDArrayElement: Sendable {
    /// The vector of these elements.
    static func array(of elements: [Self]) -> NDArray
}

extension TensorScalar {
    /// The vector of these elements.
    public static func array(of elements: [Self]) -> NDArray {
        .copying(dtype, [elements.count]) { memory in
            elements.withUnsafeBytes {
                if let base = $0.baseAddress {
                    memory.copyMemory(from: base, byteCount: $0.count)
                }
            }
        }
    }
}

extension Int: NDArrayElement {
    /// The vector of these elements.
    public static func array(of elements: [Int]) -> NDArray {
        elements.allSatisfy { Int32(exactly: $0) != nil }
            ? Int32.array(of: elements.map { Int32($0) })
            : Int64.array(of: elements.map { Int64($0) })
    }
}

/// An array from values has their type. Values that are in memory already are copied; where there is no
/// memory for the copy the process ends, as for a copy of Swift's arrays. Where a size is given apart
/// from values, that is an error.
///
/// An argument that is a literal is one of ``NDArray`` itself,
/// with a literal's type: `NDArray([0.5])` is `f32` like `let a: NDArray = [0.5]`, and
/// `NDArray([0.5] as [Double])` is `f64`.
extension NDArray {
    /// The array that a literal says: `NDArray([[1, 2], [3, 4]])`.
    public init(_ literal: NDArray) { self = literal }

    /// The array that a literal says, in row-major order, with the given dimensions.
    ///
    /// - Throws: `ArrayError` when the number of elements is not the product of the dimensions.
    public init(_ literal: NDArray, shape: [Int]) throws {
        try Self.requireCount(literal.count, shape)
        self = literal.reinterpreted(shape: shape)
    }

    /// An array all of whose elements are the scalar that a literal says.
    ///
    /// - Throws: `ArrayError` when it is no scalar, a dimension is negative or the array too large.
    public init(repeating literal: NDArray, shape: [Int]) throws {
        guard literal.rank == 0, literal.dtype != .list else {
            throw ArrayError("an array of shape \(literal.shape) is no scalar to be repeated")
        }
        func make<S: TensorScalar>(_: S.Type) throws -> NDArray {
            try NDArray(repeating: try literal.scalar(as: S.self), shape: shape)
        }
        if literal.dtype == .string {
            try self.init(repeatingString: literal, shape)
            return
        }
        self = try literal.dtype.withScalarType { try make($0) }
    }

    /// A scalar.
    @_disfavoredOverload
    public init<E: NDArrayElement>(_ scalar: E) {
        self = E.array(of: [scalar]).reinterpreted(shape: [])
    }

    /// A vector.
    @_disfavoredOverload
    public init<E: NDArrayElement>(_ elements: [E]) {
        self = E.array(of: elements)
    }

    /// An array of the given dimensions from its elements in row-major order.
    ///
    /// - Throws: `ArrayError` when the number of elements is not the product of the dimensions.
    @_disfavoredOverload
    public init<E: NDArrayElement>(_ elements: [E], shape: [Int]) throws {
        try Self.requireCount(elements.count, shape)
        self = E.array(of: elements).reinterpreted(shape: shape)
    }

    /// A matrix from its rows.
    ///
    /// - Throws: `ArrayError` when the rows differ in length.
    public init<E: NDArrayElement>(rows: [[E]]) throws {
        let width = rows.first?.count ?? 0
        if let row = rows.firstIndex(where: { $0.count != width }) {
            throw ArrayError(
                "row \(row) has \(rows[row].count) elements, row 0 has \(width); "
                    + "all rows must be of one length")
        }
        self = E.array(of: rows.flatMap(\.self)).reinterpreted(shape: [rows.count, width])
    }

    /// An array all of whose elements are `scalar`.
    ///
    /// - Throws: `ArrayError` when a dimension is negative, the array too large, or there is no memory
    ///   for it.
    @_disfavoredOverload
    public init<S: TensorScalar>(repeating scalar: S, shape: [Int]) throws {
        if S.dtype == .string {
            try self.init(repeatingString: NDArray(scalar), shape)
            return
        }
        let count = try Self.requireSize(S.dtype, shape)
        do {
            try self.init(dtype: S.dtype, shape: shape) {
                $0.assumingMemoryBound(to: S.self).initialize(repeating: scalar, count: count)
            }
        } catch {
            throw ArrayError(error, S.dtype, shape)
        }
    }

    /// An array from the bytes of its elements, in row-major order and the machine's byte order. What
    /// ``withUnsafeBytes(_:)`` gives makes the same array.
    ///
    /// - Throws: `ArrayError` when there are more or fewer bytes than the elements take, a dimension is
    ///   negative, the array too large, or there is no memory for it.
    public init(dtype: DType, shape: [Int], bytes: some Collection<UInt8>) throws {
        guard dtype != .list else { throw ArrayError("a list has no bytes") }
        guard dtype != .string else {
            throw ArrayError(
                "bytes do not say where strings end; make the array with `NDArray(byteStrings:shape:)`"
            )
        }
        let wanted = try Self.requireSize(dtype, shape) * dtype.size
        guard bytes.count == wanted else {
            throw ArrayError(
                "an array of \(dtype)\(shape) takes \(wanted) bytes, \(bytes.count) were given")
        }
        do {
            try self.init(dtype: dtype, shape: shape) { memory in
                let target = UnsafeMutableRawBufferPointer(start: memory, count: wanted)
                target.copyBytes(from: bytes)
                // Kernels rely on the two values that `Bool` has.
                if dtype == .bool { for i in target.indices where target[i] != 0 { target[i] = 1 } }
            }
        } catch {
            throw ArrayError(error, dtype, shape)
        }
    }

    /// The number of elements of a shape that this machine can have an array of.
    /// - Throws: `ArrayError` when a dimension is negative, or there is no memory for it.
    private init(repeatingString scalar: NDArray, _ shape: [Int]) throws(ArrayError) {
        _ = try Self.requireSize(.string, shape)
        do {
            self = try .repeatedString(scalar, shape)
        } catch {
            throw ArrayError(error, .string, shape)
        }
    }

    private static func requireSize(_ dtype: DType, _ shape: [Int]) throws(ArrayError) -> Int {
        guard let count = ArraySize.count(shape), ArraySize.fits(shape, dtype) else {
            throw ArrayError("\(shape) is not the shape of an array that fits the machine's memory")
        }
        return count
    }

    private static func requireCount(_ count: Int, _ shape: [Int]) throws {
        guard ArraySize.count(shape) == count else {
            throw ArrayError(
                "\(count) elements do not fill the shape \(shape); "
                    + "the product of the dimensions must be the number of elements")
        }
    }
}
