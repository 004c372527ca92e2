// SPDX-License-Identifier: Apache-2.0

/// The matrix product, as NumPy's `matmul` has it.
///
/// Axes before the last two are a batch and are broadcast. A vector on the left is a row, on the
/// right a column, and its axis is not in the result. An unknown batch size is taken to be that of
/// the other operand, not 1.
///
/// Inner dimensions that differ make a tensor that carries an error.
/// - Parameters:
///   - transposingFirst: Whether `a` is [..., k, m].
///   - transposingSecond: Whether `b` is [..., n, k].
/// - Shape: a [..., m, k], b [..., k, n] → [..., m, n].
public func matmul<T: NumericTensor>(
    _ a: T, _ b: T, transposingFirst: Bool = false, transposingSecond: Bool = false
) -> T {
    let (a, b) = (a.anyTensor, b.anyTensor)
    return T(
        .composed("matmul", [a, b]) {
            let (m, n) = (try a.knownRank(), try b.knownRank())
            guard m > 0, n > 0 else {
                throw RuleViolation(
                    "\(a.shape) x \(b.shape): a scalar is no factor of a matrix product; use `*`")
            }
            guard m > 1 || !transposingFirst, n > 1 || !transposingSecond else {
                throw RuleViolation("\(a.shape) x \(b.shape): a vector cannot be transposed")
            }
            let inner = m == 1 || transposingFirst ? Swift.max(m - 2, 0) : m - 1
            let outer = n == 1 || !transposingSecond ? Swift.max(n - 2, 0) : n - 1
            if let x = a.shape[inner], let y = b.shape[outer], x != y {
                let transposed =
                    switch (transposingFirst, transposingSecond) {
                    case (false, false): ""
                    case (true, false): ", the first transposed,"
                    case (false, true): ", the second transposed,"
                    case (true, true): ", both transposed,"
                    }
                throw RuleViolation(
                    .sizesDiffer(
                        "inner dimensions\(transposed)", shapes: [a.shape, b.shape], x, y))
            }
            // A right operand without batch axes: the free axes keep their order, so nothing moves.
            if n <= 2 { return .dot(a, b, contracting: ([inner], [outer])) }
            return try AnyTensor.batchProduct(a, b, inner, outer)
        })
}

/// The sum of the products of two vectors, Σ aᵢ · bᵢ.
///
/// - Shape: a [n], b [n] → [].
public func dot<T: NumericTensor>(_ a: T, _ b: T) -> T {
    let (a, b) = (a.anyTensor, b.anyTensor)
    return T(
        .composed("dot", [a, b]) {
            guard try a.knownRank() == 1, try b.knownRank() == 1 else {
                throw RuleViolation(
                    "it takes two vectors, not \(a.shape) and \(b.shape); use `matmul`")
            }
            return .dot(a, b, contracting: ([0], [0]))
        })
}

/// Every product of an element of one vector with one of the other, aᵢ · bⱼ.
///
/// - Shape: a [m], b [n] → [m, n].
public func outer<T: NumericTensor>(_ a: T, _ b: T) -> T {
    let (a, b) = (a.anyTensor, b.anyTensor)
    return T(
        .composed("outer", [a, b]) {
            guard try a.knownRank() == 1, try b.knownRank() == 1 else {
                throw RuleViolation("it takes two vectors, not \(a.shape) and \(b.shape)")
            }
            return a.expandingDimensions(at: [1]) * b.expandingDimensions(at: [0])
        })
}

/// The product summed over pairs of axes.
///
/// - Parameter axes: The axes of `a`, and in the same order the axes of `b` that go with them.
/// - Shape: the remaining axes of `a`, then those of `b`.
public func tensorDot<T: NumericTensor>(
    _ a: T, _ b: T, axes: (first: [Int], second: [Int])
) -> T {
    let (a, b) = (a.anyTensor, b.anyTensor)
    return T(
        .composed("tensorDot", [a, b]) {
            guard axes.first.count == axes.second.count else {
                throw RuleViolation(
                    "as many axes of one operand as of the other must be given: \(axes.first) and "
                        + "\(axes.second)")
            }
            let left = try axes.first.map { try a.resolvedAxis($0) }
            let right = try axes.second.map { try b.resolvedAxis($0) }
            return .dot(a, b, contracting: (left, right))
        })
}

