// SPDX-License-Identifier: Apache-2.0

// Losses of classes. `reduction` says what becomes of the losses of the single examples, and `weights` what
// each of them counts: see `reducedLoss`. Shapes that do not fit make a tensor that carries an error. All can be
// differentiated twice. Of 16-bit floats they are computed in 32 bits and rounded once.

/// The cross-entropy of distributions and softmax(logits): −Σ labels · log softmax(logits).
///
/// - Parameters:
///   - labels: The probability of each class, summing to 1 along `axis`.
///   - labelSmoothing: The part of the probability that is spread over all classes.
/// - Shape: logits, labels [..., classes] → [...] for `reduction: .none`, else [].
public func softmaxCrossEntropy<T: FloatingTensor>(
    logits: T, labels: T, axis: Int = -1, labelSmoothing: Double = 0, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    let loss = ClassLoss(
        "softmaxCrossEntropy", scores: "logits", labelSmoothing, weights, reduction)
    if labels.dtype.isInteger, axis == -1 {
        // Untyped labels say only now that they are numbers of classes.
        return loss.ofNumbers(logits, labels.anyTensor) { logSoftmax($0) }
    }
    return loss.ofDistributions(logits, labels, axis: axis) { logSoftmax($0, axis: $1) }
}

/// The cross-entropy of classes given by their numbers and softmax(logits).
///
/// A label outside `0..<classes` fails the run, unless it is ignored.
///
/// ```swift
/// let loss = softmaxCrossEntropy(logits: logits, labels: tokens, ignoring: 0)
/// ```
///
/// - Parameters:
///   - labelSmoothing: The part of the probability that is spread over all classes.
///   - classWeights: What the examples of each class count; they are weights of the examples, as in PyTorch.
///   - ignored: A label whose examples count nothing, such as that of padding.
/// - Shape: logits [..., classes], labels [...], classWeights [classes] → [...] for `reduction: .none`, else [].
@_disfavoredOverload
public func softmaxCrossEntropy<T: FloatingTensor>(
    logits: T, labels: some IntegerTensor, labelSmoothing: Double = 0, classWeights: T? = nil,
    ignoring ignored: Int? = nil, weights: T? = nil, reduction: LossReduction = .mean
) -> T {
    ClassLoss("softmaxCrossEntropy", scores: "logits", labelSmoothing, weights, reduction)
        .ofNumbers(logits, labels.anyTensor, classWeights, ignoring: ignored) { logSoftmax($0) }
}

/// The cross-entropy of distributions and predicted ones: −Σ labels · log probabilities.
///
/// Logarithms are at least −100, and their derivatives at most 10¹², so that a probability of 0 is no end. Where there are
/// logits, their loss is more accurate: `softmaxCrossEntropy`.
/// - Parameters:
///   - probabilities: Of each class, summing to 1 along `axis`; they are taken as they are.
///   - labelSmoothing: The part of the probability that is spread over all classes.
/// - Shape: probabilities, labels [..., classes] → [...] for `reduction: .none`, else [].
public func categoricalCrossEntropy<T: FloatingTensor>(
    probabilities: T, labels: T, axis: Int = -1, labelSmoothing: Double = 0, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    let loss = ClassLoss(
        "categoricalCrossEntropy", scores: "probabilities", labelSmoothing, weights, reduction)
    if labels.dtype.isInteger, axis == -1 {
        return loss.ofNumbers(probabilities, labels.anyTensor) { boundedLog($0) }
    }
    return loss.ofDistributions(probabilities, labels, axis: axis) { x, _ in boundedLog(x) }
}

/// The cross-entropy of classes given by their numbers and predicted distributions.
///
/// A label outside `0..<classes` fails the run, unless it is ignored. See the form for distributions.
/// - Parameters:
///   - classWeights: What the examples of each class count; they are weights of the examples, as in PyTorch.
///   - ignored: A label whose examples count nothing, such as that of padding.
/// - Shape: probabilities [..., classes], labels [...], classWeights [classes] → [...] for `reduction: .none`,
///   else [].
@_disfavoredOverload
public func categoricalCrossEntropy<T: FloatingTensor>(
    probabilities: T, labels: some IntegerTensor, labelSmoothing: Double = 0,
    classWeights: T? = nil, ignoring ignored: Int? = nil, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    ClassLoss(
        "categoricalCrossEntropy", scores: "probabilities", labelSmoothing, weights, reduction
    ).ofNumbers(probabilities, labels.anyTensor, classWeights, ignoring: ignored) { boundedLog($0) }
}

