// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Overloads for arrays are disfavoured: numbers in the source must stay numbers where they can be.

// Arithmetic of arrays, element by element. Shapes are broadcast as NumPy does it; element types must
// be the same, but numbers take the array's.
//
// Operators throw: one `try` stands before the whole expression.

extension NDArray {
    /// The sum.
    @_disfavoredOverload
    public static func + (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 + $1 }
    }
    /// The sum.
    @_disfavoredOverload
    public static func + (a: some ArrayNumber, b: NDArray) throws -> NDArray {
        try a.array(beside: b) + b
    }

    /// The difference.
    @_disfavoredOverload
    public static func - (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 - $1 }
    }
    /// The difference.
    @_disfavoredOverload
    public static func - (a: some ArrayNumber, b: NDArray) throws -> NDArray {
        try a.array(beside: b) - b
    }

    /// The product, element by element.
    @_disfavoredOverload
    public static func * (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 * $1 }
    }
    /// The product, element by element.
    @_disfavoredOverload
    public static func * (a: some ArrayNumber, b: NDArray) throws -> NDArray {
        try a.array(beside: b) * b
    }

    /// The quotient; of integers rounded toward zero.
    @_disfavoredOverload
    public static func / (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 / $1 }
    }
    /// The quotient; of integers rounded toward zero.
    @_disfavoredOverload
    public static func / (a: some ArrayNumber, b: NDArray) throws -> NDArray {
        try a.array(beside: b) / b
    }

    /// The remainder with the sign of the divisor.
    @_disfavoredOverload
    public static func % (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 % $1 }
    }
    /// The remainder with the sign of the divisor.
    @_disfavoredOverload
    public static func % (a: some ArrayNumber, b: NDArray) throws -> NDArray {
        try a.array(beside: b) % b
    }

    /// The negative.
    @_disfavoredOverload
    public static prefix func - (a: NDArray) throws -> NDArray { try a.computed { -$0 } }

    /// `a = a + b`.
    @_disfavoredOverload
    public static func += (a: inout NDArray, b: some ArrayOperand) throws { a = try a + b }
    /// `a = a - b`.
    @_disfavoredOverload
    public static func -= (a: inout NDArray, b: some ArrayOperand) throws { a = try a - b }
    /// `a = a * b`.
    @_disfavoredOverload
    public static func *= (a: inout NDArray, b: some ArrayOperand) throws { a = try a * b }
    /// `a = a / b`.
    @_disfavoredOverload
    public static func /= (a: inout NDArray, b: some ArrayOperand) throws { a = try a / b }
}
