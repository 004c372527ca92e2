// SPDX-License-Identifier: Apache-2.0

/// - Throws: `RuleViolation` when the element types differ.
package func requireSameElements(_ a: TensorType, _ b: TensorType) throws {
    guard a.dtype == b.dtype else { throw RuleViolation(.elementTypesDiffer(a, b)) }
}

extension DType {
    /// Whether products of such elements may be summed in this type: it is of the same kind, has every
    /// number of theirs, and is theirs or of 32 bits or more.
    package func accumulates(_ element: DType) -> Bool {
        if self == element { return isNumeric }
        if size < 4 { return false }
        if isFloatingPoint { return element.isFloatingPoint && element.size < size }
        guard isInteger, element.isInteger, element.size < size else { return false }
        return isSignedInteger || element.isUnsignedInteger
    }

    /// The types that products of such elements may be summed in.
    package static func accumulators(of elements: [DType]) -> [DType] {
        arrayTypes.filter { sum in elements.allSatisfy { sum.accumulates($0) } }
    }
}

/// What operands of a product or a convolution in a program are multiplied as: the type of the result,
/// which may be wider than theirs and is summed in.
///
/// - Throws: `RuleViolation` when sums of such elements are not of that type.
func accumulatedOperands(_ operands: [ArrayType], _ sum: DType) throws -> [ArrayType] {
    guard operands.allSatisfy({ $0.dtype == sum }) else {
        for operand in operands {
            try requireAccumulator(sum, of: [operand.dtype])
        }
        return operands.map { ArrayType(sum, $0.shape) }
    }
    return operands
}

/// - Throws: `RuleViolation` when products of such elements are not summed in that type.
package func requireAccumulator(_ sum: DType, of elements: [DType]) throws {
    for element in elements { try requireElements(element, .numeric) }
    let possible = DType.accumulators(of: elements)
    guard possible.contains(sum) else {
        let names = elements.map(\.description).joined(separator: " and ")
        throw RuleViolation(
            .wrongElementType(
                .argument("what products of \(names) are summed in"), sum, wanted: possible))
    }
}

/// - Throws: `RuleViolation` when `dtype` is none of the class.
package func requireElements(
    _ dtype: DType, _ wanted: DTypeClass, of part: GraphError.Kind.Part = .operand
) throws {
    guard wanted.contains(dtype) else {
        throw RuleViolation(.wrongElementType(part, dtype, wanted: wanted.dtypes))
    }
}
