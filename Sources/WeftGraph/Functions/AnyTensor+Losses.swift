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

    private static func requireOperands(
        _ a: AnyTensor, _ aName: String, _ b: AnyTensor, _ bName: String
    ) throws {
        try requireSameDType([a, b])
        try a.requireFloating()
        guard a.shape.merged(with: b.shape) != nil else {
            throw RuleViolation(
                "\(aName) and \(bName) must have one shape: \(a.shape) and \(b.shape) differ")
        }
    }

    package static func softmaxCrossEntropy(
        logits: AnyTensor, labels: AnyTensor, axis: Int, labelSmoothing: Double,
        reduction: LossReduction
    ) -> AnyTensor {
        composed("softmaxCrossEntropy", [logits, labels]) {
            try requireOperands(logits, "logits", labels, "labels")
            let axis = try logits.resolvedAxis(axis)
            var labels = labels
            if labelSmoothing != 0 {
                guard labelSmoothing > 0, labelSmoothing <= 1 else {
                    throw RuleViolation("label smoothing must be in 0...1, not \(labelSmoothing)")
                }
                let classes = logits.elementCount(axes: [axis])
                labels = labels * (1 - labelSmoothing) + labelSmoothing / classes
            }
            return (-(labels * logits.logSoftmax(axes: [axis])).sum(axes: [axis])).reduced(
                reduction)
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
            let classes = logits.elementCount(axes: [-1]).cast(to: .int64)
            let valid = make(
                .check(.inRange("a label is not the number of a class")), [numbers, classes])
            let isLabel = compare(
                .equal, valid.expandingDimensions(at: [rank - 1]),
                iota(like: filled(0, like: logits, dtype: .int64), axis: rank - 1))
            let picked = select(isLabel, logits.logSoftmax(axes: [-1]), scalar(0, logits.dtype))
            return (-picked.sum(axes: [-1])).reduced(reduction)
        }
    }

    /// max(x, 0) − x·z + log(1 + exp(−|x|)), with TensorFlow's gradient σ(x) − z also at 0.
    package static func sigmoidCrossEntropy(
        logits: AnyTensor, labels: AnyTensor, reduction: LossReduction
    ) -> AnyTensor {
        composed("sigmoidCrossEntropy", [logits, labels]) {
            try requireOperands(logits, "logits", labels, "labels")
            return (logits.softplus() - logits * labels).reduced(reduction)
        }
    }

    package static func meanSquaredError(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        composed("meanSquaredError", [predicted, expected]) {
            try requireOperands(predicted, "predicted", expected, "expected")
            return squaredDifference(predicted, expected).reduced(reduction)
        }
    }

    package static func meanAbsoluteError(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        composed("meanAbsoluteError", [predicted, expected]) {
            try requireOperands(predicted, "predicted", expected, "expected")
            return unary(.abs, predicted - expected).reduced(reduction)
        }
    }

    package static func huberLoss(
        _ predicted: AnyTensor, _ expected: AnyTensor, delta: Double, _ reduction: LossReduction
    ) -> AnyTensor {
        composed("huberLoss", [predicted, expected]) {
            try requireOperands(predicted, "predicted", expected, "expected")
            guard delta > 0 else { throw RuleViolation("delta must be positive, not \(delta)") }
            let distance = unary(.abs, predicted - expected)
            let quadratic = minimum(distance, scalar(delta, predicted.dtype))
            let linear = distance - quadratic
            return (quadratic * quadratic * 0.5 + linear * delta).reduced(reduction)
        }
    }

    package static func hingeLoss(
        _ predicted: AnyTensor, _ expected: AnyTensor, _ reduction: LossReduction
    ) -> AnyTensor {
        composed("hingeLoss", [predicted, expected]) {
            try requireOperands(predicted, "predicted", expected, "expected")
            return (1 - expected * predicted).relu().reduced(reduction)
        }
    }

    package static func kullbackLeiblerDivergence(
        _ predicted: AnyTensor, _ expected: AnyTensor, axis: Int, _ reduction: LossReduction
    ) -> AnyTensor {
        composed("kullbackLeiblerDivergence", [predicted, expected]) {
            try requireOperands(predicted, "predicted", expected, "expected")
            let terms = xlogy(expected, expected) - xlogy(expected, predicted)
            return terms.sum(axes: [try predicted.resolvedAxis(axis)]).reduced(reduction)
        }
    }
}
