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
        Tensor(
            unchecked: .composed("filled", []) {
                guard ArraySize.count(shape) != nil else {
                    throw RuleViolation(ArraySize.problem(shape))
                }
                return AnyTensor.constant(NDArray(value)).broadcasted(to: shape)
            })
    }

    /// The same value everywhere, in the shape of another tensor.
    ///
    /// - Shape: that of `other`, also where it is known only when the graph runs.
    public static func filled<Other: TensorScalar>(
        _ value: Scalar, like other: Tensor<Other>
    ) -> Tensor {
        Tensor(unchecked: AnyTensor.constant(NDArray(value)).broadcast(like: other.anyTensor))
    }

    /// Zeros (of bool: false).
    public static func zeros(shape: [Int]) -> Tensor {
        Tensor(unchecked: .filled(0, Scalar.dtype, shape: shape, "zeros"))
    }

    /// Zeros (of bool: false) in the shape of another tensor.
    public static func zeros<Other: TensorScalar>(like other: Tensor<Other>) -> Tensor {
        Tensor(unchecked: .filled(0, like: other.anyTensor, dtype: Scalar.dtype))
    }

    /// Ones (of bool: true).
    public static func ones(shape: [Int]) -> Tensor {
        Tensor(unchecked: .filled(1, Scalar.dtype, shape: shape, "ones"))
    }

    /// Ones (of bool: true) in the shape of another tensor.
    public static func ones<Other: TensorScalar>(like other: Tensor<Other>) -> Tensor {
        Tensor(unchecked: .filled(1, like: other.anyTensor, dtype: Scalar.dtype))
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
    public static func iota<Other: TensorScalar>(like other: Tensor<Other>, axis: Int = 0) -> Tensor
    {
        Tensor(
            unchecked: .composed("iota", [other.anyTensor]) {
                .iota(
                    like: .filled(0, like: other.anyTensor, dtype: Scalar.dtype),
                    axis: try other.anyTensor.resolvedAxis(axis))
            })
    }

    /// The numbers from `start` on in steps of `step`, as many as lie before `end`.
    ///
    /// A step of 0 makes a tensor that carries an error.
    /// - Shape: [⌈(end − start) / step⌉], or [0] when the step leads away from `end`.
    public static func range(from start: Double = 0, to end: Double, by step: Double = 1) -> Tensor
    {
        Tensor(unchecked: .range(from: start, to: end, by: step, Scalar.dtype))
    }

    /// A matrix with ones on the diagonal and zeros elsewhere.
    ///
    /// - Shape: [rows, columns], square when no columns are given.
    public static func identity(_ rows: Int, columns: Int? = nil) -> Tensor {
        Tensor(unchecked: .identity(rows: rows, columns: columns ?? rows, Scalar.dtype))
    }

    /// One-hot vectors: `on` at the index and `off` elsewhere.
    ///
    /// An index outside `0..<depth` makes a vector of `off` only, as in TensorFlow.
    /// - Parameter axis: The place of the new axis in the result.
    /// - Shape: indices [d0, ...] → [d0, ..., depth].
    public static func oneHot<Index: IntegerScalar>(
        _ indices: Tensor<Index>, depth: Int, on: Scalar? = nil, off: Scalar? = nil, axis: Int = -1
    ) -> Tensor {
        Tensor(
            unchecked: .oneHot(
                indices.anyTensor, depth: depth, on: on?.doubleValue ?? 1,
                off: off?.doubleValue ?? 0, axis: axis, dtype: Scalar.dtype))
    }
}

extension Tensor where Scalar: FloatingScalar {
    /// `count` numbers at equal distances, both ends included.
    ///
    /// - Shape: [count].
    public static func linspace(from start: Double, to end: Double, count: Int) -> Tensor {
        Tensor(unchecked: .linspace(from: start, to: end, count: count, Scalar.dtype))
    }
}
