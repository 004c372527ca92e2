// SPDX-License-Identifier: Apache-2.0
@_exported public import Weft

/// TensorFlow 1's names and defaults over Weft, so that its programs port line by line.
///
/// ```swift
/// let x = tf.placeholder(tf.float32, [nil, 100])
/// let w = tf.Variable(tf.ones([100, 10]), name: "w")
/// let y = tf.nn.softmax(tf.matmul(x, w) + 0.5)
/// let sess = tf.Session()
/// try sess.run(tf.global_variables_initializer())
/// let result = try sess.run(y, feed_dict: [x: batch])
/// ```
///
/// Operations are those of TensorFlow's table, which files of graphs are read by. What TensorFlow kept in its
/// default graph stands in `tf.Graph`: variables, names and collections. Nodes belong to the tensors that use
/// them, as everywhere in Weft: equal ones are one, and building one again makes none.
public enum tf {
    /// A tensor; its element type is known at run time.
    public typealias Tensor = AnyTensor
    /// The dimensions of a tensor, as far as they are known.
    public typealias TensorShape = Shape

    /// IEEE half precision.
    public static let float16 = DType.float16
    /// IEEE half precision.
    public static let half = DType.float16
    /// The upper half of IEEE single precision.
    public static let bfloat16 = DType.bfloat16
    /// IEEE single precision, the default.
    public static let float32 = DType.float32
    /// IEEE double precision.
    public static let float64 = DType.float64
    /// IEEE double precision.
    public static let double = DType.float64
    /// Signed, 8 bits.
    public static let int8 = DType.int8
    /// Signed, 16 bits.
    public static let int16 = DType.int16
    /// Signed, 32 bits.
    public static let int32 = DType.int32
    /// Signed, 64 bits.
    public static let int64 = DType.int64
    /// Unsigned, 8 bits.
    public static let uint8 = DType.uint8
    /// Unsigned, 16 bits.
    public static let uint16 = DType.uint16
    /// True or false.
    public static let bool = DType.bool
    /// Two numbers of single precision.
    public static let complex64 = DType.complex64
    /// Two numbers of double precision.
    public static let complex128 = DType.complex128
    /// Strings of bytes.
    public static let string = DType.string

    /// A new axis in a subscript.
    public static let newaxis = TensorRange.newAxis

    /// The version of TensorFlow whose meaning the names have.
    public static let __version__ = "1.15.0"
    /// The same.
    public static let VERSION = __version__

    // MARK: Feeds and constants

    /// A value that every run must feed.
    public static func placeholder(
        _ dtype: DType, _ shape: Shape = .unknown, name: String? = nil
    ) -> Tensor {
        named(
            AnyTensor.placeholder(
                dtype, shape: shape, name: NameScope.qualified(name ?? "Placeholder")),
            name ?? "Placeholder")
    }

    /// A value that every run must feed.
    public static func placeholder(
        _ dtype: DType, shape: Shape, name: String? = nil
    ) -> Tensor {
        placeholder(dtype, shape, name: name)
    }

    /// A value that every run must feed, of the shape of an array.
    @_disfavoredOverload
    public static func placeholder(
        _ dtype: DType, _ shape: [Int], name: String? = nil
    ) -> Tensor {
        placeholder(dtype, Shape(shape), name: name)
    }

    /// A value that every run must feed, its type by name: `"float"`, `"int32"`, `"string"`.
    public static func placeholder(
        _ dtype: String, _ shape: Shape = .unknown, name: String? = nil
    ) -> Tensor {
        let names: [String: DType] = ["float": .float32, "double": .float64, "half": .float16]
        guard let type = names[dtype] ?? DType.allCases.first(where: { "\($0)" == dtype }) else {
            return .invalid("placeholder", name, "there is no element type '\(dtype)'")
        }
        return placeholder(type, shape, name: name)
    }

    /// A value that every run must feed.
    public static func placeholder(
        dtype: DType, shape: Shape = .unknown, name: String? = nil
    ) -> Tensor {
        placeholder(dtype, shape, name: name)
    }

    /// A value that every run must feed.
    public static func placeholder(
        shape: Shape, dtype: DType, name: String? = nil
    ) -> Tensor {
        placeholder(dtype, shape, name: name)
    }

    /// A value that every run must feed, its third argument the name.
    public static func placeholder(_ dtype: DType, _ shape: Shape, _ name: String) -> Tensor {
        placeholder(dtype, shape, name: name)
    }

    /// A value that every run must feed, the name before the shape.
    public static func placeholder(_ dtype: DType, name: String, shape: Shape) -> Tensor {
        placeholder(dtype, shape, name: name)
    }

    /// A value that runs may feed; `input` otherwise. It is itself, whatever else has that value.
    ///
    /// - Parameter shape: What is fed must have the shape of `input`, which this may not contradict.
    public static func placeholder_with_default(
        _ input: some TensorOperand, shape: Shape = .unknown, name: String? = nil
    ) -> Tensor {
        named(feedable(input.tensor(nil)), name)
    }

