// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// A measure over many runs, such as the accuracy in an epoch: updates count batches, the result is that of all which
/// were counted since the last reset.
///
/// What is counted lies in variables. Updates are part of a step, so that nothing is read in it, and
/// checkpoints hold what was counted in the middle of an epoch.
///
/// ```swift
/// let accuracy = Accuracy()
/// let step = Update.group([train, accuracy.update(logits, labels)])
/// let (result, reset) = (accuracy.result, accuracy.reset)
/// // In each step:
/// try session.run(step, feeding: [images: batch.images, labels: batch.labels])
/// // At the end of an epoch; the result is that before the reset:
/// let epoch: Double = try session.run([result, reset])[0].scalar()
/// ```
///
/// Updates, result and reset are built once and run often, as all of a graph. An update that rides with a value,
/// by `withUpdates`, happens with the training step of a loss that depends on it.
public protocol Metric: Sendable {
    /// What it is called in what people read; its variables' names begin with it.
    var name: String { get }
    /// What was counted, which is saved with the model's variables.
    var variables: [VariableHandle] { get }
    /// The measure over what was counted at the start of the run. It is NaN while nothing is, where nothing else is
    /// said.
    var result: Tensor<Double> { get }
    /// Forgets what was counted; by default all variables become 0.
    var reset: Update { get }
}

extension Metric {
    /// All variables become 0.
    public var reset: Update {
        .group(variables.map { $0.assign(.zeros($0.dtype, shape: $0.shape)) })
    }
}

/// A metric that compares what is predicted with what is expected.
///
/// One of one's own says what a batch changes, and what follows from it:
///
/// ```swift
/// struct GreatestError: PredictionMetric {
///     let name = "greatest error"
///     let greatest = Variable<Double>("greatest_error", shape: [], isTrainable: false)
///
///     var variables: [VariableHandle] { [greatest.handle] }
///     var result: Tensor<Double> { greatest.value }
///
///     func updates(predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?) -> [Update] {
///         let error = abs(predicted - expected).max().cast(to: Double.self)
///         return [greatest.update { maximum($0, error) }]
///     }
/// }
/// ```
public protocol PredictionMetric: Metric {
    /// The updates that count a batch.
    ///
    /// - Parameters:
    ///   - predicted: What a model gives.
    ///   - expected: What it should give.
    ///   - weights: What each example counts, 0 for what is masked; nil for 1.
    /// - Throws: any error; it becomes that of the update.
    func updates(predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?) throws -> [Update]
}

extension PredictionMetric {
    /// The update that counts a batch. What does not fit makes one that carries a `GraphError`.
    ///
    /// - Parameter weights: What each example counts: a scalar or of the examples' first axes, each of their size or 1.
    ///   A mask is weights, too.
    public func update(
        _ predicted: some TensorConvertible, _ expected: some TensorConvertible,
        weights: (any TensorConvertible)? = nil
    ) -> Update {
        let (x, y, w) = (predicted.anyTensor, expected.anyTensor, weights?.anyTensor)
        return .counting(self, [x, y] + (w.map { [$0] } ?? [])) {
            try updates(predicted: x, expected: y, weights: w)
        }
    }
}

extension Update {
    /// The updates of a metric as one; an error is that of the metric.
    static func counting(
        _ metric: some Metric, _ inputs: [AnyTensor], _ updates: () throws -> [Update]
    ) -> Update {
        Update(AnyTensor.composed(metric.name, inputs) { Update.group(try updates()).anyTensor })
    }
}

/// The variables of one metric.
struct MetricVariables {
    private let owner: VariableOwner
    private let name: String

    /// - Parameters:
    ///   - kind: The metric's type: an error says of two whose variables have one name how to tell them apart.
    ///   - name: The metric's name.
    init(of kind: String, _ name: String) {
        owner = VariableOwner(renaming: "name one of the metrics with `\(kind)(name:)`")
        self.name = NameScope.qualified(name)
    }

    /// The variable `NAME/PART`, of `f64`: sums of 32 bits stop growing after 16 million examples.
    func variable(_ part: String, shape: [Int] = []) -> VariableHandle {
        VariableHandle(
            "\(name)/\(part)", dtype: .float64, shape: shape, initializer: .zeros,
            isTrainable: false, owner: owner)
    }
}

extension VariableHandle {
    /// An amount more.
    func increased(by amount: AnyTensor) -> Update { update { $0 + amount } }
}
