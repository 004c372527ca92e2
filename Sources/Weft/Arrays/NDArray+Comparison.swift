// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Overloads for arrays are disfavoured: numbers in the source must stay numbers where they can be.

// Comparisons of arrays, element by element: arrays of bool. Whether two arrays are the same is `==`.

extension NDArray {
    /// Where the elements of `a` are equal; NaN equals nothing.
    @_disfavoredOverload
    public static func .== (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .== $1 }
    }

    /// Where the elements of `a` are not equal.
    @_disfavoredOverload
    public static func .!= (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .!= $1 }
    }

    /// Where the elements of `a` are less.
    @_disfavoredOverload
    public static func .< (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .< $1 }
    }

    /// Where the elements of `a` are less or equal.
    @_disfavoredOverload
    public static func .<= (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .<= $1 }
    }

    /// Where the elements of `a` are greater.
    @_disfavoredOverload
    public static func .> (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .> $1 }
    }

    /// Where the elements of `a` are greater or equal.
    @_disfavoredOverload
    public static func .>= (a: NDArray, b: some ArrayOperand) throws -> NDArray {
        try a.combined(b) { $0 .>= $1 }
    }

    /// Where both are true: of bool; of integers the same for each bit.
    @_disfavoredOverload
    public static func .& (a: NDArray, b: NDArray) throws -> NDArray {
        try a.combined(b) { $0 .& $1 }
    }
    /// Where at least one is true: of bool; of integers the same for each bit.
    @_disfavoredOverload
    public static func .| (a: NDArray, b: NDArray) throws -> NDArray {
        try a.combined(b) { $0 .| $1 }
    }
    /// Where one is true and the other is not: of bool; of integers the same for each bit.
    @_disfavoredOverload
    public static func .^ (a: NDArray, b: NDArray) throws -> NDArray {
        try a.combined(b) { $0 .^ $1 }
    }
    /// Where the elements are false; of integers all bits turned.
    @_disfavoredOverload
    public static prefix func .! (a: NDArray) throws -> NDArray {
        try a.computed { .!$0 }
    }
}

/// The elements of `a` where the condition holds, elsewhere those of `b`.
///
/// - Shape: all three are broadcast against each other.
@_disfavoredOverload
public func select(_ condition: NDArray, _ a: NDArray, _ b: NDArray) throws -> NDArray {
    try ArrayComputation.results([condition, a, b]) { [select($0[0], $0[1], $0[2])] }[0]
}

/// Where the elements are NaN, which no integers are.
@_disfavoredOverload
public func isNaN(_ x: NDArray) throws -> NDArray {
    try x.computed { .make(.compare(.notEqual), [$0, $0]) }
}

/// Where the elements are neither infinite nor NaN.
@_disfavoredOverload
public func isFinite(_ x: NDArray) throws -> NDArray {
    try x.computed { .make(.unary(.isFinite), [$0]) }
}
