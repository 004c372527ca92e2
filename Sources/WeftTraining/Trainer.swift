// SPDX-License-Identifier: Apache-2.0
public import Weft
public import WeftData

/// Trains a model on a dataset: fit, evaluate, predict.
///
/// A trainer is given a function that computes a loss from a batch. It builds the step once, with the
/// optimizer's updates, and runs it over the data, epoch after epoch.
///
/// ```swift
/// let training = Dataset(rowsOf: try Digits.training()).shuffled(seed: 7).batch(64).prefetch(2)
/// let trainer = try Trainer(on: training, optimizer: Adam()) { batch, mode in
///     let logits = model(Tensor(batch.images), mode: mode)
///     return StepOutputs(
///         loss: softmaxCrossEntropy(logits: logits, labels: batch.labels),
///         metrics: ["accuracy": .accuracy(logits: logits, labels: batch.labels)],
///         predictions: softmax(logits))
/// }
/// let history = try trainer.fit(training, epochs: 10, validatingOn: validation)
/// print(try trainer.evaluate(test))
/// ```
///
/// What a training does besides (checkpoints, stopping early, logging) are ``TrainerCheckpoints`` and
/// ``TrainerCallback``s of ``fit(_:epochs:stepsPerEpoch:validatingOn:checkpoints:callbacks:progress:)``. The
/// variables are those of the session, which may be used beside the trainer. One thread uses a trainer at a time.
public final class Trainer<Element: Example> {
    /// What holds the values of the variables.
    public let session: Session
    /// What changes the variables; nil where the step says it.
    public let optimizer: (any Optimizer)?
    /// What the trainer does beside the plain step.
    public let options: TrainerOptions
    /// The training that is under way, or was the last one.
    public internal(set) var history = History()
    let program: StepProgram<Element>

    /// A trainer whose step is computed by a function.
    ///
    /// - Parameters:
    ///   - dataset: What it is to be trained on: batches. Its first element is read, to know types and shapes.
    ///   - session: What holds the variables; its seed is the seed of the training.
    ///   - optimizer: What makes the loss less; nil where the step has an update of its own.
    ///   - options: What the trainer does beside the plain step.
    ///   - varying: The axes, beside the first, whose sizes differ from batch to batch: `[\.tokens: [1]]`.
    ///   - step: What is computed from a batch. It is called twice, for training and for all else, and must
    ///     give the same metrics for both. Make layers before, not in it: they are the same ones in both then.
    /// - Throws: `GraphError` when what is computed was built wrongly, `TrainingError` when it is no training step,
    ///   what the dataset throws.
    public init(
        on dataset: Dataset<Element>, session: Session = Session(),
        optimizer: (any Optimizer)?, options: TrainerOptions = TrainerOptions(),
        varying: [PartialKeyPath<Element>: [Int]] = [:],
        step: (_ batch: StepInputs<Element>, _ mode: Mode) throws -> StepOutputs
    ) throws {
        guard let sample = try dataset.stream().next() else {
            throw TrainingError(.noBatches, Self.noBatches(dataset))
        }
        guard options.accumulatedBatches >= 1, options.statisticsInterval ?? 1 >= 1 else {
            throw TrainingError(
                .invalid,
                "accumulatedBatches (\(options.accumulatedBatches)) and statisticsInterval "
                    + "(\(options.statisticsInterval ?? 1)) must be 1 or more")
        }
        _ = try sample.requireCount()
        let accumulates = options.accumulatedBatches > 1
        let whole = optimizer.map { inner in
            accumulates
                ? GradientAccumulation(inner, steps: options.accumulatedBatches) : inner
        }
        self.session = session
        self.optimizer = whole
        self.options = options
        program = try StepProgram(
            StepInputs(like: sample, varying: varying), optimizer: whole, options, step)
    }

