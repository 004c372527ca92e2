// SPDX-License-Identifier: Apache-2.0

/// A rotation of two vectors after which they are orthogonal.
struct JacobiRotation {
    let cosine: Double
    let sine: Double

    /// - Parameters:
    ///   - a, b: The squares of their lengths.
    ///   - c: Their product, not 0.
    init(_ a: Double, _ b: Double, _ c: Double) {
        let half = (b - a) / (2 * c)
        let tangent = (half < 0 ? -1 : 1) / (abs(half) + (1 + half * half).squareRoot())
        cosine = 1 / (1 + tangent * tangent).squareRoot()
        sine = cosine * tangent
    }
}

extension ReferenceMatrix {
    init(identity size: Int) {
        self.init(size, size)
        for i in 0..<size { self[i, i] = 1 }
    }

    var transposed: ReferenceMatrix {
        var result = ReferenceMatrix(columns, rows)
        for i in 0..<rows {
            for j in 0..<columns { result[j, i] = self[i, j] }
        }
        return result
    }

    /// The product of two columns.
    func product(_ p: Int, _ q: Int) -> Double {
        (0..<rows).reduce(0) { $0 + self[$1, p] * self[$1, q] }
    }

    /// Rotates two columns.
    mutating func rotate(_ p: Int, _ q: Int, _ rotation: JacobiRotation) {
        for i in 0..<rows {
            let (x, y) = (self[i, p], self[i, q])
            self[i, p] = rotation.cosine * x - rotation.sine * y
            self[i, q] = rotation.sine * x + rotation.cosine * y
        }
    }

    /// Rotates two rows.
    mutating func rotateRows(_ p: Int, _ q: Int, _ rotation: JacobiRotation) {
        for j in 0..<columns {
            let (x, y) = (self[p, j], self[q, j])
            self[p, j] = rotation.cosine * x - rotation.sine * y
            self[q, j] = rotation.sine * x + rotation.cosine * y
        }
    }

    /// The columns in another order.
    func columns(_ order: [Int]) -> ReferenceMatrix {
        var result = ReferenceMatrix(rows, order.count)
        for (j, source) in order.enumerated() {
            for i in 0..<rows { result[i, j] = self[i, source] }
        }
        return result
    }

    /// Whether the greatest element of a column by size, the first of equal ones, is negative.
    func pointsDown(_ column: Int) -> Bool {
        var greatest = 0.0
        for i in 0..<rows where abs(self[i, column]) > abs(greatest) { greatest = self[i, column] }
        return greatest < 0
    }

    mutating func negate(column: Int) {
        for i in 0..<rows { self[i, column].negate() }
    }
}