/// The cross-entropy of probabilities and sigmoid(logits), for each element on its own.
///
/// max(x, 0) − x · z + log(1 + exp(−|x|)) for logit x and label z, with TensorFlow's gradient σ(x) − z
/// also at 0.
/// - Parameters:
///   - labelSmoothing: The part of the probability that is spread over both, 0 and 1.
///   - positiveWeight: What the part of a label that is 1 counts: more than 1 for what is rare. It is broadcast
///     against the logits, so that [classes] is one for each class.
/// - Shape: logits, labels [...] → [...] for `reduction: .none`, else [].
public func sigmoidCrossEntropy<T: FloatingTensor>(
    logits: T, labels: T, labelSmoothing: Double = 0, positiveWeight: T? = nil, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "sigmoidCrossEntropy", ("logits", logits), ("labels", labels), and: [positiveWeight],
        weights, reduction
    ) { x, labels in
        let z = try smoothed(labels, labelSmoothing)
        guard let positiveWeight else { return softplus(x) - x * z }
        let factor = positiveWeight.anyTensor.widened.broadcasted(like: x)
        return x * (1 - z) + softplus(-x) * ((factor - 1) * z + 1)
    }
}

/// The cross-entropy of probabilities and predicted ones, for each element on its own:
/// −z · log p − (1 − z) · log(1 − p) for probability p and label z.
///
/// Logarithms are at least −100, as in PyTorch, and their derivatives at most 10¹². Where there are logits, their
/// loss is more accurate: `sigmoidCrossEntropy`.
/// - Parameter labelSmoothing: The part of the probability that is spread over both, 0 and 1.
/// - Shape: probabilities, labels [...] → [...] for `reduction: .none`, else [].
public func binaryCrossEntropy<T: FloatingTensor>(
    probabilities: T, labels: T, labelSmoothing: Double = 0, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    loss(
        "binaryCrossEntropy", ("probabilities", probabilities), ("labels", labels), weights,
        reduction
    ) { p, labels in
        let z = try smoothed(labels, labelSmoothing)
        return -(z * boundedLog(p) + (1 - z) * boundedLogOfRest(p))
    }
}

/// A share of each label replaced by one half.
private func smoothed(_ labels: AnyTensor, _ share: Double) throws -> AnyTensor {
    try requireSmoothing(share)
    return share == 0 ? labels : labels * (1 - share) + 0.5 * share
}

private func requireSmoothing(_ share: Double) throws {
    guard share >= 0, share <= 1 else {
        throw RuleViolation(
            .invalidArgument("label smoothing", value: "\(share)", wanted: "in 0...1"))
    }
}

/// log(x), at least −100, with a derivative of at most 10¹².
private func boundedLog(_ x: AnyTensor) -> AnyTensor {
    let value = maximum(log(x), .scalar(-100, like: x))
    return .make(.customGradient(boundedLogGradient, outputs: 1), [value, x])
}

private let boundedLogGradient = CustomGradient { inputs, _, gradients in
    [gradients[0] / maximum(inputs[0], .scalar(1e-12, like: inputs[0]))]
}

/// The same of 1 − x, exact also for small x.
private func boundedLogOfRest(_ x: AnyTensor) -> AnyTensor {
    let value = maximum(log(onePlus: -x), .scalar(-100, like: x))
    return .make(.customGradient(boundedLogOfRestGradient, outputs: 1), [value, x])
}

private let boundedLogOfRestGradient = CustomGradient { inputs, _, gradients in
    [-gradients[0] / maximum(1 - inputs[0], .scalar(1e-12, like: inputs[0]))]
}

/// A loss that is a mean of logarithms, or of what stands for them, over the classes.
struct ClassLoss<T: FloatingTensor> {
    private let function: String
    private let scores: String
    private let labelSmoothing: Double
    private let weights: AnyTensor?
    private let reduction: LossReduction

    init(
        _ function: String, scores: String, _ labelSmoothing: Double, _ weights: T?,
        _ reduction: LossReduction
    ) {
        self.function = function
        self.scores = scores
        self.labelSmoothing = labelSmoothing
        self.weights = weights?.anyTensor
        self.reduction = reduction
    }

