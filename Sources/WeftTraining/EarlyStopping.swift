// SPDX-License-Identifier: Apache-2.0
public import Weft
public import WeftCheckpoints

/// Ends a training when a metric has not got better for some epochs, and gives the model the values that it had
/// at its best.
///
/// It is saved with the training. With `restoresBest` it keeps a copy of the model's variables, which
/// checkpoints hold, too.
public final class EarlyStopping: TrainerCallback, CheckpointPart {
    /// What is better.
    public enum Goal: Int, Sendable, Hashable {
        /// Less: of a loss.
        case minimum
        /// More: of an accuracy.
        case maximum
    }

    /// What the callback is called in checkpoints.
    public let name = "early stopping"
    /// The metric that is looked at: `val_loss`.
    public let metric: String
    /// What is better.
    public let goal: Goal
    /// How many epochs that are not better are put up with.
    public let patience: Int
    /// How much better a value must be to count.
    public let minimumChange: Double
    /// Whether the model gets its best values back when the training ends.
    public let restoresBest: Bool
    /// The best value so far; NaN before the first.
    public private(set) var best = Double.nan
    /// The epoch of the best value, counted from 1; 0 before the first.
    public private(set) var bestEpoch = 0
    private var badEpochs = 0
    private var bestVariables: [String: NDArray] = [:]

    /// - Parameters:
    ///   - metric: The metric that is looked at: `loss` or another one, after `val_` of the validation.
    ///   - goal: What is better.
    ///   - patience: How many epochs in a row that are not better are put up with.
    ///   - minimumChange: How much better a value must be to count.
    ///   - restoresBest: Whether the model gets its best values back when the training ends, also when all
    ///     epochs were done.
    public init(
        _ metric: String = "val_loss", goal: Goal = .minimum, patience: Int = 5,
        minimumChange: Double = 0, restoresBest: Bool = true
    ) {
        self.metric = metric
        self.goal = goal
        self.patience = max(0, patience)
        self.minimumChange = minimumChange
        self.restoresBest = restoresBest
    }

    /// Forgets an earlier training.
    public func trainingBegan(_ training: TrainingRun) {
        guard training.step == 0 else { return }
        (best, bestEpoch, badEpochs, bestVariables) = (.nan, 0, 0, [:])
    }

    /// Compares the epoch with the best one.
    ///
    /// - Throws: `TrainingError` when there is no such metric.
    public func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) throws {
        guard let value = epoch.metrics[metric] else {
            throw TrainingError(
                .invalid,
                "early stopping looks at '\(metric)', and an epoch has "
                    + epoch.metrics.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
                    + (metric.hasPrefix(MetricName.validationPrefix)
                        ? "; give data for the validation, or another metric"
                        : "; give another metric"))
        }
        if isBetter(value) {
            (best, bestEpoch, badEpochs) = (value, epoch.epoch, 0)
            if restoresBest {
                for variable in training.modelVariables {
                    bestVariables[variable.name] = try training.session.value(of: variable)
                }
            }
            return
        }
        badEpochs += 1
        if badEpochs > patience {
            training.stop(
                because: "\(metric) has not been better than \(best), of epoch \(bestEpoch), for "
                    + "\(badEpochs) epochs")
        }
    }

    private func isBetter(_ value: Double) -> Bool {
        if value.isNaN { return false }
        if best.isNaN { return true }
        return goal == .minimum ? value < best - minimumChange : value > best + minimumChange
    }

    /// Gives the model its best values back.
    public func trainingEnded(_ training: TrainingRun) throws {
        switch training.ending {
        case .completed, .stopped: break
        case .interrupted, .failed, nil: return
        }
        for variable in training.modelVariables {
            guard let value = bestVariables[variable.name] else { continue }
            try training.session.set(variable, to: value)
        }
    }

    // MARK: Checkpoints

    private static let bestPrefix = "best/"

    /// The best value, its epoch, and the model's variables then.
    public func exportState() -> [String: NDArray] {
        var state = [
            "value": NDArray(best), "epoch": NDArray(Int64(bestEpoch)),
            "bad epochs": NDArray(Int64(badEpochs)),
        ]
        for (name, value) in bestVariables { state[Self.bestPrefix + name] = value }
        return state
    }

    /// Goes on from what was saved.
    ///
    /// - Throws: `CheckpointPartError` when that is not of early stopping.
    public func importState(_ state: [String: NDArray]) throws {
        guard let value = try state["value"]?.scalar(as: Double.self),
            let epoch = Int(exactly: try state["epoch"]?.scalar(as: Int64.self) ?? -1),
            let bad = Int(exactly: try state["bad epochs"]?.scalar(as: Int64.self) ?? -1),
            epoch >= 0, bad >= 0
        else {
            throw CheckpointPartError(
                "early stopping has 'value', 'epoch' and 'bad epochs', and one is missing")
        }
        (best, bestEpoch, badEpochs) = (value, epoch, bad)
        bestVariables = [:]
        for (name, array) in state where name.hasPrefix(Self.bestPrefix) {
            bestVariables[String(name.dropFirst(Self.bestPrefix.count))] = array
        }
    }
}
