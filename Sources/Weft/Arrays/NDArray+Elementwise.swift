// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

// Overloads for arrays are disfavoured: numbers in the source must stay numbers where they can be.

// Functions of arrays, element by element: those of tensors, computed at once.

/// e to the power of x.
@_disfavoredOverload
public func exp(_ x: NDArray) throws -> NDArray { try x.computed { exp($0) } }

/// e^x − 1, exact also near 0.
@_disfavoredOverload
public func expMinusOne(_ x: NDArray) throws -> NDArray {
    try x.computed { expMinusOne($0) }
}

/// The natural logarithm; −∞ at 0, NaN below.
@_disfavoredOverload
public func log(_ x: NDArray) throws -> NDArray { try x.computed { log($0) } }

/// The square root; NaN below 0.
@_disfavoredOverload
public func sqrt(_ x: NDArray) throws -> NDArray { try x.computed { sqrt($0) } }

/// One over the square root.
@_disfavoredOverload
public func rsqrt(_ x: NDArray) throws -> NDArray { try x.computed { rsqrt($0) } }

/// The cube root.
@_disfavoredOverload
public func cbrt(_ x: NDArray) throws -> NDArray { try x.computed { cbrt($0) } }

/// One divided by x.
@_disfavoredOverload
public func reciprocal(_ x: NDArray) throws -> NDArray {
    try x.computed { reciprocal($0) }
}

/// The sine of an angle in radians.
@_disfavoredOverload
public func sin(_ x: NDArray) throws -> NDArray { try x.computed { sin($0) } }

/// The cosine of an angle in radians.
@_disfavoredOverload
public func cos(_ x: NDArray) throws -> NDArray { try x.computed { cos($0) } }

/// The tangent of an angle in radians.
@_disfavoredOverload
public func tan(_ x: NDArray) throws -> NDArray { try x.computed { tan($0) } }

/// The angle in radians, −π/2 to π/2, whose sine is x.
@_disfavoredOverload
public func asin(_ x: NDArray) throws -> NDArray { try x.computed { asin($0) } }

/// The angle in radians, 0 to π, whose cosine is x.
@_disfavoredOverload
public func acos(_ x: NDArray) throws -> NDArray { try x.computed { acos($0) } }

/// The angle in radians, −π/2 to π/2, whose tangent is x.
@_disfavoredOverload
public func atan(_ x: NDArray) throws -> NDArray { try x.computed { atan($0) } }

/// The hyperbolic sine.
@_disfavoredOverload
public func sinh(_ x: NDArray) throws -> NDArray { try x.computed { sinh($0) } }

/// The hyperbolic cosine.
@_disfavoredOverload
public func cosh(_ x: NDArray) throws -> NDArray { try x.computed { cosh($0) } }

/// The hyperbolic tangent.
@_disfavoredOverload
public func tanh(_ x: NDArray) throws -> NDArray { try x.computed { tanh($0) } }

/// The inverse of the hyperbolic sine.
@_disfavoredOverload
public func asinh(_ x: NDArray) throws -> NDArray { try x.computed { asinh($0) } }

/// The inverse of the hyperbolic cosine; NaN below 1.
@_disfavoredOverload
public func acosh(_ x: NDArray) throws -> NDArray { try x.computed { acosh($0) } }

/// The inverse of the hyperbolic tangent.
@_disfavoredOverload
public func atanh(_ x: NDArray) throws -> NDArray { try x.computed { atanh($0) } }

/// 1 / (1 + e^−x).
@_disfavoredOverload
public func sigmoid(_ x: NDArray) throws -> NDArray {
    try x.computed { sigmoid($0) }
}

/// x where it is positive, else 0.
@_disfavoredOverload
public func relu(_ x: NDArray) throws -> NDArray { try x.computed { relu($0) } }

/// The error function.
@_disfavoredOverload
public func erf(_ x: NDArray) throws -> NDArray { try x.computed { erf($0) } }

/// One minus the error function, exact also for large x.
@_disfavoredOverload
public func erfc(_ x: NDArray) throws -> NDArray { try x.computed { erfc($0) } }

/// The logarithm of the absolute value of the gamma function.
@_disfavoredOverload
public func lgamma(_ x: NDArray) throws -> NDArray {
    try x.computed { lgamma($0) }
}

/// The largest integer that is not greater.
@_disfavoredOverload
public func floor(_ x: NDArray) throws -> NDArray { try x.computed { floor($0) } }

/// The smallest integer that is not less.
@_disfavoredOverload
public func ceil(_ x: NDArray) throws -> NDArray { try x.computed { ceil($0) } }

/// The nearest integer, the even one of two.
@_disfavoredOverload
public func round(_ x: NDArray) throws -> NDArray { try x.computed { round($0) } }

/// The absolute value.
@_disfavoredOverload
public func abs(_ x: NDArray) throws -> NDArray { try x.computed { abs($0) } }

/// The sign: −1, 0 or 1; NaN stays.
@_disfavoredOverload
public func sign(_ x: NDArray) throws -> NDArray { try x.computed { sign($0) } }

/// The logarithm of 1 + x, exact also near 0.
@_disfavoredOverload
public func log(onePlus x: NDArray) throws -> NDArray {
    try x.computed { log(onePlus: $0) }
}

/// x · x.
@_disfavoredOverload
public func square(_ x: NDArray) throws -> NDArray { try x.computed { square($0) } }

/// `a` to the power of `b`.
@_disfavoredOverload
public func pow(_ a: NDArray, _ b: some ArrayOperand) throws -> NDArray {
    try a.combined(b) { pow($0, $1) }
}

/// The greater of two elements; NaN if one is.
@_disfavoredOverload
public func maximum(_ a: NDArray, _ b: some ArrayOperand) throws -> NDArray {
    try a.combined(b) { maximum($0, $1) }
}

/// The lesser of two elements; NaN if one is.
@_disfavoredOverload
public func minimum(_ a: NDArray, _ b: some ArrayOperand) throws -> NDArray {
    try a.combined(b) { minimum($0, $1) }
}

/// The angle in radians, −π to π, of the point (b, a).
@_disfavoredOverload
public func atan2(_ a: NDArray, _ b: some ArrayOperand) throws -> NDArray {
    try a.combined(b) { atan2($0, $1) }
}

extension NDArray {
    /// The elements moved into a range.
    public func clipped(to range: ClosedRange<Double>) throws -> NDArray {
        let bounds = try [range.lowerBound, range.upperBound].map { try $0.array(beside: self) }
        return try ArrayComputation.results([self] + bounds) {
            [$0[0].clipped(from: $0[1], to: $0[2])]
        }[0]
    }
}
