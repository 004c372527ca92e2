// SPDX-License-Identifier: Apache-2.0
public import WeftGraph

/// Σ w · x and Σ w of numbers x with weights w.
struct RunningMean {
    private let total: VariableHandle
    private let count: VariableHandle

    init(_ variables: MetricVariables) {
        total = variables.variable("total")
        count = variables.variable("count")
    }

    var variables: [VariableHandle] { [total, count] }

    /// NaN of no numbers.
    var mean: Tensor<Double> { Tensor(total.value / count.value) }

    func updates(_ values: AnyTensor, _ weights: AnyTensor?) throws -> [Update] {
        let x = values.cast(to: .float64)
        guard let weights else {
            return [
                total.increased(by: x.sum()), count.increased(by: x.elementCount(as: .float64)),
            ]
        }
        let fitted = try x.fittedWeights(weights)
        return [
            total.increased(by: AnyTensor.multiplyNoNaN(x, fitted).sum()),
            count.increased(by: fitted.sum()),
        ]
    }
}

/// The mean of numbers, such as the loss over an epoch.
///
/// ```swift
/// let mean = Average("loss")
/// let step = Update.group([train, mean.update(loss, weights: batchSize)])
/// ```
public struct Average: Metric {
    /// What it is called.
    public let name: String
    private let numbers: RunningMean

    /// The mean of no numbers yet.
    public init(_ name: String) {
        self.name = name
        numbers = RunningMean(MetricVariables(of: "Average", name))
    }

    /// The update that counts all numbers of a tensor.
    ///
    /// - Parameter weights: What each counts: a scalar or of the first axes, each of their size or 1.
    public func update(
        _ values: some TensorConvertible, weights: (any TensorConvertible)? = nil
    ) -> Update {
        let (x, w) = (values.anyTensor, weights?.anyTensor)
        return .counting(self, [x] + (w.map { [$0] } ?? [])) {
            guard x.dtype.isFloatingPoint || x.dtype.isInteger || x.dtype == .bool else {
                throw RuleViolation(
                    .wrongElementType(.operand, x.dtype, wanted: DTypeClass.numeric.dtypes))
            }
            return try numbers.updates(x, w)
        }
    }

    /// The mean; NaN of no numbers.
    public var result: Tensor<Double> { numbers.mean }
    /// The weighted sum, and the sum of weights.
    public var variables: [VariableHandle] { numbers.variables }
}

/// The mean of what a function makes of each prediction: any loss, or a score.
///
/// ```swift
/// let cosine = AverageScore("cosine") { cosineSimilarity($0, $1) }
/// ```
public struct AverageScore: PredictionMetric {
    /// What it is called.
    public let name: String
    private let score: @Sendable (AnyTensor, AnyTensor) throws -> AnyTensor
    private let numbers: RunningMean

    /// The mean over a function of what is predicted and what is expected, which gives a number for each example or
    /// element: a loss with `reduction: .none`.
    public init(
        _ name: String,
        of score:
            @escaping @Sendable (_ predicted: AnyTensor, _ expected: AnyTensor) throws ->
            AnyTensor
    ) {
        self.init("AverageScore", name, score)
    }

    init(
        _ kind: String, _ name: String,
        _ score: @escaping @Sendable (AnyTensor, AnyTensor) throws -> AnyTensor
    ) {
        self.name = name
        self.score = score
        numbers = RunningMean(MetricVariables(of: kind, name))
    }

    /// The updates that count a batch.
    public func updates(
        predicted: AnyTensor, expected: AnyTensor, weights: AnyTensor?
    ) throws -> [Update] {
        let scores = try score(predicted, expected)
        try scores.validated()
        return try numbers.updates(scores, weights)
    }

    /// The mean; NaN of no examples.
    public var result: Tensor<Double> { numbers.mean }
    /// The weighted sum, and the sum of weights.
    public var variables: [VariableHandle] { numbers.variables }
}
