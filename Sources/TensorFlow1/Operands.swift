// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftTensorFlow

/// What may stand where TensorFlow 1 takes a tensor: a tensor, a variable, an array, a number, a string, a
/// truth value, or a nested list of these.
///
/// A number has no element type of its own: beside a tensor it takes the tensor's, alone it is of `int32` or
/// `float32`, as Python's numbers are there.
public protocol TensorOperand: InitialValue {
    /// The element type that others beside it take; nil for numbers and lists of numbers.
    var elementType: DType? { get }
    /// Whether the elements are known without a run: false for tensors.
    var isKnown: Bool { get }
    /// The operand as a tensor. A number becomes one of `dtype` unless that is nil; a tensor stays what it is.
    func tensor(_ dtype: DType?) -> AnyTensor
    /// The elements of what is known without a run, of `dtype` where the operand has no type of its own.
    ///
    /// - Throws: `GraphError` for a tensor, `ArrayError` when the elements have no array.
    func array(_ dtype: DType?) throws -> NDArray
}

extension TensorOperand {
    /// True: what is no tensor is known.
    public var isKnown: Bool { true }

    /// An operand that is not a tensor is a constant.
    public func tensor(_ dtype: DType?) -> AnyTensor {
        AnyTensor.composed("constant", []) { .constant(try array(dtype), name: nil) }
    }
}

/// An operand that is a tensor already.
public protocol GraphOperand: TensorOperand, TensorConvertible {}

extension GraphOperand {
    /// The tensor's element type.
    public var elementType: DType? { anyTensor.dtype }
    /// False: what a tensor is, a run says.
    public var isKnown: Bool { false }
    /// The tensor, whatever `dtype` is.
    public func tensor(_ dtype: DType?) -> AnyTensor { anyTensor }
    /// - Throws: always: what a tensor is, a run says.
    public func array(_ dtype: DType?) throws -> NDArray {
        throw GraphError(
            operation: "array", reason: "\(anyTensor) has no value outside of a run; fetch it first"
        )
    }
}

extension AnyTensor: GraphOperand {}
extension Weft.Tensor: GraphOperand, TensorOperand, InitialValue {}
extension Weft.Variable: GraphOperand, TensorOperand, InitialValue {}
extension VariableHandle: GraphOperand {}

extension NDArray: TensorOperand {
    /// The array's element type.
    public var elementType: DType? { dtype }
    /// The array itself.
    public func array(_ dtype: DType?) -> NDArray { self }
}

/// A number that takes the element type of what it stands beside.
public protocol NumberOperand: TensorOperand {}

extension NumberOperand {
    /// nil: a number takes the type of the others.
    public var elementType: DType? { nil }
}

extension Int: NumberOperand {
    /// The number, of `int32` if nothing else is said and it fits, else of `int64`.
    public func array(_ dtype: DType?) throws -> NDArray {
        let usual: DType = Int32(exactly: self) == nil ? .int64 : .int32
        let dtype = dtype ?? usual
        guard dtype.isInteger else { return try NDArray(Int64(self)).cast(to: dtype) }
        let array = NDArray(integers: [Int64(self)], dtype: dtype, shape: [])
        guard array.integers == [Int64(self)] else { throw noNumber(self, of: dtype) }
        return array
    }
}

extension Double: NumberOperand {
    /// The number, of `float32` if nothing else is said.
    public func array(_ dtype: DType?) throws -> NDArray {
        let dtype = dtype ?? .float32
        if dtype.isInteger {
            guard let integer = Int(exactly: self) else { throw noNumber(self, of: dtype) }
            return try integer.array(dtype)
        }
        return try NDArray(self).cast(to: dtype)
    }
}

extension Float: NumberOperand {
    /// The number, of `float32` if nothing else is said.
    public func array(_ dtype: DType?) throws -> NDArray { try Double(self).array(dtype) }
}

extension Bool: NumberOperand {
    /// The truth value.
    public func array(_ dtype: DType?) throws -> NDArray {
        guard dtype ?? .bool == .bool else {
            throw GraphError(
                operation: "constant", reason: "\(self) is no \(dtype ?? .bool); write a number")
        }
        return NDArray(self)
    }
}

extension String: NumberOperand {
    /// The string.
    public func array(_ dtype: DType?) throws -> NDArray {
        guard dtype ?? .string == .string else {
            throw GraphError(
                operation: "constant", reason: "the string '\(self)' is no \(dtype ?? .string)")
        }
        return NDArray(self)
    }
}

private func noNumber(_ number: some Any, of dtype: DType) -> GraphError {
    GraphError(operation: "constant", reason: "\(number) is no number of \(dtype)")
}

