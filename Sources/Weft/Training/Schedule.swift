// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A number that changes with the step: a learning rate that falls, for instance.
///
/// A schedule is a rule; it holds no count and no graph. Given to an optimizer it goes by the steps that the
/// optimizer has taken, which are a variable (`Adam/steps`), saved and restored like every other. So one graph
/// and one plan serve the whole training:
///
/// ```swift
/// let rate = Schedule.cosineDecay(from: 0.01, steps: 10_000).warmedUp(steps: 500)
/// let train = try Adam(learningRate: rate).minimize(loss)
/// ```
///
/// Called with a tensor, such as a counter of one's own, it gives the number of that step. Steps count from 0;
/// it is computed in `f64`, and rounded where it is used. A schedule whose numbers make no sense gives a tensor that
/// carries a `GraphError`.
public struct Schedule: Sendable, LearningRateConvertible {
    private let rule: @Sendable (_ step: AnyTensor) -> AnyTensor

    /// Any function of the step, which is a scalar of `f64`.
    public init(_ rule: @escaping @Sendable (_ step: AnyTensor) -> AnyTensor) { self.rule = rule }

    /// The same number in every step.
    public static func constant(_ number: Double) -> Schedule {
        Schedule { _ in .scalar(number, .float64) }
    }

    /// A schedule with a rule that holds where `problem` is nil.
    init(
        _ operation: String, _ problem: String?,
        _ rule: @escaping @Sendable (_ step: AnyTensor) -> AnyTensor
    ) {
        guard let problem else {
            self.rule = { step in AnyTensor.composed(operation, [step]) { rule(step) } }
            return
        }
        let error = AnyTensor.invalid(operation, nil, problem)
        self.rule = { _ in error }
    }

    /// The number of a step.
    ///
    /// - Parameter step: How many steps were taken before, a number of any type.
    /// - Returns: A scalar of `f64`.
    public func callAsFunction(_ step: some TensorConvertible) -> AnyTensor {
        let step = step.anyTensor
        guard step.error != nil || step.dtype.isNumeric && step.shape.rank ?? 0 == 0 else {
            return .invalid("schedule", nil, "a step must be one number, not \(step.type)")
        }
        return rule(step.cast(to: .float64)).cast(to: .float64)
    }

    /// The learning rate that follows the schedule.
    public var learningRate: LearningRate { LearningRate(self) }
}

extension Schedule {
    /// Schedules one after the other, each of which counts its steps from its own start, as Optax's
    /// `join_schedules` and PyTorch's `SequentialLR` have it.
    ///
    /// - Parameters:
    ///   - schedules: One more than there are boundaries.
    ///   - boundaries: The step at which each but the first begins, ascending.
    public static func joined(_ schedules: [Schedule], at boundaries: [Int]) -> Schedule {
        let problem =
            schedules.count != boundaries.count + 1 || schedules.isEmpty
            ? "\(boundaries.count) boundaries need \(boundaries.count + 1) schedules, not "
                + "\(schedules.count)"
            : ascending(boundaries)
        return Schedule("joined", problem) { step in
            zip(schedules.dropFirst(), boundaries).reduce(schedules[0](step)) { before, next in
                let start = AnyTensor.scalar(Double(next.1), .float64)
                return select(step .< start, before, next.0(maximum(step - start, step * 0)))
            }
        }
    }

    /// What is wrong with boundaries that do not ascend from 0.
    static func ascending(_ boundaries: [Int]) -> String? {
        let ascend = zip(boundaries, boundaries.dropFirst()).allSatisfy { $0 < $1 }
        return ascend && boundaries.first ?? 0 >= 0
            ? nil : "the boundaries must ascend from 0 or more, not \(boundaries)"
    }

    /// The schedule, multiplied by a number in every step.
    public func scaled(by factor: Double) -> Schedule {
        Schedule("scaled", Self.finite([("the factor", factor)])) { self($0) * factor }
    }

    /// The first of some numbers that is not finite, in words.
    static func finite(_ numbers: [(what: String, number: Double)]) -> String? {
        numbers.first { !$0.number.isFinite }.map { "\($0.what) must be finite, not \($0.number)" }
    }

    /// The first of some counts that is not positive, in words.
    static func positive(_ counts: [(what: String, count: Int)]) -> String? {
        counts.first { $0.count < 1 }.map { "\($0.what) must be positive, not \($0.count)" }
    }
}
