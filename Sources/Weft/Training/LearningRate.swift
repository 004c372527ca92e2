// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A learning rate: a number, a schedule, or a tensor such as a placeholder.
///
/// A number that is negative, infinite or NaN, or a tensor that is no scalar, is an error of the
/// training step.
public struct LearningRate: Sendable, LearningRateConvertible {
    private enum Source: Sendable {
        case number(Double)
        case tensor(AnyTensor)
        case schedule(Schedule)
    }

    private let source: Source

    /// A number that never changes.
    public init(_ number: Double) { source = .number(number) }
    /// A scalar tensor that is computed in every step.
    public init(_ tensor: some TensorConvertible) { source = .tensor(tensor.anyTensor) }
    /// What a schedule says for the steps that the optimizer has taken.
    public init(_ schedule: Schedule) { source = .schedule(schedule) }
    /// The rate itself.
    public var learningRate: LearningRate { self }

    /// The rate of a step as a scalar of the step's type.
    ///
    /// - Parameter step: How many steps were taken before: an optimizer's ``OptimizerSlots/steps(of:)``.
    ///   Only a schedule asks for it.
    public func tensor(as dtype: DType, step: @autoclosure () -> AnyTensor) -> AnyTensor {
        switch source {
        case .number(let number):
            ParameterRange.nonnegative.problem("a learning rate", number, dtype)
                .map { .invalid("learningRate", nil, $0) } ?? .scalar(number, dtype)
        case .schedule(let schedule): schedule(step()).cast(to: dtype)
        case .tensor(let tensor):
            tensor.shape.rank ?? 0 == 0 && tensor.dtype.isNumeric
                ? tensor.cast(to: dtype)
                : .invalid(
                    "learningRate", nil,
                    "a learning rate must be one number, not \(tensor.type)")
        }
    }
}

/// What optimizers take for their step size: a number, a schedule, or a scalar tensor.
///
/// ```swift
/// let rate = Tensor<Float>.placeholder(shape: [], name: "rate")
/// let optimizer = Adam(learningRate: rate)
/// ```
public protocol LearningRateConvertible: Sendable {
    /// The learning rate.
    var learningRate: LearningRate { get }
}

extension Double: LearningRateConvertible {
    /// The number, which never changes.
    public var learningRate: LearningRate { LearningRate(self) }
}

extension Float: LearningRateConvertible {
    /// The number, which never changes.
    public var learningRate: LearningRate { LearningRate(Double(self)) }
}

extension Int: LearningRateConvertible {
    /// The number, which never changes.
    public var learningRate: LearningRate { LearningRate(Double(self)) }
}

extension AnyTensor: LearningRateConvertible {
    /// The scalar, which is computed in every step.
    public var learningRate: LearningRate { LearningRate(self) }
}

extension Tensor: LearningRateConvertible {
    /// The scalar, which is computed in every step.
    public var learningRate: LearningRate { LearningRate(anyTensor) }
}
