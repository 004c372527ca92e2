// SPDX-License-Identifier: Apache-2.0

/// (a) → the singular values in descending order; with vectors also u and vᵀ, as many columns and rows as there are
/// values, with u · diagonal(values) · vᵀ = a. The greatest element by size of each column of u is
/// positive.
struct SingularValuesFamily: ArrayFamily, SettledFamily {
    let hasVectors: Bool

    static var functions: [PrimitiveFunction] {
        ["values", "vectors"].map { PrimitiveFunction($0, MatrixOperand.dtypes) }
    }
    var function: String? { hasVectors ? "vectors" : "values" }
    var name: String { "svd" }
    var attributeText: String { hasVectors ? "" : "values alone" }
    var outputCount: Int { hasVectors ? 3 : 1 }
    var operandCount: Int? { 1 }
    var cannotFail: Bool { false }

    func resultTypes(_ operands: [TensorType]) throws -> [TensorType] {
        guard let a = try MatrixOperand(operands[0]) else {
            return Array(
                repeating: TensorType(operands[0].dtype, .unknown), count: outputCount)
        }
        let values = a.type([a.innerSize])
        if !hasVectors { return [values] }
        return [values, a.type([a.rows, a.innerSize]), a.type([a.innerSize, a.columns])]
    }

    func passesGradient(toOperand index: Int, of operands: [AnyTensor]) -> Bool { true }

    /// With f, whose element i, j is 1 / (sⱼ² − sᵢ²), and skew(x) = x − xᵀ, it is
    /// u · (skew(uᵀ · gu) ∘ f · s + s · f ∘ skew(vᵀ · gv) + gs) · vᵀ, and what of gu and gv is
    /// orthogonal to u and v (Townsend 2016).
    func gradients(_ rule: GradientRule) throws -> [AnyTensor?] {
        let a = rule.inputs[0]
        let parts = AnyTensor.makeAll(.svd(hasVectors: true), [a])
        let (s, u, vt) = (parts[0], parts[1], parts[2])
        func rows(_ x: AnyTensor) -> AnyTensor { x.expandingDimension(at: -1) }
        func columns(_ x: AnyTensor) -> AnyTensor { x.expandingDimension(at: -2) }
        var inner = (rule.gradients[0] ?? .zeros(like: s)).diagonalMatrix()
        let gradientU = hasVectors ? rule.gradients[1] : nil
        let gradientVt = hasVectors ? rule.gradients[2] : nil
        let squares = s * s
        let f = (columns(squares) - rows(squares)).reciprocalOrZero
        let quotients = s.reciprocalOrZero
        var others: [AnyTensor] = []
        if let gradientU {
            let own = matmul(u, gradientU, transposingFirst: true)
            inner = inner + (own - own.swappingAxes(-1, -2)) * f * columns(s)
            if a.mayBeTall {
                let rest = gradientU - matmul(u, own)
                others.append(matmul(rest * columns(quotients), vt))
            }
        }
        if let gradientVt {
            let own = matmul(vt, gradientVt, transposingSecond: true)
            inner = inner + (own - own.swappingAxes(-1, -2)) * f * rows(s)
            if a.mayBeWide {
                let rest = gradientVt - matmul(own, vt, transposingFirst: true)
                others.append(matmul(u, rest * rows(quotients)))
            }
        }
        return rule.first(others.reduce(matmul(matmul(u, inner), vt), +))
    }

    var primitive: Primitive { .svd(hasVectors: hasVectors) }

    func evaluate(_ evaluation: Evaluation) throws -> [NDArray] {
        try evaluation.forEachMatrix { operands, watch in
            let a = operands[0]
            guard a.elements.allSatisfy(\.isFinite) else { throw RunError.MatrixFault.notFinite }
            let isWide = a.rows < a.columns
            let (left, values, right) = try (isWide ? a.transposed : a).singularVectors(&watch)
            var (u, v) = isWide ? (right, left) : (left, right)
            for j in values.indices where u.pointsDown(j) {
                u.negate(column: j)
                v.negate(column: j)
            }
            return hasVectors ? [values, u.elements, v.transposed.elements] : [values]
        }
    }
}

extension AnyTensor {
    /// 1 / x, and 0 of 0: pairs of equal values have no part in the gradients of vectors.
    var reciprocalOrZero: AnyTensor {
        let isZero = self .== 0
        return select(
            isZero, .scalar(0, like: self), 1 / select(isZero, .scalar(1, like: self), self))
    }

