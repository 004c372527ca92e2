// SPDX-License-Identifier: Apache-2.0

// Losses that are 0 beyond a margin, and losses of directions and distances. `reduction` says what becomes of the
// losses of the single examples, and `weights` what each of them counts: see `reducedLoss`. Shapes that do not fit
// make a tensor that carries an error. Of 16-bit floats they are computed in 32 bits and rounded once.

/// max(0, 1 − expected · predicted), where `expected` is −1 or 1.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func hingeLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("hingeLoss", of: predicted, from: expected, weights, reduction) { relu(1 - $1 * $0) }
}

/// max(0, 1 − expected · predicted)², where `expected` is −1 or 1.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func squaredHingeLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("squaredHingeLoss", of: predicted, from: expected, weights, reduction) {
        square(relu(1 - $1 * $0))
    }
}

/// max(0, 1 + max((1 − expected) · predicted) − Σ expected · predicted) along an axis, for one-hot `expected`.
///
/// Keras's: the greatest of the other scores counts as at least 0.
/// - Shape: predicted, expected [..., classes] → [...] for `reduction: .none`, else [].
public func categoricalHingeLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, axis: Int = -1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("categoricalHingeLoss", of: predicted, from: expected, weights, reduction) {
        predicted, expected in
        let axes = [try predicted.resolvedAxis(axis)]
        let right = (expected * predicted).sum(axes: axes)
        let wrong = ((1 - expected) * predicted).max(axes: axes)
        return relu(wrong - right + 1)
    }
}

/// log(1 + exp(−expected · predicted)), where `expected` is −1 or 1.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func softMarginLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("softMarginLoss", of: predicted, from: expected, weights, reduction) {
        softplus(-($1 * $0))
    }
}

/// max(0, margin − order · (first − second)): which of two is to be the greater.
///
/// - Parameter order: 1 where it is the first, −1 where it is the second.
/// - Shape: first, second, order [...] → [...] for `reduction: .none`, else [].
public func marginRankingLoss<T: FloatingTensor>(
    _ first: T, _ second: T, order: T, margin: Double = 0, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "marginRankingLoss", ("first", first), ("second", second), and: [order], weights, reduction
    ) { first, second in
        try requireFinite("margin", margin)
        let order = order.anyTensor.widened.broadcasted(like: first)
        return relu(margin - order * (first - second))
    }
}

/// The cosine of the angle between vectors along an axis; lengths below epsilon count as epsilon.
///
/// - Shape: a, b [..., n] → [...].
public func cosineSimilarity<T: FloatingTensor>(
    _ a: T, _ b: T, axis: Int = -1, epsilon: Double = 1e-8
) -> T {
    loss("cosineSimilarity", ("a", a), ("b", b), nil, .none) {
        try $0.cosine($1, axis: axis, epsilon)
    }
}

/// −cosine of the angle between predicted and expected vectors along an axis: Keras's `CosineSimilarity`.
///
/// - Shape: predicted, expected [..., n] → [...] for `reduction: .none`, else [].
public func cosineSimilarityLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, axis: Int = -1, epsilon: Double = 1e-8, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("cosineSimilarityLoss", of: predicted, from: expected, weights, reduction) {
        -(try $0.cosine($1, axis: axis, epsilon))
    }
}

/// 1 − cosine for vectors that belong together, max(0, cosine − margin) for those that do not.
///
/// - Parameter similar: 1 where they belong together, −1 where they do not.
/// - Shape: a, b [..., n], similar [...] → [...] for `reduction: .none`, else [].
public func cosineEmbeddingLoss<T: FloatingTensor>(
    _ a: T, _ b: T, similar: T, axis: Int = -1, margin: Double = 0, epsilon: Double = 1e-8,
    weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss(
        "cosineEmbeddingLoss", ("a", a), ("b", b), and: [similar], weights, reduction
    ) { a, b in
        try requireFinite("margin", margin)
        let cosine = try a.cosine(b, axis: axis, epsilon)
        let isSimilar = similar.anyTensor.widened.broadcasted(like: cosine) .> 0
        return select(isSimilar, 1 - cosine, relu(cosine - margin))
    }
}

/// The distance for what belongs together, max(0, margin − distance) for what does not.
///
/// - Parameter similar: 1 where it belongs together, −1 where it does not.
/// - Shape: distances, similar [...] → [...] for `reduction: .none`, else [].
public func hingeEmbeddingLoss<T: FloatingTensor>(
    distances: T, similar: T, margin: Double = 1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "hingeEmbeddingLoss", ("distances", distances), ("similar", similar), weights, reduction
    ) { distances, similar in
        try requireFinite("margin", margin)
        return select(similar .> 0, distances, relu(margin - distances))
    }
}

