// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The elementwise functions of two operands. Each has its facts in one row of `descriptor`.
/// Numbers, by which nodes are compared and hashed: a name's hash takes as long as all else of a node's.
package enum BinaryKind: UInt8, CaseIterable, Hashable, Sendable {
    case add, subtract, multiply, divide, remainder, floorDivide, floorModulo
    case maximum, minimum, power, atan2
    case and, or, xor, shiftLeft, shiftRightArithmetic, shiftRightLogical
    case polygamma
}

/// The facts about a function of two operands.
package struct BinaryDescriptor: Sendable {
    package typealias Gradient =
        @Sendable (_ a: AnyTensor, _ b: AnyTensor, _ y: AnyTensor, _ g: AnyTensor) -> (
            AnyTensor?, AnyTensor?
        )

    package var operands: DTypeClass = .numeric
    package var reference: @Sendable (Double, Double) -> Double
    /// The definition for integers and bool; nil as a result means a division by zero.
    package var integer: (@Sendable (Int64, Int64, DType) -> Int64?)? = nil
    package var gradient: Gradient? = nil
    package var domain: (ClosedRange<Double>, ClosedRange<Double>) = (-2...2, 0.25...2)
    package var tolerance: Double = 1
}

extension BinaryKind {
    private static let names = allCases.map { "\($0)" }
    private static let rows = allCases.map(\.row)
    private static let operandClasses = rows.map(\.operands)

    package var name: String { Self.names[Int(rawValue)] }

    package var descriptor: BinaryDescriptor { Self.rows[Int(rawValue)] }

    /// The row's operands: they are asked for at every node and instruction, and a row is large.
    var operands: DTypeClass { Self.operandClasses[Int(rawValue)] }

