// SPDX-License-Identifier: Apache-2.0

/// A matrix that definitions compute with, in rows.
struct ReferenceMatrix {
    let rows: Int
    let columns: Int
    var elements: [Double]

    init(_ rows: Int, _ columns: Int, _ elements: [Double]) {
        (self.rows, self.columns, self.elements) = (rows, columns, elements)
    }

    /// Zeros.
    init(_ rows: Int, _ columns: Int) {
        self.init(rows, columns, Array(repeating: 0, count: rows * columns))
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * columns + column] }
        set { elements[row * columns + column] = newValue }
    }
}

extension Evaluation {
    /// What `body` makes of the matrices of the operands, for each of the batch: the numbers of each result.
    ///
    /// - Throws: What `body` throws; of a fault the error that names the matrix.
    func forEachMatrix(
        _ body: ([ReferenceMatrix], inout Watch) throws -> [[Double]]
    ) throws -> [NDArray] {
        let batch = Array(inputs[0].shape.dropLast(2))
        let operands = inputs.map { array in
            (array.shape.suffix(2).map(\.self), Double.load(array))
        }
        var numbers: [[Double]] = types.map { _ in [] }
        var watch = watch
        // Of empty matrices there may be more than can be counted through.
        let count = types.allSatisfy { $0.count == 0 } ? 0 : batch.reduce(1, *)
        for place in 0..<count {
            let matrices = operands.map { dims, all in
                let size = dims[0] * dims[1]
                return ReferenceMatrix(
                    dims[0], dims[1], Array(all[place * size..<(place + 1) * size]))
            }
            do {
                for (result, part) in try body(matrices, &watch).enumerated() {
                    numbers[result] += part
                }
            } catch let fault as RunError.MatrixFault {
                throw instruction.error(
                    .unsuitableMatrix(fault, at: RowMajor.index(of: place, in: batch)))
            }
        }
        return try zip(types, numbers).map { try Double.store($1, $0.dtype, $0.shape) }
    }
}
