// SPDX-License-Identifier: Apache-2.0

/// A Swift type that tensors can hold.
public protocol TensorScalar: NDArrayElement, Hashable {
    /// The element type that stands for this Swift type.
    static var dtype: DType { get }
    /// The nearest value to `number`; out of range, what a cast from `f64` gives.
    init(converting number: Double)
    /// The value as a `Double`, rounded where it must be; of a complex number the real part.
    var doubleValue: Double { get }
    /// The elements of an array of this type.
    static func scalars(of array: NDArray) throws -> [Self]
}

extension TensorScalar {
    /// The elements of an array of this type.
    public static func scalars(of array: NDArray) throws -> [Self] {
        array.withUnsafeBytes { Array($0.assumingMemoryBound(to: Self.self)) }
    }
}

/// A scalar of which one is less than another: numbers and strings.
public protocol OrderedScalar: TensorScalar {}

/// A scalar that can be added and multiplied: every one but `Bool` and `String`.
public protocol NumericScalar: OrderedScalar {}

/// A scalar with a fraction: `Float16`, `BFloat16`, `Float`, `Double`, and complex numbers.
public protocol FloatingScalar: NumericScalar {}

/// An integer scalar.
public protocol IntegerScalar: NumericScalar {}

extension Bool: TensorScalar {
    /// The element type `bool`.
    public static var dtype: DType { .bool }
    /// The nearest value to `number`.
    public init(converting number: Double) { self = number != 0 }
    /// The value as a `Double`.
    public var doubleValue: Double { self ? 1 : 0 }
}

extension Float: FloatingScalar {
    /// The element type `float32`.
    public static var dtype: DType { .float32 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self = Float(number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension Double: FloatingScalar {
    /// The element type `float64`.
    public static var dtype: DType { .float64 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self = number }
    /// The value as a `Double`.
    public var doubleValue: Double { self }
}

extension BFloat16: FloatingScalar {
    /// The element type `bfloat16`.
    public static var dtype: DType { .bfloat16 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(Float(roundedToOdd: number)) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(floatValue) }
}

#if !(os(macOS) && arch(x86_64))
extension Float16: FloatingScalar {
    /// The element type `float16`.
    public static var dtype: DType { .float16 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self = Float16(number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}
#endif

extension Float {
    /// `number` rounded so that a second rounding to fewer bits gives what one rounding would have.
    init(roundedToOdd number: Double) {
        let nearest = Float(number)
        let back = Double(nearest)
        if back == number || !nearest.isFinite || nearest.bitPattern & 1 == 1 {
            self = nearest
        } else {
            // The neighbour on the other side of `number` is odd.
            self = back < number ? nearest.nextUp : nearest.nextDown
        }
    }
}

extension Double {
    /// `number` rounded so that a second rounding to fewer bits gives what one rounding would have.
    init<I: FixedWidthInteger>(roundedToOdd number: I) {
        let nearest = Double(number)
        let back = I(exactly: nearest)
        if back == number || nearest.significandBitPattern & 1 == 1 {
            self = nearest
        } else {
            // Without a value of the integer's type the nearest is the power of 2 above all.
            self = back.map { $0 < number } ?? false ? nearest.nextUp : nearest.nextDown
        }
    }
}

extension FixedWidthInteger {
    /// What a cast from a floating-point number gives: truncation; out of range and NaN give the
    /// smallest 32- or 64-bit integer, wrapped to the type (as x86 and TensorFlow have it).
    init(castFrom number: Double) {
        let truncated = number.rounded(.towardZero)
        if Self.isSigned, Self.bitWidth <= 32 {
            self.init(truncatingIfNeeded: Int32(exactly: truncated) ?? Int32.min)
        } else if Self.isSigned || Self.bitWidth <= 32 {
            self.init(truncatingIfNeeded: Int64(exactly: truncated) ?? Int64.min)
        } else if let inside = UInt64(exactly: truncated) {
            self.init(truncatingIfNeeded: inside)
        } else {
            self.init(truncatingIfNeeded: Int64(exactly: truncated) ?? Int64.min)
        }
    }
}

extension Int8: IntegerScalar {
    /// The element type `int8`.
    public static var dtype: DType { .int8 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension Int16: IntegerScalar {
    /// The element type `int16`.
    public static var dtype: DType { .int16 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension Int32: IntegerScalar {
    /// The element type `int32`.
    public static var dtype: DType { .int32 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension Int64: IntegerScalar {
    /// The element type `int64`.
    public static var dtype: DType { .int64 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension UInt8: IntegerScalar {
    /// The element type `uint8`.
    public static var dtype: DType { .uint8 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension UInt16: IntegerScalar {
    /// The element type `uint16`.
    public static var dtype: DType { .uint16 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension UInt32: IntegerScalar {
    /// The element type `uint32`.
    public static var dtype: DType { .uint32 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}

extension UInt64: IntegerScalar {
    /// The element type `uint64`.
    public static var dtype: DType { .uint64 }
    /// The nearest value to `number`.
    public init(converting number: Double) { self.init(castFrom: number) }
    /// The value as a `Double`.
    public var doubleValue: Double { Double(self) }
}
