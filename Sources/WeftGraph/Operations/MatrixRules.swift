// SPDX-License-Identifier: Apache-2.0

/// The matrices on the last two axes of an operand; sizes that are not known are −1.
struct MatrixOperand {
    /// The element types that matrices are factorized in.
    static let dtypes: [DType] = [.float32, .float64]

    let dtype: DType
    let batch: [Int]
    let rows: Int
    let columns: Int

    /// nil while the rank is unknown.
    ///
    /// - Throws: `RuleViolation` when the operand has no matrices, or not of floating-point numbers.
    init?(_ x: TensorType, _ name: String = "the operand") throws {
        guard Self.dtypes.contains(x.dtype) else {
            throw RuleViolation(.wrongElementType(.operand, x.dtype, wanted: Self.dtypes))
        }
        guard let dims = x.shape.dims else { return nil }
        guard dims.count >= 2 else {
            throw RuleViolation(.wrongRank(name, x, wanted: 2...Int.max))
        }
        (dtype, batch) = (x.dtype, Array(dims.dropLast(2)))
        (rows, columns) = (dims[dims.count - 2], dims[dims.count - 1])
    }

    /// The rows and columns of square matrices.
    ///
    /// - Throws: `RuleViolation` when they are not square.
    func squareSize() throws -> Int {
        guard rows < 0 || columns < 0 || rows == columns else {
            throw RuleViolation(
                .sizesDiffer(
                    "the rows and columns of square matrices",
                    shapes: [Shape(dims: batch + [rows, columns])], rows, columns))
        }
        return max(rows, columns)
    }

    /// The smaller of rows and columns; −1 while one is unknown.
    var innerSize: Int { rows < 0 || columns < 0 ? -1 : min(rows, columns) }

    /// The type of an array with the same batch.
    func type(_ dims: [Int], _ dtype: DType? = nil) -> TensorType {
        TensorType(dtype ?? self.dtype, batch + dims)
    }
}
