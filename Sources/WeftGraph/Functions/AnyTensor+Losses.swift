// SPDX-License-Identifier: Apache-2.0

/// What a loss function makes of the losses of the single examples.
public enum LossReduction: Hashable, Sendable, CaseIterable {
    /// Nothing: a loss for each.
    case none
    /// Their mean.
    case mean
    /// Their sum.
    case sum
}

extension AnyTensor {
    package func reduced(_ reduction: LossReduction) -> AnyTensor {
        switch reduction {
        case .none: self
        case .mean: mean()
        case .sum: sum()
        }
    }

    /// A loss of two tensors of one type and shape, computed by `body` from both in the type that
    /// composed functions compute in.
    private static func loss(
        _ function: String, _ a: AnyTensor, _ aName: String, _ b: AnyTensor, _ bName: String,
        _ reduction: LossReduction, _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
    ) -> AnyTensor {
        composed(function, [a, b]) {
            try requireSameDType([a, b])
            try a.requireFloating()
            guard a.shape.merged(with: b.shape) != nil else {
                throw RuleViolation(
                    "\(aName) and \(bName) must have one shape: \(a.shape) and \(b.shape) differ")
            }
            return try body(a.widened, b.widened).reduced(reduction).cast(to: a.dtype)
        }
    }

    private static func loss(
        _ function: String, of predicted: AnyTensor, from expected: AnyTensor,
        _ reduction: LossReduction, _ body: (AnyTensor, AnyTensor) throws -> AnyTensor
    ) -> AnyTensor {
        loss(function, predicted, "predicted", expected, "expected", reduction, body)
    }

    package static func softmaxCrossEntropy(
        logits: AnyTensor, labels: AnyTensor, axis: Int, labelSmoothing: Double,
        reduction: LossReduction
    ) -> AnyTensor {
        loss("softmaxCrossEntropy", logits, "logits", labels, "labels", reduction) {
            logits, labels in
            let axis = try logits.resolvedAxis(axis)
            var labels = labels
            if labelSmoothing != 0 {
                guard labelSmoothing > 0, labelSmoothing <= 1 else {
                    throw RuleViolation("label smoothing must be in 0...1, not \(labelSmoothing)")
                }
                let classes = logits.elementCount(axes: [axis], as: logits.dtype)
                labels = labels * (1 - labelSmoothing) + labelSmoothing / classes
            }
            // A class that is masked by −∞ and has no label takes no part.
            let terms = multiplyNoNaN(logSoftmax(logits, axes: [axis]), labels)
            return -terms.sum(axes: [axis])
        }
    }

    package static func sparseSoftmaxCrossEntropy(
        logits: AnyTensor, labels: AnyTensor, reduction: LossReduction
    ) -> AnyTensor {
        composed("softmaxCrossEntropy", [logits, labels]) {
            try logits.requireFloating()
            guard labels.dtype.isInteger else {
                throw RuleViolation("class numbers must be integers, not \(labels.dtype)")
            }
            let rank = try logits.knownRank()
            guard rank > 0 else { throw RuleViolation("scalar logits have no axis of classes") }
            let examples = Shape(dims: logits.shape.dims.map { Array($0.dropLast()) })
            guard labels.shape.merged(with: examples) != nil else {
                throw RuleViolation(
                    "labels \(labels.shape) must have the shape of logits \(logits.shape) without "
                        + "its last axis; for one-hot labels convert them to \(logits.dtype)")
            }
            let numbers = labels.cast(to: .int64)
            let classes = logits.elementCount(axes: [-1], as: .int64)
            let valid = make(
                .check(.inRange("a label is not the number of a class")), [numbers, classes])
            let isLabel = compare(
                .equal, valid.expandingDimensions(at: [rank - 1]),
                iota(like: filled(0, like: logits, dtype: .int64), axis: rank - 1))
            let logarithms = logSoftmax(logits.widened, axes: [-1])
            let picked = select(isLabel, logarithms, scalar(0, logarithms.dtype))
            return (-picked.sum(axes: [-1])).reduced(reduction).cast(to: logits.dtype)
        }
    }

    /// max(x, 0) − x·z + log(1 + exp(−|x|)), with TensorFlow's gradient σ(x) − z also at 0.
    package static func sigmoidCrossEntropy(
        logits: AnyTensor, labels: AnyTensor, reduction: LossReduction
    ) -> AnyTensor {
        loss("sigmoidCrossEntropy", logits, "logits", labels, "labels", reduction) {
            softplus($0) - $0 * $1
        }
    }

    package static func meanSquaredError(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        loss("meanSquaredError", of: predicted, from: expected, reduction) {
            squaredDifference($0, $1)
        }
    }

    package static func meanAbsoluteError(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        loss("meanAbsoluteError", of: predicted, from: expected, reduction) { unary(.abs, $0 - $1) }
    }

    package static func huberLoss(
        _ predicted: AnyTensor, _ expected: AnyTensor, delta: Double, _ reduction: LossReduction
    ) -> AnyTensor {
        loss("huberLoss", of: predicted, from: expected, reduction) { predicted, expected in
            guard delta > 0 else { throw RuleViolation("delta must be positive, not \(delta)") }
            let distance = unary(.abs, predicted - expected)
            let quadratic = minimum(distance, scalar(delta, predicted.dtype))
            let linear = distance - quadratic
            return quadratic * quadratic * 0.5 + linear * delta
        }
    }

    package static func hingeLoss(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        loss("hingeLoss", of: predicted, from: expected, reduction) { relu(1 - $1 * $0) }
    }

    package static func kullbackLeiblerDivergence(
        _ predicted: AnyTensor, _ expected: AnyTensor, axis: Int, _ reduction: LossReduction
    ) -> AnyTensor {
        loss("kullbackLeiblerDivergence", of: predicted, from: expected, reduction) {
            predicted, expected in
            let terms = xlogy(expected, expected) - xlogy(expected, predicted)
            return terms.sum(axes: [try predicted.resolvedAxis(axis)])
        }
    }
}
