// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The elementwise functions of one operand. Each has its facts in one row of `descriptor`.
/// Numbers, by which nodes are compared and hashed: a name's hash takes as long as all else of a node's.
package enum UnaryKind: UInt8, CaseIterable, Hashable, Sendable {
    case negate, abs, sign, floor, ceil, round, roundAwayFromZero
    case exp, expMinusOne, log, logOnePlus, sqrt, rsqrt, cbrt, reciprocal
    case sin, cos, tan, asin, acos, atan
    case sinh, cosh, tanh, asinh, acosh, atanh
    case sigmoid, relu, erf, erfc, erfInverse, lgamma, digamma
    case not, populationCount, countLeadingZeros, isFinite
}

extension UnaryKind {
    private static let names = allCases.map { "\($0)" }
    private static let rows = allCases.map(\.row)
    private static let operandClasses = rows.map(\.operands)

    package var name: String { Self.names[Int(rawValue)] }

    package var descriptor: UnaryDescriptor { Self.rows[Int(rawValue)] }

    /// The row's operands: they are asked for at every node and instruction, and a row is large.
    var operands: DTypeClass { Self.operandClasses[Int(rawValue)] }

    /// The row of the function. Gradients at kinks and poles are TensorFlow's; but where nothing
    /// flows from above, nothing flows on, however steep the function is: a branch that is not taken
    /// has no effect.
    private var row: UnaryDescriptor {
        switch self {
        case .negate:
            // The negative, −x; unsigned integers wrap.
            UnaryDescriptor(
                operands: .numeric,
                reference: { -$0 }, integer: { x, _ in 0 &- x }, gradient: { _, _, g in -g },
                tolerance: 0)
        case .abs:
            // The absolute value.
            UnaryDescriptor(
                operands: .numeric, reference: { Swift.abs($0) },
                integer: { x, t in t.isSignedInteger && x < 0 ? 0 &- x : x },
                gradient: { x, _, g in g * AnyTensor.unary(.sign, x) }, domain: 0.25...2,
                tolerance: 0)
        case .sign:
            // The sign: −1, 0 or 1; −0 and NaN stay.
            UnaryDescriptor(
                operands: .numeric,
                reference: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
                integer: { x, t in x == 0 ? 0 : t.isSignedInteger && x < 0 ? -1 : 1 },
                gradient: { x, _, _ in AnyTensor.zeros(like: x) }, domain: 0.25...2, tolerance: 0)
        case .floor:
            // The largest integer that is not greater.
            UnaryDescriptor(
                reference: { $0.rounded(.down) },
                domain: 0.25...0.75, tolerance: 0)
        case .ceil:
            // The smallest integer that is not less.
            UnaryDescriptor(
                reference: { $0.rounded(.up) },
                domain: 0.25...0.75, tolerance: 0)
        case .round:
            // The nearest integer, ties to even.
            UnaryDescriptor(
                reference: { $0.rounded(.toNearestOrEven) }, domain: 0.1...0.4, tolerance: 0)
        case .roundAwayFromZero:
            // The nearest integer, ties away from zero.
            UnaryDescriptor(
                reference: { $0.rounded(.toNearestOrAwayFromZero) }, domain: 0.1...0.4, tolerance: 0
            )
        case .exp:
            // The exponential function.
            UnaryDescriptor(
                reference: { CMath.exp($0) },
                gradient: { _, y, g in g * y })
        case .expMinusOne:
            // exp(x) − 1, exact near 0.
            UnaryDescriptor(
                reference: { expm1($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.exp, x) })
        case .log:
            // The natural logarithm.
            UnaryDescriptor(
                reference: { CMath.log($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.reciprocal, x), g)
                }, domain: 0.25...4)
        case .logOnePlus:
            // log(1 + x), exact near 0.
            UnaryDescriptor(
                reference: { log1p($0) },
                gradient: { x, _, g in AnyTensor.divideUnlessBothZero(g, x + 1) },
                domain: -0.5...2)
        case .sqrt:
            // The square root.
            UnaryDescriptor(
                reference: { $0.squareRoot() },
                gradient: { _, y, g in
                    // Infinite at 0 times an upstream of 0 is 0, as in TensorFlow's SqrtGrad.
                    AnyTensor.multiplyNoNaN(0.5 / y, g)
                }, domain: 0.25...4, tolerance: 1)
        case .rsqrt:
            // One over the square root.
            UnaryDescriptor(
                reference: { 1 / $0.squareRoot() },
                gradient: { _, y, g in AnyTensor.multiplyNoNaN(y * y * y, -0.5 * g) },
                domain: 0.25...4)
        case .cbrt:
            // The cube root.
            UnaryDescriptor(
                reference: { CMath.cbrt($0) },
                gradient: { _, y, g in AnyTensor.divideUnlessBothZero(g, 3 * (y * y)) },
                domain: 0.25...4)
        case .reciprocal:
            // One divided by x.
            UnaryDescriptor(
                reference: { 1 / $0 },
                gradient: { _, y, g in AnyTensor.multiplyNoNaN(-(y * y), g) }, domain: 0.25...4,
                tolerance: 1)
        case .sin:
            // The sine of an angle in radians.
            UnaryDescriptor(
                reference: { CMath.sin($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.cos, x) })
        case .cos:
            // The cosine of an angle in radians.
            UnaryDescriptor(
                reference: { CMath.cos($0) },
                gradient: { x, _, g in -(g * AnyTensor.unary(.sin, x)) })
        case .tan:
            // The tangent of an angle in radians.
            UnaryDescriptor(
                reference: { CMath.tan($0) },
                gradient: { _, y, g in g * (1 + y * y) }, domain: -1...1)
        case .asin:
            // The angle in radians whose sine is x.
            UnaryDescriptor(
                reference: { CMath.asin($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.rsqrt, 1 - x * x), g)
                }, domain: -0.75...0.75)
        case .acos:
            // The angle in radians whose cosine is x.
            UnaryDescriptor(
                reference: { CMath.acos($0) },
                gradient: { x, _, g in
                    -AnyTensor.multiplyNoNaN(AnyTensor.unary(.rsqrt, 1 - x * x), g)
                }, domain: -0.75...0.75)
        case .atan:
            // The angle in radians whose tangent is x.
            UnaryDescriptor(
                reference: { CMath.atan($0) },
                gradient: { x, _, g in g / (1 + x * x) })
        case .sinh:
            // The hyperbolic sine.
            UnaryDescriptor(
                reference: { CMath.sinh($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.cosh, x) })
        case .cosh:
            // The hyperbolic cosine.
            UnaryDescriptor(
                reference: { CMath.cosh($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.sinh, x) })
        case .tanh:
            // The hyperbolic tangent.
            UnaryDescriptor(
                reference: { CMath.tanh($0) },
                gradient: { _, y, g in g * (1 - y * y) }, tolerance: 6)
        case .asinh:
            // The inverse of the hyperbolic sine.
            UnaryDescriptor(
                reference: { CMath.asinh($0) },
                gradient: { x, _, g in
                    // Where x² could overflow the 1 has no digit left in the sum.
                    let size = AnyTensor.unary(.abs, x)
                    let isLarge = AnyTensor.compare(.greater, size, .scalar(0x1p60, x.dtype))
                    return g
                        * select(
                            isLarge, AnyTensor.unary(.reciprocal, size),
                            AnyTensor.unary(.rsqrt, 1 + x * x))
                })
        case .acosh:
            // The inverse of the hyperbolic cosine.
            UnaryDescriptor(
                reference: { CMath.acosh($0) },
                gradient: { _, y, g in
                    AnyTensor.divideUnlessBothZero(g, AnyTensor.unary(.sinh, y))
                }, domain: 1.25...3)
        case .atanh:
            // The inverse of the hyperbolic tangent.
            UnaryDescriptor(
                reference: { CMath.atanh($0) },
                gradient: { x, _, g in AnyTensor.divideUnlessBothZero(g, 1 - x * x) },
                domain: -0.75...0.75)
        case .sigmoid:
            // 1 / (1 + exp(−x)).
            UnaryDescriptor(
                reference: { SpecialFunctions.sigmoid($0) },
                gradient: { _, y, g in g * (y * (1 - y)) })
        case .relu:
            // x where it is positive, else 0; NaN stays.
            UnaryDescriptor(
                operands: .numeric,
                reference: { $0.isNaN || $0 > 0 ? $0 : 0 },
                integer: { x, t in t.isSignedInteger && x < 0 ? 0 : x },
                gradient: { _, y, g in
                    select(
                        y .> 0, g,
                        AnyTensor.scalar(0, g.dtype))
                }, domain: 0.25...2, tolerance: 0)
        case .erf:
            // The error function.
            UnaryDescriptor(
                reference: { CMath.erf($0) },
                gradient: { x, _, g in
                    g * (AnyTensor.unary(.exp, -(x * x)) * 1.1283791670955126)
                }, tolerance: 8)
        case .erfc:
            // One minus the error function, exact for large x.
            UnaryDescriptor(
                reference: { CMath.erfc($0) },
                gradient: { x, _, g in
                    g * (AnyTensor.unary(.exp, -(x * x)) * -1.1283791670955126)
                }, tolerance: 8)
        case .erfInverse:
            // The x whose error function is given.
            UnaryDescriptor(
                reference: { SpecialFunctions.erfInverse($0) },
                gradient: { _, y, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.exp, y * y) * 0.886226925452758, g)
                }, domain: -0.75...0.75, tolerance: 8)
        case .lgamma:
            // The logarithm of the absolute value of the gamma function.
            UnaryDescriptor(
                reference: { SpecialFunctions.lgamma($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.digamma, x), g)
                }, domain: 2.5...5,
                tolerance: 8)
        case .digamma:
            // The derivative of the logarithm of the gamma function.
            UnaryDescriptor(
                reference: { SpecialFunctions.digamma($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(
                        AnyTensor.binary(.polygamma, AnyTensor.scalar(1, x.dtype), x), g)
                }, domain: 2...5, tolerance: 16)
        case .not:
            // The logical negation, or of integers the bitwise one.
            UnaryDescriptor(
                operands: .integerOrBool, reference: { $0 },
                integer: { x, t in t == .bool ? (x == 0 ? 1 : 0) : ~x }, tolerance: 0)
        case .populationCount:
            // The number of bits that are 1.
            UnaryDescriptor(
                operands: .integer, reference: { $0 },
                integer: { x, t in
                    let unused = UInt64(64 - t.size * 8)
                    return Int64((UInt64(bitPattern: x) << unused).nonzeroBitCount)
                }, tolerance: 0)
        case .countLeadingZeros:
            // The number of zero bits before the first 1.
            UnaryDescriptor(
                operands: .integer,
                reference: { $0 },
                integer: { x, t in
                    let bits = t.size * 8
                    let shifted = UInt64(bitPattern: x) << UInt64(64 - bits)
                    return Int64(min(shifted.leadingZeroBitCount, bits))
                }, tolerance: 0)
        case .isFinite:
            // Whether x is neither infinite nor NaN.
            UnaryDescriptor(
                result: .bool,
                reference: { $0.isFinite ? 1 : 0 }, tolerance: 0)
        }
    }
}
