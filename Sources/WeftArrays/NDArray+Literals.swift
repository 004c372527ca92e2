// SPDX-License-Identifier: Apache-2.0

/// Literals: integers make `i32`, numbers with a fraction `f32`, as in TensorFlow. In a nested
/// literal that mixes them every element becomes `f32`.
extension NDArray: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    /// A scalar of `f32`.
    public init(floatLiteral value: Double) { self.init(Float(value)) }
    /// A scalar of `i32`; the compiler refuses what does not fit.
    public init(integerLiteral value: Int32) { self.init(value) }
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
        var dtype = elements.first?.dtype ?? .float32
        if let other = elements.first(where: { $0.dtype != dtype }) {
            dtype = other.dtype == .float32 || dtype == .float32 ? .float32 : dtype
        }
        let rows = elements.map { $0.cast(to: dtype) }
        self.init(dtype: dtype, shape: [elements.count] + shape) { memory in
            var offset = 0
            for row in rows {
                row.withUnsafeBytes {
                    if let base = $0.baseAddress {
                        (memory + offset).copyMemory(from: base, byteCount: $0.count)
                    }
                    offset += $0.count
                }
            }
        }
    }
}
