// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// What can stand beside an array in an expression: another array, or a number, which is taken in the
/// array's element type.
public protocol ArrayOperand {
    /// The operand beside `other`.
    ///
    /// - Throws: `GraphError` when `other` is of integers or bool and this is no such number.
    func array(beside other: NDArray) throws -> NDArray
}

extension NDArray: ArrayOperand {
    /// The array itself: element types are not converted.
    public func array(beside other: NDArray) -> NDArray { self }
}

/// A number that can stand beside an array.
public protocol ArrayNumber: ArrayOperand {}

extension Double: ArrayNumber {
    /// A scalar of the other's element type. It is fed and not a constant of a plan, so that a loop over
    /// numbers makes one plan.
    public func array(beside other: NDArray) throws -> NDArray {
        guard other.dtype.isFloatingPoint || other.dtype.isComplex else {
            guard let integer = Int(exactly: self) else {
                throw GraphError(
                    operation: "number",
                    reason:
                        "\(self) is no number of \(other.dtype); convert the array with `cast(to:)`"
                )
            }
            return try integer.array(beside: other)
        }
        return .filled(other.dtype, [], self)
    }
}

extension Float: ArrayNumber {
    /// A scalar of the other's element type.
    public func array(beside other: NDArray) throws -> NDArray {
        try Double(self).array(beside: other)
    }
}

extension Int: ArrayNumber {
    /// A scalar of the other's element type.
    public func array(beside other: NDArray) throws -> NDArray {
        if other.dtype.isFloatingPoint || other.dtype.isComplex {
            return try NDArray(self).cast(to: other.dtype)
        }
        let array = NDArray(integers: [Int64(self)], dtype: other.dtype, shape: [])
        guard other.dtype.isInteger, array.integers == [Int64(self)] else {
            throw GraphError(
                operation: "number",
                reason: "\(self) is no number of \(other.dtype); convert the array with `cast(to:)`"
            )
        }
        return array
    }
}