    /// The row of the function. Ties go to the first operand, as in TensorFlow.
    private var row: BinaryDescriptor {
        switch self {
        case .add:
            // The sum.
            BinaryDescriptor(
                reference: { $0 + $1 },
                integer: { a, b, _ in a &+ b }, gradient: { _, _, _, g in (g, g) }, tolerance: 0)
        case .subtract:
            // The difference.
            BinaryDescriptor(
                reference: { $0 - $1 }, integer: { a, b, _ in a &- b },
                gradient: { _, _, _, g in (g, -g) }, tolerance: 0)
        case .multiply:
            // The product.
            BinaryDescriptor(
                reference: { $0 * $1 }, integer: { a, b, _ in a &* b },
                gradient: { a, b, _, g in (g * b, g * a) }, tolerance: 0)
        case .divide:
            // The quotient; of integers truncated toward zero.
            BinaryDescriptor(
                reference: { $0 / $1 },
                integer: { a, b, t in SpecialFunctions.truncatedQuotient(a, b, t)?.quotient },
                gradient: { a, b, _, g in (g / b, g * (-a / b / b)) }, tolerance: 1)
        case .remainder:
            // The remainder with the sign of the dividend.
            BinaryDescriptor(
                reference: { $0.truncatingRemainder(dividingBy: $1) },
                integer: { a, b, t in SpecialFunctions.truncatedQuotient(a, b, t)?.remainder },
                gradient: { a, b, _, g in
                    let q = a / b
                    let whole =
                        AnyTensor.unary(.sign, q)
                        * AnyTensor.unary(.floor, AnyTensor.unary(.abs, q))
                    return (g, -(g * whole))
                }, domain: (0.1...0.9, 1.1...2), tolerance: 0)
        case .floorDivide:
            // The quotient rounded down.
            BinaryDescriptor(
                reference: { ($0 / $1).rounded(.down) },
                integer: { a, b, t in
                    guard let (q, r) = SpecialFunctions.truncatedQuotient(a, b, t) else {
                        return nil
                    }
                    return r != 0 && t.isSignedInteger && (r < 0) != (b < 0) ? q &- 1 : q
                }, domain: (0.1...0.9, 1.1...2), tolerance: 0)
        case .floorModulo:
            // The remainder with the sign of the divisor.
            BinaryDescriptor(
                reference: { a, b in
                    let r = a.truncatingRemainder(dividingBy: b)
                    return r != 0 && (r < 0) != (b < 0) ? r + b : r
                },
                integer: { a, b, t in
                    guard let (_, r) = SpecialFunctions.truncatedQuotient(a, b, t) else {
                        return nil
                    }
                    return r != 0 && t.isSignedInteger && (r < 0) != (b < 0) ? r &+ b : r
                },
                gradient: { a, b, _, g in
                    (g, -(g * AnyTensor.binary(.floorDivide, a, b)))
                }, domain: (0.1...0.9, 1.1...2), tolerance: 1)
        case .maximum:
            // The greater operand; NaN if either is.
            BinaryDescriptor(
                reference: { a, b in
                    a.isNaN ? a : b.isNaN ? b : a > b ? a : a < b ? b : (a.sign == .minus ? b : a)
                },
                integer: { a, b, t in SpecialFunctions.isLess(a, b, t) ? b : a },
                gradient: { a, b, _, g in
                    let zero = AnyTensor.scalar(0, g.dtype)
                    let first = AnyTensor.compare(.greaterOrEqual, a, b)
                    return (select(first, g, zero), select(first, zero, g))
                }, domain: (-2 ... -0.5, 0.5...2), tolerance: 0)
        case .minimum:
            // The lesser operand; NaN if either is.
            BinaryDescriptor(
                reference: { a, b in
                    a.isNaN ? a : b.isNaN ? b : a < b ? a : a > b ? b : (a.sign == .minus ? a : b)
                },
                integer: { a, b, t in SpecialFunctions.isLess(b, a, t) ? b : a },
                gradient: { a, b, _, g in
                    let zero = AnyTensor.scalar(0, g.dtype)
                    let first = AnyTensor.compare(.lessOrEqual, a, b)
                    return (select(first, g, zero), select(first, zero, g))
                }, domain: (-2 ... -0.5, 0.5...2), tolerance: 0)
        case .power:
            // a to the power of b; integer powers wrap.
            BinaryDescriptor(
                reference: { pow($0, $1) },
                integer: { a, b, t in SpecialFunctions.integerPower(a, b, t) },
                gradient: { a, b, y, g in
                    // TensorFlow's: log of a positive base only, else 0.
                    let positive = AnyTensor.compare(.greater, a, AnyTensor.scalar(0, a.dtype))
                    let one = AnyTensor.scalar(1, a.dtype)
                    let safe = select(positive, a, one)
                    let log = select(
                        positive, AnyTensor.unary(.log, safe), AnyTensor.scalar(0, a.dtype))
                    // a⁰ is 1 everywhere, also where 0 to the power of −1 is infinite.
                    let slope = AnyTensor.multiplyNoNaN(AnyTensor.binary(.power, a, b - 1), b)
                    return (AnyTensor.multiplyNoNaN(slope, g), g * (y * log))
                }, domain: (0.25...2, -2...2), tolerance: 4)
        case .atan2:
            // The angle in radians of the point (b, a).
            BinaryDescriptor(
                operands: .floating,
                reference: { CMath.atan2($0, $1) },
                gradient: { a, b, _, g in
                    let scale = g / (a * a + b * b)
                    return (b * scale, -a * scale)
                }, domain: (-2...2, 0.25...2), tolerance: 4)
        case .and:
            // The logical and, of integers bit by bit.
            BinaryDescriptor(
                operands: .integerOrBool,
                reference: { a, _ in a }, integer: { a, b, _ in a & b }, tolerance: 0)
        case .or:
            // The logical or, of integers bit by bit.
            BinaryDescriptor(
                operands: .integerOrBool,
                reference: { a, _ in a }, integer: { a, b, _ in a | b }, tolerance: 0)
        case .xor:
            // The exclusive or, of integers bit by bit.
            BinaryDescriptor(
                operands: .integerOrBool,
                reference: { a, _ in a }, integer: { a, b, _ in a ^ b }, tolerance: 0)
        case .shiftLeft:
            // a shifted b bits to the left; 0 from the type's width on.
            BinaryDescriptor(
                operands: .integer, reference: { a, _ in a },
                integer: { a, b, t in b < 0 || b >= t.size * 8 ? 0 : a << b }, tolerance: 0)
        case .shiftRightArithmetic:
            // a shifted b bits to the right, its sign filling in.
            BinaryDescriptor(
                operands: .integer,
                reference: { a, _ in a },
                integer: { a, b, t in
                    let bits = Int64(t.size * 8)
                    let signed = (a << (64 - bits)) >> (64 - bits)
                    return signed >> (b < 0 || b >= bits ? bits - 1 : b)
                }, tolerance: 0)
        case .shiftRightLogical:
            // a shifted b bits to the right, zeros filling in.
            BinaryDescriptor(
                operands: .integer,
                reference: { a, _ in a },
                integer: { a, b, t in
                    let bits = UInt64(t.size * 8)
                    if b < 0 || b >= bits { return 0 }
                    let unsigned = (UInt64(bitPattern: a) << (64 - bits)) >> (64 - bits)
                    return Int64(bitPattern: unsigned >> UInt64(b))
                }, tolerance: 0)
        case .polygamma:
            // The derivative of order a of digamma at b.
            BinaryDescriptor(
                operands: .floating,
                reference: { SpecialFunctions.polygamma($0, $1) },
                gradient: { a, b, _, g in (nil, g * AnyTensor.binary(.polygamma, a + 1, b)) },
                domain: (1...1, 2...5), tolerance: 16)
        }
    }
}

/// The elementwise comparisons. The result is bool; every comparison with NaN but `notEqual` is false.
package enum ComparisonKind: UInt8, CaseIterable, Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    private static let names = allCases.map { "\($0)" }

    package var name: String { Self.names[Int(rawValue)] }

    package func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        }
    }
}
