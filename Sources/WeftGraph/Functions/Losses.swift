// SPDX-License-Identifier: Apache-2.0

// Losses. `reduction` says what becomes of the losses of the single examples; shapes that do not
// fit make a tensor that carries an error. All can be differentiated twice. Of 16-bit floats they are
// computed in 32 bits and rounded once.

/// What a loss function makes of the losses of the single examples.
public enum LossReduction: Hashable, Sendable, CaseIterable {
    /// Nothing: a loss for each.
    case none
    /// Their mean.
    case mean
    /// Their sum.
    case sum
}

/// The cross-entropy of distributions and softmax(logits): −Σ labels · log softmax(logits).
///
/// - Parameters:
///   - labels: The probability of each class, summing to 1 along `axis`.
///   - labelSmoothing: The part of the probability that is spread over all classes.
/// - Shape: logits, labels [..., classes] → [...] for `reduction: .none`, else [].
public func softmaxCrossEntropy<T: FloatingTensor>(
    logits: T, labels: T, axis: Int = -1, labelSmoothing: Double = 0,
    reduction: LossReduction = .mean
) -> T {
    if labels.dtype.isInteger, axis == -1, labelSmoothing == 0 {
        // Untyped labels say only now that they are numbers of classes.
        return crossEntropy(logits, ofClasses: labels.anyTensor, reduction)
    }
    return loss("softmaxCrossEntropy", ("logits", logits), ("labels", labels), reduction) {
        logits, labels in
        let axis = try logits.resolvedAxis(axis)
        var labels = labels
        if labelSmoothing != 0 {
            guard labelSmoothing > 0, labelSmoothing <= 1 else {
                throw RuleViolation(
                    .invalidArgument(
                        "label smoothing", value: "\(labelSmoothing)", wanted: "in 0...1"))
            }
            let classes = logits.elementCount(axes: [axis], as: logits.dtype)
            labels = labels * (1 - labelSmoothing) + labelSmoothing / classes
        }
        // A class that is masked by −∞ and has no label takes no part.
        return -AnyTensor.multiplyNoNaN(logSoftmax(logits, axis: axis), labels).sum(axes: [axis])
    }
}

/// The cross-entropy of classes given by their numbers and softmax(logits).
///
/// A label outside `0..<classes` fails the run.
/// - Shape: logits [..., classes], labels [...] → [...] for `reduction: .none`, else [].
@_disfavoredOverload
public func softmaxCrossEntropy<T: FloatingTensor>(
    logits: T, labels: some IntegerTensor, reduction: LossReduction = .mean
) -> T {
    crossEntropy(logits, ofClasses: labels.anyTensor, reduction)
}

/// The cross-entropy of probabilities and sigmoid(logits), for each element on its own.
///
/// max(x, 0) − x · z + log(1 + exp(−|x|)) for logit x and label z, with TensorFlow's gradient σ(x) − z
/// also at 0.
/// - Shape: logits, labels [...] → [...] for `reduction: .none`, else [].
public func sigmoidCrossEntropy<T: FloatingTensor>(
    logits: T, labels: T, reduction: LossReduction = .mean
) -> T {
    loss("sigmoidCrossEntropy", ("logits", logits), ("labels", labels), reduction) {
        softplus($0) - $0 * $1
    }
}

/// (predicted − expected)².
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanSquaredError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, reduction: LossReduction = .mean
) -> T {
    loss("meanSquaredError", of: predicted, from: expected, reduction) {
        squaredDifference($0, $1)
    }
}

/// |predicted − expected|.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func meanAbsoluteError<T: FloatingTensor>(
    _ predicted: T, _ expected: T, reduction: LossReduction = .mean
) -> T {
    loss("meanAbsoluteError", of: predicted, from: expected, reduction) { abs($0 - $1) }
}

/// d² / 2 for a distance d up to `delta`, beyond delta · d − delta² / 2.
///
/// Huber 1964.
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func huberLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, delta: Double = 1, reduction: LossReduction = .mean
) -> T {
    loss("huberLoss", of: predicted, from: expected, reduction) { predicted, expected in
        guard delta > 0 else {
            throw RuleViolation(
                .invalidArgument("delta", value: "\(delta)", wanted: "positive"))
        }
        let distance = abs(predicted - expected)
        let quadratic = minimum(distance, .scalar(delta, like: predicted))
        let linear = distance - quadratic
        return quadratic * quadratic * 0.5 + linear * delta
    }
}

