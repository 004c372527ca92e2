// SPDX-License-Identifier: Apache-2.0
public import Weft

/// What a step computes from a batch: a loss, and what else is wanted of it.
public struct StepOutputs: Sendable {
    /// What the optimizer makes less: one number.
    public var loss: AnyTensor
    /// What is reported beside the loss, by names.
    public var metrics: [String: StepMetric]
    /// What ``Trainer/predict(_:)`` gives: a row for each example.
    public var predictions: AnyTensor?
    /// What changes the variables, where that is not the trainer's optimizer: of two optimizers, for instance.
    public var update: Update?
    /// Tensors of which ``TensorStatistics`` are taken now and then, by names: activations.
    public var watched: [String: AnyTensor]

    /// Outputs from their parts.
    public init(
        loss: some TensorConvertible, metrics: [String: StepMetric] = [:],
        predictions: (any TensorConvertible)? = nil, update: Update? = nil,
        watching watched: [String: any TensorConvertible] = [:]
    ) {
        self.loss = loss.anyTensor
        self.metrics = metrics
        self.predictions = predictions?.anyTensor
        self.update = update
        self.watched = watched.mapValues(\.anyTensor)
    }
}

/// A number that is reported of an epoch: of what is counted over its batches.
///
/// So it is exact whatever the batches' sizes, and a checkpoint in the middle of an epoch holds what there is
/// of it. Precision from sums, for example:
///
/// ```swift
/// let right = (predicted .& expected).cast(to: Float.self).sum()
/// let all = predicted.cast(to: Float.self).sum()
/// let precision = StepMetric(sums: [right, all]) { $0[0] / $0[1] }
/// ```
public struct StepMetric: Sendable {
    /// Where the numbers are between the steps.
    enum Place: Sendable {
        /// With the trainer, which adds them up.
        case sums
        /// The same; they are means over a batch's examples, whose number is the last sum.
        case means
        /// In variables.
        case variables(result: AnyTensor, reset: Update)
    }

    /// What a step computes.
    let tensors: [AnyTensor]
    let place: Place
    let value: @Sendable ([NDArray]) throws -> Double

    private init(
        _ tensors: [AnyTensor], _ place: Place = .sums,
        _ value: @escaping @Sendable ([NDArray]) throws -> Double
    ) {
        self.tensors = tensors
        self.place = place
        self.value = value
    }

    /// A metric that keeps what it counts in variables of its own.
    ///
    /// - Parameters:
    ///   - update: Counts a batch.
    ///   - result: The metric of all that was counted: one number.
    ///   - reset: Forgets what was counted.
    public init(update: Update, result: some TensorConvertible, reset: Update) {
        self.init(
            [update.anyTensor], .variables(result: result.anyTensor, reset: reset)
        ) { $0.first?.doubles.first ?? .nan }
    }

    /// A metric that is computed from sums of scalars.
    ///
    /// - Parameters:
    ///   - sums: Scalars that are added up over the batches.
    ///   - value: The metric, from the sums in that order.
    public init(
        sums: [any TensorConvertible], value: @escaping @Sendable ([Double]) -> Double
    ) {
        self.init(sums.map(\.anyTensor)) {
            value($0.map { $0.doubles.first ?? .nan })
        }
    }

    /// A metric that is computed from sums of tensors of any shape, such as confusion matrices.
    ///
    /// - Parameters:
    ///   - arrays: Tensors that are added up over the batches; their shapes must be the same in each.
    ///   - value: The metric, from the sums in that order, as arrays of `f64`.
    public init(
        arrays: [any TensorConvertible], value: @escaping @Sendable ([NDArray]) throws -> Double
    ) {
        self.init(arrays.map(\.anyTensor), .sums, value)
    }

    /// The mean over all examples.
    ///
    /// - Parameter tensor: Of one number, the mean over a batch, which counts as often as the batch has
    ///   examples; of several, their own mean is taken, and each counts the same.
    public static func mean(_ tensor: some TensorConvertible) -> StepMetric {
        let tensor = tensor.anyTensor
        let numbers = tensor.dtype == .bool ? tensor.cast(to: .float32) : tensor
        guard let rank = numbers.shape.rank, rank > 0 else {
            return StepMetric([numbers], .means) { sums in
                (sums[0].doubles.first ?? .nan) / (sums[1].doubles.first ?? .nan)
            }
        }
        let sum = numbers.sum()
        return StepMetric(sums: [sum, numbers.elementCount(as: sum.dtype)]) { $0[0] / $0[1] }
    }

    /// The share of examples whose class has the largest number.
    ///
    /// - Shape: logits `[..., classes]`, labels `[...]` of integers.
    public static func accuracy(
        logits: some TensorConvertible, labels: some TensorConvertible
    ) -> StepMetric {
        let labels = labels.anyTensor
        return .mean(logits.anyTensor.argMax(axis: -1).cast(to: labels.dtype) .== labels)
    }
}
