// SPDX-License-Identifier: Apache-2.0

/// A tensor that is given its value when the graph runs.
///
/// ```swift
/// let images = placeholder(Float.self, shape: [nil, 784], name: "images")
/// ```
public func placeholder<Scalar: TensorScalar>(
    _ type: Scalar.Type, shape: Shape = .unknown, name: String? = nil
) -> Tensor<Scalar> {
    .placeholder(shape: shape, name: name)
}

// Tensors that are made from no others. An untyped one is told its element type, as the first argument;
// in the shape of another tensor it has that one's, unless it is told another.

extension AnyTensor {
    /// A tensor that is given its value when the graph runs.
    ///
    /// Every call makes another placeholder, also with equal arguments.
    /// - Parameters:
    ///   - dtype: The type of the elements.
    ///   - shape: The dimensions; nil for one that may differ from run to run.
    ///   - name: A name for messages and drawings, put under the current name scope.
    public static func placeholder(
        _ dtype: DType, shape: Shape = .unknown, name: String? = nil
    ) -> AnyTensor {
        let name = name.map { NameScope.qualified($0) }
        if dtype == .list {
            return invalid("placeholder", name, "a list cannot be fed")
        }
        if let dims = shape.dims {
            let known = dims.filter { $0 != -1 }
            if ArraySize.count(known) == nil {
                return invalid(
                    "placeholder", name,
                    ArraySize.problem(known) + "; give nil for an unknown dimension",
                    type: TensorType(dtype, .unknown))
            }
        }
        return source(
            .placeholder(Placeholder(id: NodeIdentity.next(), name: name)),
            TensorType(dtype, shape),
            name: name)
    }

    /// A constant with the elements of `array`.
    public init(_ array: NDArray) { self = .constant(array) }

    /// A scalar that is `number` converted to `dtype`.
    public static func scalar(_ number: some BinaryFloatingPoint, as dtype: DType) -> AnyTensor {
        scalar(Double(number), dtype)
    }

    /// `number` everywhere in an array of the given dimensions.
    ///
    /// A shape with a negative dimension makes a tensor that carries an error.
    public static func filled(_ dtype: DType, _ number: Double, shape: [Int]) -> AnyTensor {
        filled(scalar(number, dtype), shape: shape, "filled")
    }

    fileprivate static func filled(
        _ value: AnyTensor, shape: [Int], _ function: String
    ) -> AnyTensor {
        composed(function, [value]) {
            guard ArraySize.count(shape) != nil else {
                throw RuleViolation(ArraySize.problem(shape))
            }
            return value.broadcasted(to: shape)
        }
    }

    /// `number` in the shape of another tensor, also where that is known only when the graph runs.
    public static func filled(
        _ number: Double, like other: some TensorConvertible, dtype: DType? = nil
    ) -> AnyTensor {
        let other = other.anyTensor
        let dtype = dtype ?? other.dtype
        if dtype.isComplex {
            let real = filled(number, like: other, dtype: dtype.realPart)
            return complex(real, filled(0, like: other, dtype: dtype.realPart))
        }
        let value = scalar(number, dtype)
        if let dims = other.shape.dimensions {
            return dims.isEmpty ? value : make(.broadcast(shape: dims, axes: []), [value])
        }
        return make(.broadcastLike(axes: []), [value, other])
    }

    /// Zeros (of bool: false).
    public static func zeros(_ dtype: DType, shape: [Int]) -> AnyTensor {
        filled(scalar(0, dtype), shape: shape, "zeros")
    }

    /// Zeros (of bool: false) in the shape of another tensor.
    public static func zeros(
        like other: some TensorConvertible, dtype: DType? = nil
    ) -> AnyTensor {
        let other = other.anyTensor
        return other.dtype == .list
            ? make(.listZerosLike, [other]) : filled(0, like: other, dtype: dtype)
    }

    /// Ones (of bool: true).
    public static func ones(_ dtype: DType, shape: [Int]) -> AnyTensor {
        filled(scalar(1, dtype), shape: shape, "ones")
    }

    /// Ones (of bool: true) in the shape of another tensor.
    public static func ones(like other: some TensorConvertible, dtype: DType? = nil) -> AnyTensor {
        filled(1, like: other, dtype: dtype)
    }

    /// The index along an axis, from 0.
    ///
    /// - Shape: `shape`; element [i0, i1, ...] is the index of `axis` among them.
    public static func iota(_ dtype: DType, shape: [Int], axis: Int = 0) -> AnyTensor {
        composed("iota", []) {
            let like = filled(dtype, 0, shape: shape)
            try like.validated()
            return make(.iotaLike(axis: try normalizedAxis(axis, rank: shape.count)), [like])
        }
    }

