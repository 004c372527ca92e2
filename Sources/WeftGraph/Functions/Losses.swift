// SPDX-License-Identifier: Apache-2.0

// Losses. `reduction` says what becomes of the losses of the single examples; shapes that do not
// fit make a tensor that carries an error. All can be differentiated twice. Of 16-bit floats they are
// computed in 32 bits and rounded once.

/// The cross-entropy of distributions and softmax(logits): −Σ labels · log softmax(logits).
///
/// - Parameters:
///   - labels: The probability of each class, summing to 1 along `axis`.
///   - labelSmoothing: The part of the probability that is spread over all classes.
/// - Shape: logits, labels [..., classes] → [...] for `reduction: .none`, else [].
public func softmaxCrossEntropy<T: FloatingScalar>(
    logits: Tensor<T>, labels: Tensor<T>, axis: Int = -1, labelSmoothing: Double = 0,
    reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(
        unchecked: .softmaxCrossEntropy(
            logits: logits.anyTensor, labels: labels.anyTensor, axis: axis,
            labelSmoothing: labelSmoothing, reduction: reduction))
}

/// The cross-entropy of classes given by their numbers and softmax(logits).
///
/// A label outside `0..<classes` fails the run.
/// - Shape: logits [..., classes], labels [...] → [...] for `reduction: .none`, else [].
public func softmaxCrossEntropy<T: FloatingScalar, Label: IntegerScalar>(
    logits: Tensor<T>, labels: Tensor<Label>, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(
        unchecked: .sparseSoftmaxCrossEntropy(
            logits: logits.anyTensor, labels: labels.anyTensor, reduction: reduction))
}

/// The cross-entropy of probabilities and sigmoid(logits), for each element on its own.
///
/// max(x, 0) − x · z + log(1 + exp(−|x|)) for logit x and label z.
/// - Shape: logits, labels [...] → [...] for `reduction: .none`, else [].
public func sigmoidCrossEntropy<T: FloatingScalar>(
    logits: Tensor<T>, labels: Tensor<T>, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(
        unchecked: .sigmoidCrossEntropy(
            logits: logits.anyTensor, labels: labels.anyTensor, reduction: reduction))
}

/// (predicted − expected)².
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanSquaredError<T: FloatingScalar>(
    _ predicted: Tensor<T>, _ expected: Tensor<T>, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(unchecked: .meanSquaredError(predicted.anyTensor, expected.anyTensor, reduction))
}

/// |predicted − expected|.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanAbsoluteError<T: FloatingScalar>(
    _ predicted: Tensor<T>, _ expected: Tensor<T>, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(unchecked: .meanAbsoluteError(predicted.anyTensor, expected.anyTensor, reduction))
}

/// d² / 2 for a distance d up to `delta`, beyond delta · d − delta² / 2.
///
/// Huber 1964.
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func huberLoss<T: FloatingScalar>(
    _ predicted: Tensor<T>, _ expected: Tensor<T>, delta: Double = 1,
    reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(unchecked: .huberLoss(predicted.anyTensor, expected.anyTensor, delta: delta, reduction))
}

/// max(0, 1 − expected · predicted), where `expected` is −1 or 1.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func hingeLoss<T: FloatingScalar>(
    _ predicted: Tensor<T>, _ expected: Tensor<T>, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(unchecked: .hingeLoss(predicted.anyTensor, expected.anyTensor, reduction))
}

/// Σ expected · log(expected / predicted) along an axis; 0 where `expected` is 0.
///
/// - Shape: predicted, expected [..., n] → [...] for `reduction: .none`, else [].
public func kullbackLeiblerDivergence<T: FloatingScalar>(
    _ predicted: Tensor<T>, _ expected: Tensor<T>, axis: Int = -1, reduction: LossReduction = .mean
) -> Tensor<T> {
    Tensor(
        unchecked: .kullbackLeiblerDivergence(
            predicted.anyTensor, expected.anyTensor, axis: axis, reduction))
}
