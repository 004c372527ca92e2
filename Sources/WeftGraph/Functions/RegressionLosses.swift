// SPDX-License-Identifier: Apache-2.0

// Losses of numbers. `reduction` says what becomes of the losses of the single elements, and `weights` what each of
// them counts: see `reducedLoss`. Shapes that do not fit make a tensor that carries an error. All can be
// differentiated twice. Of 16-bit floats they are computed in 32 bits and rounded once.

/// (predicted − expected)².
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanSquaredError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("meanSquaredError", of: predicted, from: expected, weights, reduction) {
        squaredDifference($0, $1)
    }
}

/// |predicted − expected|.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanAbsoluteError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("meanAbsoluteError", of: predicted, from: expected, weights, reduction) { abs($0 - $1) }
}

/// 100 · |predicted − expected| / max(|expected|, epsilon): percents of what is expected.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanAbsolutePercentageError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, epsilon: Double = 1e-7, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("meanAbsolutePercentageError", of: predicted, from: expected, weights, reduction) {
        try requirePositive("epsilon", epsilon)
        return abs($0 - $1) / maximum(abs($1), .scalar(epsilon, like: $1)) * 100
    }
}

/// (log(1 + predicted) − log(1 + expected))², where what is negative counts as 0.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanSquaredLogarithmicError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("meanSquaredLogarithmicError", of: predicted, from: expected, weights, reduction) {
        squaredDifference(log(onePlus: relu($0)), log(onePlus: relu($1)))
    }
}

/// d² / 2 for a distance d up to `delta`, beyond delta · d − delta² / 2.
///
/// Huber 1964.
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func huberLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, delta: Double = 1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("huberLoss", of: predicted, from: expected, weights, reduction) { predicted, expected in
        try requirePositive("delta", delta)
        let distance = abs(predicted - expected)
        let quadratic = minimum(distance, .scalar(delta, like: predicted))
        let linear = distance - quadratic
        return quadratic * quadratic * 0.5 + linear * delta
    }
}

/// d² / (2 · beta) for a distance d up to `beta`, beyond d − beta / 2; with beta 0 it is d.
///
/// Girshick 2015. It is the Huber loss divided by its `delta`.
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func smoothL1Loss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, beta: Double = 1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("smoothL1Loss", of: predicted, from: expected, weights, reduction) { predicted, expected in
        try requireNotNegative("beta", beta)
        let distance = abs(predicted - expected)
        if beta == 0 { return distance }
        let quadratic = minimum(distance, .scalar(beta, like: predicted))
        return quadratic * quadratic * (0.5 / beta) + (distance - quadratic)
    }
}

/// log(cosh(predicted − expected)), without overflow: d² / 2 for small distances d, |d| − log 2 for large ones.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func logCoshLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss("logCoshLoss", of: predicted, from: expected, weights, reduction) { predicted, expected in
        let distance = abs(predicted - expected)
        // log(1 + 2 sinh²(d / 2)) has all digits of small distances, which the other difference cancels.
        let one = AnyTensor.scalar(1, like: distance)
        let half = sinh(minimum(distance, one) * 0.5)
        let near = log(onePlus: half * half * 2)
        let far = distance + softplus(distance * -2) - 0.6931471805599453
        return select(distance .< one, near, far)
    }
}

/// predicted − expected · log(predicted + epsilon): −log of the probability of counts whose mean is predicted, but
/// for a constant.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func poissonLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, epsilon: Double = 1e-8, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("poissonLoss", of: predicted, from: expected, weights, reduction) {
        try requireNotNegative("epsilon", epsilon)
        return $0 - xlogy($1, $0 + epsilon)
    }
}

/// exp(x) − expected · x: −log of the probability of counts the logarithm of whose mean is x, but for a constant.
///
/// - Shape: logarithms, expected [...] → [...] for `reduction: .none`, else [].
public func poissonLoss<T: FloatingTensor>(
    logarithms: T, _ expected: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss(
        "poissonLoss", ("logarithms", logarithms), ("expected", expected), weights, reduction
    ) { exp($0) - $1 * $0 }
}

/// (log v + (predicted − expected)² / v) / 2 for v = max(variance, epsilon): −log of the probability density of
/// normal distributions with these means.
///
/// Where epsilon is the greater, the gradient of the variance is that at epsilon, as in PyTorch, so that a variance that is too
/// small can grow.
/// - Parameters:
///   - variance: Broadcast against `predicted`.
///   - epsilon: The least variance that counts.
///   - isFull: Whether the constant log(2π) / 2 is added.
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func gaussianLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, variance: T, epsilon: Double = 1e-6, isFull: Bool = false,
    weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    loss(
        "gaussianLoss", of: predicted, from: expected, and: [variance], weights, reduction
    ) { predicted, expected in
        try requirePositive("epsilon", epsilon)
        let given = variance.anyTensor.widened.broadcasted(like: predicted)
        let least = maximum(given, .scalar(epsilon, like: given))
        let spread = AnyTensor.make(.customGradient(unchanged, outputs: 1), [least, given])
        let distance = predicted - expected
        let loss = (log(spread) + distance * distance / spread) * 0.5
        return isFull ? loss + 0.9189385332046727 : loss
    }
}

private let unchanged = CustomGradient { _, _, gradients in [gradients[0]] }

/// Σ expected · log(expected / predicted) along an axis; 0 where `expected` is 0.
///
/// - Shape: predicted, expected [..., n] → [...] for `reduction: .none`, else [].
public func kullbackLeiblerDivergence<T: FloatingTensor>(
    _ predicted: T, _ expected: T, axis: Int = -1, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("kullbackLeiblerDivergence", of: predicted, from: expected, weights, reduction) {
        predicted, expected in
        let terms = xlogy(expected, expected) - xlogy(expected, predicted)
        return terms.sum(axes: [try predicted.resolvedAxis(axis)])
    }
}
