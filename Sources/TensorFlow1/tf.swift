// SPDX-License-Identifier: Apache-2.0
@_exported public import Weft

/// TensorFlow 1's names and defaults over Weft, so that its programs port line by line.
///
/// ```swift
/// let x = tf.placeholder(dtype: tf.float32, shape: [100])
/// let w = tf.Variable(tf.ones([100, 100]))
/// let out = tf.mul(x, w)
/// let sess = tf.Session()
/// try sess.run(tf.initialize_all_variables())
/// let result = try sess.run(out, feed_dict: [x: a])
/// ```
///
/// What TensorFlow kept in its default graph stands here in `tf.Collections`: only which variables
/// there are and their names. Nodes belong to the tensors that use them, as everywhere in Weft.
public enum tf {
    /// A tensor; its element type is known at run time.
    public typealias Tensor = AnyTensor

    /// IEEE half precision.
    public static let float16 = DType.float16
    /// IEEE single precision, the default.
    public static let float32 = DType.float32
    /// IEEE double precision.
    public static let float64 = DType.float64
    /// Signed, 32 bits.
    public static let int32 = DType.int32
    /// Signed, 64 bits.
    public static let int64 = DType.int64
    /// Unsigned, 8 bits.
    public static let uint8 = DType.uint8
    /// True or false.
    public static let bool = DType.bool

    /// A value that every run must feed.
    public static func placeholder(
        dtype: DType, shape: Shape = .unknown, name: String? = nil
    ) -> Tensor {
        AnyTensor.placeholder(dtype, shape: shape, name: name ?? "Placeholder")
    }

    /// A constant of the array's type, or of `dtype`.
    public static func constant(
        _ value: NDArray, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        AnyTensor.composed("constant", []) {
            .constant(try value.cast(to: dtype ?? value.dtype), name: name)
        }
    }

    /// A tensor of ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        filled(1, dtype, shape)
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
        filled(0, dtype, shape)
    }

    private static func filled(_ number: Double, _ dtype: DType, _ shape: [Int]) -> Tensor {
        guard ArraySize.count(shape) != nil else {
            return .invalid("fill", nil, "\(shape) is not the shape of an array")
        }
        return AnyTensor.scalar(number, dtype).broadcasted(to: shape)
    }

    // MARK: Operations

    /// `x * y`, element by element, with broadcasting.
    public static func mul(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        AnyTensor.binary(.multiply, x.anyTensor, y.anyTensor)
    }
    /// `x * y`, element by element, with broadcasting.
    public static func multiply(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor
    {
        mul(x, y)
    }
    /// `x + y`, element by element, with broadcasting.
    public static func add(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        AnyTensor.binary(.add, x.anyTensor, y.anyTensor)
    }
    /// `x - y`, element by element, with broadcasting.
    public static func subtract(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor
    {
        AnyTensor.binary(.subtract, x.anyTensor, y.anyTensor)
    }
    /// `x / y`, element by element, with broadcasting; the quotient of integers is rounded down, as
    /// in TensorFlow since 1.0: −7 / 2 is −4.
    public static func div(_ x: some TensorConvertible, _ y: some TensorConvertible) -> Tensor {
        let (x, y) = (x.anyTensor, y.anyTensor)
        return .binary(x.dtype.isInteger ? .floorDivide : .divide, x, y)
    }
    /// The product of the last two dimensions, for each index of those before.
    public static func matmul(
        _ a: some TensorConvertible, _ b: some TensorConvertible, transpose_a: Bool = false,
        transpose_b: Bool = false
    ) -> Tensor {
        Weft.matmul(
            a.anyTensor, b.anyTensor, transposingFirst: transpose_a, transposingSecond: transpose_b)
    }
    /// `x * x`.
    public static func square(_ x: some TensorConvertible) -> Tensor { mul(x, x) }
    /// The sum over `axis`, over all dimensions when nil.
    public static func reduce_sum(
        _ x: some TensorConvertible, axis: [Int]? = nil, keepdims: Bool = false
    ) -> Tensor {
        x.anyTensor.sum(axes: axis, keepingDimensions: keepdims)
    }
    /// The mean over `axis`, over all dimensions when nil.
    public static func reduce_mean(
        _ x: some TensorConvertible, axis: [Int]? = nil, keepdims: Bool = false
    ) -> Tensor {
        x.anyTensor.mean(axes: axis, keepingDimensions: keepdims)
    }
    /// `x`, through which no gradient flows.
    public static func stop_gradient(_ x: some TensorConvertible) -> Tensor {
        AnyTensor.make(.stopGradient, [x.anyTensor])
    }
    /// `x` itself: a node that computes nothing is none.
    public static func identity(_ x: some TensorConvertible) -> Tensor { x.anyTensor }

    /// The derivatives of the sum of `ys`, weighted by `grad_ys`, with respect to each of `xs`.
    ///
    /// - Throws: `GraphError` when a tensor carries one or the seeds do not fit.
    public static func gradients(
        _ ys: [any TensorConvertible], _ xs: [any TensorConvertible],
        grad_ys: [(any TensorConvertible)?]? = nil, stop_gradients: [any TensorConvertible] = [],
        unconnected_gradients: UnconnectedGradients = .none
    ) throws -> [Tensor?] {
        try Weft.gradients(
            of: ys.map(\.anyTensor), withRespectTo: xs.map(\.anyTensor),
            seeds: grad_ys.map { $0.map { $0?.anyTensor } },
            stoppingAt: stop_gradients.map(\.anyTensor), unconnected: unconnected_gradients)
    }

    /// The derivative of the sum of `y` with respect to `x`.
    ///
    /// - Throws: as `gradients` of several.
    public static func gradients(
        _ y: some TensorConvertible, _ x: some TensorConvertible,
        _ grad_ys: [any TensorConvertible]? = nil
    ) throws -> [Tensor?] {
        try gradients([y], [x], grad_ys: grad_ys.map { $0.map { Optional($0) } })
    }
}
