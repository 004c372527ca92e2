// SPDX-License-Identifier: Apache-2.0

/// - Throws: `RuleViolation` when the element types differ.
package func requireSameElements(_ a: TensorType, _ b: TensorType) throws {
    guard a.dtype == b.dtype else { throw RuleViolation(.elementTypesDiffer(a, b)) }
}

/// - Throws: `RuleViolation` when `dtype` is none of the class.
package func requireElements(
    _ dtype: DType, _ wanted: DTypeClass, of part: GraphError.Kind.Part = .operand
) throws {
    guard wanted.contains(dtype) else {
        throw RuleViolation(.wrongElementType(part, dtype, wanted: wanted.dtypes))
    }
}