    /// −Σ labels · logarithms(scores) along an axis.
    func ofDistributions(
        _ x: T, _ labels: T, axis: Int, _ logarithms: (AnyTensor, Int) throws -> AnyTensor
    ) -> T {
        loss(
            function, (scores, x), ("labels", labels), weights.map { T($0) }, reduction
        ) { x, labels in
            let axis = try x.resolvedAxis(axis)
            try requireSmoothing(labelSmoothing)
            var labels = labels
            if labelSmoothing != 0 {
                let classes = x.elementCount(axes: [axis], as: x.dtype)
                labels = labels * (1 - labelSmoothing) + labelSmoothing / classes
            }
            let all = try logarithms(x, axis)
            // A class that is masked by −∞ and has no label takes no part.
            return -AnyTensor.multiplyNoNaN(all, labels).sum(axes: [axis])
        }
    }

    /// −logarithms(scores)[label] along the last axis.
    func ofNumbers(
        _ x: T, _ labels: AnyTensor, _ classWeights: T? = nil, ignoring ignored: Int? = nil,
        _ logarithms: (AnyTensor) throws -> AnyTensor
    ) -> T {
        let classWeights = classWeights?.anyTensor
        let others = [classWeights, weights].compactMap(\.self)
        return x.composed(function, with: [labels] + others) { x in
            try AnyTensor.requireSameDType([x] + others)
            try requireSmoothing(labelSmoothing)
            let rank = try rankOfScores(x, labels)
            var numbers = labels.cast(to: .int64)
            let isKept = ignored.map { numbers .!= .constant(NDArray(Int64($0))) }
            if let isKept { numbers = select(isKept, numbers, .scalar(0, .int64)) }
            let classes = x.elementCount(axes: [-1], as: .int64)
            let valid = AnyTensor.make(
                .check(.inRange("a label is not the number of a class")), [numbers, classes])
            let isLabel =
                valid.expandingDimensions(at: [rank - 1])
                .== .iota(like: x, axis: rank - 1, dtype: .int64)
            let all = try logarithms(x.widened)
            let zero = AnyTensor.scalar(0, like: all)
            var losses = -select(isLabel, all, zero).sum(axes: [-1])
            let perClass = try classWeights.map { try weightsOfClasses($0, like: all) }
            var counted = perClass.map { select(isLabel, $0, zero).sum(axes: [-1]) }
            if let counted { losses = .multiplyNoNaN(losses, counted) }
            if labelSmoothing != 0 {
                let spread = (perClass.map { .multiplyNoNaN(all, $0) } ?? all).sum(axes: [-1])
                let share = labelSmoothing / classes.cast(to: all.dtype)
                losses = losses * (1 - labelSmoothing) - spread * share
            }
            if let isKept {
                let none = AnyTensor.scalar(0, like: losses)
                losses = select(isKept, losses, none)
                counted = counted.map { select(isKept, $0, none) } ?? isKept.cast(to: all.dtype)
            }
            return try losses.reduced(reduction, weights: weights, counting: counted)
                .cast(to: x.dtype)
        }
    }

    private func rankOfScores(_ x: AnyTensor, _ labels: AnyTensor) throws -> Int {
        try x.requireFloating()
        guard labels.dtype.isInteger else {
            throw RuleViolation(
                .wrongElementType(
                    .argument("class numbers"), labels.dtype, wanted: DTypeClass.integer.dtypes))
        }
        let rank = try x.knownRank()
        guard rank > 0 else {
            throw RuleViolation(.scalarHasNoAxis("scalar \(scores) have no axis of classes"))
        }
        let examples = Shape(dims: x.shape.dims.map { Array($0.dropLast()) })
        guard labels.shape.merged(with: examples) != nil else {
            throw RuleViolation(
                "labels \(labels.shape) must have the shape of \(scores) \(x.shape) without "
                    + "its last axis; for one-hot labels convert them to \(x.dtype)")
        }
        return rank
    }

    private func weightsOfClasses(_ weights: AnyTensor, like x: AnyTensor) throws -> AnyTensor {
        let wanted = Shape([x.shape[-1]])
        guard weights.shape.merged(with: wanted) != nil else {
            throw RuleViolation(
                .wrongShape("the weights of classes", weights.shape, wanted: wanted))
        }
        return weights.cast(to: x.dtype).broadcasted(like: x)
    }
}
