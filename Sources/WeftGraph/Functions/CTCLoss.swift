// SPDX-License-Identifier: Apache-2.0

/// Connectionist temporal classification: −log of the probability that the classes of all steps, with
/// repetitions merged and blanks removed, are the labels. Graves et al. 2006.
///
/// Computed with logarithms of probabilities, step by step. An example whose labels are more than its steps
/// can give has the loss ∞, and no gradient. The mean is that of the examples' losses, not divided by
/// their lengths.
/// - Parameters:
///   - logits: Unscaled; softmax of them is computed inside. Of a batch along the second axis, as
///     PyTorch and TensorFlow have it by default, swap the axes.
///   - labels: Numbers of classes other than `blank`; any number behind the end of an example's.
///     Others fail the run.
///   - logitLengths: How many steps each example has, at most `time`, which a run checks.
///   - labelLengths: How many labels, at most `most`.
///   - blank: The class that stands for none; −1 for the last.
///   - weights: What each example counts: see `reducedLoss`.
/// - Shape: logits [n, time, classes], labels [n, most], lengths [n] → [n] for `reduction: .none`, else [].
public func ctcLoss<T: FloatingTensor>(
    logits: T, labels: some IntegerTensor, logitLengths: some IntegerTensor,
    labelLengths: some IntegerTensor, blank: Int = 0, weights: T? = nil,
    reduction: LossReduction = .mean
) -> T {
    let others = [labels.anyTensor, logitLengths.anyTensor, labelLengths.anyTensor]
    let weights = weights.map { [$0.anyTensor] } ?? []
    return logits.composed("ctcLoss", with: others + weights) { logits in
        try AnyTensor.requireSameDType([logits] + weights)
        let paths = try LabelPaths(logits, others[0], others[1], others[2], blank: blank)
        return try paths.losses.reduced(reduction, weights: weights.first).cast(to: logits.dtype)
    }
}

/// All ways through the steps of examples that give their labels.
///
/// A place is one of the labels or a blank before, between or behind them: 2 · most + 1 of them.
private struct LabelPaths {
    /// log p of each place's class in each step: [time, n, places].
    private let logarithms: AnyTensor
    /// Whether a place may be reached from that before the last, over a blank: [n, places].
    private let mayLeap: AnyTensor
    /// 0, 1, ..., i64[places].
    private let place: AnyTensor
    /// i64[n].
    private let steps: AnyTensor
    private let lengths: AnyTensor

    /// Less than any logarithm, but with differences that are numbers.
    private static let never = -1e30

    init(
        _ logits: AnyTensor, _ labels: AnyTensor, _ steps: AnyTensor, _ lengths: AnyTensor,
        blank: Int
    ) throws {
        try logits.requireFloating()
        for (name, tensor, rank) in [
            ("the labels", labels, 2), ("the logits' lengths", steps, 1),
            ("the labels' lengths", lengths, 1),
        ] {
            try requireElements(tensor.dtype, .integer, of: .argument(name))
            guard tensor.rank ?? rank == rank,
                Shape([logits.shape[0]]).merged(with: Shape([tensor.shape[0]])) != nil
            else {
                throw RuleViolation(
                    .invalidArgument(
                        name, value: "\(tensor.type)",
                        wanted: "of rank \(rank), with an element for each of \(logits.type)"))
            }
        }
        guard try logits.knownRank() == 3, try labels.knownRank() == 2 else {
            throw RuleViolation(.wrongRank("the logits", logits.type, wanted: 3...3))
        }
        let classes = logits.size(ofAxis: 2)
        if let count = logits.shape[2], blank < -1 || blank >= count {
            throw RuleViolation(
                .invalidArgument("the blank", value: "\(blank)", wanted: "in -1..<\(count)"))
        }
        guard blank >= -1 else { throw RuleViolation(.negative("the blank", value: "\(blank)")) }
        let none = blank == -1 ? classes - 1 : .scalar(Double(blank), .int64)

        self.steps = Self.checked(
            steps, logits.size(ofAxis: 1), "ctcLoss: an example has more steps than the logits")
        self.lengths = Self.checked(
            lengths, labels.size(ofAxis: 1), "ctcLoss: an example has more labels than there are")
        let numbers = labels.cast(to: .int64)
        let index = AnyTensor.iota(like: numbers, axis: 1)
        let isLabel = index .< self.lengths.expandingDimensions(at: [1])
        let valid = AnyTensor.make(
            .check(.inRange("a label is not the number of a class")),
            [select(isLabel, numbers, .scalar(0, .int64)), classes])
        let known = select(isLabel, valid, none)
        // A blank before each label, and one behind all.
        let blanks = AnyTensor.zeros(like: known) + none
        let pairs = stacked([blanks, known], axis: 2).flattened(from: 1)
        let all = pairs.padded(low: [0, 0], high: [0, 1], value: none)
        place = .iota(.int64, of: all, axis: 1)
        let isPlaceOfLabel = (place % .scalar(2, .int64)) .== 1
        let isOther = all .!= all.shifted(by: 2, value: none)
        mayLeap = logicalAnd(isPlaceOfLabel, isOther)
        logarithms = logSoftmax(logits.widened)
            .gathered(at: all, axis: 2, batchRank: 1, outOfBounds: .clamped)
            .transposed(permutation: [1, 0, 2])
    }

    private static func checked(
        _ counts: AnyTensor, _ most: AnyTensor, _ message: String
    )
        -> AnyTensor
    {
        let counts = counts.cast(to: .int64)
        return check(counts, that: ((counts .>= 0) .& (counts .<= most)).all(), message)
    }

    /// [n].
    var losses: AnyTensor {
        let dtype = logarithms.dtype
        let never = AnyTensor.scalar(Self.never, dtype)
        // Before the first step all are at a blank before the first place.
        let shape = logarithms.sum(axes: [0])
        let start = select(
            place .== 0, AnyTensor.zeros(like: shape), .filled(Self.never, like: shape))
        let time = AnyTensor.iota(.int64, of: logarithms, axis: 0)
        let ends = scan(over: [logarithms, time], initial: [start]) { carries, slices in
            let stayed = carries[0]
            let walked = stayed.shifted(by: 1, value: never)
            let leapt = select(mayLeap, stayed.shifted(by: 2, value: never), never)
            // A constant for the derivatives: it drops out of the sum.
            let greatest = stopGradient(maximum(maximum(stayed, walked), leapt))
            let sum = exp(stayed - greatest) + exp(walked - greatest) + exp(leapt - greatest)
            let next = greatest + log(sum) + slices[0]
            let isStep = (slices[1] .< steps).expandingDimensions(at: [1])
            return ([select(isStep, next, stayed)], [])
        }.carries[0]
        let last = (lengths * 2).expandingDimensions(at: [1])
        let isEnd = (place .== last) .| (place .== last - 1)
        let total = select(isEnd, ends, never).logSumExp(axes: [1])
        return select(total .< 0.1 * Self.never, .scalar(.infinity, dtype), -total)
    }
}

extension AnyTensor {
    /// The index along an axis of another tensor, as a vector.
    fileprivate static func iota(_ dtype: DType, of other: AnyTensor, axis: Int) -> AnyTensor {
        other.size(ofAxis: axis).reshaped(to: [1]).indexed().cast(to: dtype)
    }

    /// Moved along the last of two axes, with a value at the start.
    fileprivate func shifted(by count: Int, value: AnyTensor) -> AnyTensor {
        // First made longer: there may be fewer than are cut off.
        padded(low: [0, count], high: [0, 0], value: value).padded(low: [0, 0], high: [0, -count])
    }
}