    /// The same value as a tensor of its own: who feeds it feeds no other one that happens to be equal, such as the zeros
    /// that a gradient begins with.
    static func feedable(_ tensor: Tensor) -> Tensor {
        let itself = CustomGradient { _, _, gradients in gradients }
        return .make(.customGradient(itself, outputs: 1), [tensor, tensor])
    }

    /// A value that runs may feed; `input` otherwise.
    public static func placeholder_with_default(
        _ input: some TensorOperand, _ shape: Shape, name: String? = nil
    ) -> Tensor {
        placeholder_with_default(input, shape: shape, name: name)
    }

    /// A constant: a number, an array, a nested list, a string.
    ///
    /// - Parameters:
    ///   - dtype: Its element type; nil for the value's.
    ///   - shape: Its dimensions; where there are fewer elements the last one is repeated.
    public static func constant(
        _ value: some TensorOperand, dtype: DType? = nil, shape: [Int]? = nil, name: String? = nil
    ) -> Tensor {
        let array = AnyTensor.composed("constant", []) {
            let array = try value.array(dtype)
            return .constant(try array.cast(to: dtype ?? array.dtype), name: name)
        }
        guard let shape, array.error == nil, array.shape != Shape(shape) else {
            return named(array, name)
        }
        let (count, wanted) = (array.shape.count ?? 0, ArraySize.count(shape))
        guard let wanted, count > 0, count <= wanted else {
            return .invalid("constant", name, "\(count) elements do not make the shape \(shape)")
        }
        if count == 1 { return named(array.reshaped(to: []).broadcasted(to: shape), name) }
        let flat = array.reshaped(to: [count])
        let last = flat.sliced([.range(from: count - 1)]).broadcasted(to: [wanted - count])
        return named(concatenated([flat, last], axis: 0).reshaped(to: shape), name)
    }

    /// A constant, its type unlabelled.
    public static func constant(
        _ value: some TensorOperand, _ dtype: DType, shape: [Int]? = nil, name: String? = nil
    ) -> Tensor {
        constant(value, dtype: dtype, shape: shape, name: name)
    }

    /// A constant, all by labels.
    public static func constant(
        value: some TensorOperand, shape: [Int]? = nil, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        constant(value, dtype: dtype, shape: shape, name: name)
    }

    /// A constant, its shape before its type.
    public static func constant(
        _ value: some TensorOperand, shape: [Int], dtype: DType, name: String? = nil
    ) -> Tensor {
        constant(value, dtype: dtype, shape: shape, name: name)
    }

    /// What stands for a tensor as one.
    public static func convert_to_tensor(
        _ value: some TensorOperand, dtype: DType? = nil, name: String? = nil
    ) -> Tensor {
        let tensor = value.tensor(dtype)
        guard let dtype, tensor.dtype != dtype else { return named(tensor, name) }
        return value.isKnown
            ? constant(value, dtype: dtype, name: name)
            : .invalid(
                "convert_to_tensor", name, "\(tensor) is no tensor of \(dtype); use `tf.cast`")
    }

    /// `x`, found by a name.
    public static func identity(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        named(x.tensor(nil), name)
    }

    /// `x`, through which no gradient flows.
    public static func stop_gradient(_ x: some TensorOperand, name: String? = nil) -> Tensor {
        call("StopGradient", [x.tensor(nil)], [:], name)
    }

    // MARK: Gradients

    /// The derivatives of the sum of `ys`, weighted by `grad_ys`, with respect to each of `xs`.
    ///
    /// - Throws: `GraphError` when a tensor carries one or the seeds do not fit.
    public static func gradients(
        _ ys: [any TensorConvertible], _ xs: [any TensorConvertible],
        grad_ys: [(any TensorConvertible)?]? = nil, name: String? = nil,
        stop_gradients: [any TensorConvertible] = [],
        unconnected_gradients: UnconnectedGradients = .none
    ) throws -> [Tensor?] {
        try Weft.gradients(
            of: ys.map(\.anyTensor), withRespectTo: xs.map(\.anyTensor),
            seeds: grad_ys.map { $0.map { $0?.anyTensor } },
            stoppingAt: stop_gradients.map(\.anyTensor), unconnected: unconnected_gradients)
    }

    /// The derivatives of the sum of `y` with respect to each of `xs`.
    ///
    /// - Throws: as `gradients` of several.
    public static func gradients(
        _ y: some TensorConvertible, _ xs: [any TensorConvertible],
        grad_ys: [(any TensorConvertible)?]? = nil, name: String? = nil,
        stop_gradients: [any TensorConvertible] = [],
        unconnected_gradients: UnconnectedGradients = .none
    ) throws -> [Tensor?] {
        try gradients(
            [y], xs, grad_ys: grad_ys, stop_gradients: stop_gradients,
            unconnected_gradients: unconnected_gradients)
    }

    /// The derivatives of the sum of `y`, weighted by `grad_ys`, with respect to each of `xs`.
    ///
    /// - Throws: as `gradients` of several.
    public static func gradients(
        _ y: some TensorConvertible, _ xs: [any TensorConvertible],
        _ grad_ys: some TensorConvertible
    ) throws -> [Tensor?] {
        try gradients([y], xs, grad_ys: [grad_ys])
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
