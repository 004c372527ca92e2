// SPDX-License-Identifier: Apache-2.0

/// (a) → factors, permutation, sign: row i of l · u is row permutation[i] of a. The factors are one matrix, l
/// below its diagonal and u from the diagonal on; l's own diagonal is 1. The sign is the permutation's.
struct LUFamily: ArrayFamily, SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(MatrixOperand.dtypes)] }
    var name: String { "lu" }
    var outputCount: Int { 3 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let a = try MatrixOperand(operands[0]) else {
            return [
                operands[0], TensorType(.int32, .unknown), TensorType(operands[0].dtype, .unknown),
            ]
        }
        let size = try a.squareSize()
        return [a.type([size, size]), a.type([size], .int32), a.type([])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// In the order of the rows it is l⁻ᵀ · (below(lᵀ · g) + above(g · uᵀ)) · u⁻ᵀ, of which the first has no
    /// diagonal (de Hoog, Anderssen, Lukas 2011).
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        guard let gradient = rule.gradients[0] else { return rule.nothing }
        let factors = rule.output
        let (l, u) = (factors.lowerTriangle(diagonal: -1), factors.upperTriangle())
        let (below, above) = (gradient.lowerTriangle(diagonal: -1), gradient.upperTriangle())
        // l without its diagonal, which is 1.
        let left = (matmul(l, below, transposingFirst: true) + below).lowerTriangle(diagonal: -1)
        let right = matmul(above, u, transposingSecond: true).upperTriangle()
        let half = triangularSolve(
            factors, left + right, transposing: true, isUnitDiagonal: true)
        let whole = triangularSolve(factors, half.swappingAxes(-1, -2), isLower: false)
        return rule.first(
            whole.swappingAxes(-1, -2).withRows(
                at: AnyTensor(node: rule.node, index: 1), isInverse: true))
    }

    var primitive: Primitive { .lu }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            var a = operands[0]
            var permutation = (0..<a.rows).map(Double.init)
            var sign = 1.0
            for k in 0..<a.rows {
                var pivot = k
                for i in k..<a.rows where abs(a[i, k]) > abs(a[pivot, k]) { pivot = i }
                if pivot != k {
                    for j in 0..<a.rows { a.swap((k, j), (pivot, j)) }
                    permutation.swapAt(k, pivot)
                    sign = -sign
                }
                if a[k, k] == 0 { continue }
                for i in k + 1..<max(a.rows, k + 1) {
                    try watch.note(a.rows - k)
                    a[i, k] /= a[k, k]
                    for j in k + 1..<a.rows { a[i, j] -= a[i, k] * a[k, j] }
                }
            }
            return [a.elements, permutation, [sign]]
        }
    }
}

extension ReferenceMatrix {
    fileprivate mutating func swap(_ a: (Int, Int), _ b: (Int, Int)) {
        (self[a.0, a.1], self[b.0, b.1]) = (self[b.0, b.1], self[a.0, a.1])
    }
}
