// SPDX-License-Identifier: Apache-2.0

extension Operation {
    func dotType(
        _ dimensions: DotDimensions, _ a: TensorType, _ b: TensorType
    ) throws -> TensorType {
        guard a.dtype == b.dtype else {
            throw RuleViolation(
                "element types differ: \(a) and \(b); convert one with `cast(to:)`")
        }
        guard a.dtype.isNumeric else {
            throw RuleViolation("it takes numbers, not \(a.dtype); convert with `cast(to:)`")
        }
        guard dimensions.lhsBatch.count == dimensions.rhsBatch.count,
            dimensions.lhsContracting.count == dimensions.rhsContracting.count
        else {
            throw RuleViolation("as many axes of one operand as of the other must be given")
        }
        try requireAxes(dimensions.lhsBatch + dimensions.lhsContracting, rank: a.shape.rank)
        try requireAxes(dimensions.rhsBatch + dimensions.rhsContracting, rank: b.shape.rank)
        guard let x = a.shape.dims, let y = b.shape.dims else {
            return TensorType(a.dtype, .unknown)
        }
        for (i, j) in zip(dimensions.lhsContracting, dimensions.rhsContracting)
        where x[i] >= 0 && y[j] >= 0 && x[i] != y[j] {
            throw RuleViolation(
                "inner dimensions differ: \(a.shape) x \(b.shape) (\(x[i]) != \(y[j]))")
        }
        var result: [Int] = []
        for (i, j) in zip(dimensions.lhsBatch, dimensions.rhsBatch) {
            if x[i] >= 0, y[j] >= 0, x[i] != y[j] {
                throw RuleViolation(
                    "batch dimensions differ: \(a.shape) x \(b.shape) (\(x[i]) != \(y[j]))")
            }
            result.append(max(x[i], y[j]))
        }
        let left = dimensions.lhsBatch + dimensions.lhsContracting
        let right = dimensions.rhsBatch + dimensions.rhsContracting
        result += x.indices.filter { !left.contains($0) }.map { x[$0] }
        result += y.indices.filter { !right.contains($0) }.map { y[$0] }
        return TensorType(a.dtype, result)
    }
}
