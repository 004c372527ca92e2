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
            UnaryDescriptor(
                summary: "The negative, −x; unsigned integers wrap.", operands: .numeric,
                reference: { -$0 }, integer: { x, _ in 0 &- x }, gradient: { _, _, g in -g },
                tolerance: 0, tensorFlow: "Neg", onnx: "Neg")
        case .abs:
            UnaryDescriptor(
                summary: "The absolute value.", operands: .numeric, reference: { Swift.abs($0) },
                integer: { x, t in t.isSignedInteger && x < 0 ? 0 &- x : x },
                gradient: { x, _, g in g * AnyTensor.unary(.sign, x) }, domain: 0.25...2,
                tolerance: 0,
                tensorFlow: "Abs", onnx: "Abs")
        case .sign:
            UnaryDescriptor(
                summary: "The sign: −1, 0 or 1; −0 and NaN stay.", operands: .numeric,
                reference: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
                integer: { x, t in x == 0 ? 0 : t.isSignedInteger && x < 0 ? -1 : 1 },
                gradient: { x, _, _ in AnyTensor.zeros(like: x) }, domain: 0.25...2, tolerance: 0,
                tensorFlow: "Sign", onnx: "Sign")
        case .floor:
            UnaryDescriptor(
                summary: "The largest integer that is not greater.",
                reference: { $0.rounded(.down) },
                domain: 0.25...0.75, tolerance: 0, tensorFlow: "Floor", onnx: "Floor")
        case .ceil:
            UnaryDescriptor(
                summary: "The smallest integer that is not less.", reference: { $0.rounded(.up) },
                domain: 0.25...0.75, tolerance: 0, tensorFlow: "Ceil", onnx: "Ceil")
        case .round:
            UnaryDescriptor(
                summary: "The nearest integer, ties to even.",
                reference: { $0.rounded(.toNearestOrEven) }, domain: 0.1...0.4, tolerance: 0,
                tensorFlow: "Round", onnx: "Round")
        case .roundAwayFromZero:
            UnaryDescriptor(
                summary: "The nearest integer, ties away from zero.",
                reference: { $0.rounded(.toNearestOrAwayFromZero) }, domain: 0.1...0.4, tolerance: 0
            )
        case .exp:
            UnaryDescriptor(
                summary: "The exponential function.", reference: { CMath.exp($0) },
                gradient: { _, y, g in g * y }, tensorFlow: "Exp", onnx: "Exp")
        case .expMinusOne:
            UnaryDescriptor(
                summary: "exp(x) − 1, exact near 0.", reference: { expm1($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.exp, x) }, tensorFlow: "Expm1")
        case .log:
            UnaryDescriptor(
                summary: "The natural logarithm.", reference: { CMath.log($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.reciprocal, x), g)
                }, domain: 0.25...4, tensorFlow: "Log", onnx: "Log")
        case .logOnePlus:
            UnaryDescriptor(
                summary: "log(1 + x), exact near 0.", reference: { log1p($0) },
                gradient: { x, _, g in AnyTensor.divideUnlessBothZero(g, x + 1) },
                domain: -0.5...2, tensorFlow: "Log1p")
        case .sqrt:
            UnaryDescriptor(
                summary: "The square root.", reference: { $0.squareRoot() },
                gradient: { _, y, g in
                    // Infinite at 0 times an upstream of 0 is 0, as in TensorFlow's SqrtGrad.
                    AnyTensor.multiplyNoNaN(0.5 / y, g)
                }, domain: 0.25...4, tolerance: 1, tensorFlow: "Sqrt", onnx: "Sqrt")
        case .rsqrt:
            UnaryDescriptor(
                summary: "One over the square root.", reference: { 1 / $0.squareRoot() },
                gradient: { _, y, g in AnyTensor.multiplyNoNaN(y * y * y, -0.5 * g) },
                domain: 0.25...4,
                tensorFlow: "Rsqrt")
        case .cbrt:
            UnaryDescriptor(
                summary: "The cube root.", reference: { CMath.cbrt($0) },
                gradient: { _, y, g in AnyTensor.divideUnlessBothZero(g, 3 * (y * y)) },
                domain: 0.25...4)
        case .reciprocal:
            UnaryDescriptor(
                summary: "One divided by x.", reference: { 1 / $0 },
                gradient: { _, y, g in AnyTensor.multiplyNoNaN(-(y * y), g) }, domain: 0.25...4,
                tolerance: 1, tensorFlow: "Reciprocal", onnx: "Reciprocal")
        case .sin:
            UnaryDescriptor(
                summary: "The sine of an angle in radians.", reference: { CMath.sin($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.cos, x) }, tensorFlow: "Sin",
                onnx: "Sin")
        case .cos:
            UnaryDescriptor(
                summary: "The cosine of an angle in radians.", reference: { CMath.cos($0) },
                gradient: { x, _, g in -(g * AnyTensor.unary(.sin, x)) }, tensorFlow: "Cos",
                onnx: "Cos")
        case .tan:
            UnaryDescriptor(
                summary: "The tangent of an angle in radians.", reference: { CMath.tan($0) },
                gradient: { _, y, g in g * (1 + y * y) }, domain: -1...1, tensorFlow: "Tan",
                onnx: "Tan")
        case .asin:
            UnaryDescriptor(
                summary: "The angle in radians whose sine is x.", reference: { CMath.asin($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.rsqrt, 1 - x * x), g)
                }, domain: -0.75...0.75, tensorFlow: "Asin", onnx: "Asin")
        case .acos:
            UnaryDescriptor(
                summary: "The angle in radians whose cosine is x.", reference: { CMath.acos($0) },
                gradient: { x, _, g in
                    -AnyTensor.multiplyNoNaN(AnyTensor.unary(.rsqrt, 1 - x * x), g)
                }, domain: -0.75...0.75, tensorFlow: "Acos", onnx: "Acos")
        case .atan:
            UnaryDescriptor(
                summary: "The angle in radians whose tangent is x.", reference: { CMath.atan($0) },
                gradient: { x, _, g in g / (1 + x * x) }, tensorFlow: "Atan", onnx: "Atan")
        case .sinh:
            UnaryDescriptor(
                summary: "The hyperbolic sine.", reference: { CMath.sinh($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.cosh, x) }, tensorFlow: "Sinh",
                onnx: "Sinh")
        case .cosh:
            UnaryDescriptor(
                summary: "The hyperbolic cosine.", reference: { CMath.cosh($0) },
                gradient: { x, _, g in g * AnyTensor.unary(.sinh, x) }, tensorFlow: "Cosh",
                onnx: "Cosh")
        case .tanh:
            UnaryDescriptor(
                summary: "The hyperbolic tangent.", reference: { CMath.tanh($0) },
                gradient: { _, y, g in g * (1 - y * y) }, tolerance: 6, tensorFlow: "Tanh",
                onnx: "Tanh")
        case .asinh:
            UnaryDescriptor(
                summary: "The inverse of the hyperbolic sine.", reference: { CMath.asinh($0) },
                gradient: { x, _, g in
                    // Where x² could overflow the 1 has no digit left in the sum.
                    let size = AnyTensor.unary(.abs, x)
                    let isLarge = AnyTensor.compare(.greater, size, .scalar(0x1p60, x.dtype))
                    return g
                        * select(
                            isLarge, AnyTensor.unary(.reciprocal, size),
                            AnyTensor.unary(.rsqrt, 1 + x * x))
                }, tensorFlow: "Asinh", onnx: "Asinh")
        case .acosh:
            UnaryDescriptor(
                summary: "The inverse of the hyperbolic cosine.", reference: { CMath.acosh($0) },
                gradient: { _, y, g in
                    AnyTensor.divideUnlessBothZero(g, AnyTensor.unary(.sinh, y))
                }, domain: 1.25...3,
                tensorFlow: "Acosh", onnx: "Acosh")
        case .atanh:
            UnaryDescriptor(
                summary: "The inverse of the hyperbolic tangent.", reference: { CMath.atanh($0) },
                gradient: { x, _, g in AnyTensor.divideUnlessBothZero(g, 1 - x * x) },
                domain: -0.75...0.75, tensorFlow: "Atanh", onnx: "Atanh")
        case .sigmoid:
            UnaryDescriptor(
                summary: "1 / (1 + exp(−x)).", reference: { SpecialFunctions.sigmoid($0) },
                gradient: { _, y, g in g * (y * (1 - y)) }, tensorFlow: "Sigmoid", onnx: "Sigmoid")
        case .relu:
            UnaryDescriptor(
                summary: "x where it is positive, else 0; NaN stays.", operands: .numeric,
                reference: { $0.isNaN || $0 > 0 ? $0 : 0 },
                integer: { x, t in t.isSignedInteger && x < 0 ? 0 : x },
                gradient: { _, y, g in
                    select(
                        y .> 0, g,
                        AnyTensor.scalar(0, g.dtype))
                }, domain: 0.25...2, tolerance: 0, tensorFlow: "Relu", onnx: "Relu")
        case .erf:
            UnaryDescriptor(
                summary: "The error function.", reference: { CMath.erf($0) },
                gradient: { x, _, g in
                    g * (AnyTensor.unary(.exp, -(x * x)) * 1.1283791670955126)
                }, tolerance: 8, tensorFlow: "Erf", onnx: "Erf")
        case .erfc:
            UnaryDescriptor(
                summary: "One minus the error function, exact for large x.",
                reference: { CMath.erfc($0) },
                gradient: { x, _, g in
                    g * (AnyTensor.unary(.exp, -(x * x)) * -1.1283791670955126)
                }, tolerance: 8, tensorFlow: "Erfc")
        case .erfInverse:
            UnaryDescriptor(
                summary: "The x whose error function is given.",
                reference: { SpecialFunctions.erfInverse($0) },
                gradient: { _, y, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.exp, y * y) * 0.886226925452758, g)
                }, domain: -0.75...0.75, tolerance: 8, tensorFlow: "Erfinv")
        case .lgamma:
            UnaryDescriptor(
                summary: "The logarithm of the absolute value of the gamma function.",
                reference: { SpecialFunctions.lgamma($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(AnyTensor.unary(.digamma, x), g)
                }, domain: 2.5...5,
                tolerance: 8, tensorFlow: "Lgamma")
        case .digamma:
            UnaryDescriptor(
                summary: "The derivative of the logarithm of the gamma function.",
                reference: { SpecialFunctions.digamma($0) },
                gradient: { x, _, g in
                    AnyTensor.multiplyNoNaN(
                        AnyTensor.binary(.polygamma, AnyTensor.scalar(1, x.dtype), x), g)
                }, domain: 2...5, tolerance: 16, tensorFlow: "Digamma")
        case .not:
            UnaryDescriptor(
                summary: "The logical negation, or of integers the bitwise one.",
                operands: .integerOrBool, reference: { $0 },
                integer: { x, t in t == .bool ? (x == 0 ? 1 : 0) : ~x }, tolerance: 0,
                tensorFlow: "LogicalNot", onnx: "Not")
        case .populationCount:
            UnaryDescriptor(
                summary: "The number of bits that are 1.", operands: .integer, reference: { $0 },
                integer: { x, t in
                    let unused = UInt64(64 - t.size * 8)
                    return Int64((UInt64(bitPattern: x) << unused).nonzeroBitCount)
                }, tolerance: 0, tensorFlow: "PopulationCount")
        case .countLeadingZeros:
            UnaryDescriptor(
                summary: "The number of zero bits before the first 1.", operands: .integer,
                reference: { $0 },
                integer: { x, t in
                    let bits = t.size * 8
                    let shifted = UInt64(bitPattern: x) << UInt64(64 - bits)
                    return Int64(min(shifted.leadingZeroBitCount, bits))
                }, tolerance: 0)
        case .isFinite:
            UnaryDescriptor(
                summary: "Whether x is neither infinite nor NaN.", result: .bool,
                reference: { $0.isFinite ? 1 : 0 }, tolerance: 0, tensorFlow: "IsFinite")
        }
    }
}
