// SPDX-License-Identifier: Apache-2.0

extension Shape {
    /// The shape of two operands broadcast against each other, as NumPy does it.
    ///
    /// - Throws: `RuleViolation` when dimensions differ and neither is 1.
    package static func broadcast(_ a: Shape, _ b: Shape) throws -> Shape {
        guard let x = a.dims, let y = b.dims else { return .unknown }
        if y.isEmpty || x == y { return a }
        if x.isEmpty { return b }
        let rank = max(x.count, y.count)
        var result = [Int](repeating: 1, count: rank)
        for i in 0..<rank {
            let m = i < rank - x.count ? 1 : x[i - (rank - x.count)]
            let n = i < rank - y.count ? 1 : y[i - (rank - y.count)]
            if m == n || n == 1 {
                result[i] = m
            } else if m == 1 {
                result[i] = n
            } else if m < 0 || n < 0 {
                // One is unknown and the other above 1: where both hold, it is the known one.
                result[i] = max(m, n)
            } else {
                throw RuleViolation(.notBroadcastable(a, b, m, n))
            }
        }
        return Shape(dims: result)
    }
}