extension Shape: TensorOperand {
    /// A shape's sizes are of `int32`.
    public var elementType: DType? { .int32 }
    /// The sizes, all of which must be known.
    ///
    /// - Throws: `GraphError` when one is unknown.
    public func array(_ dtype: DType?) throws -> NDArray {
        guard let dimensions else {
            throw GraphError(
                operation: "constant",
                reason: "the sizes of \(self) are not all known; use `tf.shape` of the tensor")
        }
        return NDArray(
            integers: dimensions.map(Int64.init), dtype: dtype ?? .int32, shape: [dimensions.count])
    }
}

extension Optional: InitialValue, TensorOperand where Wrapped: TensorOperand {
    /// The element type of what is there.
    public var elementType: DType? { flatMap(\.elementType) }
    /// Whether what is there is known.
    public var isKnown: Bool { self?.isKnown ?? true }
    /// What is there as a tensor; of nothing one that carries an error.
    public func tensor(_ dtype: DType?) -> AnyTensor {
        if let self { return self.tensor(dtype) }
        return .invalid(
            "constant", nil, "an operand is nil: a size that is unknown, or no gradient")
    }
    /// - Throws: `GraphError` where nothing is.
    public func array(_ dtype: DType?) throws -> NDArray {
        if let self { return try self.array(dtype) }
        throw GraphError(operation: "constant", reason: "an operand is nil: a size that is unknown")
    }
}

extension Array: InitialValue, TensorOperand where Element: TensorOperand {
    /// The type of the first element that has one.
    public var elementType: DType? { lazy.compactMap(\.elementType).first }
    /// Whether all elements are known.
    public var isKnown: Bool { allSatisfy(\.isKnown) }

    /// The elements along a new first axis.
    public func tensor(_ dtype: DType?) -> AnyTensor { tf.packed(self, dtype) }

    /// The elements along a new first axis.
    public func array(_ dtype: DType?) throws -> NDArray {
        if let numbers = self as? [Double], dtype ?? .float32 == .float32 {
            return NDArray(numbers.map { Float($0) })
        }
        if let numbers = self as? [Float], dtype ?? .float32 == .float32 { return NDArray(numbers) }
        return try tf.packedArray(self, dtype)
    }
}

extension tf {
    /// The elements of a list along a new first axis: a constant unless one is a tensor.
    static func packed(_ elements: [any TensorOperand], _ dtype: DType?) -> AnyTensor {
        let dtype = elements.lazy.compactMap(\.elementType).first ?? dtype
        guard elements.allSatisfy(\.isKnown) else {
            return call("Pack", elements.map { $0.tensor(dtype) }, ["axis": .int(0)])
        }
        return AnyTensor.composed("constant", []) {
            .constant(try packedArray(elements, dtype), name: nil)
        }
    }

    /// The elements of a list along a new first axis.
    ///
    /// - Throws: `GraphError` when one is a tensor, or they differ in shape.
    static func packedArray(_ elements: [any TensorOperand], _ dtype: DType?) throws -> NDArray {
        var parts = try elements.map { try $0.array(dtype) }
        let types = Set(parts.map(\.dtype))
        if types.count > 1 {
            let wide: DType =
                if types.contains(.float64) {
                    .float64
                } else {
                    types.contains(where: \.isFloatingPoint) ? .float32 : .int64
                }
            parts = try parts.map { try $0.cast(to: wide) }
        }
        let shape = parts.first?.shape ?? []
        guard parts.allSatisfy({ $0.shape == shape }) else {
            throw GraphError(
                operation: "constant",
                reason: "the parts of a list differ in shape: \(parts.map(\.shape))")
        }
        return try NDArray(
            stacking: parts, parts.first?.dtype ?? dtype ?? .float32, shape)
    }

    /// An operand as a tensor of its own.
    static func tensor(_ operand: any TensorOperand, _ dtype: DType? = nil) -> AnyTensor {
        operand.tensor(dtype)
    }

    /// Two operands of one element type: a number takes the other's.
    static func pair(
        _ x: any TensorOperand, _ y: any TensorOperand
    ) -> (AnyTensor, AnyTensor) {
        let dtype = x.elementType ?? y.elementType ?? common(x, y)
        return (x.tensor(dtype), y.tensor(dtype))
    }

    /// The type of two numbers: that of the one with a fraction.
    private static func common(_ x: any TensorOperand, _ y: any TensorOperand) -> DType? {
        let types = [x, y].map { $0.tensor(nil).dtype }
        return types.first(where: \.isFloatingPoint) ?? types.first
    }
}

/// One axis or several: a number or a list of numbers.
public protocol AxisConvertible {
    /// The axes, negative ones from the end.
    var axes: [Int] { get }
}

extension Int: AxisConvertible {
    /// The one axis.
    public var axes: [Int] { [self] }
}

extension [Int]: AxisConvertible {
    /// The axes themselves.
    public var axes: [Int] { self }
}

/// What stands for the sizes of a shape beside a list of them: a shape, a tensor of integers.
public protocol SizesOperand: TensorOperand {}

extension AnyTensor: SizesOperand {}
extension Weft.Tensor: SizesOperand {}
extension Shape: SizesOperand {}
extension NDArray: SizesOperand {}