/// similar · distance² + (1 − similar) · max(0, margin − distance)².
///
/// Hadsell et al. 2006.
/// - Parameter similar: 1 where two belong together, 0 where they do not.
/// - Shape: distances, similar [...] → [...] for `reduction: .none`, else [].
public func contrastiveLoss<T: FloatingTensor>(
    distances: T, similar: T, margin: Double = 1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "contrastiveLoss", ("distances", distances), ("similar", similar), weights, reduction
    ) { distances, similar in
        try requireFinite("margin", margin)
        return similar * square(distances) + (1 - similar) * square(relu(margin - distances))
    }
}

/// max(0, d(anchor, positive) − d(anchor, negative) + margin): what belongs together is to be nearer than what does
/// not.
///
/// d is the norm of the difference along the last axis, with epsilon added to each element, as in PyTorch.
/// - Parameters:
///   - order: Which norm.
///   - swapsAnchor: Whether the negative is compared with the nearer one of anchor and positive.
/// - Shape: anchor, positive, negative [..., n] → [...] for `reduction: .none`, else [].
public func tripletLoss<T: FloatingTensor>(
    anchor: T, positive: T, negative: T, margin: Double = 1, order: NormOrder = .l2,
    epsilon: Double = 1e-6, swapsAnchor: Bool = false, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "tripletLoss", ("anchor", anchor), ("positive", positive), and: [negative], weights,
        reduction
    ) { anchor, positive in
        try requireFinite("margin", margin)
        try requireNotNegative("epsilon", epsilon)
        let negative = negative.anyTensor.widened
        guard anchor.shape.merged(with: negative.shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("anchor and negative", anchor.shape, negative.shape))
        }
        func distance(_ a: AnyTensor, _ b: AnyTensor) -> AnyTensor {
            (a - b + epsilon).norm(order, axes: [-1])
        }
        var far = distance(anchor, negative)
        if swapsAnchor { far = minimum(far, distance(positive, negative)) }
        return relu(distance(anchor, positive) - far + margin)
    }
}

/// Σ max(0, margin − x[label] + x[other])^power over the other classes, divided by the number of classes.
///
/// A label outside `0..<classes` fails the run. PyTorch's `multi_margin_loss`.
/// - Parameter isSquared: Whether the power is 2 instead of 1.
/// - Shape: scores [..., classes], labels [...] → [...] for `reduction: .none`, else [].
public func multiMarginLoss<T: FloatingTensor>(
    scores: T, labels: some IntegerTensor, margin: Double = 1, isSquared: Bool = false,
    weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    let labels = labels.anyTensor
    let weights = weights.map { [$0.anyTensor] } ?? []
    return scores.composed("multiMarginLoss", with: [labels] + weights) { narrow in
        try narrow.requireFloating()
        try AnyTensor.requireSameDType([narrow] + weights)
        try requireFinite("margin", margin)
        try requireElements(labels.dtype, .integer, of: .argument("class numbers"))
        let x = narrow.widened
        let rank = try x.knownRank()
        guard rank > 0, labels.shape.rank == rank - 1 else {
            throw RuleViolation(
                "labels \(labels.shape) must have the shape of scores \(x.shape) without its last "
                    + "axis")
        }
        let own = x.gathered(along: rank - 1, at: labels.expandingDimension(at: rank - 1))
        let gaps = relu(x - own + margin)
        let sums = (isSquared ? square(gaps) : gaps).sum(axes: [-1])
        // The label itself stands in the sum, too.
        let least = Swift.max(margin, 0)
        let losses =
            (sums - least * (isSquared ? least : 1))
            / x.elementCount(axes: [-1], as: x.dtype)
        return try losses.reduced(reduction, weights: weights.first).cast(to: narrow.dtype)
    }
}

extension AnyTensor {
    fileprivate func cosine(
        _ other: AnyTensor, axis: Int, _ epsilon: Double
    ) throws -> AnyTensor {
        try requirePositive("epsilon", epsilon)
        let axes = [try resolvedAxis(axis)]
        // A square that is 0 in f32 would be divided by.
        let least = Swift.max(epsilon * epsilon, 1e-36)
        let (a, b) = (
            l2Normalized(self, axes: axes, epsilon: least),
            l2Normalized(other, axes: axes, epsilon: least)
        )
        return (a * b).sum(axes: axes)
    }
}

private func requireFinite(_ name: String, _ number: Double) throws {
    guard number.isFinite else {
        throw RuleViolation(.invalidArgument(name, value: "\(number)", wanted: "finite"))
    }
}
