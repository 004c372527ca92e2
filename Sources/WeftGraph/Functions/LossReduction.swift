// SPDX-License-Identifier: Apache-2.0

/// What a loss function makes of the losses of the single examples. Where weights w are given, losses are
/// multiplied by them first; else each weight is 1.
public enum LossReduction: Hashable, Sendable, CaseIterable {
    /// Nothing: a loss for each.
    case none
    /// Their mean, Σ w · loss / Σ w: TensorFlow 1's `MEAN`, PyTorch's `mean` of classes with weights.
    case mean
    /// Their sum, Σ w · loss.
    case sum
    /// Their sum divided by their number, whatever their weights are: what Keras does by default.
    case sumOverBatchSize
    /// Their sum divided by the number of weights that are not 0: what TensorFlow 1 does by default.
    case sumByNonzeroWeights
}

/// Losses of single examples, weighted and made into one: the last step of every loss function, for a loss of
/// one's own.
///
/// ```swift
/// let loss = reducedLoss(pow(abs(y - x), 1.5), weights: mask.cast(to: Float.self))
/// ```
///
/// What has the weight 0 takes no part, whatever its loss is. If all weights are 0, so is the result; the mean
/// of no losses without weights is NaN.
/// - Parameter weights: One number for all, or of the losses' first axes, each of their size or 1: with losses
///   [n, d], [n] or [n, 1] for examples, [1, d] for outputs, [n, d] for each. A mask is weights of 0 and 1.
/// - Shape: losses [...] → [...] for `reduction: .none`, else [].
public func reducedLoss<T: FloatingTensor>(
    _ losses: T, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    let weights = weights?.anyTensor
    return losses.composed("reducedLoss", with: weights.map { [$0] } ?? []) { losses in
        try losses.requireFloating()
        try AnyTensor.requireSameDType([losses] + (weights.map { [$0] } ?? []))
        return try losses.widened.reduced(reduction, weights: weights).cast(to: losses.dtype)
    }
}

extension AnyTensor {
    /// What becomes of the losses of single examples.
    ///
    /// - Parameter counting: Weights that the losses have been multiplied by, in the losses' shape.
    func reduced(
        _ reduction: LossReduction, weights: AnyTensor? = nil, counting own: AnyTensor? = nil
    ) throws -> AnyTensor {
        var (losses, counted) = (self, own)
        if let weights {
            let fitted = try fittedWeights(weights)
            losses = .multiplyNoNaN(losses, fitted)
            counted = own.map { $0 * fitted } ?? fitted
        }
        switch reduction {
        case .none: return losses
        case .sum: return losses.sum()
        case .sumOverBatchSize: return losses.mean()
        case .mean:
            guard let counted else { return losses.mean() }
            return divideNoNaN(losses.sum(), counted.sum())
        case .sumByNonzeroWeights:
            guard let counted else { return losses.mean() }
            return divideNoNaN(losses.sum(), counted.countNonZero().cast(to: losses.dtype))
        }
    }

    /// Weights in the shape of these losses, and in their type.
    ///
    /// - Throws: `RuleViolation` when they do not fit.
    package func fittedWeights(_ given: AnyTensor) throws -> AnyTensor {
        let count = try given.knownRank()
        let weights = given.cast(to: dtype)
        if count == 0 { return weights.broadcasted(like: self) }
        let rank = try knownRank()
        let fits =
            count <= rank
            && (0..<count).allSatisfy { axis in
                guard let own = shape[axis], let other = given.shape[axis] else { return true }
                return other == own || other == 1
            }
        guard fits else {
            throw RuleViolation(
                .invalidArgument(
                    "the weights", value: "\(given.shape)",
                    wanted: "a scalar or of the first axes of the losses, \(shape), each of their "
                        + "size or 1"))
        }
        let aligned = count == rank ? weights : weights.expandingDimensions(at: Array(count..<rank))
        return aligned.broadcasted(like: self)
    }
}

/// A loss of two tensors of one type and shape, computed by `body` from both in the type that composed
/// functions compute in.
///
/// - Parameter others: What else the loss is computed from, of the same element type.
func loss<T: FloatingTensor>(
    _ function: String, _ a: (name: String, tensor: T), _ b: (name: String, tensor: T),
    and others: [T?] = [], _ weights: T?, _ reduction: LossReduction,
    _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
) -> T {
    let y = b.tensor.anyTensor
    let weights = weights?.anyTensor
    let others = [y] + others.compactMap { $0?.anyTensor } + (weights.map { [$0] } ?? [])
    return a.tensor.composed(function, with: others) { x in
        try AnyTensor.requireSameDType([x] + others)
        try x.requireFloating()
        guard x.shape.merged(with: y.shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("\(a.name) and \(b.name)", x.shape, y.shape))
        }
        return try body(x.widened, y.widened).reduced(reduction, weights: weights)
            .cast(to: x.dtype)
    }
}

func loss<T: FloatingTensor>(
    _ function: String, of predicted: T, from expected: T, and others: [T?] = [], _ weights: T?,
    _ reduction: LossReduction, _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
) -> T {
    loss(
        function, ("predicted", predicted), ("expected", expected), and: others, weights, reduction,
        body)
}

/// - Throws: `RuleViolation` when the number of a loss's rule is not what it must be.
func requirePositive(_ name: String, _ number: Double) throws {
    guard number > 0, number.isFinite else {
        throw RuleViolation(
            .invalidArgument(name, value: "\(number)", wanted: "finite and positive"))
    }
}

/// - Throws: `RuleViolation` when the number of a loss's rule is not what it must be.
func requireNotNegative(_ name: String, _ number: Double) throws {
    guard number >= 0, number.isFinite else {
        throw RuleViolation(
            .invalidArgument(name, value: "\(number)", wanted: "finite and not negative"))
    }
}
