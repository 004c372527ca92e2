// SPDX-License-Identifier: Apache-2.0
import WeftArrays

/// What an element is in a .npy file, and in an array.
struct NpyElement {
    /// What stands there for an element.
    enum Storage {
        case number
        /// Bytes, filled up with zeros.
        case bytes
        /// Code points of 32 bits, filled up with zeros.
        case text
    }

    let dtype: DType
    let storage: Storage
    /// The bytes of an element in the file.
    let size: Int
    /// The bytes whose order is to be turned around: those of a number, or of the part of a complex one.
    let swapped: Int?

    /// - Parameter hint: The type of elements that are said to be bytes of no type, `<V2`.
    /// - Throws: `FileError` when there is no such type here.
    init(_ descr: String, hint: DType?, _ error: (FileError.Kind, String) -> FileError) throws {
        var rest = descr[...]
        let order = rest.first.flatMap { "<>=|".contains($0) ? $0 : nil }
        if order != nil { rest = rest.dropFirst() }
        guard let letter = rest.first else {
            throw error(.malformed, "'\(descr)' is no type of elements")
        }
        let digits = rest.dropFirst()
        if letter == "O" {
            throw error(
                .unsupported,
                "an array of Python objects, which only Python can read; convert it to numbers or strings "
                    + "before it is written")
        }
        if letter == "?", digits.isEmpty {
            self.init(.bool, .number, size: 1, swapped: nil)
            return
        }
        guard let width = Int(digits), digits.first?.isNumber == true, width < 1 << 31 else {
            throw error(Self.kind(of: letter), Self.refusal(descr, letter))
        }
        let swaps = order == ">"
        func number(_ dtype: DType) -> NpyElement {
            let unit = dtype.realPart.size
            return NpyElement(
                dtype, .number, size: dtype.size, swapped: swaps && unit > 1 ? unit : nil)
        }
        switch (letter, width) {
        case ("b", 1): self = number(.bool)
        case ("i", 1): self = number(.int8)
        case ("i", 2): self = number(.int16)
        case ("i", 4): self = number(.int32)
        case ("i", 8): self = number(.int64)
        case ("u", 1): self = number(.uint8)
        case ("u", 2): self = number(.uint16)
        case ("u", 4): self = number(.uint32)
        case ("u", 8): self = number(.uint64)
        case ("f", 2): self = number(.float16)
        case ("f", 4): self = number(.float32)
        case ("f", 8): self = number(.float64)
        case ("c", 8): self = number(.complex64)
        case ("c", 16): self = number(.complex128)
        case ("S", _), ("a", _): self.init(.string, .bytes, size: width, swapped: nil)
        case ("U", _): self.init(.string, .text, size: 4 * width, swapped: swaps ? 4 : nil)
        case ("V", 2) where hint == .bfloat16: self = number(.bfloat16)
        default: throw error(Self.kind(of: letter), Self.refusal(descr, letter))
        }
        if let hint, hint != dtype {
            throw error(
                .unsupported,
                "the file has elements of \(dtype), which are not read as \(hint); leave the type out and "
                    + "cast the array")
        }
    }

    private init(_ dtype: DType, _ storage: Storage, size: Int, swapped: Int?) {
        self.dtype = dtype
        self.storage = storage
        self.size = size
        self.swapped = swapped
    }

    private static func kind(of letter: Character) -> FileError.Kind {
        "biufcmMSUaV".contains(letter) ? .unsupported : .malformed
    }

    private static func refusal(_ descr: String, _ letter: Character) -> String {
        switch letter {
        case "m", "M":
            "times ('\(descr)') have no type here; write them as numbers, with `.astype('int64')`"
        case "V":
            "elements of no type ('\(descr)'); of bf16, which NumPy writes as '<V2', say so with "
                + "`NDArray(npy:as: .bfloat16)`"
        default:
            "'\(descr)' is no type that arrays have here; convert it with NumPy's `astype` before it is "
                + "written"
        }
    }

    /// The name of a type in a file, and the type as which elements are written.
    static func descr(of dtype: DType) -> (descr: String, written: DType) {
        switch dtype {
        case .bool: return ("|b1", .bool)
        case .int8: return ("|i1", .int8)
        case .uint8: return ("|u1", .uint8)
        case .int16, .int32, .int64: return ("<i\(dtype.size)", dtype)
        case .uint16, .uint32, .uint64: return ("<u\(dtype.size)", dtype)
        case .float16, .float32, .float64: return ("<f\(dtype.size)", dtype)
        case .complex64, .complex128: return ("<c\(dtype.size)", dtype)
        // NumPy has no bf16; f32 holds it exactly.
        case .bfloat16: return ("<f4", .float32)
        case .string, .list: return ("|S1", .string)
        }
    }
}
