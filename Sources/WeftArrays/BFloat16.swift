// SPDX-License-Identifier: Apache-2.0

/// A 16-bit number with the range of `Float` and 8 bits of precision.
///
/// It stores and converts; arithmetic on it happens in `Float`.
public struct BFloat16: Hashable, Sendable {
    /// The upper half of the `Float` with the same value.
    public var bitPattern: UInt16

    /// The number with the given bits.
    public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// The nearest representable number, ties to even; NaN stays NaN.
    public init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            // The payload's top bit is set so that no NaN rounds to infinity.
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
        } else {
            let rounded = bits &+ 0x7fff &+ ((bits >> 16) & 1)
            bitPattern = UInt16(truncatingIfNeeded: rounded >> 16)
        }
    }

    /// The value as a `Float`, exactly.
    public var floatValue: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension BFloat16: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// The nearest representable number.
    public init(floatLiteral value: Double) { self.init(Float(roundedToOdd: value)) }
    /// The nearest representable number.
    public init(integerLiteral value: Int) { self.init(Float(roundedToOdd: Double(value))) }
}

extension BFloat16: CustomStringConvertible {
    /// The value in decimal.
    public var description: String { floatValue.description }
}
