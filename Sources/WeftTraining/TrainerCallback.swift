// SPDX-License-Identifier: Apache-2.0
public import Weft
import WeftCheckpoints

/// What is told how a training goes: to log, to draw, to change or stop it.
///
/// All functions do nothing unless a callback has its own. One that is a `CheckpointPart` as well is saved with the
/// training under its name and goes on from there. Functions are called on the training's thread; what they
/// throw ends the training.
///
/// ```swift
/// final class Printer: TrainerCallback {
///     func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) {
///         print(epoch.epoch, epoch.metrics["loss"] ?? .nan)
///     }
/// }
/// ```
public protocol TrainerCallback: AnyObject {
    /// What the callback is called in checkpoints and messages; the type's name unless it says otherwise. Two
    /// of a training that are saved need different ones.
    var name: String { get }
    /// The training begins, or goes on from a checkpoint.
    func trainingBegan(_ training: TrainingRun) throws
    /// An epoch begins.
    func epochBegan(_ training: TrainingRun) throws
    /// A step was done.
    func stepEnded(_ training: TrainingRun, _ step: StepReport) throws
    /// An epoch is over, its validation included.
    func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) throws
    /// The training is over, however it ended: see ``TrainingRun/ending``.
    func trainingEnded(_ training: TrainingRun) throws
}

extension TrainerCallback {
    /// The type's name.
    public var name: String { "\(Self.self)" }
    /// Does nothing.
    public func trainingBegan(_ training: TrainingRun) throws {}
    /// Does nothing.
    public func epochBegan(_ training: TrainingRun) throws {}
    /// Does nothing.
    public func stepEnded(_ training: TrainingRun, _ step: StepReport) throws {}
    /// Does nothing.
    public func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) throws {}
    /// Does nothing.
    public func trainingEnded(_ training: TrainingRun) throws {}
}

/// What a step gave.
public struct StepReport: Sendable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// Which step of the training it is, counted from 1.
    public let step: Int
    /// The number of examples in its batch.
    public let examples: Int
    /// The loss on its batch.
    public let loss: Double
    /// The learning rate of the step; nil where the optimizer has none. Of several it is the first one's.
    public let learningRate: Double?
    /// The learning rates of all optimizers, by their names.
    public let learningRates: [String: Double]
    /// The norm of all gradients before they were clipped; nil unless they are clipped by it.
    public let gradientNorm: Double?
    /// Statistics of gradients, variables and what is watched; empty but for each
    /// ``TrainerOptions/statisticsInterval``.
    public let statistics: [TensorStatistics]
}

/// How a training ended.
public enum TrainingEnding: Sendable {
    /// All epochs were done.
    case completed
    /// A callback stopped it, and why.
    case stopped(String)
    /// Control-C or SIGTERM: see ``TrainerOptions/handlesInterruption``.
    case interrupted
    /// An error.
    case failed(any Error)
}

/// A training that is under way, as callbacks see it.
public final class TrainingRun {
    /// What holds the variables. A run of it between two steps counts, and changes the random draws of those
    /// that follow.
    public let session: Session
    /// What changes the variables.
    public let optimizer: (any Optimizer)?
    /// The variables of the model.
    public let modelVariables: [VariableHandle]
    /// How many epochs there are to be.
    public let epochs: Int
    /// How many steps an epoch has; nil as long as nobody knows.
    public internal(set) var stepsPerEpoch: Int?
    /// How many steps were done when this process began: more than 0 where a training goes on.
    public internal(set) var firstStep = 0
    /// How many steps were done.
    public internal(set) var step = 0
    /// How many epochs were done.
    public internal(set) var epoch = 0
    /// How many examples were seen since this process began.
    public internal(set) var examples = 0
    /// The epochs so far.
    public internal(set) var history = History()
    /// How the training ended; nil while it goes on.
    public internal(set) var ending: TrainingEnding?
    /// The first reason for which it is to stop.
    private(set) var stopReason: String?
    var sums: MetricSums

    init(
        session: Session, optimizer: (any Optimizer)?, modelVariables: [VariableHandle],
        epochs: Int, sums: MetricSums
    ) {
        self.session = session
        self.optimizer = optimizer
        self.modelVariables = modelVariables
        self.epochs = epochs
        self.sums = sums
    }

    /// `loss` and the metrics of the epoch so far.
    public func runningMetrics() throws -> [String: Double] { try sums.values(in: session) }

    /// Ends the training after the step, or the epoch, that is being reported. What is saved then does not go on.
    public func stop(because reason: String) { stopReason = stopReason ?? reason }
}
