// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Which positions may attend to which.
///
/// A mask is broadcast against the scores, `[n, heads, queries, keys]`.
public enum AttentionMask<Scalar: FloatingScalar>: Sendable {
    /// All to all.
    case none
    /// Where it is true.
    case allowed(Tensor<Bool>)
    /// All; what is added to the scores may be as low as −∞.
    case added(Tensor<Scalar>)

    /// To the first keys of each example.
    ///
    /// - Parameters:
    ///   - lengths: How many keys count, `[n]`.
    ///   - keys: How many there are.
    public static func lengths(_ lengths: Tensor<Int32>, of keys: Int) -> AttentionMask {
        let places = AnyTensor.iota(.int32, shape: [1, 1, 1, keys], axis: 3)
        return .allowed(
            Tensor(places .< lengths.anyTensor.expandingDimensions(at: [1, 2, 3])))
    }

    var tensors: [AnyTensor] {
        switch self {
        case .none: []
        case .allowed(let mask): [mask.anyTensor]
        case .added(let mask): [mask.anyTensor]
        }
    }
}

/// Attention (Vaswani et al. 2017): `softmax(query · keyᵀ · scale) · value` for each head.
///
/// There may be fewer heads of keys and values than of queries: then neighbouring heads of queries share them
/// (grouped queries, Ainslie et al. 2023). A query that may attend to nothing gets 0.
/// - Parameters:
///   - mask: Which queries may attend to which keys.
///   - isCausal: Whether query i attends to keys 0 to i only, as far as the mask allows it.
///   - scale: What scores are multiplied by; nil for 1/√width.
/// - Shape: query [n, heads, queries, width], key [n, key heads, keys, width], value [n, key heads, keys, outputs] →
///   [n, heads, queries, outputs].
public func scaledDotProductAttention<Scalar: FloatingScalar>(
    query: Tensor<Scalar>, key: Tensor<Scalar>, value: Tensor<Scalar>,
    mask: AttentionMask<Scalar> = .none, isCausal: Bool = false, scale: Double? = nil
) -> Tensor<Scalar> {
    let rule = AttentionRule(mask: mask.tensors, isCausal: isCausal, scale: scale)
    return Tensor(rule.attended(query.anyTensor, key.anyTensor, value.anyTensor))
}

/// Attention, with what layers do inside of it.
struct AttentionRule {
    /// A mask, of truth values or to be added.
    var mask: [AnyTensor] = []
    var isCausal = false
    var scale: Double?
    /// How many keys stand before those of the first query; nil for none.
    var offset: AnyTensor?
    /// What becomes of the weights, such as a dropout.
    var changing: (AnyTensor) -> AnyTensor = { $0 }

    func attended(_ query: AnyTensor, _ key: AnyTensor, _ value: AnyTensor) -> AnyTensor {
        .composed("scaledDotProductAttention", [query, key, value] + mask) {
            let (heads, groups) = try headCounts(query, key, value)
            let width = try query.knownSize(3)
            let factor = scale ?? 1 / Double(Swift.max(width, 1)).squareRoot()
            let folded = Self.folded(query * factor, into: heads / groups, groups: groups)
            let products = AnyTensor.dot(
                folded, key, contracting: ([3], [3]), batch: ([0, 1], [0, 1]))
            let scores = Self.unfolded(products, from: groups, by: heads / groups)
            let weights = weights(scores.widened, query: query, key: key).cast(to: query.dtype)
            let parts = Self.folded(weights, into: heads / groups, groups: groups)
            let sums = AnyTensor.dot(
                parts, value, contracting: ([3], [2]), batch: ([0, 1], [0, 1]))
            return Self.unfolded(sums, from: groups, by: heads / groups)
        }
    }

    private func headCounts(
        _ query: AnyTensor, _ key: AnyTensor, _ value: AnyTensor
    ) throws -> (heads: Int, groups: Int) {
        for (name, tensor) in [("the query", query), ("the key", key), ("the value", value)] {
            guard tensor.rank == 4 else {
                throw RuleViolation(
                    .wrongRank("\(name), [n, heads, positions, width],", tensor.type, wanted: 4...4)
                )
            }
        }
        try AnyTensor.requireSameDType([query, key, value])
        let (heads, groups) = (try query.knownSize(1), try key.knownSize(1))
        guard groups > 0, heads % groups == 0, try value.knownSize(1) == groups else {
            throw RuleViolation(
                "\(heads) heads of queries cannot share \(groups) heads of keys: \(query.type), \(key.type), "
                    + "\(value.type)")
        }
        return (heads, groups)
    }

    /// The weights of scores `[n, heads, queries, keys]`.
    private func weights(_ scores: AnyTensor, query: AnyTensor, key: AnyTensor) -> AnyTensor {
        var scores = scores
        var allowed: AnyTensor?
        for mask in mask {
            if mask.dtype == .bool { allowed = mask } else { scores = scores + mask.widened }
        }
        if isCausal {
            let past = past(query, key)
            allowed = allowed.map { .binary(.and, $0, past) } ?? past
        }
        guard let allowed else { return changing(softmax(scores)) }
        // Low, and yet so far from −∞ that a row of nothing else has no NaN in it.
        let lowest = scores.dtype == .float64 ? -1e300 : -1e38
        let masked = select(allowed, scores, .scalar(lowest, like: scores))
        let zero = AnyTensor.scalar(0, like: scores)
        return changing(select(allowed, softmax(masked), zero))
    }

    /// Where a key stands at or before a query, `[queries, keys]`.
    private func past(_ query: AnyTensor, _ key: AnyTensor) -> AnyTensor {
        // Of the sums only the shapes are taken.
        let (q, k) = (query.sum(axes: [0, 1, 3]), key.sum(axes: [0, 1, 3]))
        var rows = AnyTensor.iota(like: q, axis: 0, dtype: .int32)
        if let offset { rows = rows + offset.cast(to: .int32) }
        let columns = AnyTensor.iota(like: k, axis: 0, dtype: .int32)
        return columns .<= rows.expandingDimension(at: 1)
    }

    /// `[n, groups · by, t, d]` → `[n, groups, by · t, d]`: one product for all queries that share a key.
    private static func folded(_ x: AnyTensor, into by: Int, groups: Int) -> AnyTensor {
        if by == 1 { return x }
        let apart = x.regrouped([
            .product(0..<1), .size(groups), .size(by), .product(2..<3), .product(3..<4),
        ])
        return apart.regrouped([
            .product(0..<1), .product(1..<2), .product(2..<4), .product(4..<5),
        ])
    }

    /// `[n, groups, by · t, d]` → `[n, groups · by, t, d]`.
    private static func unfolded(_ x: AnyTensor, from groups: Int, by: Int) -> AnyTensor {
        if by == 1 { return x }
        let apart = x.regrouped([
            .product(0..<1), .product(1..<2), .size(by), .quotient(axis: 2, by: by),
            .product(3..<4),
        ])
        return apart.regrouped([
            .product(0..<1), .product(1..<3), .product(3..<4), .product(4..<5),
        ])
    }
}
