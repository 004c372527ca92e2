// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A learning rate that falls when a metric has stopped getting better: PyTorch's `ReduceLROnPlateau` and Keras's
/// callback.
///
/// Rate, best value and counts are variables, which belong to the state of a session: nothing is built
/// anew when the rate falls, and a training that is resumed goes on as it would have.
///
/// ```swift
/// let rate = ReduceOnPlateau(from: 0.01, patience: 5)
/// let train = try Adam(learningRate: rate).minimize(loss)
/// let heed = rate.update(validationLoss)
/// // After each epoch:
/// try session.run(heed, feeding: [validationLoss: 0.3])
/// ```
public final class ReduceOnPlateau: LearningRateConvertible {
    /// What is better.
    public enum Goal: Sendable {
        /// Less.
        case minimum
        /// More.
        case maximum
    }

    /// How the threshold counts.
    public enum ThresholdKind: Sendable {
        /// As a share of the best value.
        case relative
        /// As it is.
        case absolute
    }

    /// The name that the variables begin with.
    public let name: String
    private let factor: Double
    private let patience: Int
    private let threshold: Double
    private let thresholdKind: ThresholdKind
    private let cooldown: Int
    private let least: Double
    private let goal: Goal
    private let problem: String?
    private let slots = OptimizerSlots(of: "ReduceOnPlateau")
    private let rate: VariableHandle
    private let best: VariableHandle
    private let bad: VariableHandle
    private let resting: VariableHandle

    /// A rate that begins with a number.
    ///
    /// - Parameters:
    ///   - from: The rate at the start.
    ///   - factor: What the rate is multiplied by, from 0 up to but without 1.
    ///   - patience: How many values that are not better are put up with.
    ///   - threshold: How much better a value must be to count.
    ///   - cooldown: For how many values nothing is counted after the rate fell.
    ///   - least: The rate never falls below it.
    ///   - name: What its variables' names begin with.
    public init(
        from: Double, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
        thresholdKind: ThresholdKind = .relative, cooldown: Int = 0, least: Double = 0,
        goal: Goal = .minimum, name: String = "ReduceOnPlateau"
    ) {
        self.name = name
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.thresholdKind = thresholdKind
        self.cooldown = cooldown
        self.least = least
        self.goal = goal
        problem =
            ParameterRange.nonnegative.problem("the rate", from, .float64)
            ?? ParameterRange.decay.problem("factor", factor, .float64)
            ?? ParameterRange.nonnegative.problem("threshold", threshold, .float64)
            ?? ParameterRange.nonnegative.problem("least", least, .float64)
            ?? (patience < 0 ? "patience must not be negative, as \(patience) is" : nil)
            ?? (cooldown < 0 ? "cooldown must not be negative, as \(cooldown) is" : nil)
        rate = slots.scalar("\(name)/rate", as: .float64, initial: from)
        best = slots.scalar(
            "\(name)/best", as: .float64, initial: goal == .minimum ? .infinity : -.infinity)
        bad = slots.scalar("\(name)/bad", as: .int64)
        resting = slots.scalar("\(name)/resting", as: .int64)
    }

    /// The rate of the next step.
    public var learningRate: LearningRate {
        LearningRate(problem.map { .invalid(name, nil, $0) } ?? rate.value)
    }

    /// The variables of the rate: itself, the best value, how many values since were not better, and for how many
    /// more nothing is counted.
    public var variables: [VariableHandle] { slots.all }

    /// Takes a value of the metric into account. One that is NaN is not better.
    ///
    /// - Parameter metric: A scalar: the loss on the examples for validation, for instance.
    public func update(_ metric: some TensorConvertible) -> Update {
        let metric = metric.anyTensor
        if let problem { return rate.assign(.invalid(name, nil, problem)) }
        guard metric.error != nil || metric.dtype.isNumeric && metric.shape.rank ?? 0 == 0 else {
            return rate.assign(
                .invalid(name, nil, "the metric must be one number, not \(metric.type)"))
        }
        let value = metric.cast(to: .float64)
        let sign = goal == .minimum ? -1.0 : 1.0
        let wanted =
            thresholdKind == .relative
            ? best.value * (1 + sign * threshold) : best.value + sign * threshold
        let isBetter = goal == .minimum ? value .< wanted : value .> wanted
        let (zero, one) = (AnyTensor.scalar(0, .int64), AnyTensor.scalar(1, .int64))
        let isResting = resting.value .> zero
        let counted = select(isBetter .| isResting, zero, bad.value + one)
        let falls = counted .> .scalar(Double(patience), .int64)
        let next = maximum(rate.value * factor, .scalar(least, .float64))
        return Update.group([
            best.assign(select(isBetter, value, best.value)),
            rate.assign(select(falls, minimum(next, rate.value), rate.value)),
            bad.assign(select(falls, zero, counted)),
            resting.assign(
                select(
                    falls, .scalar(Double(cooldown), .int64),
                    maximum(resting.value - one, zero))),
        ])
    }
}