extension AnyTensor {
    /// Axes are named from the end, so that the batch axes of both operands line up.
    fileprivate static func batchProduct(
        _ a: AnyTensor, _ b: AnyTensor, _ inner: Int, _ outer: Int
    ) throws -> AnyTensor {
        let (m, n) = (a.shape.rank ?? 0, b.shape.rank ?? 0)
        // Labels: batch axes 0, 1, ... from the end; row -1, column -2, summed -3.
        var left = (0..<m).map { m - 3 - $0 }
        var right = (0..<n).map { n - 3 - $0 }
        if m == 1 {
            left = [-3]
        } else {
            left[m - 2] = -1
            left[m - 1] = -1
            left[inner] = -3
        }
        if n == 1 {
            right = [-3]
        } else {
            right[n - 2] = -2
            right[n - 1] = -2
            right[outer] = -3
        }
        var output = Array((0..<Swift.max(m, n, 2) - 2).reversed())
        if m > 1 { output.append(-1) }
        if n > 1 { output.append(-2) }
        return try contracted(a, left, b, right, to: output, broadcasting: true)
    }

    /// The product of two tensors with labelled axes, summed over the labels that `output` lacks.
    ///
    /// A label occurs once in each operand at most. With `broadcasting` an axis of size 1 goes with
    /// any size of the same label.
    package static func contracted(
        _ a: AnyTensor, _ aLabels: [Int], _ b: AnyTensor, _ bLabels: [Int], to output: [Int],
        broadcasting: Bool
    ) throws -> AnyTensor {
        var (a, b, left, right) = (a, b, aLabels, bLabels)
        if broadcasting {
            // An axis of size 1 that meets another size just goes away.
            for label in left where right.contains(label) {
                guard let i = left.firstIndex(of: label), let j = right.firstIndex(of: label) else {
                    continue
                }
                if a.shape[i] == 1, b.shape[j] != 1 {
                    a = a.squeezed(axes: [i])
                    left.remove(at: i)
                } else if b.shape[j] == 1, a.shape[i] != 1 {
                    b = b.squeezed(axes: [j])
                    right.remove(at: j)
                }
            }
        }
        // What only one operand has and nobody wants is summed before.
        let lonelyLeft = left.indices.filter {
            !right.contains(left[$0]) && !output.contains(left[$0])
        }
        if !lonelyLeft.isEmpty {
            a = a.sum(axes: lonelyLeft)
            left = left.indices.filter { !lonelyLeft.contains($0) }.map { left[$0] }
        }
        let lonelyRight = right.indices.filter {
            !left.contains(right[$0]) && !output.contains(right[$0])
        }
        if !lonelyRight.isEmpty {
            b = b.sum(axes: lonelyRight)
            right = right.indices.filter { !lonelyRight.contains($0) }.map { right[$0] }
        }
        let shared = left.filter { right.contains($0) }
        let batch = output.filter { shared.contains($0) }
        let summed = shared.filter { !output.contains($0) }
        func places(_ labels: [Int], in all: [Int]) -> [Int] {
            labels.compactMap { all.firstIndex(of: $0) }
        }
        let product = dot(
            a, b, contracting: (places(summed, in: left), places(summed, in: right)),
            batch: (places(batch, in: left), places(batch, in: right)))
        let order =
            batch + left.filter { !shared.contains($0) } + right.filter { !shared.contains($0) }
        guard order != output else { return product }
        return product.transposed(permutation: places(output, in: order))
    }
}