    /// The index along an axis, from 0, in the shape of another tensor.
    public static func iota(
        like other: some TensorConvertible, axis: Int = 0, dtype: DType? = nil
    ) -> AnyTensor {
        other.anyTensor.composed("iota") { other in
            let like =
                dtype == nil || dtype == other.dtype ? other : filled(0, like: other, dtype: dtype)
            return make(.iotaLike(axis: try other.resolvedAxis(axis)), [like])
        }
    }

    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    ///
    /// A step of 0 makes a tensor that carries an error.
    /// - Shape: [⌈(end − start) / step⌉], or [0] when the step leads away from `end`.
    public static func range(
        _ dtype: DType, from start: Double = 0, to end: Double, by step: Double = 1
    ) -> AnyTensor {
        composed("range", []) {
            guard dtype.isNumeric else {
                throw RuleViolation(
                    .wrongElementType(.result, dtype, wanted: DTypeClass.numeric.dtypes))
            }
            let count = try RangeLength.count(from: start, to: end, by: step)
            let index = iota(dtype, shape: [count])
            let scaled = step == 1 ? index : index * step
            return start == 0 ? scaled : scaled + start
        }
    }

    /// A matrix with ones on the diagonal and zeros elsewhere.
    ///
    /// - Shape: [rows, columns], square when no columns are given.
    public static func identity(_ dtype: DType, _ rows: Int, columns: Int? = nil) -> AnyTensor {
        composed("identity", []) {
            let row = iota(.int64, shape: [rows, 1])
            let column = iota(.int64, shape: [1, columns ?? rows], axis: 1)
            return (row .== column).cast(to: dtype)
        }
    }

    /// One-hot vectors: `on` at the index and `off` elsewhere.
    ///
    /// An index outside `0..<depth` makes a vector of `off` only, as in TensorFlow.
    /// - Parameter axis: The place of the new axis in the result.
    /// - Shape: indices [d0, ...] → [d0, ..., depth].
    public static func oneHot(
        _ dtype: DType, _ indices: some IntegerTensor, depth: Int, on: Double = 1, off: Double = 0,
        axis: Int = -1
    ) -> AnyTensor {
        oneHot(dtype, indices.anyTensor, with: [], on: on, off: off, axis: axis) { rank, place in
            guard depth >= 0 else {
                throw RuleViolation(.negative("the depth", value: "\(depth)"))
            }
            var shape = Array(repeating: 1, count: rank)
            shape[place] = depth
            return iota(.int64, shape: shape, axis: place)
        }
    }

    /// One-hot vectors of a computed length: `on` at the index and `off` elsewhere.
    ///
    /// An index outside `0..<depth` makes a vector of `off` only, as in TensorFlow.
    /// - Parameters:
    ///   - depth: A scalar.
    ///   - axis: The place of the new axis in the result.
    /// - Shape: indices [d0, ...] → [d0, ..., depth].
    public static func oneHot(
        _ dtype: DType, _ indices: some IntegerTensor, depth: some IntegerTensor, on: Double = 1,
        off: Double = 0, axis: Int = -1
    ) -> AnyTensor {
        let depth = depth.anyTensor
        return oneHot(
            dtype, indices.anyTensor, with: [depth], on: on, off: off, axis: axis
        ) { rank, place in
            let classes = try depth.asNumber("the depth").indexed()
            return classes.expandingDimensions(at: (0..<rank).filter { $0 != place })
        }
    }

    /// - Parameter classes: What the indices are compared with, for the rank of the result and the place
    ///   of the new axis.
    private static func oneHot(
        _ dtype: DType, _ indices: AnyTensor, with others: [AnyTensor], on: Double, off: Double,
        axis: Int, classes: (_ rank: Int, _ place: Int) throws -> AnyTensor
    ) -> AnyTensor {
        indices.composed("oneHot", with: others) { indices in
            guard indices.dtype.isInteger else {
                throw RuleViolation(
                    .wrongElementType(
                        .argument("the indices"), indices.dtype,
                        wanted: DTypeClass.integer.dtypes))
            }
            let rank = try indices.knownRank() + 1
            let place = try normalizedAxis(axis, rank: rank)
            let hits =
                indices.cast(to: .int64).expandingDimensions(at: [place])
                .== (try classes(rank, place))
            if on == 1, off == 0 { return hits.cast(to: dtype) }
            return select(hits, .scalar(on, dtype), .scalar(off, dtype))
        }
    }

    /// `count` numbers at equal distances, both ends included.
    ///
    /// - Shape: [count].
    public static func linspace(
        _ dtype: DType, from start: Double, to end: Double, count: Int
    ) -> AnyTensor {
        composed("linspace", []) {
            try requireRow(dtype, count: count)
            let step = count > 1 ? (end - start) / Double(count - 1) : 0
            if count > 1 << 16 {
                return (iota(dtype.computing, shape: [count]) * step + start).cast(to: dtype)
            }
            // Computed here and not in the graph: the last number must be `end` itself.
            let numbers = (0..<count).map { i -> Double in
                i == count - 1 && count > 1 ? end : start + Double(i) * step
            }
            return constant(try NDArray(numbers).cast(to: dtype))
        }
    }

    /// - Throws: `RuleViolation` for what are no `count` real numbers.
    static func requireRow(_ dtype: DType, count: Int) throws {
        guard dtype.isFloatingPoint else {
            throw RuleViolation(
                .wrongElementType(.result, dtype, wanted: DTypeClass.floating.dtypes))
        }
        guard count > 0 else { throw RuleViolation("count is \(count); it must be positive") }
    }
}

