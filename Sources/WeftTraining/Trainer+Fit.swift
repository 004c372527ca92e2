// SPDX-License-Identifier: Apache-2.0
import Weft
import WeftCheckpoints
public import WeftData

extension Trainer {
    /// Trains.
    ///
    /// Every call is a training of its own, which goes on with the values that the variables have; with
    /// checkpoints it may go on from where an earlier process was.
    ///
    /// - Parameters:
    ///   - training: The batches to train on.
    ///   - epochs: How often it is gone through.
    ///   - stepsPerEpoch: How many steps an epoch has, where that is not one pass over the data: for data
    ///     without an end.
    ///   - validation: What the loss and the metrics are taken of after each epoch, under their names after `val_`.
    ///   - checkpoints: Where the training is saved, and whether it goes on from there.
    ///   - callbacks: What is told how it goes, in this order.
    ///   - progress: Where a line shows how far it is; nil for nowhere.
    /// - Returns: what the epochs gave, those of an earlier process included.
    /// - Throws: `TrainingError`; what the data, runs, checkpoints and callbacks throw. Variables are as after
    ///   the last step that was done.
    @discardableResult
    public func fit(
        _ training: Dataset<Element>, epochs: Int, stepsPerEpoch: Int? = nil,
        validatingOn validation: Dataset<Element>? = nil, checkpoints: TrainerCheckpoints? = nil,
        callbacks: [any TrainerCallback] = [], progress: ProgressBar.Output? = .standardError
    ) throws -> History {
        guard epochs >= 1, stepsPerEpoch ?? 1 >= 1 else {
            throw TrainingError(
                .invalid,
                "epochs (\(epochs)) and stepsPerEpoch (\(stepsPerEpoch ?? 1)) must be 1 or more")
        }
        let report = progress.map { [ProgressReport(to: $0) as any TrainerCallback] } ?? []
        let fitting = try Fitting(
            self, training, epochs, stepsPerEpoch, validation, checkpoints, callbacks + report)
        let handlers = options.handlesInterruption ? Interruption.watch() : nil
        defer {
            if let handlers { Interruption.stopWatching(handlers) }
            history = fitting.state.history
        }
        try fitting.perform()
        return fitting.state.history
    }
}

/// One call of `fit`.
private final class Fitting<Element: Example> {
    private let trainer: Trainer<Element>
    private let stream: DataStream<Element>
    private let stepsPerEpoch: Int?
    private let validation: Dataset<Element>?
    private let checkpoints: TrainerCheckpoints?
    private let callbacks: [any TrainerCallback]
    private var parts: [String: any CheckpointPart] = [:]
    private let run: TrainingRun
    let state: TrainerState

    init(
        _ trainer: Trainer<Element>, _ training: Dataset<Element>, _ epochs: Int,
        _ stepsPerEpoch: Int?, _ validation: Dataset<Element>?,
        _ checkpoints: TrainerCheckpoints?, _ callbacks: [any TrainerCallback]
    ) throws {
        self.trainer = trainer
        self.stepsPerEpoch = stepsPerEpoch
        self.validation = validation
        self.checkpoints = checkpoints
        self.callbacks = callbacks
        stream = training.stream()
        state = TrainerState(sums: MetricSums(trainer.program.metrics))
        run = TrainingRun(
            session: trainer.session, optimizer: trainer.optimizer,
            modelVariables: trainer.modelVariables, epochs: epochs, sums: state.sums)
        run.stepsPerEpoch = stepsPerEpoch ?? training.count
        parts = ["data": stream, "trainer": state]
        for callback in callbacks {
            guard let part = callback as? any CheckpointPart else { continue }
            if parts.updateValue(part, forKey: callback.name) != nil {
                throw TrainingError(
                    .invalid,
                    "two parts of the training are saved as '\(callback.name)'; callbacks need different names"
                )
            }
        }
    }

    func perform() throws {
        try checkpoints?.begin(trainer.session, parts)
        defer { stream.stop() }
        show()
        run.firstStep = state.step
        do {
            if state.step == 0 { try state.sums.reset(in: trainer.session) }
            try tell { try $0.trainingBegan(run) }
            run.ending = try train()
        } catch {
            // What failed is said, and not what ending it led to.
            run.ending = .failed(error)
            try? tell { try $0.trainingEnded(run) }
            try? checkpoints?.store.finish()
            throw error
        }
        try tell { try $0.trainingEnded(run) }
        try checkpoints?.store.finish()
    }

    private func tell(_ body: (any TrainerCallback) throws -> Void) rethrows {
        for callback in callbacks { try body(callback) }
    }

    /// Brings what callbacks see up to date.
    private func show() {
        (run.step, run.epoch, run.history) = (state.step, state.epoch, state.history)
        run.sums = state.sums
    }

    private var isInterrupted: Bool {
        trainer.options.handlesInterruption && Interruption.isWanted
    }