    /// Whether there may be more rows than columns.
    fileprivate var mayBeTall: Bool {
        guard let rows = shape[-2], let columns = shape[-1] else { return true }
        return rows > columns
    }

    /// Whether there may be more columns than rows.
    fileprivate var mayBeWide: Bool {
        guard let rows = shape[-2], let columns = shape[-1] else { return true }
        return rows < columns
    }
}

extension ReferenceMatrix {
    /// Of a matrix that is not wide, by rotations that make its columns orthogonal to one another (Hestenes
    /// 1958).
    fileprivate func singularVectors(
        _ watch: inout Watch
    ) throws -> (u: ReferenceMatrix, values: [Double], v: ReferenceMatrix) {
        var w = self
        var v = ReferenceMatrix(identity: columns)
        for sweep in 0... {
            guard sweep < 60 else { throw RunError.MatrixFault.noConvergence }
            var isOrthogonal = true
            for p in 0..<columns {
                for q in p + 1..<max(columns, p + 1) {
                    try watch.note(3 * rows)
                    let (a, b, c) = (w.product(p, p), w.product(q, q), w.product(p, q))
                    if abs(c) <= 1e-15 * (a * b).squareRoot() { continue }
                    isOrthogonal = false
                    let rotation = JacobiRotation(a, b, c)
                    w.rotate(p, q, rotation)
                    v.rotate(p, q, rotation)
                }
            }
            if isOrthogonal { break }
        }
        let norms = (0..<columns).map { w.product($0, $0).squareRoot() }
        let order = norms.indices.sorted { norms[$0] > norms[$1] }
        w = w.columns(order)
        v = v.columns(order)
        let values = order.map { norms[$0] }
        for (j, value) in values.enumerated() {
            if value > 0 {
                for i in 0..<rows { w[i, j] /= value }
            } else {
                w.complete(column: j)
            }
        }
        return (w, values, v)
    }

    /// Makes a column one of length 1 that is orthogonal to those before it: of a unit vector, the first that
    /// has enough of one.
    private mutating func complete(column: Int) {
        for unit in 0..<rows {
            for i in 0..<rows { self[i, column] = i == unit ? 1 : 0 }
            for _ in 0..<2 {
                for j in 0..<column {
                    let part = product(j, column)
                    for i in 0..<rows { self[i, column] -= part * self[i, j] }
                }
            }
            let norm = product(column, column).squareRoot()
            if norm * Double(rows).squareRoot() < 0.5 { continue }
            for i in 0..<rows { self[i, column] /= norm }
            return
        }
    }
}

extension FloatingTensor {
    /// The singular values in descending order, and orthonormal vectors for them, with
    /// u · diagonal(values) · vᵀ = a.
    ///
    /// Of each column of u the greatest element by size is positive. 16-bit floats are computed in `Float`.
    ///
    /// The gradients of the vectors are defined where all values are different, and none is 0 unless the
    /// matrix is square; those of values that are nearly equal are large. Of equal values each pair counts as
    /// having no part in it. Where only the values are used, their gradient has no such limit.
    ///
    /// A run with NaN or an infinity in a matrix fails and says which it is.
    /// - Shape: [..., m, n], k = min(m, n) → u [..., m, k], values [..., k], v [..., n, k].
    public func svd() -> (u: Self, values: Self, v: Self) {
        let x = anyTensor
        let all = AnyTensor.composedAll("svd", [x], count: 3) {
            try x.requireFloating()
            let parts = AnyTensor.makeAll(.svd(hasVectors: true), [x.widened])
            return [parts[1], parts[0], parts[2].swappingAxes(-1, -2)].map { $0.cast(to: x.dtype) }
        }
        return (Self(all[0]), Self(all[1]), Self(all[2]))
    }

    /// The singular values in descending order; faster than `svd`.
    ///
    /// 16-bit floats are computed in `Float`. A run with NaN or an infinity in a matrix fails and says which it
    /// is.
    /// - Shape: [..., m, n] → [..., min(m, n)].
    public func singularValues() -> Self {
        composed("singularValues") { x in
            try x.requireFloating()
            return .make(.svd(hasVectors: false), [x.widened]).cast(to: x.dtype)
        }
    }
}
