// SPDX-License-Identifier: Apache-2.0

/// The type of a tensor's elements.
///
/// The raw values are shared with the C kernels (`weft_dtype`).
public enum DType: UInt8, CaseIterable, Hashable, Sendable {
    case bool = 0
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, bfloat16, float32, float64
    /// Pairs of a real and an imaginary part, of `float32` and of `float64`.
    case complex64, complex128
    /// A string of bytes, as a rule text in UTF-8.
    case string
    /// A growing list of arrays: what loops accumulate for their backward pass. Never fed or fetched.
    case list

    /// The types that an array can hold: every case but `list`.
    public static let arrayTypes: [DType] = allCases.filter { $0 != .list }

    /// The types of arrays in programs, which engines compute with: complex numbers are pairs of real ones
    /// there, and strings the numbers that a table has for them.
    package static let programTypes: [DType] = arrayTypes.filter {
        !$0.isComplex && $0 != .string
    }

    /// The size of one element in bytes; of a string that of where it ends, besides its own bytes.
    public var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64, .complex64, .string: 8
        case .complex128: 16
        case .list: 0
        }
    }

    /// Whether the elements are binary floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// Whether the elements are complex numbers.
    @inlinable
    public var isComplex: Bool { self == .complex64 || self == .complex128 }

    /// The type of the real and the imaginary part of a complex type; of others the type itself.
    public var realPart: DType {
        switch self {
        case .complex64: .float32
        case .complex128: .float64
        default: self
        }
    }

    /// The complex type whose parts are of this type: `complex64` for all but `float64`. A complex one
    /// is its own.
    public var withImaginaryPart: DType {
        switch self {
        case .float64, .complex128: .complex128
        default: .complex64
        }
    }

    /// Whether the elements are integers (bool is none).
    public var isInteger: Bool { isSignedInteger || isUnsignedInteger }

    /// Whether the elements are signed integers.
    public var isSignedInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64: true
        default: false
        }
    }

    /// Whether the elements are unsigned integers.
    public var isUnsignedInteger: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    /// Whether the elements are real numbers: integers or floating point.
    public var isNumeric: Bool { isInteger || isFloatingPoint }

    /// The type that functions made of several operations compute in: f32 for 16-bit floats, whose
    /// sums, squares and counts leave their range or their digits; else the type itself.
    package var computing: DType { isFloatingPoint && size < 4 ? .float32 : self }

    /// The number of a floating-point type that is nearest to `number`, which may be infinite.
    package func nearest(_ number: Double) -> Double { NDArray.filled(self, [], number).doubles[0] }

    /// The greatest number of a floating-point type below one of its finite numbers.
    package func predecessor(of number: Double) -> Double {
        let (fraction, least): (Int, Int)
        switch self {
        case .float16: (fraction, least) = (10, -14)
        case .bfloat16: (fraction, least) = (7, -126)
        case .float32: (fraction, least) = (23, -126)
        default: return number.nextDown
        }
        // Below a power of two the numbers are twice as dense.
        let below = number.nextDown
        let exponent = below == 0 ? least : Swift.max(Int(below.exponent), least)
        let unit = Double(sign: .plus, exponent: exponent - fraction, significand: 1)
        return (below / unit).rounded(.down) * unit
    }

    /// The numbers of an integer type; of `uint64` those that `Int64` has.
    package var integers: ClosedRange<Int64>? {
        switch self {
        case .int8: Int64(Int8.min)...Int64(Int8.max)
        case .int16: Int64(Int16.min)...Int64(Int16.max)
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .int64: Int64.min...Int64.max
        case .uint8: 0...Int64(UInt8.max)
        case .uint16: 0...Int64(UInt16.max)
        case .uint32: 0...Int64(UInt32.max)
        case .uint64: 0...Int64.max
        default: nil
        }
    }

    /// A difference that counts as one unit in the last place at 1: 2 to the power of minus the fraction's bits.
    package var epsilon: Double {
        switch self {
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        case .float32: 0x1p-23
        case .float64: 0x1p-52
        default: 0
        }
    }
}

extension DType: CustomStringConvertible {
    /// The short name: `f32`, `i64`, `bool`.
    public var description: String {
        switch self {
        case .bool: "bool"
        case .int8: "i8"
        case .int16: "i16"
        case .int32: "i32"
        case .int64: "i64"
        case .uint8: "u8"
        case .uint16: "u16"
        case .uint32: "u32"
        case .uint64: "u64"
        case .float16: "f16"
        case .bfloat16: "bf16"
        case .float32: "f32"
        case .float64: "f64"
        case .complex64: "c64"
        case .complex128: "c128"
        case .string: "string"
        case .list: "list"
        }
    }
}
