// SPDX-License-Identifier: Apache-2.0

// Focal losses (Lin et al. 2017): cross-entropies that count what is predicted well less, by a power of what is
// left to probability 1. For classes of which some are rare. `weights` and `reduction` are those of all losses.

/// (1 − q)^gamma times the cross-entropy of probabilities and sigmoid(logits), where q is the probability of
/// what is the case; for each element on its own.
///
/// - Parameters:
///   - alpha: What labels of 1 count, those of 0 counting 1 − alpha; nil for no such weights.
///   - gamma: How little what is predicted well counts; with 0 it is the cross-entropy.
/// - Shape: logits, labels [...] → [...] for `reduction: .none`, else [].
public func sigmoidFocalLoss<T: FloatingTensor>(
    logits: T, labels: T, alpha: Double? = 0.25, gamma: Double = 2, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss("sigmoidFocalLoss", ("logits", logits), ("labels", labels), weights, reduction) { x, z in
        let rest = sigmoid(x) * (1 - z) + sigmoid(-x) * z
        let entropy = (softplus(x) - x * z) * (try focus(rest, gamma))
        guard let alpha else { return entropy }
        return entropy * (z * (2 * alpha - 1) + (1 - alpha))
    }
}

/// −alpha · Σ labels · (1 − p)^gamma · log p for p = softmax(logits).
///
/// - Parameters:
///   - labels: The probability of each class, summing to 1 along `axis`.
///   - alpha: What all is multiplied by.
///   - gamma: How little what is predicted well counts; with 0 it is the cross-entropy.
/// - Shape: logits, labels [..., classes] → [...] for `reduction: .none`, else [].
public func softmaxFocalLoss<T: FloatingTensor>(
    logits: T, labels: T, axis: Int = -1, alpha: Double = 0.25, gamma: Double = 2,
    weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    let loss = ClassLoss("softmaxFocalLoss", scores: "logits", 0, weights, reduction)
    if labels.dtype.isInteger, axis == -1 {
        return loss.ofNumbers(logits, labels.anyTensor) { try focused($0, -1, alpha, gamma) }
    }
    return loss.ofDistributions(logits, labels, axis: axis) { try focused($0, $1, alpha, gamma) }
}

/// −alpha · (1 − p)^gamma · log p for the probability p of the label in softmax(logits).
///
/// A label outside `0..<classes` fails the run, unless it is ignored. See the form for distributions.
/// - Parameters:
///   - classWeights: What the examples of each class count.
///   - ignored: A label whose examples count nothing, such as that of padding.
/// - Shape: logits [..., classes], labels [...], classWeights [classes] → [...] for `reduction: .none`, else [].
@_disfavoredOverload
public func softmaxFocalLoss<T: FloatingTensor>(
    logits: T, labels: some IntegerTensor, alpha: Double = 0.25, gamma: Double = 2,
    classWeights: T? = nil, ignoring ignored: Int? = nil, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    ClassLoss("softmaxFocalLoss", scores: "logits", 0, weights, reduction)
        .ofNumbers(logits, labels.anyTensor, classWeights, ignoring: ignored) {
            try focused($0, -1, alpha, gamma)
        }
}

private func focused(
    _ logits: AnyTensor, _ axis: Int, _ alpha: Double, _ gamma: Double
) throws -> AnyTensor {
    let logarithms = logSoftmax(logits, axis: axis)
    return logarithms * (try focus(-expMinusOne(logarithms), gamma)) * alpha
}

/// A power of what is left to probability 1. The least base keeps the derivative of a root finite.
private func focus(_ rest: AnyTensor, _ gamma: Double) throws -> AnyTensor {
    try requireNotNegative("gamma", gamma)
    if gamma == 2 { return rest * rest }
    return pow(maximum(rest, .scalar(1e-30, like: rest)), .scalar(gamma, like: rest))
}
