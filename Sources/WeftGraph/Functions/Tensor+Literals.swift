// SPDX-License-Identifier: Apache-2.0

/// Numbers in formulas: `x * 2 + 1` works for every element type that has such numbers.
extension Tensor: ExpressibleByIntegerLiteral where Scalar: NumericScalar {
    /// A scalar; out of the type's range it wraps.
    public init(integerLiteral value: Int64) {
        let dtype = Scalar.dtype
        let array =
            dtype.isInteger
            ? NDArray(integers: [value], dtype: dtype, shape: [])
            : NDArray.filled(dtype, [], Double(value))
        self.init(unchecked: .constant(array))
    }
}

extension Tensor: ExpressibleByFloatLiteral where Scalar: FloatingScalar {
    /// A scalar: the nearest number that the type has.
    public init(floatLiteral value: Double) {
        self.init(unchecked: .scalar(value, Scalar.dtype))
    }
}

extension Tensor: ExpressibleByBooleanLiteral where Scalar == Bool {
    /// A scalar.
    public init(booleanLiteral value: Bool) {
        self.init(unchecked: .constant(NDArray(value)))
    }
}

extension Tensor: ExpressibleByStringLiteral, ExpressibleByExtendedGraphemeClusterLiteral,
    ExpressibleByUnicodeScalarLiteral
where Scalar == String {
    /// A scalar.
    public init(stringLiteral value: String) {
        self.init(unchecked: .constant(NDArray(value)))
    }
}

extension Tensor {
    /// A constant scalar.
    ///
    /// ```swift
    /// let rate = Tensor<Float>(0.1)
    /// ```
    public init(_ scalar: Scalar) { self.init(unchecked: .constant(NDArray(scalar))) }

    /// A constant vector.
    ///
    /// - Shape: [n].
    public init(_ scalars: [Scalar]) { self.init(unchecked: .constant(NDArray(scalars))) }

    /// A constant matrix from its rows.
    ///
    /// Rows of different lengths make a tensor that carries an error.
    /// - Shape: [rows, columns].
    public init(_ rows: [[Scalar]]) {
        self.init(unchecked: .literal("constant") { try NDArray(rows: rows) })
    }

    /// A constant of three dimensions from its matrices.
    ///
    /// Parts of different sizes make a tensor that carries an error.
    /// - Shape: [matrices, rows, columns].
    public init(_ matrices: [[[Scalar]]]) {
        self.init(
            unchecked: .literal("constant") {
                try NDArray.nested(matrices.map { try NDArray(rows: $0) })
            })
    }

    /// A constant of four dimensions.
    ///
    /// Parts of different sizes make a tensor that carries an error.
    /// - Shape: [blocks, matrices, rows, columns].
    public init(_ blocks: [[[[Scalar]]]]) {
        self.init(
            unchecked: .literal("constant") {
                try NDArray.nested(
                    blocks.map { block in try NDArray.nested(block.map { try NDArray(rows: $0) }) })
            })
    }

    /// A constant of the given dimensions from its elements in row-major order.
    ///
    /// When their number is not the product of the dimensions, the tensor carries an error.
    public init(_ scalars: [Scalar], shape: [Int]) {
        self.init(unchecked: .literal("constant") { try NDArray(scalars, shape: shape) })
    }

    /// A constant with the elements of `array`.
    ///
    /// An array of another element type makes a tensor that carries an error.
    public init(_ array: NDArray) {
        self.init(
            unchecked: .literal("constant") {
                guard array.dtype == Scalar.dtype else {
                    throw ArrayError(
                        "an array of \(array.dtype) was given where \(Scalar.dtype) is wanted; "
                            + "convert it with `cast(to:)`")
                }
                return array
            })
    }
}

extension AnyTensor {
    fileprivate static func literal(_ operation: String, _ make: () throws -> NDArray) -> AnyTensor
    {
        composed(operation, []) { .constant(try make()) }
    }
}

extension NDArray {
    /// Arrays of one type and shape along a new first axis.
    fileprivate static func nested(_ parts: [NDArray]) throws -> NDArray {
        let shape = parts.first?.shape ?? [0]
        if let bad = parts.first(where: { $0.shape != shape }) {
            throw ArrayError("the parts must have one shape: \(shape) and \(bad.shape) differ")
        }
        return try NDArray(stacking: parts, parts.first?.dtype ?? .float32, shape)
    }
}
