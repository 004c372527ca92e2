// SPDX-License-Identifier: Apache-2.0
public import Weft

/// Tells a `ReduceOnPlateau` a metric after each epoch, so that the learning rate falls when it does not get
/// better.
///
/// ```swift
/// let rate = ReduceOnPlateau(from: 0.01, patience: 3)
/// let trainer = try Trainer(…, optimizer: Adam(learningRate: rate), …)
/// try trainer.fit(training, epochs: 50, validatingOn: validation, callbacks: [PlateauCallback(rate)])
/// ```
///
/// The rate's state is variables of the session, which are saved with it.
public final class PlateauCallback: TrainerCallback {
    /// The metric that is told: `val_loss`.
    public let metric: String
    private let value = Tensor<Double>.placeholder(shape: [], name: "plateau_metric")
    private let update: Update

    /// - Parameters:
    ///   - rate: The learning rate of the optimizer.
    ///   - metric: The metric that is told; what is better is said by the rate.
    public init(_ rate: ReduceOnPlateau, metric: String = "val_loss") {
        self.metric = metric
        update = rate.update(value)
    }

    /// Tells the metric.
    ///
    /// - Throws: `TrainingError` when there is none, what the run throws.
    public func epochEnded(_ training: TrainingRun, _ epoch: EpochReport) throws {
        guard let number = epoch.metrics[metric] else {
            throw TrainingError(
                .invalid,
                "the learning rate looks at '\(metric)', and an epoch has "
                    + epoch.metrics.keys.sorted().map { "'\($0)'" }.joined(separator: ", "))
        }
        _ = try training.session.uncounted {
            try training.session.run(update, feeding: [value: NDArray(number)])
        }
    }
}