    /// A trainer of a model that makes one array of another.
    ///
    /// ```swift
    /// let trainer = try Trainer(
    ///     model, from: \.images, to: \.labels, on: training, optimizer: Adam(),
    ///     loss: { softmaxCrossEntropy(logits: $0, labels: $1) },
    ///     metrics: ["accuracy": { .accuracy(logits: $0, labels: $1) }])
    /// ```
    ///
    /// Predictions are what the model gives.
    ///
    /// - Parameters:
    ///   - model: What is trained.
    ///   - inputs: The array that goes into the model; its type must be what the model takes.
    ///   - targets: The array that goes into the loss.
    ///   - dataset: What it is to be trained on: batches. Its first element is read, to know types and shapes.
    ///   - session: What holds the variables; its seed is the seed of the training.
    ///   - optimizer: What makes the loss less.
    ///   - options: What the trainer does beside the plain step.
    ///   - loss: From what the model gives and the targets to one number.
    ///   - metrics: What is reported beside the loss.
    /// - Throws: as the other initializer.
    public convenience init<Model: Layer>(
        _ model: Model, from inputs: KeyPath<Element, NDArray>,
        to targets: KeyPath<Element, NDArray>, on dataset: Dataset<Element>,
        session: Session = Session(), optimizer: any Optimizer,
        options: TrainerOptions = TrainerOptions(),
        loss: (Model.Output, AnyTensor) -> Model.Output,
        metrics: [String: (Model.Output, AnyTensor) -> StepMetric] = [:]
    ) throws where Model.Input: TensorProtocol, Model.Output: TensorProtocol {
        try self.init(on: dataset, session: session, optimizer: optimizer, options: options) {
            batch, mode in
            let output = model(Model.Input(batch[dynamicMember: inputs]), mode: mode)
            let targets = batch[dynamicMember: targets]
            return StepOutputs(
                loss: loss(output, targets), metrics: metrics.mapValues { $0(output, targets) },
                predictions: output)
        }
    }

    static func noBatches(_ dataset: Dataset<Element>) -> String {
        "'\(dataset)' gives no batch; the batches may be larger than the data, with the remainder dropped"
    }

    /// What a step of the training computes, for pictures and profiles: the loss, the metrics, the update.
    public var graph: Graph {
        var outputs: [String: AnyTensor] = [:]
        for (name, metric) in program.metrics {
            for (place, tensor) in metric.tensors.enumerated() {
                outputs[place == 0 ? name : "\(name)_\(place)"] = tensor
            }
        }
        outputs["update"] = program.training.last
        return Graph(outputs: outputs)
    }

    /// The variables that a training reads or changes, those of the optimizer among them.
    public var variables: [VariableHandle] { graph.variables }

    /// The variables of ``variables`` that are neither the optimizer's nor those in which metrics count: the model.
    public var modelVariables: [VariableHandle] {
        let resets = MetricSums(program.metrics).resets
        let counts = Graph(outputs: ["resets": Update.group(resets)]).variables
        let others = Set((optimizer?.variables ?? []) + counts)
        return variables.filter { !others.contains($0) }
    }

    // MARK: Evaluation

    /// The loss and the metrics on a dataset, which is read to the end of its first epoch. The session's random
    /// draws are what they would have been without.
    ///
    /// - Returns: the loss under `loss`, and the metrics under their names.
    /// - Throws: `TrainingError` when the dataset gives no batch; what the dataset and runs throw.
    public func evaluate(_ dataset: Dataset<Element>) throws -> [String: Double] {
        var sums = MetricSums(program.evaluationMetrics)
        try sums.reset(in: session)
        try forEachBatch(of: dataset) { batch in
            let arrays = try run(program.evaluation, program.wanted.evaluation, batch)
            try sums.add(arrays[...], examples: try batch.requireCount())
        }
        let values = try sums.values(in: session)
        try sums.reset(in: session)
        return values
    }

    /// The predictions for all examples of a dataset, in the order in which it gives them.
    ///
    /// - Returns: The predictions of the step along the first axis.
    /// - Throws: `TrainingError` when the step has no predictions, or the dataset gives no batch; what the
    ///   dataset and runs throw.
    public func predict(_ dataset: Dataset<Element>) throws -> NDArray {
        var parts: [NDArray] = []
        try predict(dataset) { _, predictions in parts.append(predictions) }
        return parts.count == 1 ? parts[0] : try concatenated(parts)
    }

    /// The predictions for each batch of a dataset.
    ///
    /// - Parameter receive: Is given each batch and what the step predicts for it.
    /// - Throws: as ``predict(_:)``, and what `receive` throws.
    public func predict(
        _ dataset: Dataset<Element>, _ receive: (Element, NDArray) throws -> Void
    ) throws {
        guard let predictions = program.predictions else {
            throw TrainingError(
                .invalid, "the step has no predictions; give them to `StepOutputs(predictions:)`")
        }
        try forEachBatch(of: dataset) { batch in
            try receive(batch, try run([predictions], program.wanted.predictions, batch)[0])
        }
    }

    private func forEachBatch(
        of dataset: Dataset<Element>, _ body: (Element) throws -> Void
    ) throws {
        let stream = dataset.stream()
        defer { stream.stop() }
        var isEmpty = true
        while let batch = try stream.next() {
            isEmpty = false
            try body(batch)
        }
        if isEmpty { throw TrainingError(.noBatches, Self.noBatches(dataset)) }
    }

    private func run(
        _ fetches: [AnyTensor], _ wanted: [Bool], _ batch: Element
    ) throws -> [NDArray] {
        let feeds = program.inputs.feeds(batch, wanted: wanted)
        return try session.uncounted { try session.run(fetches, feeds.pairs, nil) }
    }
}
