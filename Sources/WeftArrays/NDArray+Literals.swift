// SPDX-License-Identifier: Apache-2.0

/// Literals: integers make `i32`, or `i64` where one needs it, numbers with a fraction `f32`, as in
/// TensorFlow. In a nested literal whose elements differ in type all become complex if one is, else f64
/// if one is, else `f32` if one has a fraction, else `i64`. Strings stand with strings only.
extension NDArray: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    /// A scalar of `f32`.
    public init(floatLiteral value: Double) { self.init(Float(value)) }
    /// A scalar of `i32`, or of `i64` if it needs it.
    public init(integerLiteral value: Int) { self.init(value) }
    /// A scalar of `bool`.
    public init(booleanLiteral value: Bool) { self.init(value) }

    /// An array of one more dimension.
    ///
    /// - Precondition: the elements are of one shape. (The literal stands in the source; for rows
    ///   that come from elsewhere use `init(rows:)`, which throws.)
    public init(arrayLiteral elements: NDArray...) {
        let shape = elements.first?.shape ?? []
        precondition(
            elements.allSatisfy { $0.shape == shape },
            "the rows of an array literal differ in shape")
        precondition(
            elements.allSatisfy { ($0.dtype == .string) == (elements[0].dtype == .string) },
            "an array literal has both strings and numbers")
        let types = Set(elements.map(\.dtype))
        let dtype: DType =
            if types.count < 2 {
                types.first ?? .float32
            } else if types.contains(where: \.isComplex) {
                types.contains(.complex128) || types.contains(.float64) ? .complex128 : .complex64
            } else if types.contains(.float64) {
                .float64
            } else {
                types.contains(where: \.isFloatingPoint) ? .float32 : .int64
            }
        do {
            try self.init(
                stacking: elements.map { (element) throws(ArrayError) in try element.cast(to: dtype)
                },
                dtype, shape)
        } catch {
            // A literal's size stands in the program's text: no input makes it too large.
            fatalError("\(error)")
        }
    }
}

extension NDArray {
    /// Arrays of one element type and shape, one after the other along a new first axis.
    ///
    /// - Throws: `MemoryShortage` when there is no memory for it.
    package init(
        stacking parts: [NDArray], _ dtype: DType, _ partShape: [Int]
    ) throws(MemoryShortage) {
        if dtype == .string {
            var packer = StringPacker()
            for part in parts {
                for index in 0..<part.count { try part.append(index, to: &packer) }
            }
            self = try packer.array([parts.count] + partShape)
            return
        }
        try self.init(dtype: dtype, shape: [parts.count] + partShape) { memory in
            var offset = 0
            for part in parts {
                part.withUnsafeBytes {
                    if let base = $0.baseAddress {
                        (memory + offset).copyMemory(from: base, byteCount: $0.count)
                    }
                    offset += $0.count
                }
            }
        }
    }
}