    private func train() throws -> TrainingEnding {
        while state.epoch < run.epochs {
            if let reason = state.stopReason { return .stopped(reason) }
            if let ending = try trainEpoch() { return ending }
        }
        return state.stopReason.map { .stopped($0) } ?? .completed
    }

    /// - Returns: how the training ends; nil where it goes on.
    private func trainEpoch() throws -> TrainingEnding? {
        if state.stepOfEpoch == 0 { try tell { try $0.epochBegan(run) } }
        while stepsPerEpoch.map({ state.stepOfEpoch < $0 }) ?? true {
            guard let batch = try nextBatch() else { break }
            try takeStep(batch)
            let isDue = checkpoints?.isDue(step: state.step) ?? false
            state.stopReason = run.stopReason
            let isInterrupted = isInterrupted
            if isDue || isInterrupted || state.stopReason != nil {
                try checkpoints?.save(trainer.session, parts)
            }
            if isInterrupted { return .interrupted }
            if let reason = state.stopReason { return .stopped(reason) }
        }
        run.stepsPerEpoch = run.stepsPerEpoch ?? state.stepOfEpoch
        let isInterrupted = try endEpoch()
        return isInterrupted && state.epoch < run.epochs ? .interrupted : nil
    }

    /// The next batch; nil at the end of the epoch.
    private func nextBatch() throws -> Element? {
        if let batch = try stream.next() { return batch }
        if stepsPerEpoch == nil, state.stepOfEpoch > 0 { return nil }
        // Another pass over the data begins, of which there must be some.
        if stepsPerEpoch != nil, let batch = try stream.next() { return batch }
        throw TrainingError(.noBatches, Trainer.noBatches(stream.dataset))
    }

    /// - Returns: whether the training was interrupted, and saved for that.
    private func endEpoch() throws -> Bool {
        var metrics = try state.sums.values(in: trainer.session)
        try state.sums.reset(in: trainer.session)
        if let validation {
            for (name, value) in try trainer.evaluate(validation) {
                metrics[MetricName.validationPrefix + name] = value
            }
        }
        let report = EpochReport(
            epoch: state.epoch + 1, step: state.step, learningRate: state.learningRate,
            metrics: metrics)
        state.history.append(report)
        state.epoch += 1
        state.stepOfEpoch = 0
        show()
        try tell { try $0.epochEnded(run, report) }
        state.stopReason = run.stopReason
        let isInterrupted = isInterrupted
        let isLast = state.epoch == run.epochs || state.stopReason != nil || isInterrupted
        if let checkpoints, checkpoints.isDue(epoch: state.epoch) || isLast {
            try checkpoints.save(trainer.session, parts, metrics: metrics)
        }
        return isInterrupted
    }

    // MARK: Steps

    private func takeStep(_ batch: Element) throws {
        let program = trainer.program
        let isWatched =
            trainer.options.statisticsInterval.map { (state.step + 1) % $0 == 0 } ?? false
        let statistics = isWatched ? program.statistics : []
        let feeds = program.inputs.feeds(batch, wanted: program.wanted.training)
        let arrays: [NDArray]
        do {
            arrays = try trainer.session.run(
                program.training + statistics.map(\.vector), feeds.pairs, nil)
        } catch let error as RunError {
            throw try explained(error, feeds)
        }
        let examples = try batch.requireCount()
        try state.sums.add(arrays.prefix(state.sums.arrayCount), examples: examples)
        var rest = arrays.dropFirst(state.sums.arrayCount)
        let rates = zip(program.rates, rest).map { ($0, $1.doubles.first ?? .nan) }
        rest = rest.dropFirst(rates.count)
        let norm = program.hasNorm ? rest.popFirst()?.doubles.first : nil
        // The update's own value says nothing.
        rest = rest.dropFirst()
        state.step += 1
        state.stepOfEpoch += 1
        state.learningRate = rates.first?.1
        run.examples += examples
        show()
        let report = StepReport(
            epoch: state.epoch + 1, step: state.step, examples: examples,
            loss: arrays[0].doubles.first ?? .nan, learningRate: state.learningRate,
            learningRates: Dictionary(rates) { first, _ in first }, gradientNorm: norm,
            statistics: zip(statistics, rest).map { $0.statistics($1) })
        try tell { try $0.stepEnded(run, report) }
    }

    /// The error of a step, with its cause where that is a number that is not finite.
    private func explained(_ error: RunError, _ feeds: Feeds) throws -> any Error {
        let cause: RunError?
        switch error.kind {
        case .foundNotFinite: cause = error
        case .checkFailed(let text, _) where text == StepProgram<Element>.checkText:
            cause = try trainer.session.nonFiniteError(
                of: trainer.program.unchecked, feeding: feeds)
        default: return error
        }
        return TrainingError(
            TrainingError.NonFiniteStep(
                epoch: state.epoch + 1, step: state.step + 1, cause: cause ?? error))
    }
}