extension Tensor {
    /// A tensor that is given its value when the graph runs.
    ///
    /// Every call makes another placeholder, also with equal arguments.
    ///
    /// ```swift
    /// let x = Tensor<Float>.placeholder(shape: [nil, 784], name: "x")
    /// ```
    /// - Parameters:
    ///   - shape: The dimensions; nil for one that may differ from run to run.
    ///   - name: A name for messages and drawings, put under the current name scope.
    public static func placeholder(shape: Shape = .unknown, name: String? = nil) -> Tensor {
        Tensor(unchecked: .placeholder(Scalar.dtype, shape: shape, name: name))
    }

    /// The same value everywhere.
    ///
    /// A shape with a negative dimension makes a tensor that carries an error.
    public static func filled(_ value: Scalar, shape: [Int]) -> Tensor {
        Tensor(unchecked: .filled(.constant(NDArray(value)), shape: shape, "filled"))
    }

    /// The same value everywhere, in the shape of another tensor.
    ///
    /// - Shape: that of `other`, also where it is known only when the graph runs.
    public static func filled(_ value: Scalar, like other: some TensorConvertible) -> Tensor {
        Tensor(value).broadcasted(like: other)
    }

    /// Zeros (of bool: false).
    public static func zeros(shape: [Int]) -> Tensor {
        Tensor(unchecked: .zeros(Scalar.dtype, shape: shape))
    }

    /// Zeros (of bool: false) in the shape of another tensor.
    public static func zeros(like other: some TensorConvertible) -> Tensor {
        Tensor(unchecked: .filled(0, like: other, dtype: Scalar.dtype))
    }

    /// Ones (of bool: true).
    public static func ones(shape: [Int]) -> Tensor {
        Tensor(unchecked: .ones(Scalar.dtype, shape: shape))
    }

    /// Ones (of bool: true) in the shape of another tensor.
    public static func ones(like other: some TensorConvertible) -> Tensor {
        Tensor(unchecked: .ones(like: other, dtype: Scalar.dtype))
    }
}

extension Tensor where Scalar: NumericScalar {
    /// The index along an axis, from 0.
    ///
    /// - Shape: `shape`; element [i0, i1, ...] is the index of `axis` among them.
    public static func iota(shape: [Int], axis: Int = 0) -> Tensor {
        Tensor(unchecked: .iota(Scalar.dtype, shape: shape, axis: axis))
    }

    /// The index along an axis, from 0, in the shape of another tensor.
    public static func iota(like other: some TensorConvertible, axis: Int = 0) -> Tensor {
        Tensor(unchecked: .iota(like: other, axis: axis, dtype: Scalar.dtype))
    }

    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    ///
    /// A step of 0 makes a tensor that carries an error.
    /// - Shape: [⌈(end − start) / step⌉], or [0] when the step leads away from `end`.
    public static func range(from start: Double = 0, to end: Double, by step: Double = 1) -> Tensor
    {
        Tensor(unchecked: .range(Scalar.dtype, from: start, to: end, by: step))
    }

    /// A matrix with ones on the diagonal and zeros elsewhere.
    ///
    /// - Shape: [rows, columns], square when no columns are given.
    public static func identity(_ rows: Int, columns: Int? = nil) -> Tensor {
        Tensor(unchecked: .identity(Scalar.dtype, rows, columns: columns))
    }

    /// One-hot vectors: `on` at the index and `off` elsewhere.
    ///
    /// An index outside `0..<depth` makes a vector of `off` only, as in TensorFlow.
    /// - Parameter axis: The place of the new axis in the result.
    /// - Shape: indices [d0, ...] → [d0, ..., depth].
    public static func oneHot(
        _ indices: some IntegerTensor, depth: Int, on: Scalar? = nil, off: Scalar? = nil,
        axis: Int = -1
    ) -> Tensor {
        Tensor(
            unchecked: .oneHot(
                Scalar.dtype, indices, depth: depth, on: on?.doubleValue ?? 1,
                off: off?.doubleValue ?? 0, axis: axis))
    }

    /// One-hot vectors of a computed length: `on` at the index and `off` elsewhere.
    ///
    /// An index outside `0..<depth` makes a vector of `off` only, as in TensorFlow.
    /// - Parameters:
    ///   - depth: A scalar.
    ///   - axis: The place of the new axis in the result.
    /// - Shape: indices [d0, ...] → [d0, ..., depth].
    public static func oneHot(
        _ indices: some IntegerTensor, depth: some IntegerTensor, on: Scalar? = nil,
        off: Scalar? = nil, axis: Int = -1
    ) -> Tensor {
        Tensor(
            unchecked: .oneHot(
                Scalar.dtype, indices, depth: depth, on: on?.doubleValue ?? 1,
                off: off?.doubleValue ?? 0, axis: axis))
    }
}

extension Tensor where Scalar: FloatingScalar {
    /// `count` numbers at equal distances, both ends included.
    ///
    /// - Shape: [count].
    public static func linspace(from start: Double, to end: Double, count: Int) -> Tensor {
        Tensor(unchecked: .linspace(Scalar.dtype, from: start, to: end, count: count))
    }
}
