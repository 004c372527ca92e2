// SPDX-License-Identifier: Apache-2.0

/// The type of a tensor's elements.
///
/// The raw values are shared with the C kernels (`weft_dtype`).
public enum DType: UInt8, CaseIterable, Hashable, Sendable {
    case bool = 0
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, bfloat16, float32, float64
    /// A growing list of arrays: what loops accumulate for their backward pass. Never fed or fetched.
    case list

    /// The types that an array can hold: every case but `list`.
    public static let arrayTypes: [DType] = allCases.filter { $0 != .list }

    /// The size of one element in bytes.
    public var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
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

    /// Whether the elements are numbers: integers or floating point.
    public var isNumeric: Bool { isInteger || isFloatingPoint }

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
        case .list: "list"
        }
    }
}
