// SPDX-License-Identifier: Apache-2.0

/// (a) → q with orthonormal columns and an upper triangular r, whose product is a; of m rows and n columns q has
/// the smaller number of columns. The signs are those of Householder's reflections.
struct QRFamily: ArrayFamily, SettledFamily {
    static var functions: [PrimitiveFunction] { [.init(MatrixOperand.dtypes)] }
    var name: String { "qr" }
    var outputCount: Int { 2 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { true }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let a = try MatrixOperand(operands[0]) else { return [operands[0], operands[0]] }
        return [a.type([a.rows, a.innerSize]), a.type([a.innerSize, a.columns])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let (q, r) = (rule.output, AnyTensor(node: rule.node, index: 1))
        let gradientQ = rule.gradients[0] ?? .zeros(like: q)
        let gradientR = rule.gradients[1] ?? .zeros(like: r)
        let a = rule.inputs[0]
        if let rows = a.shape[-2], let columns = a.shape[-1], rows >= columns {
            return rule.first(Self.gradient(q, r, gradientQ, gradientR))
        }
        // The columns that q spans, and the others, whose part of r is their product with q.
        let inner = q.size(ofAxis: -1)
        let sizes = stacked([inner, a.size(ofAxis: -1) - inner])
        func parts(_ x: AnyTensor) -> [AnyTensor] { x.split(sizes: sizes, axis: -1) }
        let (a2, r1, g) = (parts(a)[1], parts(r)[0], parts(gradientR))
        let first = Self.gradient(
            q, r1, gradientQ + matmul(a2, g[1], transposingSecond: true), g[0])
        return rule.first(.concatenated([first, matmul(q, g[1])], axis: -1))
    }

    /// Of square and tall matrices: (gq + q · s) · r⁻ᵀ, where s is symmetric and below the diagonal
    /// r · grᵀ − gqᵀ · q (Walter, Lehmann 2018).
    private static func gradient(
        _ q: AnyTensor, _ r: AnyTensor, _ gradientQ: AnyTensor, _ gradientR: AnyTensor
    ) -> AnyTensor {
        let product =
            matmul(r, gradientR, transposingSecond: true)
            - matmul(gradientQ, q, transposingFirst: true)
        let symmetric =
            product.lowerTriangle() + product.lowerTriangle(diagonal: -1).swappingAxes(-1, -2)
        let sum = gradientQ + matmul(q, symmetric)
        return triangularSolve(r, sum.swappingAxes(-1, -2), isLower: false).swappingAxes(-1, -2)
    }

    var primitive: Primitive { .qr }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            var r = operands[0]
            let inner = min(r.rows, r.columns)
            var reflections: [(vector: [Double], factor: Double)] = []
            for k in 0..<inner {
                let reflection = Self.reflection(of: (k..<r.rows).map { r[$0, k] })
                try r.reflect(reflection, from: k, &watch)
                reflections.append(reflection)
            }
            var q = ReferenceMatrix(r.rows, inner)
            for i in 0..<inner { q[i, i] = 1 }
            for k in (0..<inner).reversed() { try q.reflect(reflections[k], from: k, &watch) }
            var upper = ReferenceMatrix(inner, r.columns)
            for i in 0..<inner {
                for j in i..<r.columns { upper[i, j] = r[i, j] }
            }
            return [q.elements, upper.elements]
        }
    }

    /// 1 − factor · v · vᵀ, which leaves of x only the first element, of the sign that x does not have; nothing of
    /// an x that is so already.
    private static func reflection(of x: [Double]) -> (vector: [Double], factor: Double) {
        let rest = x.dropFirst().reduce(0) { $0 + $1 * $1 }
        guard let first = x.first, rest != 0 else { return (x.map { _ in 0 }, 0) }
        let norm = (first * first + rest).squareRoot()
        let head = first + (first < 0 ? -norm : norm)
        let vector = [1] + x.dropFirst().map { $0 / head }
        return (vector, 2 / vector.reduce(0) { $0 + $1 * $1 })
    }
}

extension ReferenceMatrix {
    /// Reflects the rows from `first` on.
    fileprivate mutating func reflect(
        _ reflection: (vector: [Double], factor: Double), from first: Int, _ watch: inout Watch
    ) throws {
        if reflection.factor == 0 { return }
        for j in 0..<columns {
            try watch.note(reflection.vector.count)
            var sum = 0.0
            for (i, v) in reflection.vector.enumerated() { sum += v * self[first + i, j] }
            for (i, v) in reflection.vector.enumerated() {
                self[first + i, j] -= reflection.factor * sum * v
            }
        }
    }
}

extension FloatingTensor {
    /// The factors q, whose columns are orthonormal, and r, which is upper triangular, with q · r = a.
    ///
    /// The signs are LAPACK's: an element of r's diagonal may be negative. The gradient needs the first
    /// min(m, n) columns to be independent, else a run fails. 16-bit floats are computed in `Float`.
    /// - Shape: [..., m, n] → q [..., m, min(m, n)], r [..., min(m, n), n].
    public func qr() -> (q: Self, r: Self) {
        let x = anyTensor
        let both = AnyTensor.composedAll("qr", [x], count: 2) {
            try x.requireFloating()
            return AnyTensor.makeAll(.qr, [x.widened]).map { $0.cast(to: x.dtype) }
        }
        return (Self(both[0]), Self(both[1]))
    }
}
