// SPDX-License-Identifier: Apache-2.0

/// What stands for a tensor: a typed tensor, an untyped one, a variable.
public protocol TensorConvertible {
    /// The tensor meant.
    var anyTensor: AnyTensor { get }
}

/// What graphs compute, and branches and loops hand on: a tensor, or a list of tensors.
public protocol GraphValue: TensorConvertible {
    /// What is known of a list beside its tensor; nil for what is no list.
    var listType: ListType? { get }

    /// The value that `tensor` stands for, in another place of the graph than `other`: inside a loop
    /// that `other` enters, or behind it.
    ///
    /// - Parameter listType: What is known of a list there; nil for what is known of `other`.
    init(_ tensor: AnyTensor, like other: Self, listType: ListType?)
}

/// A tensor, its element type known when the program is compiled (`Tensor`) or when it runs
/// (`AnyTensor`).
///
/// Every function of tensors is written once, for both: what it takes and gives has the same form. What
/// the compiler cannot hold against an `AnyTensor`, such as that its elements are numbers, is held
/// against it when the function is called: the result carries an error then.
public protocol TensorProtocol: GraphValue, Hashable, Sendable, CustomStringConvertible {
    /// A number in a formula: a scalar of the tensor's element type, for `AnyTensor` a `Double`.
    associatedtype Number
    /// Truth values, which comparisons give.
    associatedtype Mask: LogicalTensor
    /// Positions and counts, of 64 bits.
    associatedtype Indices: IntegerTensor
    /// Positions that sorting gives, of 32 bits.
    associatedtype Order: IntegerTensor
    /// Strings, which numbers are written as.
    associatedtype Text: StringTensor

    /// The tensor, whose element type is checked: of another type it carries an error.
    init(_ tensor: AnyTensor)

    /// The number as a scalar of the element type of `other`.
    static func scalar(_ number: Number, like other: Self) -> Self
}

/// A tensor of numbers or strings, which can be sorted.
public protocol OrderedTensor: TensorProtocol {}

/// A tensor of numbers: any type but `bool` and `string`.
public protocol NumericTensor: OrderedTensor {}

/// A tensor of floating-point numbers.
public protocol FloatingTensor: NumericTensor {}

/// A tensor of integers.
public protocol IntegerTensor: NumericTensor {}

/// A tensor of truth values.
public protocol LogicalTensor: TensorProtocol {}

/// A tensor of strings of bytes.
public protocol StringTensor: OrderedTensor {}

extension Tensor: TensorProtocol {
    /// Truth values, which comparisons give.
    public typealias Mask = Tensor<Bool>
    /// Positions and counts, of 64 bits.
    public typealias Indices = Tensor<Int64>
    /// Positions that sorting gives, of 32 bits.
    public typealias Order = Tensor<Int32>
    /// Strings, which numbers are written as.
    public typealias Text = Tensor<String>

    /// The number as a tensor.
    public static func scalar(_ number: Scalar, like other: Tensor) -> Tensor { Tensor(number) }
}

extension Tensor: OrderedTensor where Scalar: OrderedScalar {}
extension Tensor: NumericTensor where Scalar: NumericScalar {}
extension Tensor: FloatingTensor where Scalar: FloatingScalar {}
extension Tensor: IntegerTensor where Scalar: IntegerScalar {}
extension Tensor: LogicalTensor where Scalar == Bool {}
extension Tensor: StringTensor where Scalar == String {}

extension AnyTensor: FloatingTensor, IntegerTensor, LogicalTensor, StringTensor {
    /// Truth values, which comparisons give.
    public typealias Mask = AnyTensor
    /// Positions and counts, of 64 bits.
    public typealias Indices = AnyTensor
    /// Positions that sorting gives, of 32 bits.
    public typealias Order = AnyTensor
    /// Strings, which numbers are written as.
    public typealias Text = AnyTensor

    /// The tensor itself.
    public init(_ tensor: AnyTensor) { self = tensor }

    /// The tensor itself.
    public var anyTensor: AnyTensor { self }

    /// The number converted to the element type of `other`.
    public static func scalar(_ number: Double, like other: AnyTensor) -> AnyTensor {
        scalar(number, other.dtype)
    }
}

extension TensorProtocol {
    /// nil: a tensor is no list.
    public var listType: ListType? { nil }

    /// The tensor, whose element type is checked.
    public init(_ tensor: AnyTensor, like other: Self, listType: ListType?) { self.init(tensor) }

    /// Element type and shape, as far as they are known.
    public var type: TensorType { anyTensor.type }
    /// The type of the elements.
    public var dtype: DType { anyTensor.dtype }
    /// The dimensions, as far as they are known.
    public var shape: Shape { anyTensor.shape }
    /// The number of dimensions; nil when unknown.
    public var rank: Int? { anyTensor.shape.rank }
    /// Why the tensor is invalid, if it is: the first error among all it was made from.
    public var error: GraphError? { anyTensor.error }

    /// The tensor, or the error that it carries.
    ///
    /// - Throws: `GraphError` when the tensor, or one that it was made from, was built wrongly.
    @discardableResult
    public func validated() throws -> Self {
        if let error { throw error }
        return self
    }

    /// Operation and type: `matmul 'layer1/matmul' f32[?, 10]`.
    public var description: String {
        let (node, index) = (anyTensor.node, anyTensor.index)
        return "\(node.label)\(node.types.count > 1 ? "#\(index)" : "") \(type)"
    }
}