/// max(0, 1 − expected · predicted), where `expected` is −1 or 1.
///
/// - Shape: predicted, expected [...] → [...] for `reduction: .none`, else [].
public func hingeLoss<T: FloatingTensor>(
    _ predicted: T, _ expected: T, reduction: LossReduction = .mean
) -> T {
    loss("hingeLoss", of: predicted, from: expected, reduction) { relu(1 - $1 * $0) }
}

/// Σ expected · log(expected / predicted) along an axis; 0 where `expected` is 0.
///
/// - Shape: predicted, expected [..., n] → [...] for `reduction: .none`, else [].
public func kullbackLeiblerDivergence<T: FloatingTensor>(
    _ predicted: T, _ expected: T, axis: Int = -1, reduction: LossReduction = .mean
) -> T {
    loss("kullbackLeiblerDivergence", of: predicted, from: expected, reduction) {
        predicted, expected in
        let terms = xlogy(expected, expected) - xlogy(expected, predicted)
        return terms.sum(axes: [try predicted.resolvedAxis(axis)])
    }
}

private func crossEntropy<T: FloatingTensor>(
    _ logits: T, ofClasses labels: AnyTensor, _ reduction: LossReduction
) -> T {
    logits.composed("softmaxCrossEntropy", with: [labels]) { logits in
        try logits.requireFloating()
        guard labels.dtype.isInteger else {
            throw RuleViolation(
                .wrongElementType(
                    .argument("class numbers"), labels.dtype,
                    wanted: DTypeClass.integer.dtypes))
        }
        let rank = try logits.knownRank()
        guard rank > 0 else {
            throw RuleViolation(.scalarHasNoAxis("scalar logits have no axis of classes"))
        }
        let examples = Shape(dims: logits.shape.dims.map { Array($0.dropLast()) })
        guard labels.shape.merged(with: examples) != nil else {
            throw RuleViolation(
                "labels \(labels.shape) must have the shape of logits \(logits.shape) without "
                    + "its last axis; for one-hot labels convert them to \(logits.dtype)")
        }
        let numbers = labels.cast(to: .int64)
        let classes = logits.elementCount(axes: [-1], as: .int64)
        let valid = AnyTensor.make(
            .check(.inRange("a label is not the number of a class")), [numbers, classes])
        let isLabel =
            valid.expandingDimensions(at: [rank - 1])
            .== .iota(like: logits, axis: rank - 1, dtype: .int64)
        let logarithms = logSoftmax(logits.widened)
        let picked = select(isLabel, logarithms, .scalar(0, like: logarithms))
        return (-picked.sum(axes: [-1])).reduced(reduction).cast(to: logits.dtype)
    }
}

/// A loss of two tensors of one type and shape, computed by `body` from both in the type that
/// composed functions compute in.
private func loss<T: FloatingTensor>(
    _ function: String, _ a: (name: String, tensor: T), _ b: (name: String, tensor: T),
    _ reduction: LossReduction, _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
) -> T {
    .composed(function, a.tensor, b.tensor) { x, y in
        try x.requireFloating()
        guard x.shape.merged(with: y.shape) != nil else {
            throw RuleViolation(
                .shapesDiffer("\(a.name) and \(b.name)", x.shape, y.shape))
        }
        return try body(x.widened, y.widened).reduced(reduction).cast(to: x.dtype)
    }
}

private func loss<T: FloatingTensor>(
    _ function: String, of predicted: T, from expected: T, _ reduction: LossReduction,
    _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
) -> T {
    loss(function, ("predicted", predicted), ("expected", expected), reduction, body)
}

extension AnyTensor {
    /// What becomes of the losses of single examples.
    func reduced(_ reduction: LossReduction) -> AnyTensor {
        switch reduction {
        case .none: self
        case .mean: mean()
        case .sum: sum()
        }
    }
}
