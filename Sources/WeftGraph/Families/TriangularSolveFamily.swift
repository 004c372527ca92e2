// SPDX-License-Identifier: Apache-2.0

package struct TriangularSolveAttributes: Hashable, Sendable {
    /// The triangle that is read.
    package var isLower: Bool
    /// Whether it is solved with the transpose.
    package var isTransposed: Bool
    /// Whether the diagonal counts as 1 and is not read.
    package var isUnit: Bool

    package init(isLower: Bool, isTransposed: Bool, isUnit: Bool) {
        self.isLower = isLower
        self.isTransposed = isTransposed
        self.isUnit = isUnit
    }
}

/// (a, b) → x with a · x = b, or aᵀ · x = b, for triangular matrices a.
struct TriangularSolveFamily: ArrayFamily, SettledFamily {
    let attributes: TriangularSolveAttributes

    static var functions: [PrimitiveFunction] { [.init(MatrixOperand.dtypes)] }
    var name: String { "triangularSolve" }
    var attributeText: String {
        (attributes.isLower ? "lower" : "upper") + (attributes.isTransposed ? ", transposed" : "")
            + (attributes.isUnit ? ", unit diagonal" : "")
    }
    var outputCount: Int { 1 }
    var operandCount: Int? { 2 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        try requireSameElements(operands[0], operands[1])
        let a = try MatrixOperand(operands[0], "the matrix")
        guard let b = try MatrixOperand(operands[1], "the right side") else { return [operands[1]] }
        guard let a else { return [operands[1]] }
        let size = try a.squareSize()
        let shapes = [operands[0].shape, operands[1].shape]
        guard size < 0 || b.rows < 0 || size == b.rows else {
            throw RuleViolation(
                .sizesDiffer("the rows of matrix and right side", shapes: shapes, size, b.rows))
        }
        guard let batch = Shape(dims: a.batch).merged(with: Shape(dims: b.batch))?.dims else {
            throw RuleViolation(.shapesDiffer("the batches of both", shapes[0], shapes[1]))
        }
        return [TensorType(b.dtype, batch + [max(size, b.rows), b.columns])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// b's gradient is the solution with the transpose, and a's −g · xᵀ with that one, in the triangle that
    /// is read.
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let (a, x) = (rule.inputs[0], rule.output)
        var opposite = attributes
        opposite.isTransposed.toggle()
        let solved = AnyTensor.make(.triangularSolve(opposite), [a, rule.gradient])
        return rule.each { index in
            if index == 1 { return solved }
            let product =
                attributes.isTransposed
                ? matmul(x, solved, transposingSecond: true)
                : matmul(solved, x, transposingSecond: true)
            let diagonal = attributes.isUnit ? 1 : 0
            return attributes.isLower
                ? -product.lowerTriangle(diagonal: -diagonal)
                : -product.upperTriangle(diagonal: diagonal)
        }
    }

    var primitive: Primitive { .triangularSolve(attributes) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            let a = operands[0]
            var x = operands[1]
            if !attributes.isUnit, let row = (0..<a.rows).first(where: { a[$0, $0] == 0 }) {
                throw RunError.MatrixFault.singular(row: row)
            }
            let isForward = attributes.isLower != attributes.isTransposed
            for step in 0..<a.rows {
                let i = isForward ? step : a.rows - 1 - step
                let known = isForward ? 0..<i : i + 1..<a.rows
                for column in 0..<x.columns {
                    try watch.note(known.count + 1)
                    var rest = x[i, column]
                    for k in known {
                        rest -= (attributes.isTransposed ? a[k, i] : a[i, k]) * x[k, column]
                    }
                    x[i, column] = attributes.isUnit ? rest : rest / a[i, i]
                }
            }
            return [x.elements]
        }
    }
}

/// The solution x of a · x = b, or of aᵀ · x = b, for triangular matrices a.
///
/// The batches of both are broadcast, as those of `matmul` are. Of a only one triangle is read, the
/// gradient is 0 outside of it. 16-bit floats are computed in `Float`.
///
/// A run with a 0 on a diagonal that is read fails and says in which matrix.
/// - Parameters:
///   - isLower: Whether the lower triangle is read, else the upper one.
///   - transposing: Whether it is solved with the transpose of a.
///   - isUnitDiagonal: Whether the diagonal counts as 1 and is not read.
/// - Shape: a [..., n, n], b [..., n, k] or [n] → the shape of b, with the batch of both.
public func triangularSolve<T: FloatingTensor>(
    _ a: T, _ b: T, isLower: Bool = true, transposing: Bool = false, isUnitDiagonal: Bool = false
) -> T {
    let attributes = TriangularSolveAttributes(
        isLower: isLower, isTransposed: transposing, isUnit: isUnitDiagonal)
    return T.composed("triangularSolve", a, b) { a, b in
        try AnyTensor.solved(a, b) { a, b in
            let (a, b) = try AnyTensor.withOneBatch(a, b)
            return .make(.triangularSolve(attributes), [a, b])
        }
    }
}
